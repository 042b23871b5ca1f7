#include "actors/paper_history.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/model/position.hpp"
#include "engine/model/trade.hpp"
#include "engine/risk/exits.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {
namespace {

using storage::Kind;
using storage::Store;
using storage::visit_all;

// The newest record may be this much older than what the exchange did: fills are asked for every
// second, and resting orders move only when a minute's candle closes. Trading a candle again gives
// the same fills with the same ids, so too early is safe.
constexpr Duration kMargin{120'000};

using FillsByOrder = std::map<ClientOrderId, std::vector<Fill>>;

// Execution ids end in a counter without leading zeros: shorter is earlier.
bool executed_before(const Fill& a, const Fill& b) {
  return std::tuple(a.at, a.id.value.size(), std::string_view(a.id.value)) <
         std::tuple(b.at, b.id.value.size(), std::string_view(b.id.value));
}

OrderReport report_of(const ClientOrderId& id, const Symbol& symbol, Quantity quantity,
                      OrderStatus status, const FillsByOrder& fills) {
  OrderReport report;
  report.client_id = id;
  report.symbol = symbol;
  report.status = status;
  report.quantity = quantity;
  if (const auto found = fills.find(id); found != fills.end()) {
    report.fills = found->second;
    for (const Fill& fill : report.fills) report.filled += fill.quantity;
    report.order_id = report.fills.front().order_id;
    report.updated_at = report.fills.back().at;
  }
  return report;
}

struct History {
  FillsByOrder fills;
  std::vector<Trade> trades;
  std::vector<Position> positions;
  std::vector<exchange::SeedStop> stops;
  Timestamp newest;

  void saw(Timestamp at) { newest = std::max(newest, at); }
};

Result<History> read_history(const Store& store) {
  History history;
  BOTBOX_TRY(
      visit_all<storage::BookedFill>(store, Kind::kFill, [&](auto, storage::BookedFill&& booked) {
        history.saw(booked.fill.at);
        history.fills[booked.fill.client_id].push_back(std::move(booked.fill));
      }));
  for (auto& [id, fills] : history.fills) std::sort(fills.begin(), fills.end(), executed_before);
  BOTBOX_TRY(visit_all<Trade>(store, Kind::kTrade, [&](auto, Trade&& trade) {
    history.saw(trade.updated_at);
    history.trades.push_back(std::move(trade));
  }));
  std::sort(history.trades.begin(), history.trades.end(), [](const Trade& a, const Trade& b) {
    return std::tuple(a.created_at, a.id) < std::tuple(b.created_at, b.id);
  });
  BOTBOX_TRY(visit_all<Position>(store, Kind::kPosition, [&](auto, Position&& position) {
    history.positions.push_back(std::move(position));
  }));
  BOTBOX_TRY(visit_all<BotSnapshot>(store, Kind::kBotSnapshot, [&](auto, BotSnapshot&& snapshot) {
    history.saw(snapshot.last_check_at);
    for (const Position& position : snapshot.open_positions)
      if (has_moved_stop(snapshot, position))
        history.stops.push_back(
            {position.stop_client_id, position.stop_loss, snapshot.last_check_at});
  }));
  return history;
}

// Refused orders leave no trace at the paper exchange, and what was sent without a recorded answer
// died with it.
bool was_accepted(const Trade& trade) {
  return trade.status == TradeStatus::kCompleted || !trade.order_id.empty();
}

exchange::SeedOrder seed_order(const Trade& trade, const FillsByOrder& fills) {
  exchange::SeedOrder seed{order_request(trade), {}};
  seed.report = report_of(trade.client_order_id, trade.symbol, trade.quantity,
                          OrderStatus::kPartiallyFilled, fills);
  if (seed.report.order_id.empty()) seed.report.order_id = trade.order_id;
  if (trade.status == TradeStatus::kCompleted)
    seed.report.status =
        seed.report.filled == trade.quantity ? OrderStatus::kFilled : OrderStatus::kCancelled;
  else if (seed.report.fills.empty())
    seed.report.status = OrderStatus::kNew;
  seed.report.updated_at = std::max(seed.report.updated_at, trade.updated_at);
  return seed;
}

}  // namespace

Result<exchange::PaperSeed> paper_history(const Store& store, Timestamp now) {
  BOTBOX_ASSIGN(const History history, read_history(store));
  exchange::PaperSeed seed;
  for (const Trade& trade : history.trades)
    if (was_accepted(trade)) seed.orders.push_back(seed_order(trade, history.fills));
  for (const Position& position : history.positions)
    for (const ClientOrderId* id : {&position.stop_client_id, &position.take_profit_client_id}) {
      if (id->empty() || !history.fills.contains(*id)) continue;
      const OrderStatus status = position.status == PositionStatus::kClosed
                                     ? OrderStatus::kFilled
                                     : OrderStatus::kPartiallyFilled;
      OrderReport report = report_of(*id, position.symbol, {}, status, history.fills);
      report.quantity = report.filled;
      if (status != OrderStatus::kFilled) report.quantity += position.quantity;
      seed.attached.push_back(std::move(report));
    }
  seed.stops = history.stops;
  const Timestamp newest = history.newest.is_never() ? now : history.newest;
  seed.as_of = std::min(now, newest - kMargin);
  return seed;
}

}  // namespace botbox::actors
