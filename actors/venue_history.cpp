#include "actors/venue_history.hpp"

#include <functional>
#include <map>
#include <optional>

#include "engine/model/position.hpp"
#include "engine/model/trade.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"

namespace botbox::actors {
namespace {

using exchange::OpenBracket;
using storage::Kind;
using storage::Store;

template <class T>
Result<void> each(const Store& store, Kind kind, const std::function<void(T)>& visit) {
  std::optional<Error> failed;
  BOTBOX_TRY(store.scan({.kind = kind}, [&](std::string_view, std::string_view value) {
    Result<T> record = storage::decode<T>(value);
    if (!record) {
      failed = record.error();
      return false;
    }
    visit(std::move(*record));
    return true;
  }));
  if (failed) return tl::unexpected(std::move(*failed));
  return {};
}

OpenBracket bracket_of(const Trade& trade) {
  OpenBracket bracket;
  bracket.parent = trade.client_order_id;
  bracket.group = trade.position;
  bracket.symbol = trade.symbol;
  bracket.entry_side = trade.side;
  bracket.entry_is_final = is_final(trade.status);
  if (!trade.stop_client_id.empty())
    bracket.stop_loss = AttachedOrder{trade.stop_client_id, trade.stop_loss};
  if (!trade.take_profit_client_id.empty())
    bracket.take_profit = AttachedOrder{trade.take_profit_client_id, trade.take_profit};
  return bracket;
}

}  // namespace

Result<std::vector<OpenBracket>> venue_history(const Store& store) {
  std::map<PositionId, Position> positions;
  BOTBOX_TRY(each<Position>(store, Kind::kPosition, [&](Position position) {
    if (position.status == PositionStatus::kOpen) positions[position.id] = std::move(position);
  }));
  std::map<ClientOrderId, Quantity> filled;
  BOTBOX_TRY(each<Fill>(store, Kind::kFill,
                        [&](const Fill& fill) { filled[fill.client_id] += fill.quantity; }));
  std::vector<OpenBracket> brackets;
  BOTBOX_TRY(each<Trade>(store, Kind::kTrade, [&](const Trade& trade) {
    if (trade.direction == Direction::kClose || trade.status == TradeStatus::kPending) return;
    const auto position = positions.find(trade.position);
    if (is_final(trade.status) && position == positions.end()) return;
    OpenBracket bracket = bracket_of(trade);
    bracket.entered = filled[trade.client_order_id];
    bracket.open = position != positions.end() ? position->second.quantity : Quantity{};
    bracket.stop_filled = filled[trade.stop_client_id];
    bracket.target_filled = filled[trade.take_profit_client_id];
    brackets.push_back(std::move(bracket));
  }));
  return brackets;
}

}  // namespace botbox::actors
