#include "actors/bot_chart.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "engine/market/candle_bar.hpp"
#include "engine/strategy/indicator_registry.hpp"
#include "storage/codec.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kIndicatorsShown = 12;

Json candle_json(const Candle& candle) {
  return {{"at", candle.open_time.ms},        {"open", to_string(candle.open)},
          {"high", to_string(candle.high)},   {"low", to_string(candle.low)},
          {"close", to_string(candle.close)}, {"volume", to_string(candle.volume)}};
}

std::string_view kind_of_exit(ReasonCode reason) {
  switch (reason) {
    case ReasonCode::kStopLossHit:
    case ReasonCode::kTrailingStop:
    case ReasonCode::kBreakEvenStop:
    case ReasonCode::kTimeStop: return "stop";
    case ReasonCode::kTakeProfitHit:
    case ReasonCode::kMinimalRoi: return "target";
    default: return "exit";
  }
}

using Markers = std::vector<std::pair<Timestamp, Json>>;

void mark(Markers& markers, Timestamp at, std::string_view kind, Price price,
          const Position& position) {
  markers.emplace_back(at, Json{{"at", at.ms},
                                {"kind", kind},
                                {"side", to_string(position.side)},
                                {"price", to_string(price)},
                                {"trade", position.id.value}});
}

// Orders between the one that opened the position and the one that ended it: what they added, or
// left a part of. `fills` in the order in which they were booked.
void mark_steps(Markers& markers, const Position& position,
                const std::vector<storage::BookedFill>& fills, Timestamp from) {
  std::vector<ClientOrderId> seen;
  for (const auto& [fill, number] : fills) {
    if (std::ranges::find(seen, fill.client_id) != seen.end()) continue;
    seen.push_back(fill.client_id);
    const bool is_end =
        position.status == PositionStatus::kClosed && fill.client_id == fills.back().fill.client_id;
    if (seen.size() == 1 || is_end || fill.at < from) continue;
    mark(markers, fill.at, fill.side == entry_side(position.side) ? "add" : "part", fill.price,
         position);
  }
}

Result<void> mark_position(const storage::Store& store, Markers& markers, const Position& position,
                           Timestamp from) {
  BOTBOX_ASSIGN(std::vector<storage::BookedFill> fills,
                storage::load_fills(store, position.bot, position.id, 1'000));
  std::ranges::stable_sort(fills, {}, &storage::BookedFill::number);
  if (position.opened_at >= from)
    mark(markers, position.opened_at, "entry", position.average_entry, position);
  mark_steps(markers, position, fills, from);
  if (position.status != PositionStatus::kClosed || position.closed_at < from) return {};
  mark(markers, position.closed_at, kind_of_exit(position.close_reason),
       fills.empty() ? position.average_entry : fills.back().fill.price, position);
  markers.back().second["reason"] = to_string(position.close_reason);
  markers.back().second["profit"] = to_string(net_profit(position));
  return {};
}

Result<Json> markers(const storage::Store& store, const BotId& bot, Timestamp from) {
  std::vector<Position> shown;
  const auto visit = [&](std::string_view, Position&& position) {
    if (position.status == PositionStatus::kOpen || position.closed_at >= from)
      shown.push_back(std::move(position));
    return true;
  };
  BOTBOX_TRY(storage::visit_records<Position>(
      store, {.kind = storage::Kind::kPosition, .prefix = storage::bot_prefix(bot), .from = {}}, {},
      visit));
  Markers found;
  for (const Position& position : shown) BOTBOX_TRY(mark_position(store, found, position, from));
  std::ranges::stable_sort(found, {}, &Markers::value_type::first);
  Json all = Json::array();
  for (auto& [at, marker] : found) all.push_back(std::move(marker));
  return all;
}

Json lines(const BotSnapshot& snapshot) {
  Json all = Json::array();
  const auto add = [&all](std::string_view kind, Price price, const Position& position) {
    if (!price.is_zero())
      all.push_back({{"kind", kind}, {"price", to_string(price)}, {"trade", position.id.value}});
  };
  for (const Position& position : snapshot.open_positions) {
    add("average", position.average_entry, position);
    add("stop", position.stop_loss, position);
    add("target", position.take_profit, position);
  }
  return all;
}

// Over the whole series, so that what is shown is warm where the bot's own numbers are.
Json indicators(const BotConfig& config, const Strategy& strategy, std::span<const Candle> candles,
                std::size_t shown) {
  Json all = Json::array();
  const auto prepared = strategy.prepared(config);
  if (!prepared) return all;
  std::vector<IndicatorSpec> specs = (*prepared ? **prepared : strategy).needs(config).indicators;
  if (specs.size() > kIndicatorsShown) specs.resize(kIndicatorsShown);
  std::vector<Bar> bars;
  bars.reserve(candles.size());
  for (const Candle& candle : candles) bars.push_back(to_bar(candle));
  for (const IndicatorSpec& spec : specs) {
    const std::vector<IndicatorValue> values = compute(spec, bars);
    const IndicatorDescription& row = describe(spec.kind);
    for (std::size_t output = 0; output < row.outputs.size(); ++output) {
      Json points = Json::array();
      for (std::size_t i = candles.size() - shown; i < candles.size(); ++i)
        if (const auto value = values[i].output(output))
          points.push_back(Json::array({candles[i].open_time.ms, *value}));
      std::string name = to_string(spec);
      if (row.outputs.size() > 1) name += "." + std::string(row.outputs[output].name);
      all.push_back({{"name", name}, {"points", std::move(points)}});
    }
  }
  return all;
}

}  // namespace

Result<Json> bot_chart(const storage::Store& store, const storage::StoredBot& bot,
                       const MarketView* view, const Strategy* strategy, std::size_t candles) {
  Json chart{{"bot", bot.id.value},
             {"symbol", bot.config.symbol.value},
             {"timeframe", to_string(bot.config.timeframe)},
             {"candles", Json::array()},
             {"markers", Json::array()},
             {"lines", lines(bot.snapshot)},
             {"indicators", Json::array()}};
  if (view == nullptr) return chart;
  const std::span<const Candle> all = view->series->candles();
  const std::size_t shown = std::min(candles, all.size());
  for (std::size_t i = all.size() - shown; i < all.size(); ++i)
    chart["candles"].push_back(candle_json(all[i]));
  if (shown == 0) return chart;
  BOTBOX_ASSIGN(chart["markers"], markers(store, bot.id, all[all.size() - shown].open_time));
  if (strategy != nullptr) chart["indicators"] = indicators(bot.config, *strategy, all, shown);
  return chart;
}

}  // namespace botbox::actors
