#include "engine/model/trade.hpp"

namespace botbox {

OrderRequest order_request(const Trade& trade) {
  OrderRequest order{.client_id = trade.client_order_id,
                     .symbol = trade.symbol,
                     .side = trade.side,
                     .type = OrderType::kMarket,
                     .quantity = trade.quantity,
                     .limit = {},
                     .trigger = {},
                     .effect = trade.direction == Direction::kClose ? OrderEffect::kReduceOnly
                               : enlarges(trade)                    ? OrderEffect::kEnlargeOnly
                                                                    : OrderEffect::kMayOpen,
                     .group = trade.position,
                     .stop_loss = {},
                     .take_profit = {}};
  if (!trade.stop_client_id.empty())
    order.stop_loss = AttachedOrder{trade.stop_client_id, trade.stop_loss};
  if (!trade.take_profit_client_id.empty())
    order.take_profit = AttachedOrder{trade.take_profit_client_id, trade.take_profit};
  return order;
}

}  // namespace botbox
