#include "actors/record_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/decide.hpp"
#include "engine/execution/outcome.hpp"
#include "storage/codec.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {

using Json = nlohmann::ordered_json;

Result<Signal> with_stored_outcome(const storage::Store& store, Signal signal) {
  std::optional<Trade> trade;
  if (!signal.executed_trade_id.empty()) {
    BOTBOX_ASSIGN(trade, storage::find_trade(store, signal.executed_trade_id));
  }
  return with_outcome(std::move(signal), trade);
}

Result<DecisionTrace> with_stored_outcome(const storage::Store& store, DecisionTrace trace) {
  std::optional<Trade> trade;
  if (!trace.trade.empty()) {
    BOTBOX_ASSIGN(trade, storage::find_trade(store, trace.trade));
  }
  return with_outcome(std::move(trace), trade);
}

std::string_view state_of(const storage::StoredBot& bot) {
  return bot.damage ? "DAMAGED" : to_string(bot.snapshot.status);
}

void add_value(Json& row, const Position& position, const std::map<Symbol, Price>& prices) {
  row["profit"] = to_string(net_profit(position));
  row["mark"] = row["unrealized"] = nullptr;
  if (position.status != PositionStatus::kOpen) return;
  const auto price = prices.find(position.symbol);
  if (price == prices.end()) return;
  row["mark"] = to_string(price->second);
  if (const auto profit = unrealised_profit(position, price->second))
    row["unrealized"] = to_string(*profit);
}

Json bot_row(const storage::StoredBot& bot) {
  return {{"id", bot.id.value},
          {"state", state_of(bot)},
          {"damage", bot.damage ? Json(to_string(*bot.damage)) : Json()},
          {"note", bot.damage ? to_string(*bot.damage) : bot.snapshot.status_reason},
          {"config", storage::to_json(bot.config)},
          {"snapshot", storage::to_json(bot.snapshot)}};
}

Json alert_silence(const BotConfig& bot, const std::vector<Signal>& newest_first, Timestamp now) {
  const auto newest = std::ranges::find_if(newest_first, [](const Signal& signal) {
    return signal.source == SignalSource::kWebhook &&
           signal.rejection_reason != ReasonCode::kBotNotAllowed;
  });
  if (newest == newest_first.end()) {
    if (bot.strategy.value != "external") return {};
    return {{"last_at", nullptr}, {"candles", nullptr}, {"text", "no alert yet"}};
  }
  const Duration silent = now - newest->created_at;
  const std::int64_t candles = std::max<std::int64_t>(0, silent.count() / bot.timeframe.ms());
  return {{"last_at", newest->created_at.ms},
          {"candles", candles},
          {"text", candles == 0 ? "the last alert came within a candle"
                                : fmt::format("no alert for {} candle{}", candles,
                                              candles == 1 ? "" : "s")}};
}

Json trace_row_json(const DecisionTrace& trace) {
  Json json = storage::to_json(trace);
  json["explanation"] = explain(trace);
  return json;
}

Json fill_row(std::string_view key, const storage::BookedFill& fill) {
  const storage::FillOwner owner = storage::owner_of_fill(key);
  Json json{{"bot", owner.bot.value}, {"position", owner.position.value}};
  json.update(storage::to_json(fill));
  return json;
}

namespace {

LockRow lock_row(const RiskLock& lock, std::string_view bot, std::string_view scope,
                 Timestamp now) {
  const std::string_view state = now < lock.until ? "ACTIVE" : "ENDED";
  return {lock, state,
          Json{{"bot", bot},
               {"scope", scope},
               {"reason", to_string(lock.reason)},
               {"state", state},
               {"since", to_iso8601(lock.since)},
               {"until", to_iso8601(lock.until)},
               {"detail", lock.detail}}};
}

}  // namespace

std::vector<LockRow> lock_rows(const storage::StoredBot& bot, Timestamp now) {
  std::vector<LockRow> rows;
  if (bot.snapshot.risk.empty()) return rows;
  for (const RiskLock& lock : bot.snapshot.risk.front().locks)
    rows.push_back(lock_row(lock, bot.id.value, "bot", now));
  return rows;
}

Result<std::vector<LockRow>> fleet_lock_rows(const storage::Store& store, Timestamp now) {
  std::vector<LockRow> rows;
  BOTBOX_TRY(storage::visit_all<FleetLock>(
      store, storage::Kind::kLock, [&](std::string_view, FleetLock&& known) {
        rows.push_back(lock_row(known.lock, "", scope_of(known), now));
      }));
  return rows;
}

}  // namespace botbox::actors
