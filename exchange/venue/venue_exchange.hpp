// VenueExchange: the engine's Exchange over any VenueApi. Written once for all venues.
//
// What a venue lacks is made here:
//  - attached orders: an entry goes out alone. As soon as a fill is known its stop and target are
//    placed with their own ids (BracketBook), and only then is the fill reported; a stop that
//    cannot be placed is an event, and the fill is reported all the same. An entry whose stop and
//    target would find no room in the symbol (Instrument::max_conditional_orders) is not sent, and
//    what stands is told, so that nobody decides on one.
//  - fills: orders are read together with their executions. A status is final in a report only when
//    all its fills are in it.
//  - updates: one request for the open orders of the account, or one per symbol that is watched,
//    whichever weighs less (twice where conditional orders stand apart), then one question by id
//    for each order that changed, is missing from the list, or was sent without an answer. Nothing
//    of it grows with the number of bots.
//  - funding of perpetuals: a position's fill tells what it has received and no fill told before it
//    (Fill::funding); the last fill of a position waits for it for some seconds after a full hour.
//  - what enlarges a position: its stop and target follow as soon as a fill is known, and only then
//    is the fill reported. Refused when nothing is open, or the stop has begun to fill.
//  - groups: the engine's reduce-only orders never sell more than their own position has open. On
//    spot, where stops lock their coins, they are cancelled before a close and placed again after
//    it. On a venue that nets per symbol two positions of one symbol share one venue position; each
//    keeps its own stop, reduce-only; an entry against a position of the other side is refused.
// It differs from the paper exchange in this: client ids of final orders are forgotten where the
// venue forgets them; Fill.fee is zero for a fee in a third coin, and an event names coin and
// amount.
//
// Holds nothing durable: after a restart adopt() tells what is open. On spot an adopted purchase
// is asked for before its stop is touched: the venue may have kept coins of it as a fee.
//
// Safe to use from any thread; replies come on the transport's thread or before a call returns.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/alert_thresholds.hpp"
#include "exchange/exchange.hpp"
#include "exchange/venue/open_bracket.hpp"
#include "exchange/venue/venue_api.hpp"

namespace botbox::exchange {

struct VenueExchangeSettings {
  // Of its clock's offset from ours in ms: events "clock.offset" and "clock.normal".
  AlertThreshold clock_offset = AlertThresholds{}.clock_offset;
  // The venue's time is asked at every so many order_updates, and at every second account.
  std::uint32_t polls_per_time = 30;
  // Linear venues: set for each symbol before its first entry of this process, which goes out only
  // when that is known. What the venue refuses to set is an event "account.terms". Empty: left as
  // the account has it.
  std::optional<Decimal> leverage;
  std::optional<MarginMode> margin_mode;
};

// So often order_updates may be asked for that what it sends takes at most a quarter of every
// published window, with `orders` standing in `symbols` symbols.
Duration poll_interval_for(VenueApi& api, std::size_t symbols, std::size_t orders);

class VenueExchange final : public Exchange {
 public:
  explicit VenueExchange(std::shared_ptr<VenueApi> api, VenueExchangeSettings settings = {});
  // Not from within a reply. What is under way is answered when the API answers it.
  ~VenueExchange() override;
  VenueExchange(const VenueExchange&) = delete;
  VenueExchange& operator=(const VenueExchange&) = delete;

  // Before connect(): legs are asked for, and placed where they are missing, once connected. `find`
  // knows the others: a leg that still stands although its position is closed (the process ended
  // before it was cancelled) is taken up with its bracket, and cancelled.
  void adopt(const std::vector<OpenBracket>& brackets, FindBracket find = {});

  PermitRequest cost(ExchangeCall call, std::uint32_t size) const override;
  bool connect(ExchangeLink link) override;
  void instruments(Permit permit, Reply<std::vector<Instrument>> reply) override;
  void candles(Permit permit, const CandleQuery& query, Reply<std::vector<Candle>> reply) override;
  void place(Permit permit, const OrderRequest& order, Reply<OrderReport> reply) override;
  void order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                          Reply<std::optional<OrderReport>> reply) override;
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              Reply<OrderReport> reply) override;
  void cancel_nameless(Permit permit, const Symbol& symbol, const OrderId& id,
                       Reply<OrderReport> reply) override;
  void order_updates(Permit permit, std::uint64_t cursor, Reply<OrderUpdates> reply) override;
  void balances(Permit permit, Reply<std::vector<Balance>> reply) override;
  void account(Permit permit, Reply<AccountSnapshot> reply) override;
  void note_repeat(const OrderRequest& order) override;
  void note_reduction(const PositionId& group, const ClientOrderId& id, Quantity quantity) override;
  void note_adoption(const AdoptedPart& part) override;
  bool takes_adoptions() const override { return true; }
  bool tells_standing() const override { return true; }
  bool moves_stops() const override { return true; }
  void note_stop(const PositionId& group, Price trigger) override;
  void set_own_orders(OwnOrders own) override;
  std::optional<Duration> clock_offset() const override;
  void set_clock_alert(const AlertThreshold& threshold) override;

 private:
  std::shared_ptr<VenueApi> api_;
  std::shared_ptr<class VenueDesk> desk_;
};

}  // namespace botbox::exchange
