#include "tools/config/section_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

#include "tools/config/value_text.hpp"

namespace botbox::config {
namespace {

// Names that users bring along from elsewhere, and what to do with them here.
struct KnownElsewhere {
  std::string_view key;
  std::string_view fix;
  std::string_view section = {};  // its name begins so; empty: any
};
constexpr std::array<KnownElsewhere, 27> kKnownElsewhere{{
    {"minimal_roi", "it belongs in a [[bot]], or in its [bot.exits]"},
    {"trailing_stop", "it belongs in a [[bot]]; or write trailing = \"2%\" in [bot.exits]"},
    {"trailing_stop_positive", "it belongs in a [[bot]], beside trailing_stop = true"},
    {"trailing_stop_positive_offset", "it belongs in a [[bot]], beside trailing_stop = true"},
    {"trailing_only_offset_is_reached", "it belongs in a [[bot]], beside trailing_stop = true"},
    {"username", "write [[api.token]] with a name; who logs in gives its secret as the password",
     "api"},
    {"password", "write [[api.token]] with secret_file: that is the password", "api"},
    {"jwt_secret_key", "not needed: the secrets of [[api.token]] sign logins", "api"},
    {"ws_token", "not needed: there is no such web socket", "api"},
    {"enable_openapi", "not needed: /openapi.json is always there", "api"},
    {"protections", "write [bot.guards]"},
    {"stake_currency", "not needed: it is the quote currency of the bot's symbol"},
    {"logging", "write log_level in [engine]"},
    {"log_level", "it belongs in [engine]"},
    {"dry_run", "it belongs in [engine]"},
    {"data_dir", "it belongs in [engine]"},
    {"live_trading", "it belongs in [engine]"},
    {"max_open_trades", "it belongs in [engine], or in a [[bot]] for that bot alone"},
    {"dry_run_wallet", "it belongs in [paper]"},
    {"seed", "it belongs in [paper]"},
    {"fees", "write fee_maker and fee_taker"},
    {"fee", "write fee_maker and fee_taker"},
    {"csv", "write one csv in each [[paper.symbol]]"},
    {"timeframe", "it belongs in [[bot]] or [bot_defaults]"},
    {"stake_amount", "it belongs in [[bot]] or [bot_defaults]"},
    {"stoploss", "it belongs in [[bot]] or [bot_defaults]"},
    {"bots", "write one [[bot]] for each bot"},
}};

std::string range_text(std::string_view min, std::string_view max) {
  return fmt::format("between {} and {}", min, max);
}

bool is_scalar(NodeKind kind) { return kind != NodeKind::kList && kind != NodeKind::kTable; }

constexpr std::size_t kLineLengthMax = 128;

// Of ASCII, or U+0080 to U+009F, which terminals obey as well.
bool has_control_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte != 0xC2 || i + 1 == text.size()) continue;
    if (static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

void ProblemList::add(const Place& place, std::string key, std::string message, std::string fix) {
  problems_.push_back(
      {place.file, place.line, place.column, std::move(key), std::move(message), std::move(fix)});
}

std::vector<ConfigProblem> ProblemList::sorted() const {
  std::vector<ConfigProblem> sorted = problems_;
  const auto order = [](const ConfigProblem& p) {
    return std::make_tuple(p.line == 0, std::string_view(p.file), p.line, p.column,
                           std::string_view(p.key), std::string_view(p.message));
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const auto& a, const auto& b) { return order(a) < order(b); });
  // Defaults are read once for every bot, with the same problem each time.
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

std::string shown(std::string_view key, std::string_view value) {
  if (is_secret_name(key)) return "(hidden)";
  return fmt::format("'{}'", value);
}

SectionReader::SectionReader(const ConfigNode& table, std::string path, ProblemList& problems)
    : table_(table), path_(std::move(path)), problems_(problems) {}

std::string SectionReader::dotted(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const ConfigNode* SectionReader::find(std::string_view key) {
  known_.emplace_back(key);
  return table_.find(key);
}

const ConfigNode* SectionReader::table(std::string_view key) {
  const ConfigNode* node = find(key);
  if (node == nullptr || node->kind == NodeKind::kTable) return node;
  const bool listed = node->kind == NodeKind::kList;
  problem(*node, key, fmt::format("must be a table, is {}", to_string(node->kind)),
          listed ? fmt::format("write [{0}] once, not [[{0}]]", dotted(key))
                 : fmt::format("write [{}] and its keys below it", dotted(key)));
  return nullptr;
}

std::vector<const ConfigNode*> SectionReader::tables(std::string_view key) {
  std::vector<const ConfigNode*> found;
  const ConfigNode* node = find(key);
  if (node == nullptr) return found;
  const std::string fix = fmt::format("write [[{}]] in double brackets", dotted(key));
  if (node->kind != NodeKind::kList) {
    problem(*node, key, fmt::format("must be a list of tables, is {}", to_string(node->kind)), fix);
    return found;
  }
  for (const ConfigNode& item : node->children) {
    if (item.kind == NodeKind::kTable) {
      found.push_back(&item);
    } else {
      problem(item, key, fmt::format("must be a list of tables, holds {}", to_string(item.kind)),
              fix);
    }
  }
  return found;
}

std::vector<ConfigNode> SectionReader::list(std::string_view key) {
  const ConfigNode* node = find(key);
  if (node == nullptr) return {};
  if (node->kind == NodeKind::kList) return node->children;
  if (node->kind == NodeKind::kText) return {*node};
  std::vector<ConfigNode> items;
  if (node->kind != NodeKind::kLoose) {
    problem(*node, key, fmt::format("must be a list, is {}", to_string(node->kind)),
            fmt::format("write {} = [\"...\", \"...\"]", key));
    return items;
  }
  std::string_view rest = node->text;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    ConfigNode item = *node;
    item.text = std::string(trimmed(rest.substr(0, comma)));
    if (!item.text.empty()) items.push_back(std::move(item));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return items;
}

std::optional<std::string> SectionReader::scalar(std::string_view key,
                                                 std::initializer_list<NodeKind> kinds,
                                                 std::string_view wanted) {
  const ConfigNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  const bool fits = std::find(kinds.begin(), kinds.end(), node->kind) != kinds.end();
  if (fits || node->kind == NodeKind::kLoose) return node->text;
  std::string got(to_string(node->kind));
  if (is_scalar(node->kind) && node->kind != NodeKind::kDate) got = shown(key, node->text);
  problem(*node, key, fmt::format("must be {}, is {}", wanted, got),
          node->kind == NodeKind::kText ? "leave out the quotes" : "");
  return std::nullopt;
}

std::optional<std::string> SectionReader::text(std::string_view key) {
  auto text = scalar(key, {NodeKind::kText}, "a text in quotes");
  if (!text || !text->empty()) return text;
  problem(*table_.find(key), key, "is empty", "write something, or leave the key out");
  return std::nullopt;
}

std::optional<std::string> SectionReader::line(std::string_view key) {
  auto text = this->text(key);
  if (!text) return text;
  const ConfigNode& node = *table_.find(key);
  if (has_control_characters(*text)) {
    problem(node, key, "holds line breaks or other control characters", "write one plain line");
    return std::nullopt;
  }
  if (text->size() <= kLineLengthMax) return text;
  problem(node, key, fmt::format("must be at most {} bytes, is {}", kLineLengthMax, text->size()),
          "shorten it");
  return std::nullopt;
}

std::optional<std::string> SectionReader::proxy(std::string_view key) {
  auto text = this->text(key);
  if (!text || text->empty()) return text;
  const std::string why = proxy_problem(*text);
  if (why.empty()) return text;
  problem(*table_.find(key), key, why, fmt::format("write {} = \"http://127.0.0.1:3128\"", key));
  return std::nullopt;
}

std::optional<bool> SectionReader::boolean(std::string_view key) {
  const auto text = scalar(key, {NodeKind::kBoolean}, "true or false");
  if (!text) return std::nullopt;
  const std::string lower = to_lower(*text);
  if (lower == "true" || lower == "1" || lower == "on" || lower == "yes") return true;
  if (lower == "false" || lower == "0" || lower == "off" || lower == "no") return false;
  problem(*table_.find(key), key, fmt::format("must be true or false, is {}", shown(key, *text)));
  return std::nullopt;
}

std::optional<std::int64_t> SectionReader::integer(std::string_view key, IntegerRange range) {
  const auto text = scalar(key, {NodeKind::kInteger}, "a whole number");
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size()) {
    problem(*table_.find(key), key,
            fmt::format("must be a whole number, is {}", shown(key, *text)));
    return std::nullopt;
  }
  if (value >= range.min && value <= range.max) return value;
  const bool open = range.max == std::numeric_limits<std::int64_t>::max();
  problem(
      *table_.find(key), key,
      open ? fmt::format("must be at least {}, is {}", range.min, value)
           : fmt::format("must be {}, is {}",
                         range_text(std::to_string(range.min), std::to_string(range.max)), value));
  return std::nullopt;
}

std::optional<Decimal> SectionReader::within(std::string_view key, Decimal value,
                                             const DecimalRange& range) {
  const bool low = range.min_included ? value < range.min : value <= range.min;
  const bool high = range.max_included ? value > range.max : value >= range.max;
  if (!low && !high) return value;
  std::string bound;
  if (range.max == DecimalRange{}.max && low) {
    bound =
        fmt::format("{} {}", range.min_included ? "at least" : "more than", to_string(range.min));
  } else {
    bound = range_text(to_string(range.min), to_string(range.max));
  }
  problem(*table_.find(key), key, fmt::format("must be {}, is {}", bound, to_string(value)));
  return std::nullopt;
}

std::optional<Decimal> SectionReader::decimal(std::string_view key, DecimalRange range) {
  const auto text = scalar(key, {NodeKind::kInteger, NodeKind::kFloat, NodeKind::kText},
                           "a number, or a number in quotes");
  if (!text) return std::nullopt;
  const Result<Decimal> value = Decimal::parse(*text);
  if (value) return within(key, *value, range);
  problem(*table_.find(key), key, fmt::format("must be a decimal number, is {}", shown(key, *text)),
          "write 250 or \"250.75\", at most 12 places after the point");
  return std::nullopt;
}

std::optional<Decimal> SectionReader::ratio(std::string_view key, DecimalRange range) {
  const auto text = scalar(key, {NodeKind::kInteger, NodeKind::kFloat, NodeKind::kText},
                           "a ratio such as \"2%\" or 0.02");
  if (!text) return std::nullopt;
  const Result<Decimal> value = parse_ratio(*text);
  if (!value) {
    problem(*table_.find(key), key, value.error().message, value.error().fix);
    return std::nullopt;
  }
  const bool low = range.min_included ? *value < range.min : *value <= range.min;
  const bool high = range.max_included ? *value > range.max : *value >= range.max;
  if (!low && !high) return *value;
  const ConfigNode& node = *table_.find(key);
  const bool meant_percent = high && !text->ends_with('%') && *value < Decimal::from_int(100);
  problem(node, key,
          fmt::format("must be {}, is {}", range_text(to_string(range.min), to_string(range.max)),
                      shown(key, *text)),
          meant_percent ? fmt::format("write \"{}%\" if percent is meant", *text) : "");
  return std::nullopt;
}

std::optional<Duration> SectionReader::duration(std::string_view key, DurationRange range) {
  const auto text =
      scalar(key, {NodeKind::kInteger, NodeKind::kText}, "a duration such as \"30s\"");
  if (!text) return std::nullopt;
  const Result<Duration> value = parse_duration(*text);
  if (!value) {
    problem(*table_.find(key), key, value.error().message, value.error().fix);
    return std::nullopt;
  }
  if (*value >= range.min && *value <= range.max) return *value;
  problem(*table_.find(key), key,
          fmt::format("must be {}, is {}",
                      range_text(duration_text(range.min), duration_text(range.max)),
                      duration_text(*value)));
  return std::nullopt;
}

std::optional<std::size_t> SectionReader::choice_index(std::string_view key,
                                                       const std::vector<std::string>& names) {
  const auto text = scalar(key, {NodeKind::kText}, "a text in quotes");
  if (!text) return std::nullopt;
  const std::string lower = to_lower(*text);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == lower) return i;
  const auto nearest = nearest_name(lower, names);
  problem(*table_.find(key), key,
          fmt::format("must be one of {}, is {}", fmt::join(names, ", "), shown(key, *text)),
          nearest ? fmt::format("did you mean \"{}\"?", *nearest) : "");
  return std::nullopt;
}

void SectionReader::problem(const ConfigNode& at, std::string_view key, std::string message,
                            std::string fix) {
  const std::string_view name = at.written.empty() || at.key != key ? key : at.written;
  problems_.add(at.place, dotted(name), std::move(message), std::move(fix));
}

void SectionReader::missing(std::string_view key, std::string fix) {
  problems_.add(table_.place, dotted(key), "is missing", std::move(fix));
}

void SectionReader::finish() {
  for (const ConfigNode& child : table_.children) {
    if (std::find(known_.begin(), known_.end(), child.key) != known_.end()) continue;
    std::string fix;
    for (const auto& [key, advice, section] : kKnownElsewhere)
      if (key == child.key && dotted(key).starts_with(section)) fix = advice;
    if (const auto nearest = nearest_name(child.key, known_); nearest && fix.empty())
      fix = fmt::format("did you mean {}?", *nearest);
    if (fix.empty()) {
      std::vector<std::string> sorted = known_;
      std::sort(sorted.begin(), sorted.end());
      sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
      fix = fmt::format("known here: {}", fmt::join(sorted, ", "));
    }
    const bool section = child.kind == NodeKind::kTable;
    problems_.add(child.key_place, dotted(child.written.empty() ? child.key : child.written),
                  section ? "unknown section" : "unknown key", std::move(fix));
  }
}

}  // namespace botbox::config
