#include "exchange/venue/venue_exchange.hpp"

#include <algorithm>
#include <future>

#include "exchange/venue/venue_desk.hpp"

namespace botbox::exchange {

Duration poll_interval_for(VenueApi& api, std::size_t symbols, std::size_t orders) {
  const std::size_t page = api.features().open_orders_page;
  // Only a page that is not full is known to be the last.
  const auto further = static_cast<std::int64_t>(page == 0 ? 0 : orders / page);
  const std::int64_t by_symbol =
      api.cost(VenueCall::kOpenOrders, 1).weight * (static_cast<std::int64_t>(symbols) + further);
  const std::int64_t account_wide = api.cost(VenueCall::kOpenOrders, 0).weight * (1 + further);
  const bool has_choice = api.features().account_wide_open_orders;
  const std::int64_t of_list = has_choice ? std::min(by_symbol, account_wide) : by_symbol;
  const std::int64_t weight = api.conditional_orders() == nullptr ? of_list : 2 * of_list;
  Duration slowest{0};
  for (const LimitWindow& window : api.limits())
    if (window.kind == LimitKind::kRequestWeight)
      slowest = std::max(slowest, window.length * weight * 4 / window.limit);
  return slowest;
}

VenueExchange::VenueExchange(std::shared_ptr<VenueApi> api, VenueExchangeSettings settings)
    : api_(std::move(api)), desk_(std::make_shared<VenueDesk>(*api_, settings)) {}

VenueExchange::~VenueExchange() {
  auto closed = std::make_shared<std::promise<void>>();
  desk_->post([closed](VenueDesk& desk) {
    desk.close();
    closed->set_value();
  });
  closed->get_future().wait();
}

void VenueExchange::adopt(const std::vector<OpenBracket>& brackets, FindBracket find) {
  desk_->post([brackets, find = std::move(find)](VenueDesk& desk) {
    for (const OpenBracket& bracket : brackets) desk.adopt(bracket);
    desk.look_up_with(find);
  });
}

PermitRequest VenueExchange::cost(ExchangeCall call, std::uint32_t size) const {
  const VenueFeatures& features = api_->features();
  switch (call) {
    case ExchangeCall::kInstruments: return api_->cost(VenueCall::kInstruments, 0);
    case ExchangeCall::kCandles:
      return api_->cost(VenueCall::kCandles, std::min(size, features.candles_max));
    case ExchangeCall::kPlace: return api_->cost(VenueCall::kPlace, 0);
    case ExchangeCall::kAskOrder: return api_->cost(VenueCall::kOrder, 0);
    case ExchangeCall::kCancel: return api_->cost(VenueCall::kCancel, 0);
    case ExchangeCall::kOrderUpdates:
      return api_->cost(VenueCall::kOpenOrders, desk_->polls_by_symbol() ? 1 : 0);
    case ExchangeCall::kBalances:
    case ExchangeCall::kAccount: return api_->cost(VenueCall::kBalances, 0);
  }
  return {};
}

// What began is finished first: of what is left for closes, too.
bool VenueExchange::connect(ExchangeLink link) {
  if (!link.acquire_further) link.acquire_further = link.acquire;
  api_->set_signals({.on_counter = link.on_counter,
                     .on_stop = link.on_stop,
                     .further_permit = [further = link.acquire_further](PermitRequest cost,
                                                                        Reply<Permit> answer) {
                       cost.priority = PermitPriority::kProtective;
                       further(cost, std::move(answer));
                     }});
  desk_->post([link = std::move(link)](VenueDesk& desk) { desk.connect(link); });
  return true;
}

void VenueExchange::instruments(Permit permit, Reply<std::vector<Instrument>> reply) {
  desk_->post(
      [permit, reply = std::move(reply)](VenueDesk& desk) { desk.instruments(permit, reply); });
}

void VenueExchange::candles(Permit permit, const CandleQuery& query,
                            Reply<std::vector<Candle>> reply) {
  desk_->post([permit, query, reply = std::move(reply)](VenueDesk& desk) {
    desk.candles(permit, query, reply);
  });
}

void VenueExchange::place(Permit permit, const OrderRequest& order, Reply<OrderReport> reply) {
  desk_->post([permit, order, reply = std::move(reply)](VenueDesk& desk) {
    desk.place(permit, order, reply);
  });
}

void VenueExchange::order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                                       Reply<std::optional<OrderReport>> reply) {
  desk_->post([permit, symbol, id, reply = std::move(reply)](VenueDesk& desk) {
    desk.ask_order(permit, symbol, id, reply);
  });
}

void VenueExchange::cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                           Reply<OrderReport> reply) {
  desk_->post([permit, symbol, id, reply = std::move(reply)](VenueDesk& desk) {
    desk.cancel(permit, symbol, id, reply);
  });
}

void VenueExchange::cancel_nameless(Permit permit, const Symbol& symbol, const OrderId& id,
                                    Reply<OrderReport> reply) {
  desk_->post([permit, symbol, id, reply = std::move(reply)](VenueDesk& desk) {
    desk.cancel_nameless(permit, symbol, id, reply);
  });
}

void VenueExchange::order_updates(Permit permit, std::uint64_t cursor, Reply<OrderUpdates> reply) {
  desk_->post([permit, cursor, reply = std::move(reply)](VenueDesk& desk) {
    desk.updates(permit, cursor, reply);
  });
}

void VenueExchange::balances(Permit permit, Reply<std::vector<Balance>> reply) {
  desk_->post(
      [permit, reply = std::move(reply)](VenueDesk& desk) { desk.balances(permit, reply); });
}

void VenueExchange::account(Permit permit, Reply<AccountSnapshot> reply) {
  desk_->post([permit, reply = std::move(reply)](VenueDesk& desk) { desk.account(permit, reply); });
}

void VenueExchange::note_repeat(const OrderRequest& order) {
  desk_->post([order](VenueDesk& desk) { desk.note_repeat(order); });
}

void VenueExchange::note_reduction(const PositionId& group, const ClientOrderId& id,
                                   Quantity quantity) {
  desk_->post([group, id, quantity](VenueDesk& desk) { desk.note_reduction(group, id, quantity); });
}

void VenueExchange::note_adoption(const AdoptedPart& part) {
  desk_->post([part](VenueDesk& desk) { desk.note_adoption(part); });
}

void VenueExchange::note_stop(const PositionId& group, Price trigger) {
  desk_->post([group, trigger](VenueDesk& desk) { desk.note_stop(group, trigger); });
}

void VenueExchange::set_own_orders(OwnOrders own) {
  desk_->post([own](VenueDesk& desk) { desk.set_own_orders(own); });
}

std::optional<Duration> VenueExchange::clock_offset() const { return api_->clock_offset(); }

void VenueExchange::set_clock_alert(const AlertThreshold& threshold) {
  desk_->post([threshold](VenueDesk& desk) { desk.set_clock_alert(threshold); });
}

}  // namespace botbox::exchange
