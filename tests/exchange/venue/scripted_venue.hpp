// ScriptedVenue: a VenueApi in this process that does what the test says. One spot market at a
// fixed price; market orders fill at once, others when the test fills them; calls can be lost,
// refused or delayed in their answer.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "exchange/venue/venue_api.hpp"
#include "tests/exchange/fixture.hpp"

namespace botbox::exchange::testing {

enum class Fate { kNormal, kLoseRequest, kLoseReply, kHoldReply, kReject, kUnavailable };

class ScriptedVenue final : public VenueApi {
 public:
  explicit ScriptedVenue(VenueFeatures features);

  // -- what the test does
  std::map<VenueCall, std::deque<Fate>> fates;  // of the next calls; beyond them: kNormal
  std::map<VenueCall, int> calls;
  bool acknowledges_only = false;  // the answer to a placing tells nothing of fills
  Quantity market_fill;            // how much of a market order fills at once; zero: all
  Asset fee_asset{"USDT"};
  Decimal fee_rate = Decimal::literal("0.001");
  Duration offset{0};
  Duration passed{0};              // of its time since kStart
  std::vector<VenueFunding> paid;  // what is in its list by now
  Timestamp next_funding;          // never: it tells none
  std::vector<VenueOrder> orders;  // every incarnation, oldest first
  std::vector<VenueExecution> trades;
  std::set<std::string> forgotten;   // orders that it does not find; their ids stay taken
  std::deque<VenueOrder> old_words;  // the next answers to questions by id
  int looks_by_time = 0;             // of the questions about executions, those by time as well
  std::vector<Instrument> listed;
  std::vector<VenuePosition> held;
  std::vector<std::function<void()>> late;  // replies, as of when they were asked for

  void let_late_come();
  void fill(const std::string& id, std::string_view quantity);
  void cancel_by_hand(const std::string& id);
  VenueOrder* newest(const ClientOrderId& id);
  std::vector<VenueOrder> open() const;
  std::size_t live_stops() const;

  // -- the port
  std::string_view name() const override { return "scripted"; }
  const VenueFeatures& features() const override { return features_; }
  const std::vector<LimitWindow>& limits() const override { return limits_; }
  PermitRequest cost(VenueCall call, std::uint32_t size) const override;
  void set_signals(VenueSignals given) override { signals = std::move(given); }
  void server_time(Permit permit, Reply<Timestamp> reply) override;
  Duration clock_offset() const override { return offset; }
  void instruments(Permit permit, Reply<std::vector<Instrument>> reply) override;
  void candles(Permit permit, const CandleQuery& query, Reply<std::vector<Candle>> reply) override;
  void ticker(Permit permit, const Symbol& symbol, Reply<Ticker> reply) override;
  void balances(Permit permit, Reply<std::vector<Balance>> reply) override;
  void positions(Permit permit, Reply<std::vector<VenuePosition>> reply) override;
  void open_orders(Permit permit, const Symbol& symbol,
                   Reply<std::vector<VenueOrder>> reply) override;
  void order(Permit permit, const Symbol& symbol, const ClientOrderId& id,
             Reply<std::optional<VenueOrder>> reply) override;
  void executions(Permit permit, const ExecutionQuery& query,
                  Reply<std::vector<VenueExecution>> reply) override;
  void funding(Permit permit, const FundingQuery& query,
               Reply<std::vector<VenueFunding>> reply) override;
  void funding_times(Permit permit, Reply<std::vector<FundingTime>> reply) override;
  void place(Permit permit, const VenueOrderRequest& order, Reply<VenueOrder> reply) override;
  void place_bracket(Permit permit, const VenueBracketRequest& bracket,
                     Reply<std::vector<VenueOrder>> reply) override;
  void amend(Permit permit, const AmendOrder& change, Reply<VenueOrder> reply) override;
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              Reply<VenueOrder> reply) override;
  void cancel_all(Permit permit, const Symbol& symbol, Reply<std::monostate> reply) override;
  void set_leverage(Permit permit, const Symbol& symbol, Decimal leverage,
                    Reply<std::monostate> reply) override;
  void set_margin_mode(Permit permit, const Symbol& symbol, MarginMode mode,
                       Reply<std::monostate> reply) override;
  void account(Permit permit, Reply<AccountFacts> reply) override;

  VenueSignals signals;

 private:
  template <class T, class Work>
  void serve(VenueCall call, const Permit& permit, const Reply<T>& reply, Work work);
  Result<VenueOrder> create(const VenueOrderRequest& request);
  std::optional<Error> refusal_of(const VenueOrderRequest& request) const;
  void execute(VenueOrder& order, Quantity quantity);
  void end(VenueOrder& order);
  Decimal locked_base() const;
  Decimal locked_quote() const;

  VenueFeatures features_;
  std::vector<LimitWindow> limits_;
  Decimal base_;
  Decimal quote_ = Decimal::from_int(100'000);
  int next_id_ = 1;
};

}  // namespace botbox::exchange::testing
