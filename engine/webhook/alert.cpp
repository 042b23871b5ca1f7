#include "engine/webhook/alert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/short_text.hpp"
#include "engine/webhook/unread_secret.hpp"

namespace botbox {
namespace {

constexpr std::size_t kAlertIdMax = 128;

struct Meaning {
  std::string_view name;
  std::array<std::string_view, 8> aliases;  // in order of preference; empty ones at the end
  bool is_nested_too = true;
};

constexpr std::array<Meaning, 14> kMeanings{{
    {"action", {"action", "side", "signal", "order_action", "direction", "cmd", "command"}},
    {"symbol", {"ticker", "symbol", "pair", "instrument", "tickerid", "coin"}},
    {"quantity", {"qty", "contracts", "size", "amount", "quantity"}},
    {"price", {"price", "close", "entry", "entry_price"}},
    {"market_position", {"market_position"}},
    {"position_size", {"position_size"}},
    {"sent_at", {"timenow", "sent_at", "timestamp", "alert_time"}},
    {"interval", {"interval", "timeframe", "tf"}},
    {"comment", {"comment", "message", "note", "text"}},
    {"id", {"id", "alert_id", "signal_id", "uuid"}, false},
    {"bot", {"bot", "bot_id"}, false},
    {"execute_at", {"execute_at", "execution_scheduled_at", "scheduled_at", "not_before"}, false},
    {"delay", {"delay", "delay_seconds", "execute_in"}, false},
    {"secret", {"secret", "passphrase", "password", "token"}, false},
}};

std::string lower_word(std::string_view text) {
  std::string out;
  for (const char c : text)
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  const std::size_t first = out.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(" \t\r\n") - first + 1);
}

// As TradingView writes them; in small letters they would be minutes.
bool is_months(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  text = text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
  return text == "M" || text == "1M" || text == "3M" || text == "6M" || text == "12M";
}

std::size_t depth_of(std::string_view name) {
  return static_cast<std::size_t>(std::count(name.begin(), name.end(), '.'));
}

bool is_named(std::string_view name, std::string_view alias) {
  return name == alias || (name.size() > alias.size() && name.ends_with(alias) &&
                           name[name.size() - alias.size() - 1] == '.');
}

// A placeholder that had nothing to say, as TradingView and others send it.
bool is_blank_value(std::string_view text) {
  const std::string word = lower_word(text);
  return word.empty() || word == "nan" || word == "na" || word == "n/a" || word == "null" ||
         word == "none" || word == "undefined";
}

using Found = tl::expected<const AlertField*, AlertRefusal>;

Found find_alias(const AlertFields& read, const Meaning& meaning, std::string_view alias) {
  const AlertField* best = nullptr;
  bool is_ambiguous = false;
  for (const AlertField& field : read.fields) {
    if (!is_named(field.name, alias) || is_blank_value(field.value)) continue;
    if (!meaning.is_nested_too && field.name != alias) continue;
    if (best == nullptr || depth_of(field.name) < depth_of(best->name)) {
      best = &field;
      is_ambiguous = false;
    } else if (depth_of(field.name) == depth_of(best->name) && field.value != best->value) {
      is_ambiguous = true;
    }
  }
  if (is_ambiguous)
    return tl::unexpected(AlertRefusal{std::string(meaning.name),
                                       fmt::format("'{}' is told twice, differently", alias)});
  return best;
}

Found find_meaning(const AlertFields& read, std::string_view name, const AlertMapping& mapping) {
  const Meaning& meaning = *std::find_if(kMeanings.begin(), kMeanings.end(),
                                         [&](const Meaning& m) { return m.name == name; });
  for (const auto& [means, path] : mapping) {
    if (means != name) continue;
    for (const AlertField& field : read.fields)
      if (field.name == lower_word(path) && !is_blank_value(field.value)) return &field;
    return nullptr;
  }
  for (const std::string_view alias : meaning.aliases) {
    if (alias.empty()) break;
    Found found = find_alias(read, meaning, alias);
    if (!found || *found != nullptr) return found;
  }
  return nullptr;
}

// By the names of the secret alone; of a mapping's path by the last one, as nothing was read that
// would have the others.
std::string secret_of_unread(std::string_view body, const AlertMapping& mapping) {
  for (const auto& [means, path] : mapping) {
    if (means != "secret") continue;
    const std::string name = lower_word(path);
    return unread_secret(body, std::string_view(name).substr(name.rfind('.') + 1));
  }
  const Meaning& meaning =
      *std::ranges::find(kMeanings, std::string_view("secret"), &Meaning::name);
  for (const std::string_view alias : meaning.aliases)
    if (std::string found = alias.empty() ? "" : unread_secret(body, alias); !found.empty())
      return found;
  return {};
}

std::optional<AlertAction> action_word(std::string_view text) {
  std::string word = lower_word(text);
  std::replace(word.begin(), word.end(), '-', '_');
  std::replace(word.begin(), word.end(), ' ', '_');
  constexpr std::array<std::string_view, 7> kBuys{"buy",        "long",      "bull",   "bullish",
                                                  "enter_long", "open_long", "go_long"};
  constexpr std::array<std::string_view, 6> kShorts{"short",       "bear",       "bearish",
                                                    "enter_short", "open_short", "go_short"};
  constexpr std::array<std::string_view, 15> kCloses{
      "close",     "exit",           "flat",      "close_long",  "close_short",
      "exit_long", "exit_short",     "stop",      "tp",          "sl",
      "close_all", "close_position", "stop_loss", "take_profit", "flatten"};
  const auto is_one_of = [&](const auto& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (is_one_of(kBuys)) return AlertAction::kBuy;
  if (word == "sell") return AlertAction::kSell;
  if (is_one_of(kShorts)) return AlertAction::kShort;
  if (is_one_of(kCloses)) return AlertAction::kClose;
  return std::nullopt;
}

std::optional<Decimal> decimal_of(std::string_view text) {
  const Result<Decimal> parsed = Decimal::parse(lower_word(text));
  return parsed ? std::optional<Decimal>(*parsed) : std::nullopt;
}

std::optional<Timestamp> time_of(std::string_view text) {
  const std::string word = lower_word(text);
  // Ten digits are seconds: as milliseconds they would be January 1970.
  if (word.size() == 10 && word.find_first_not_of("0123456789") == std::string::npos)
    return time_of(word + "000");
  std::string upper = word;
  for (char& c : upper)
    if (c == 't' || c == 'z') c = static_cast<char>(c - 'a' + 'A');
  const Result<Timestamp> parsed = parse_timestamp(upper);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

// Whole seconds, or a number with one of s, m, h, d; at most a year.
std::optional<Duration> delay_of(std::string_view text) {
  constexpr std::int64_t kSecondsMax = std::int64_t{366} * 86'400;
  const std::string word = lower_word(text);
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
  if (error != std::errc{} || count < 0 || count > kSecondsMax) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(word.data() + word.size() - end));
  const std::int64_t seconds = unit.empty() || unit == "s" ? 1
                               : unit == "m"               ? 60
                               : unit == "h"               ? 3'600
                               : unit == "d"               ? 86'400
                                                           : 0;
  if (seconds == 0 || count * seconds > kSecondsMax) return std::nullopt;
  return Duration{count * seconds * 1000};
}

// Reads the meanings of one body, one after the other; the first problem ends it.
class AlertReader {
 public:
  AlertReader(const AlertFields& read, const AlertMapping& mapping)
      : read_(read), mapping_(mapping) {}

  tl::expected<Alert, AlertRefusal> alert() {
    if (read_.shape == AlertShape::kWords ? !words() : !fields()) return tl::unexpected(refusal_);
    alert_.content = canonical();
    if (read_.shape != AlertShape::kWords) alert_.ignored = without_meaning();
    return alert_;
  }

 private:
  bool refuse(std::string field, std::string message) {
    refusal_ = {std::move(field), std::move(message)};
    return false;
  }

  // False after a problem; empty where there is none.
  bool text(std::string_view name, std::string& into) {
    const Found found = find_meaning(read_, name, mapping_);
    if (!found) return refuse(found.error().field, found.error().message);
    if (*found == nullptr) return true;
    if ((*found)->value.find("{{") != std::string::npos)
      return refuse(std::string(name), "a placeholder was not filled in");
    into = (*found)->value;
    return true;
  }

  bool number(std::string_view name, std::optional<Decimal>& into) {
    std::string written;
    if (!text(name, written)) return false;
    if (written.empty()) return true;
    into = decimal_of(written);
    return into ? true : refuse(std::string(name), "is not a number");
  }

  bool fields() {
    std::string symbol, interval, sent_at;
    if (!action() || !text("symbol", symbol) || !number("quantity", alert_.quantity) ||
        !number("price", alert_.price) || !text("interval", interval) ||
        !text("sent_at", sent_at) || !text("comment", alert_.comment) || !text("id", alert_.id) ||
        !text("bot", alert_.bot) || !text("secret", alert_.secret))
      return false;
    if (!symbol.empty() && !take_symbol(symbol)) return refuse("symbol", "is not a symbol");
    if (alert_.price && !alert_.price->is_positive()) return refuse("price", "must be above zero");
    if (alert_.quantity && alert_.quantity->is_negative())
      return refuse("quantity", "must not be negative");
    if (is_months(interval))
      return refuse("interval", "is of months, which no timeframe here is; the longest is W");
    if (!interval.empty() && !(alert_.interval = parse_interval(interval)))
      return refuse("interval", "is not an interval such as 15, 4h or D");
    if (alert_.id.size() > kAlertIdMax) return refuse("id", "is longer than 128 bytes");
    alert_.comment = short_text(alert_.comment);
    return take_time("sent_at", sent_at, alert_.sent_at) && schedule();
  }

  bool take_time(std::string_view name, const std::string& written, Timestamp& into) {
    if (written.empty()) return true;
    const std::optional<Timestamp> at = time_of(written);
    if (!at) return refuse(std::string(name), "is not a time such as 2024-05-01T12:00:00Z");
    into = *at;
    return true;
  }

  bool schedule() {
    std::string at, delay;
    if (!text("execute_at", at) || !text("delay", delay)) return false;
    if (!at.empty() && !delay.empty()) return refuse("delay", "and execute_at: give one of them");
    if (!take_time("execute_at", at, alert_.execute_at)) return false;
    if (delay.empty()) return true;
    const std::optional<Duration> read = delay_of(delay);
    if (!read) return refuse("delay", "is not a number of seconds, or such as 90s, 15m, 2h, 1d");
    alert_.delay = *read;
    return true;
  }

  bool action() {
    std::string written, position;
    std::optional<Decimal> size;
    if (!text("action", written) || !text("market_position", position) ||
        !number("position_size", size))
      return false;
    std::optional<AlertAction> now = position_action(position, size);
    if (!position.empty() && !now) return refuse("market_position", "is not flat, long or short");
    if (!now && written.empty()) return refuse("action", "is missing");
    if (written.empty()) {
      alert_.action = *now;
      return true;
    }
    const std::optional<AlertAction> asked = action_word(written);
    if (!asked) return refuse("action", "is not buy, sell, long, short or close");
    return take_action(*asked, now);
  }

  // The position that an order leads to says more than the order. One that led away from it, a sale
  // that leaves a long position, took a part off: as what the position says it would be an entry.
  bool take_action(AlertAction asked, const std::optional<AlertAction>& held) {
    const bool is_part = held && *held != AlertAction::kClose &&
                         (asked == AlertAction::kClose ||
                          (asked == AlertAction::kBuy) != (*held == AlertAction::kBuy));
    if (is_part)
      return refuse("action", "leaves a position on the other side: alerts close no part of one");
    alert_.action = held.value_or(asked);
    return true;
  }

  static std::optional<AlertAction> position_action(std::string_view position,
                                                    const std::optional<Decimal>& size) {
    const std::string word = lower_word(position);
    if (word == "flat") return AlertAction::kClose;
    if (word == "long") return AlertAction::kBuy;
    if (word == "short") return AlertAction::kShort;
    if (!position.empty() || !size) return std::nullopt;
    return size->is_zero()       ? AlertAction::kClose
           : size->is_negative() ? AlertAction::kShort
                                 : AlertAction::kBuy;
  }

  bool take_symbol(std::string_view written) {
    const Result<SymbolParts> parts = parse_symbol(written);
    if (!parts) return false;
    alert_.symbol = *parts;
    return true;
  }

  bool words() {
    if (const std::optional<bool> read = strategy_message()) return *read;
    std::optional<AlertAction> action;
    bool price_next = false;
    for (const AlertField& field : read_.fields) {
      std::string_view word = field.value;
      if (word.find("{{") != std::string_view::npos)
        return refuse({}, "a placeholder was not filled in");
      if (word == "@" || lower_word(word) == "at") {
        price_next = true;
        continue;
      }
      if (word.starts_with('@')) {
        price_next = true;
        word.remove_prefix(1);
      }
      if (const auto number = decimal_of(word)) {
        std::optional<Decimal>& into = price_next ? alert_.price : alert_.quantity;
        if (into) return refuse({}, "has more numbers than a quantity and a price");
        into = number;
        price_next = false;
      } else if (const auto named = action_word(word)) {
        if (action) return refuse("action", "is told twice");
        action = named;
      } else if (alert_.symbol || !take_symbol(word)) {
        return refuse({}, "has a word that is no action, no symbol and no number");
      }
    }
    if (!action) return refuse("action", "is missing");
    if (alert_.price && !alert_.price->is_positive()) return refuse("price", "must be above zero");
    if (alert_.quantity && alert_.quantity->is_negative())
      return refuse("quantity", "must not be negative");
    alert_.action = *action;
    return true;
  }

  // "... order buy @ 0.01 filled on BTCUSDT. New strategy position is 0.01". Nothing: these are
  // other words.
  std::optional<bool> strategy_message() {
    const auto word = [&](std::size_t at) {
      return at < read_.fields.size() ? lower_word(read_.fields[at].value) : std::string();
    };
    for (std::size_t i = 0; i < read_.fields.size(); ++i) {
      if (word(i) != "order" || word(i + 2) != "@" || word(i + 4) != "filled") continue;
      std::string symbol = read_.fields.size() > i + 6 ? read_.fields[i + 6].value : "";
      if (symbol.ends_with('.')) symbol.pop_back();
      const auto quantity = decimal_of(word(i + 3));
      std::string size_text = word(i + 11);
      if (size_text.ends_with('.')) size_text.pop_back();
      const auto size = decimal_of(size_text);
      const auto action = action_word(word(i + 1));
      if (!quantity || !action || !take_symbol(symbol)) return std::nullopt;
      alert_.quantity = quantity;
      return take_action(*action, position_action({}, size));
    }
    return std::nullopt;
  }

  std::vector<std::string> without_meaning() const {
    std::vector<const AlertField*> understood;
    for (const Meaning& meaning : kMeanings)
      if (const Found found = find_meaning(read_, meaning.name, mapping_); found)
        understood.push_back(*found);
    std::vector<std::string> names;
    for (const AlertField& field : read_.fields)
      if (names.size() < kIgnoredFieldsMax && !is_blank_value(field.value) &&
          std::ranges::find(understood, &field) == understood.end())
        names.push_back(field.name);
    return names;
  }

  std::string canonical() const {
    const Found secret = find_meaning(read_, "secret", mapping_);
    std::vector<std::string> lines;
    for (const AlertField& field : read_.fields)
      if (!secret || &field != *secret)
        lines.push_back(fmt::format("{}={}", field.name, field.value));
    if (read_.shape != AlertShape::kWords) std::sort(lines.begin(), lines.end());
    return fmt::format("{}", fmt::join(lines, "\n"));
  }

  const AlertFields& read_;
  const AlertMapping& mapping_;
  Alert alert_;
  AlertRefusal refusal_;
};

}  // namespace

std::string_view to_string(AlertAction action) {
  switch (action) {
    case AlertAction::kBuy: return "BUY";
    case AlertAction::kSell: return "SELL";
    case AlertAction::kShort: return "SHORT";
    case AlertAction::kClose: return "CLOSE";
  }
  return "?";
}

const std::vector<std::string_view>& alert_meanings() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    names.reserve(std::size(kMeanings));
    for (const Meaning& meaning : kMeanings) names.push_back(meaning.name);
    return names;
  }();
  return kNames;
}

std::vector<std::string> not_followed(const Alert& alert, Timeframe timeframe) {
  std::vector<std::string> names = alert.ignored;
  if (alert.quantity) names.emplace_back("quantity");
  if (alert.interval && *alert.interval != timeframe) names.emplace_back("interval");
  return names;
}

std::string to_string(const AlertRefusal& refusal) {
  return refusal.field.empty() ? refusal.message : refusal.field + " " + refusal.message;
}

tl::expected<Alert, AlertRefusal> parse_alert(std::string_view body, const AlertMapping& mapping) {
  const auto read = read_alert_fields(body);
  if (!read) return tl::unexpected(AlertRefusal{{}, read.error()});
  return AlertReader(*read, mapping).alert();
}

std::string secret_in(std::string_view body, const AlertMapping& mapping) {
  const auto read = read_alert_fields(body);
  if (!read || read->shape == AlertShape::kWords) return secret_of_unread(body, mapping);
  const Found found = find_meaning(*read, "secret", mapping);
  if (!found) return secret_of_unread(body, mapping);
  return *found != nullptr ? (*found)->value : std::string();
}

Direction direction_of(AlertAction action, MarketType market) {
  switch (action) {
    case AlertAction::kBuy: return Direction::kLong;
    case AlertAction::kSell:
      return market == MarketType::kSpot ? Direction::kClose : Direction::kShort;
    case AlertAction::kShort: return Direction::kShort;
    case AlertAction::kClose: break;
  }
  return Direction::kClose;
}

Timestamp scheduled_time(const Alert& alert, Timestamp now) {
  if (!alert.execute_at.is_never()) return alert.execute_at;
  if (alert.delay == Duration{0}) return {};
  const bool is_told = !alert.sent_at.is_never() && alert.sent_at < now;
  return (is_told ? alert.sent_at : now) + alert.delay;
}

std::optional<Timeframe> parse_interval(std::string_view text) {
  if (is_months(text)) return std::nullopt;
  const std::string word = lower_word(text);
  if (word == "d" || word == "1d") return *Timeframe::parse("1d");
  if (word == "w" || word == "1w") return *Timeframe::parse("1w");
  std::int64_t minutes = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), minutes);
  if (error == std::errc{} && end == word.data() + word.size())
    return minutes > 0 && minutes <= std::int64_t{7} * 1440
               ? std::optional(Timeframe::minutes(minutes))
               : std::nullopt;
  const Result<Timeframe> parsed = Timeframe::parse(word);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

}  // namespace botbox
