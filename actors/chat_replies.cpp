#include "actors/chat_replies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "engine/model/decimal.hpp"
#include "engine/notify/digest.hpp"

namespace botbox::actors {
namespace {

using ReplyJson = nlohmann::ordered_json;

constexpr std::size_t kReplyUnits = 4'000;
constexpr std::int64_t kDayMs = 86'400'000;
// Of a position, all of its profit stands on the day of its close.
constexpr std::string_view kDailyTitle = "closed by day (UTC)";

std::string word(const ReplyJson& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return "-";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

Decimal amount(const ReplyJson& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) return {};
  return Decimal::parse(found->get<std::string>()).value_or(Decimal{});
}

std::string two_places(Decimal value) {
  return to_string(round_to_step(value, Decimal::literal("0.01"), Rounding::kHalfEven));
}
std::string signed_money(Decimal value) {
  return fmt::format("{}{}", value.is_positive() ? "+" : "", two_places(value));
}

const ReplyJson& items_of(const ReplyJson& json) {
  static const ReplyJson none = ReplyJson::array();
  const auto found = json.find("items");
  return found != json.end() && found->is_array() ? *found : none;
}

std::string status_text(const ReplyJson& json) {
  const ReplyJson& mode = json.at("mode");
  const ReplyJson& bots = json.at("bots");
  const ReplyJson& positions = json.at("positions");
  std::string text = fmt::format(
      "{}, live trading {}\nbots {}: {} active, {} paused, {} in quarantine\n"
      "open positions {}, unrealised {}\nrealised {}\n"
      "last hour: {} signals, {} accepted\nqueue {}",
      word(mode, "mode"), mode.value("live_trading", false) ? "on" : "off", word(bots, "total"),
      word(bots, "active"), word(bots, "paused"), word(bots, "quarantined"),
      word(positions, "open"), signed_money(amount(positions, "unrealized")),
      signed_money(amount(json.at("equity"), "realized")), word(json.at("signals"), "generated"),
      word(json.at("signals"), "accepted"), word(json.at("queue"), "depth"));
  for (const ReplyJson& alert : json.at("alerts"))
    text += fmt::format("\nALERT {}: {}", word(alert, "kind"), word(alert, "text"));
  return text;
}

// Closed is what closed positions have brought, as /daily tells it; what open ones have paid and
// been paid so far, the fees of their entries above all, is theirs.
std::string profit_reply(const ReplyJson& json) {
  const ReplyJson& positions = json.at("positions");
  const Decimal realised = amount(json.at("equity"), "realized");
  const Decimal of_open = amount(positions, "realized");
  const Decimal unrealised = amount(positions, "unrealized");
  return fmt::format("closed {}\nopen {} ({} positions, fees paid so far in it)\ntogether {}",
                     signed_money(realised - of_open), signed_money(of_open + unrealised),
                     word(positions, "open"), signed_money(realised + unrealised));
}

std::string balance_reply(const ReplyJson& json) {
  const ReplyJson& equity = json.at("equity");
  return fmt::format("allocated {}\nworth now {}\nof that realised {}",
                     two_places(amount(equity, "start")), two_places(amount(equity, "now")),
                     signed_money(amount(equity, "realized")));
}

// Free is what the account tells; of that, so much is kept for entries on their way.
std::string coin_line(const ReplyJson& row) {
  std::string text = fmt::format("{} {}, free {}", word(row, "coin"),
                                 to_string(amount(row, "total")), to_string(amount(row, "free")));
  const Decimal aside = amount(row, "set_aside");
  return aside.is_zero() ? text : text + fmt::format(", of that set aside {}", to_string(aside));
}

std::string account_reply(const ReplyJson& json) {
  constexpr std::size_t kCoinsMax = 50;
  const auto as_of = json.find("as_of");
  if (as_of == json.end() || !as_of->is_number_integer())
    return "what the account holds is not known yet";
  std::string text =
      fmt::format("the account at {}:", to_iso8601({as_of->get<std::int64_t>()}).substr(11, 8));
  std::size_t coins = 0;
  for (const ReplyJson& row : items_of(json)) {
    const bool is_empty = amount(row, "total").is_zero() && amount(row, "set_aside").is_zero();
    if (!is_empty && ++coins <= kCoinsMax) text += "\n" + coin_line(row);
  }
  if (coins == 0) text += " nothing";
  if (coins > kCoinsMax) text += fmt::format("\nand {} coins more", coins - kCoinsMax);
  return text;
}

std::string count_reply(const ReplyJson& json) {
  return fmt::format("open positions {}, without a stop {}\ntrades in the queue {}",
                     word(json.at("positions"), "open"), word(json.at("positions"), "without_stop"),
                     word(json.at("queue"), "depth"));
}

// What positions brought that were closed between two midnights, from the curve of all that was
// closed by then. Its last point is the engine of now, with what open positions have paid.
std::string daily_reply(const ReplyJson& json, Timestamp now) {
  constexpr std::int64_t kDays = 7;
  const std::int64_t today = now.ms / kDayMs;
  std::array<Decimal, kDays + 1> by_end_of;  // [0]: before the first day shown
  const ReplyJson& points = json.at("points");
  for (std::size_t at = 0; at + 1 < points.size(); ++at) {
    const ReplyJson& point = points[at];
    const std::int64_t day = point.value("at", std::int64_t{0}) / kDayMs;
    const std::int64_t first = std::max<std::int64_t>(day - (today - kDays), 0);
    for (std::int64_t i = first; i <= kDays; ++i)
      by_end_of[static_cast<std::size_t>(i)] = amount(point, "realized");
  }
  std::string text(kDailyTitle);
  for (std::int64_t i = kDays; i >= 1; --i) {
    const auto at = static_cast<std::size_t>(i);
    text += fmt::format("\n{} {}", to_iso8601({(today - kDays + i) * kDayMs}).substr(0, 10),
                        signed_money(by_end_of[at] - by_end_of[at - 1]));
  }
  return text;
}

std::string bot_reply(const ReplyJson& json) {
  std::string text = fmt::format("{} {}", word(json, "id"), word(json, "state"));
  if (word(json, "note") != "-" && !word(json, "note").empty()) text += ": " + word(json, "note");
  const ReplyJson& snapshot = json.at("snapshot");
  text += fmt::format("\nrealised {}, fees {}", signed_money(amount(snapshot, "realised_profit")),
                      two_places(amount(snapshot, "fees")));
  for (const ReplyJson& position : snapshot.at("open_positions"))
    text +=
        fmt::format("\n{} {} {} at {}, stop {}{}", word(position, "symbol"), word(position, "side"),
                    word(position, "quantity"), word(position, "average_entry"),
                    word(position, "stop_loss"), position.value("dust", false) ? ", dust" : "");
  if (snapshot.at("open_positions").empty()) text += "\nno open position";
  if (const auto alerts = json.find("alerts"); alerts != json.end() && alerts->is_object())
    text += "\n" + word(*alerts, "text");
  return text;
}

// Nothing: no price is known, so nobody can say.
std::optional<Decimal> profit_while_open(const ReplyJson& bot) {
  const ReplyJson& position = bot.at("position");
  if (!position.is_object()) return Decimal{};
  if (!position.at("unrealized").is_string()) return std::nullopt;
  return amount(position, "unrealized");
}

std::string bot_profit_reply(const ReplyJson& json) {
  const Decimal realised = amount(json, "realized");
  Decimal of_open;
  for (const ReplyJson& position : json.at("snapshot").at("open_positions"))
    of_open += amount(position, "profit");
  const std::string closed = "closed " + signed_money(realised - of_open);
  const std::optional<Decimal> unrealised = profit_while_open(json);
  if (!unrealised)
    return fmt::format("{}\nopen: no price is known, fees paid so far {}", closed,
                       signed_money(of_open));
  return fmt::format("{}\nopen {} (fees paid so far in it)\ntogether {}", closed,
                     signed_money(of_open + *unrealised), signed_money(realised + *unrealised));
}

std::string bot_balance_reply(const ReplyJson& json) {
  const Decimal allocation = amount(json, "allocation");
  const Decimal realised = amount(json, "realized");
  const std::optional<Decimal> open = profit_while_open(json);
  return fmt::format("allocated {}\nworth now {}\nof that realised {}", two_places(allocation),
                     open ? two_places(allocation + realised + *open) : "unknown, without a price",
                     signed_money(realised));
}

std::string bot_count_reply(const ReplyJson& json) {
  return fmt::format("open positions {}\ntrades under way {}",
                     json.at("snapshot").at("open_positions").size(), json.at("pending").size());
}

std::string bot_daily_reply(const ReplyJson& json) {
  std::string text(kDailyTitle);
  for (const ReplyJson& day : json.at("data"))
    text += fmt::format("\n{} {:+.2f}, {} trades", word(day, "date"),
                        day.at("abs_profit").get<double>(), word(day, "trade_count"));
  return text;
}

std::string rows_reply(const ReplyJson& json, std::string_view none,
                       std::string (*line)(const ReplyJson&)) {
  std::string text;
  for (const ReplyJson& row : items_of(json)) text += (text.empty() ? "" : "\n") + line(row);
  return text.empty() ? std::string(none) : text;
}

std::string trade_line(const ReplyJson& row) {
  return fmt::format("{} {}: {} {} {} {}", word(row, "created_at").substr(0, 16), word(row, "bot"),
                     word(row, "side"), word(row, "quantity"), word(row, "symbol"),
                     word(row, "status"));
}
std::string lock_line(const ReplyJson& row) {
  return fmt::format("{}: {} until {}", word(row, "bot"), word(row, "reason"), word(row, "until"));
}
std::string alert_line(const ReplyJson& row) {
  return fmt::format("{} {} {}: {}", to_iso8601({row.value("at", std::int64_t{0})}).substr(0, 16),
                     word(row, "state"), word(row, "kind"), word(row, "text"));
}
std::string event_line(const ReplyJson& row) {
  return fmt::format("{} {} {}", word(row, "at").substr(0, 16), word(row, "kind"),
                     word(row, "detail"));
}
// Of a bot the newest events, of the engine its alerts.
std::string logs_reply(const ReplyJson& json) {
  constexpr std::size_t kLogRows = 20;
  const ReplyJson& items = items_of(json);
  if (items.empty() || !items.front().contains("sequence"))
    return rows_reply(json, "no alert", &alert_line);
  std::string text;
  for (std::size_t i = 0; i < std::min(items.size(), kLogRows); ++i)
    text += (i == 0 ? "" : "\n") + event_line(items[i]);
  return text;
}
std::string performance_line(const ReplyJson& row) {
  return fmt::format("{} {}: {}", word(row, "id"), word(row, "symbol"), word(row, "realized"));
}

std::string health_reply(const ReplyJson& json) {
  std::string text = word(json, "status");
  for (const ReplyJson& check : json.at("checks"))
    text += fmt::format("\n{} {}: {}", check.value("ok", false) ? "ok" : "FAILS",
                        word(check, "name"), word(check, "detail"));
  return text;
}

std::string version_reply(const ReplyJson& json) {
  const ReplyJson& engine = json.at("engine");
  return fmt::format("{} {} on {}{}, since {}", word(engine, "name"), word(engine, "version"),
                     word(engine, "exchange"), engine.value("is_paper", false) ? " (paper)" : "",
                     to_iso8601({engine.value("started_at", std::int64_t{0})}));
}

std::string one_bot_reply(const ChatCommand& command, const ReplyJson& json) {
  if (command.name == "profit") return bot_profit_reply(json);
  if (command.name == "balance") return bot_balance_reply(json);
  if (command.name == "count") return bot_count_reply(json);
  if (command.name == "performance") return performance_line(json);
  return bot_reply(json);
}

std::string reloaded_reply(const ReplyJson& json) {
  return fmt::format("done: {} bots changed, {} settings taken over, {} wait for the next start",
                     json.at("changes").size(), json.at("settings").size(),
                     json.at("at_next_start").size());
}

std::string done_reply(const ChatCommand& command, const ReplyJson& json) {
  if (command.name == "check")
    return fmt::format("{}: {} {}", word(json, "bot"), word(json, "outcome"), word(json, "reason"));
  if (command.name == "reload_config") return reloaded_reply(json);
  if (json.contains("mode")) return fmt::format("done: the engine is {}", word(json, "mode"));
  if (json.contains("positions"))
    return fmt::format("done: {} positions of {} bots are being closed", word(json, "positions"),
                       word(json, "bots"));
  if (json.contains("status"))
    return fmt::format("done: {} is {}", word(json, "id"), word(json, "status"));
  return "done";
}

std::string reply_text(const ChatCommand& command, const ReplyJson& json, Timestamp now) {
  if (command.changes) return done_reply(command, json);
  if (json.contains("snapshot")) return one_bot_reply(command, json);
  if (command.name == "status") return status_text(json);
  if (command.name == "profit") return profit_reply(json);
  if (command.name == "balance") return balance_reply(json);
  if (command.name == "count") return count_reply(json);
  if (command.name == "daily")
    return json.contains("data") ? bot_daily_reply(json) : daily_reply(json, now);
  if (command.name == "performance") return rows_reply(json, "no bot", &performance_line);
  if (command.name == "trades") return rows_reply(json, "no trade yet", &trade_line);
  if (command.name == "locks") return rows_reply(json, "nobody pauses", &lock_line);
  if (command.name == "logs") return logs_reply(json);
  if (command.name == "health") return health_reply(json);
  if (command.name == "version") return version_reply(json);
  if (command.name == "why") return word(json, "text");
  return json.dump(-1, ' ', false, ReplyJson::error_handler_t::replace);
}

}  // namespace

std::string account_lines(std::string_view json) {
  const ReplyJson parsed = ReplyJson::parse(json, nullptr, false);
  return parsed.is_object() ? account_reply(parsed) : "the account could not be read";
}

std::string chat_reply(const ChatCommand& command, std::string_view json, Timestamp now) {
  const ReplyJson parsed = ReplyJson::parse(json, nullptr, false);
  if (!parsed.is_object()) return "the engine's answer could not be read";
  std::string text;
  try {
    text = reply_text(command, parsed, now);
  } catch (const nlohmann::json::exception&) {
    return "the engine's answer could not be read";
  }
  while (utf16_units(text) > kReplyUnits) {
    text.resize(text.size() * 9 / 10);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80)
      text.pop_back();
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.pop_back();
  }
  return text;
}

}  // namespace botbox::actors
