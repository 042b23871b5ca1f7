#include "actors/reconciliation_records.hpp"

#include <optional>

#include "storage/reader.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {
namespace {

using storage::Kind;
using storage::Store;

Result<std::vector<Fill>> fills_of(const Store& store, const BotId& bot, const PositionId& position,
                                   const ClientOrderId& order) {
  std::vector<Fill> fills;
  BOTBOX_ASSIGN(auto booked, storage::load_fills(store, bot, position, SIZE_MAX));
  for (storage::BookedFill& one : booked)
    if (one.fill.client_id == order) fills.push_back(std::move(one.fill));
  return fills;
}

}  // namespace

Result<EngineRecords> engine_records(const Store& store, const AccountSnapshot& account) {
  EngineRecords records;
  BOTBOX_ASSIGN(records.open_trades, storage::load_open_trades(store, SIZE_MAX));
  BOTBOX_ASSIGN(records.open_positions, storage::load_open_positions(store));
  if (!account.open_orders) return records;
  for (const OpenOrder& order : *account.open_orders) {
    if (order.client_id.empty()) continue;
    BOTBOX_ASSIGN(std::optional<Trade> trade, storage::find_trade(store, {order.client_id.value}));
    if (trade && is_final(trade->status)) records.known_trades.push_back(std::move(*trade));
  }
  return records;
}

Result<std::vector<OrderRecord>> order_records(const Store& store) {
  std::vector<OrderRecord> orders;
  BOTBOX_ASSIGN(const std::vector<Trade> trades, storage::load_open_trades(store, SIZE_MAX));
  for (const Trade& trade : trades) {
    BOTBOX_ASSIGN(std::vector<Fill> fills,
                  fills_of(store, trade.bot, trade.position, trade.client_order_id));
    orders.push_back({.id = trade.client_order_id,
                      .bot = trade.bot,
                      .symbol = trade.symbol,
                      .position = trade.position,
                      .is_protective = false,
                      .fills = std::move(fills)});
  }
  BOTBOX_ASSIGN(const std::vector<Position> positions, storage::load_open_positions(store));
  for (const Position& position : positions)
    for (const ClientOrderId* id : {&position.stop_client_id, &position.take_profit_client_id}) {
      if (id->empty()) continue;
      BOTBOX_ASSIGN(std::vector<Fill> fills, fills_of(store, position.bot, position.id, *id));
      orders.push_back({.id = *id,
                        .bot = position.bot,
                        .symbol = position.symbol,
                        .position = position.id,
                        .is_protective = true,
                        .fills = std::move(fills)});
    }
  return orders;
}

Result<std::set<Asset>> traded_coins(const Store& store, const std::map<Asset, Timestamp>& before) {
  std::set<Asset> coins;
  const storage::ScanRange all{.kind = Kind::kTrade, .prefix = {}, .from = {}};
  BOTBOX_TRY(storage::visit_records<Trade>(store, all, {}, [&](auto, const Trade& trade) {
    const Result<SymbolParts> parts = parse_symbol(trade.symbol.value);
    if (!parts || parts->market != MarketType::kSpot) return true;
    const auto wanted = before.find(parts->base);
    if (wanted != before.end() && trade.created_at < wanted->second) coins.insert(parts->base);
    return coins.size() < before.size();
  }));
  return coins;
}

Result<std::vector<Difference>> stored_differences(const Store& store) {
  std::vector<Difference> differences;
  BOTBOX_TRY(storage::visit_all<Difference>(
      store, Kind::kDifference,
      [&](auto, Difference&& difference) { differences.push_back(std::move(difference)); }));
  return differences;
}

}  // namespace botbox::actors
