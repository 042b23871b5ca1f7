#include "actors/venue_history.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>

#include "engine/execution/identity.hpp"
#include "engine/execution/reconciliation.hpp"
#include "engine/model/position.hpp"
#include "engine/model/trade.hpp"
#include "exchange/venue/bracket_book.hpp"
#include "storage/event_head.hpp"
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

Filled filled_by_order(const std::vector<Fill>& booked) {
  Filled filled;
  for (const Fill& fill : booked) {
    OrderFills& of = filled[fill.client_id];
    of.filled += fill.quantity;
    of.kept += kept_as_fee(fill);
  }
  return filled;
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

// A position, open or not, and the trades about it that are under way.
struct Affair {
  BotId bot;
  std::optional<Position> position;
  std::map<TradeId, Trade> under_way;
};
using Affairs = std::map<PositionId, Affair>;

// What may stand at the venue. Few rows, however many there are of what is over.
Result<Affairs> open_affairs(const Store& store) {
  Affairs affairs;
  BOTBOX_ASSIGN(std::vector<Position> positions, storage::load_open_positions(store));
  for (Position& position : positions) {
    Affair& affair = affairs[position.id];
    affair.bot = position.bot;
    affair.position = std::move(position);
  }
  BOTBOX_ASSIGN(std::vector<Trade> trades, storage::load_open_trades(store, SIZE_MAX));
  for (Trade& trade : trades) {
    if (trade.status == TradeStatus::kPending) continue;
    Affair& affair = affairs[trade.position];
    affair.bot = trade.bot;
    const TradeId id = trade.id;
    affair.under_way.emplace(id, std::move(trade));
  }
  return affairs;
}

// Of orders with fills, and of those under way: one that is over without a fill left nothing.
Result<std::map<TradeId, Trade>> trades_of(const Store& store, const Affair& affair,
                                           const Filled& filled) {
  std::map<TradeId, Trade> trades = affair.under_way;
  for (const auto& [order, fills] : filled) {
    BOTBOX_ASSIGN(std::optional<Trade> trade, storage::find_trade(store, {order.value}));
    if (trade) trades.emplace(trade->id, *std::move(trade));
  }
  return trades;
}

void give_trades(OpenBracket& bracket, const std::map<TradeId, Trade>& trades, Filled& filled) {
  for (const auto& [id, trade] : trades) {
    const OrderFills& of = filled[trade.client_order_id];
    if (enlarges(trade)) {
      bracket.additions.push_back({trade.client_order_id, of.filled, is_final(trade.status)});
      bracket.open += of.kept;
    } else if (trade.direction == Direction::kClose && !is_final(trade.status)) {
      bracket.closes.push_back({trade.client_order_id, of.filled});
    }
  }
}

using Since = std::map<Symbol, Timestamp>;

// An hour more, because the two times may be of two clocks.
bool is_closed_since(const Position& position, const Since& since) {
  const auto from = since.find(position.symbol);
  return position.status == PositionStatus::kClosed && from != since.end() &&
         position.closed_at + std::chrono::hours(1) >= from->second;
}

// By the event log, newest first. False: it does not reach back so far any more.
Result<bool> closed_by_log(const Store& store, const Since& since, std::vector<Position>& closed) {
  const Timestamp first = std::ranges::min_element(since, {}, &Since::value_type::second)->second;
  const Timestamp until = first - std::chrono::hours(2);
  bool is_whole = false;
  std::vector<std::pair<BotId, PositionId>> ids;
  BOTBOX_TRY(storage::visit_events(
      store, {.kind = Kind::kEvent, .prefix = {}, .from = {}, .reverse = true},
      [&](const storage::EventHead& head) {
        is_whole = head.at < until || head.sequence == 1;
        if (head.at < until) return storage::HeadVerdict::kEnd;
        if (head.kind == "position.closed")
          ids.emplace_back(BotId{std::string(head.bot)}, PositionId{std::string(head.subject)});
        return storage::HeadVerdict::kSkip;
      },
      [](Event&&) { return true; }));
  for (const auto& [bot, id] : ids) {
    BOTBOX_ASSIGN(std::optional<Position> position, storage::find_position(store, bot, id));
    if (position && is_closed_since(*position, since)) closed.push_back(*std::move(position));
  }
  return is_whole;
}

Result<std::vector<Position>> closed_since(const Store& store, const Since& since) {
  std::vector<Position> closed;
  BOTBOX_ASSIGN(const bool is_whole, closed_by_log(store, since, closed));
  if (is_whole) return closed;
  closed.clear();
  BOTBOX_TRY(visit_all<Position>(store, Kind::kPosition, [&](auto, Position&& position) {
    if (is_closed_since(position, since)) closed.push_back(std::move(position));
  }));
  return closed;
}

// Funding of a perpetual is paid for all positions of its symbol at once, whichever are closed by
// now.
Result<void> give_shared(const Store& store, std::vector<OpenBracket>& brackets) {
  Since since;
  for (const OpenBracket& bracket : brackets) {
    const auto parts = parse_symbol(bracket.symbol.value);
    if (bracket.booked.empty() || !parts || parts->market != MarketType::kLinear) continue;
    const Timestamp first = std::ranges::min(bracket.booked, {}, &Fill::at).at;
    const auto [known, is_new] = since.emplace(bracket.symbol, first);
    if (!is_new) known->second = std::min(known->second, first);
  }
  if (since.empty()) return {};
  BOTBOX_ASSIGN(const std::vector<Position> closed, closed_since(store, since));
  for (const Position& position : closed) {
    BOTBOX_ASSIGN(const std::vector<Fill> fills, booked_of(store, position.bot, position.id));
    // One bracket of the symbol tells it for all of them.
    std::ranges::find(brackets, position.symbol, &OpenBracket::symbol)->shared.push_back(fills);
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

// Empty: nothing of it was ever sent, or it is no affair of the venue's.
Result<std::optional<OpenBracket>> bracket_of(const Store& store, const PositionId& id,
                                              const Affair& affair) {
  BOTBOX_ASSIGN(std::vector<Fill> booked, booked_of(store, affair.bot, id));
  Filled filled = filled_by_order(booked);
  BOTBOX_ASSIGN(const auto trades, trades_of(store, affair, filled));
  const Position* const position = affair.position ? &*affair.position : nullptr;
  const auto entry = std::ranges::find_if(trades, [](const auto& each) {
    return each.second.direction != Direction::kClose && !enlarges(each.second);
  });
  if (entry == trades.end() && (position == nullptr || !is_adopted(id)))
    return std::optional<OpenBracket>{};
  OpenBracket bracket = entry != trades.end() ? bracket_of(entry->second, filled, position)
                                              : bracket_of(*position, filled);
  give_trades(bracket, trades, filled);
  bracket.booked = std::move(booked);
  return bracket;
}

}  // namespace

Result<std::vector<OpenBracket>> venue_history(const Store& store) {
  BOTBOX_ASSIGN(const Affairs affairs, open_affairs(store));
  std::vector<OpenBracket> brackets;
  for (const auto& [id, affair] : affairs) {
    BOTBOX_ASSIGN(std::optional<OpenBracket> bracket, bracket_of(store, id, affair));
    // Else what is under way is about a position that is closed.
    const bool may_stand = bracket && (affair.position || !bracket->entry_is_final);
    if (may_stand) brackets.push_back(*std::move(bracket));
  }
  BOTBOX_TRY(give_shared(store, brackets));
  return brackets;
}

Result<std::optional<OpenBracket>> venue_bracket(const Store& store, const ClientOrderId& leg) {
  BOTBOX_ASSIGN(LegOwner owner, owner_of(store, leg));
  if (!owner.trade && !owner.position) return std::optional<OpenBracket>{};
  const PositionId id = owner.trade ? owner.trade->position : owner.position->id;
  BOTBOX_ASSIGN(Affairs open, open_affairs(store));
  Affair& affair = open[id];
  affair.bot = owner.trade ? owner.trade->bot : owner.position->bot;
  affair.position = std::move(owner.position);
  if (owner.trade) affair.under_way.emplace(owner.trade->id, *owner.trade);
  return bracket_of(store, id, affair);
}

exchange::FindBracket bracket_finder(const Store& store) {
  return [&store](const ClientOrderId& leg) -> std::optional<OpenBracket> {
    if (!may_be_client_order_id(leg)) return std::nullopt;
    auto found = venue_bracket(store, leg);
    return found ? *std::move(found) : std::nullopt;
  };
}

}  // namespace botbox::actors
