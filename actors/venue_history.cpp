#include "actors/venue_history.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>

#include "engine/execution/reconciliation.hpp"
#include "engine/model/position.hpp"
#include "engine/model/trade.hpp"
#include "exchange/venue/bracket_book.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {
namespace {

using exchange::OpenBracket;
using storage::Kind;
using storage::Store;
using storage::visit_all;

struct OrderFills {
  Quantity filled;
  Quantity kept;  // of it, taken as the fee
};
using Filled = std::map<ClientOrderId, OrderFills>;

Result<Filled> filled_by_order(const Store& store) {
  Filled filled;
  BOTBOX_TRY(visit_all<storage::BookedFill>(store, Kind::kFill,
                                            [&](auto, const storage::BookedFill& booked) {
                                              OrderFills& of = filled[booked.fill.client_id];
                                              of.filled += booked.fill.quantity;
                                              of.kept += kept_as_fee(booked.fill);
                                            }));
  return filled;
}

using Additions = std::map<PositionId, std::vector<exchange::OpenAddition>>;

// One that is over without a fill left nothing at the venue.
void add_addition(Additions& additions, Filled& filled, const Trade& trade) {
  const exchange::OpenAddition made{trade.client_order_id, filled[trade.client_order_id].filled,
                                    is_final(trade.status)};
  if (!made.is_final || !made.filled.is_zero()) additions[trade.position].push_back(made);
}

void give_additions(OpenBracket& bracket, Additions& additions, Filled& filled) {
  const auto of = additions.find(bracket.group);
  if (of == additions.end()) return;
  bracket.additions = std::move(of->second);
  for (const exchange::OpenAddition& addition : bracket.additions)
    bracket.open = bracket.open + filled[addition.id].kept;
}

// What is on record of all orders of the position, in the order of booking.
Result<std::vector<Fill>> booked_of(const Store& store, const BotId& bot, const PositionId& id) {
  BOTBOX_ASSIGN(std::vector<storage::BookedFill> rows,
                storage::load_fills(store, bot, id, SIZE_MAX));
  std::ranges::sort(rows, {}, [](const storage::BookedFill& row) {
    return std::tuple(row.number, row.fill.at, row.fill.id);
  });
  std::vector<Fill> fills;
  for (storage::BookedFill& row : rows) fills.push_back(std::move(row.fill));
  return fills;
}

Result<void> give_booked(const Store& store, const BotId& bot, OpenBracket& bracket) {
  BOTBOX_ASSIGN(bracket.booked, booked_of(store, bot, bracket.group));
  return {};
}

// Funding of a perpetual is paid for all positions of its symbol at once, whichever are closed by
// now. An hour more, because the two times may be of two clocks.
Result<void> give_shared(const Store& store, std::vector<OpenBracket>& brackets) {
  std::map<Symbol, Timestamp> since;
  for (const OpenBracket& bracket : brackets) {
    const auto parts = parse_symbol(bracket.symbol.value);
    if (bracket.booked.empty() || !parts || parts->market != MarketType::kLinear) continue;
    const Timestamp first = std::ranges::min(bracket.booked, {}, &Fill::at).at;
    const auto [known, is_new] = since.emplace(bracket.symbol, first);
    if (!is_new) known->second = std::min(known->second, first);
  }
  std::map<Symbol, std::vector<Position>> closed;
  BOTBOX_TRY(visit_all<Position>(store, Kind::kPosition, [&](auto, Position&& position) {
    const auto from = since.find(position.symbol);
    if (position.status != PositionStatus::kClosed || from == since.end()) return;
    if (position.closed_at + std::chrono::hours(1) >= from->second)
      closed[position.symbol].push_back(std::move(position));
  }));
  for (const auto& [symbol, positions] : closed)
    for (const Position& position : positions) {
      BOTBOX_ASSIGN(const std::vector<Fill> fills, booked_of(store, position.bot, position.id));
      // One bracket of the symbol tells it for all of them.
      std::ranges::find(brackets, symbol, &OpenBracket::symbol)->shared.push_back(fills);
    }
  return {};
}

// `position`: that of the trade, or null. It knows where its stop is to stand by now.
OpenBracket bracket_of(const Trade& trade, Filled& filled, const Position* position) {
  OpenBracket bracket;
  bracket.parent = trade.client_order_id;
  bracket.group = trade.position;
  bracket.symbol = trade.symbol;
  bracket.entry_side = trade.side;
  bracket.entry_is_final = is_final(trade.status);
  bracket.entered = filled[trade.client_order_id].filled;
  if (position != nullptr) bracket.open = position->quantity;
  bracket.open += filled[trade.client_order_id].kept;
  bracket.stop_filled = filled[trade.stop_client_id].filled;
  bracket.target_filled = filled[trade.take_profit_client_id].filled;
  if (!trade.stop_client_id.empty())
    bracket.stop_loss = AttachedOrder{trade.stop_client_id,
                                      position != nullptr ? position->stop_loss : trade.stop_loss};
  if (!trade.take_profit_client_id.empty())
    bracket.take_profit = AttachedOrder{trade.take_profit_client_id, trade.take_profit};
  return bracket;
}

// A position that was adopted has no entry of ours; it is one by itself.
OpenBracket bracket_of(const Position& position, Filled& filled) {
  OpenBracket bracket;
  bracket.parent = {position.id.value};
  bracket.group = position.id;
  bracket.symbol = position.symbol;
  bracket.entry_side = entry_side(position.side);
  bracket.entry_is_final = true;
  bracket.entered = filled[bracket.parent].filled;
  bracket.open = position.quantity;
  bracket.stop_filled = filled[position.stop_client_id].filled;
  bracket.target_filled = filled[position.take_profit_client_id].filled;
  if (!position.stop_client_id.empty())
    bracket.stop_loss = AttachedOrder{position.stop_client_id, position.stop_loss};
  if (!position.take_profit_client_id.empty())
    bracket.take_profit = AttachedOrder{position.take_profit_client_id, position.take_profit};
  return bracket;
}

// What enlarged the position.
Result<Additions> additions_to(const Store& store, Filled& filled, const PositionId& position) {
  Additions additions;
  BOTBOX_TRY(visit_all<Trade>(store, Kind::kTrade, [&](auto, const Trade& trade) {
    if (trade.position == position && enlarges(trade) && trade.status != TradeStatus::kPending)
      add_addition(additions, filled, trade);
  }));
  return additions;
}

// The position whose leg this is, whatever has become of it, and the trade that opened it.
struct LegOwner {
  std::optional<Trade> trade;  // empty: the position was adopted
  std::optional<Position> position;
};

Result<LegOwner> owner_of(const Store& store, const ClientOrderId& leg) {
  const auto has_leg = [&](const auto& record) {
    return (!record.stop_client_id.empty() && exchange::is_of_chain(record.stop_client_id, leg)) ||
           (!record.take_profit_client_id.empty() &&
            exchange::is_of_chain(record.take_profit_client_id, leg));
  };
  LegOwner owner;
  BOTBOX_TRY(visit_all<Trade>(store, Kind::kTrade, [&](auto, Trade&& trade) {
    if (has_leg(trade)) owner.trade = std::move(trade);
  }));
  BOTBOX_TRY(visit_all<Position>(store, Kind::kPosition, [&](auto, Position&& position) {
    const bool is_it = owner.trade ? position.id == owner.trade->position
                                   : is_adopted(position.id) && has_leg(position);
    if (is_it) owner.position = std::move(position);
  }));
  return owner;
}

}  // namespace

Result<std::vector<OpenBracket>> venue_history(const Store& store) {
  std::map<PositionId, Position> positions;
  BOTBOX_TRY(visit_all<Position>(store, Kind::kPosition, [&](auto, Position&& position) {
    if (position.status == PositionStatus::kOpen) positions[position.id] = std::move(position);
  }));
  BOTBOX_ASSIGN(Filled filled, filled_by_order(store));
  std::vector<OpenBracket> brackets;
  std::vector<BotId> bots;  // of the brackets
  std::map<PositionId, std::vector<exchange::OpenClose>> closes;
  Additions additions;
  BOTBOX_TRY(visit_all<Trade>(store, Kind::kTrade, [&](auto, const Trade& trade) {
    if (trade.status == TradeStatus::kPending) return;
    if (trade.direction == Direction::kClose) {
      if (!is_final(trade.status))
        closes[trade.position].push_back(
            {trade.client_order_id, filled[trade.client_order_id].filled});
      return;
    }
    if (enlarges(trade)) return add_addition(additions, filled, trade);
    const auto position = positions.find(trade.position);
    if (is_final(trade.status) && position == positions.end()) return;
    brackets.push_back(
        bracket_of(trade, filled, position != positions.end() ? &position->second : nullptr));
    bots.push_back(trade.bot);
  }));
  for (const auto& [id, position] : positions) {
    if (!is_adopted(id)) continue;
    brackets.push_back(bracket_of(position, filled));
    bots.push_back(position.bot);
  }
  for (std::size_t i = 0; i < brackets.size(); ++i) {
    OpenBracket& bracket = brackets[i];
    BOTBOX_TRY(give_booked(store, bots[i], bracket));
    give_additions(bracket, additions, filled);
    if (const auto of = closes.find(bracket.group); of != closes.end())
      bracket.closes = std::move(of->second);
  }
  BOTBOX_TRY(give_shared(store, brackets));
  return brackets;
}

Result<std::optional<OpenBracket>> venue_bracket(const Store& store, const ClientOrderId& leg) {
  BOTBOX_ASSIGN(const LegOwner owner, owner_of(store, leg));
  if (!owner.trade && !owner.position) return std::optional<OpenBracket>{};
  BOTBOX_ASSIGN(Filled filled, filled_by_order(store));
  const Position* const position = owner.position ? &*owner.position : nullptr;
  OpenBracket bracket =
      owner.trade ? bracket_of(*owner.trade, filled, position) : bracket_of(*position, filled);
  BOTBOX_ASSIGN(Additions additions, additions_to(store, filled, bracket.group));
  give_additions(bracket, additions, filled);
  BOTBOX_TRY(give_booked(store, owner.trade ? owner.trade->bot : position->bot, bracket));
  return bracket;
}

exchange::FindBracket bracket_finder(const Store& store) {
  return [&store](const ClientOrderId& leg) {
    auto found = venue_bracket(store, leg);
    return found ? *std::move(found) : std::nullopt;
  };
}

}  // namespace botbox::actors
