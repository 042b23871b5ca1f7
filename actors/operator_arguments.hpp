// OperatorArguments: the arguments of an operator's request, by name, as text.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::actors {

class OperatorArguments {
 public:
  // One JSON object without lists or objects in it; empty text: none. Names count in lower case,
  // null is left out. kInvalidInput: anything else.
  static Result<OperatorArguments> parse(std::string_view json);

  bool has(std::string_view name) const { return values_.contains(name); }
  // Empty: not given.
  std::string_view text(std::string_view name) const;
  // kInvalidInput: missing or empty.
  Result<std::string> needed(std::string_view name) const;
  // Empty: not given. kInvalidInput: not a whole number within the bounds.
  Result<std::optional<std::int64_t>> whole(std::string_view name, std::int64_t least,
                                            std::int64_t most) const;
  // Milliseconds since 1970 or ISO-8601; "never": not given.
  Result<Timestamp> time(std::string_view name) const;
  // As people ask about a moment (parse_moment); "never": not given.
  Result<Timestamp> moment(std::string_view name, Timestamp now) const;
  // As unified, however it was written (parse_symbol); empty: not given. kInvalidInput: no symbol.
  Result<Symbol> symbol(std::string_view name) const;
  // "true", "false", "1", "0", "on", "off".
  Result<std::optional<bool>> flag(std::string_view name) const;

  void set(std::string name, std::string value) { values_[std::move(name)] = std::move(value); }
  const std::map<std::string, std::string, std::less<>>& all() const { return values_; }
  // {"name":"value",...}.
  std::string to_json() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace botbox::actors
