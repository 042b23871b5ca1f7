// SectionReader: takes typed values out of one table, notes every problem, and in the end every key
// that nobody asked for. A value with a problem reads as its default, so that reading goes on and
// one run shows all problems.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/model/decimal.hpp"
#include "engine/model/time.hpp"
#include "tools/config/config_node.hpp"
#include "tools/config/config_problem.hpp"

namespace botbox::config {

class ProblemList {
 public:
  void add(const Place& place, std::string key, std::string message, std::string fix = {});
  bool empty() const { return problems_.empty(); }
  // By place: the file first, then the environment; each problem once.
  std::vector<ConfigProblem> sorted() const;

 private:
  std::vector<ConfigProblem> problems_;
};

struct IntegerRange {
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

// Each end is included or not, as named.
struct DecimalRange {
  Decimal min;
  Decimal max = Decimal::from_int(100'000'000'000'000);
  bool min_included = true;
  bool max_included = true;

  static DecimalRange positive() { return {.min = {}, .min_included = false}; }
  static DecimalRange not_negative() { return {}; }
  // Of a ratio that is a true share: 0 < x < 1.
  static DecimalRange share() {
    return {.min = {}, .max = Decimal::from_int(1), .min_included = false, .max_included = false};
  }
};

struct DurationRange {
  Duration min{0};
  Duration max{86'400'000LL * 366};
};

// What the table says replaces the default.
template <class T>
void take(std::optional<T> value, T& into) {
  if (value) into = std::move(*value);
}
template <class T>
void take_count(std::optional<std::int64_t> value, T& into) {
  if (value) into = static_cast<T>(*value);
}

template <class T>
using Choices = std::vector<std::pair<std::string_view, T>>;

class SectionReader {
 public:
  // `path` is the dotted name of the table, empty for the root. Table and list outlive the reader.
  SectionReader(const ConfigNode& table, std::string path, ProblemList& problems);

  // Null when absent; the key counts as known either way.
  const ConfigNode* find(std::string_view key);
  // As find, and a problem when it is not a table, or not a list of tables.
  const ConfigNode* table(std::string_view key);
  std::vector<const ConfigNode*> tables(std::string_view key);
  // The scalars of a list; an environment value is split at commas; one text is a list of one.
  std::vector<ConfigNode> list(std::string_view key);

  std::optional<std::string> text(std::string_view key);
  // A name for lists, logs and terminals: at most 128 bytes, no control characters.
  std::optional<std::string> line(std::string_view key);
  // The address of a proxy, see proxy_problem(); it is not shown where it is none.
  std::optional<std::string> proxy(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, IntegerRange range);
  std::optional<Decimal> decimal(std::string_view key, DecimalRange range);
  // "2%" or 0.02.
  std::optional<Decimal> ratio(std::string_view key, DecimalRange range);
  std::optional<Duration> duration(std::string_view key, DurationRange range);

  template <class T>
  std::optional<T> choice(std::string_view key, const Choices<T>& choices) {
    std::vector<std::string> names;
    for (const auto& [name, value] : choices) names.emplace_back(name);
    const std::optional<std::size_t> index = choice_index(key, names);
    return index ? std::optional<T>(choices[*index].second) : std::nullopt;
  }

  void problem(const ConfigNode& at, std::string_view key, std::string message,
               std::string fix = {});
  void missing(std::string_view key, std::string fix);
  // Reports every key that was not asked for, with the nearest one that was.
  void finish();

  const ConfigNode& node() const { return table_; }
  std::string dotted(std::string_view key) const;

 private:
  std::optional<std::size_t> choice_index(std::string_view key,
                                          const std::vector<std::string>& names);
  // The text of a scalar of one of these kinds; a problem otherwise.
  std::optional<std::string> scalar(std::string_view key, std::initializer_list<NodeKind> kinds,
                                    std::string_view wanted);
  std::optional<Decimal> within(std::string_view key, Decimal value, const DecimalRange& range);

  const ConfigNode& table_;
  std::string path_;
  ProblemList& problems_;
  std::vector<std::string> known_;
};

// "'abc'", or "(hidden)" where the key names a secret: the only way a value gets into a message.
std::string shown(std::string_view key, std::string_view value);

}  // namespace botbox::config
