// One HTTP request and its answer, without sockets; and the parameters in them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/model/decimal.hpp"

namespace botbox::exchange::sim {

struct WireRequest {
  std::string method;  // "GET"
  std::string path;    // "/api/v3/order"
  std::string query;   // as it was sent, without '?'
  std::string body;
  std::map<std::string, std::string> headers;  // names in lower case

  std::string header(const std::string& lower_case_name) const;
};

struct WireAnswer {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// The names and values of a request, as text. A value that is itself JSON stays JSON.
class Params {
 public:
  void set(std::string name, std::string value) { values_[std::move(name)] = std::move(value); }
  bool has(const std::string& name) const { return values_.contains(name); }
  // Empty where there is none.
  const std::string& text(const std::string& name) const;
  // Empty: not given, or no number; zero counts as given.
  std::optional<Decimal> decimal(const std::string& name) const;
  std::optional<std::int64_t> integer(const std::string& name) const;
  bool flag(const std::string& name) const;  // "true" in any case
  const std::map<std::string, std::string>& all() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
};

// "a=1&b=%20", added to what is there.
void parse_form(std::string_view text, Params& into);
// The members of a JSON object; false: it is none. Numbers keep the text they were sent as.
bool parse_object(const std::string& text, Params& into);
// Each object of a JSON array.
std::optional<std::vector<Params>> parse_objects(const std::string& text);

// Exactly `places` digits after the point, cut: "0.00100000".
std::string fixed(Decimal value, int places);
// How many places a step has: 0.01 has 2.
int places_of(Decimal step);

}  // namespace botbox::exchange::sim
