#include "tests/exchange/contract.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/exchange/fixture.hpp"

namespace botbox::exchange::testing {
namespace {

Quantity sum_of_fills(const OrderReport& report) {
  Quantity sum;
  for (const Fill& fill : report.fills) sum += fill.quantity;
  return sum;
}

void knows_its_instruments(const ContractVenue& venue) {
  const auto all = instruments(venue.exchange);
  REQUIRE(all.has_value());
  const auto it = std::find_if(all->begin(), all->end(),
                               [&](const Instrument& i) { return i.symbol == venue.symbol; });
  REQUIRE(it != all->end());
  CHECK(it->tick == Price::literal("0.01"));
  CHECK(it->lot == Quantity::literal("0.001"));
  CHECK(it->base.value == venue.base_asset);
  CHECK(it->quote.value == venue.quote_asset);
}

void sends_nothing_without_a_permit(const ContractVenue& venue) {
  const Permit spent = Permits::fresh();
  REQUIRE(spent.consume());
  const OrderRequest request = order("spent", venue.symbol, OrderSide::kBuy, "1");
  const auto refused =
      ask<OrderReport>([&](auto reply) { venue.exchange.place(spent, request, reply); });
  CHECK(refused.error().code == ErrorCode::kRateLimited);
  CHECK(*find(venue.exchange, venue.symbol, "spent") == std::nullopt);
  const auto balances_refused =
      ask<std::vector<Balance>>([&](auto reply) { venue.exchange.balances(spent, reply); });
  CHECK(balances_refused.error().code == ErrorCode::kRateLimited);
}

void gives_ascending_candles_in_range(const ContractVenue& venue) {
  const Timestamp from = venue.now - Duration{20 * 60'000};
  const auto some =
      candles(venue.exchange, {venue.symbol, Timeframe::minutes(1), from, venue.now, 5});
  REQUIRE(some.has_value());
  REQUIRE(some->size() == 5);
  for (std::size_t i = 0; i < some->size(); ++i) {
    const Candle& candle = (*some)[i];
    CHECK(validate(candle).has_value());
    CHECK(candle.open_time.ms % 60'000 == 0);
    CHECK(candle.open_time >= from);
    CHECK(candle.open_time < venue.now);
    if (i > 0) CHECK((*some)[i - 1].open_time < candle.open_time);
  }
  CHECK(some->back().open_time >= venue.now - Duration{2 * 60'000});
  CHECK_FALSE(candles(venue.exchange, {{"NO/SUCH"}, Timeframe::minutes(1), from, venue.now, 5}));
}

void fills_a_market_order_once(const ContractVenue& venue) {
  const Balance quote = balance(venue.exchange, venue.quote_asset);
  const Balance base = balance(venue.exchange, venue.base_asset);
  OrderRequest request = order("buy1", venue.symbol, OrderSide::kBuy, "1.5");
  const auto report = place(venue.exchange, request);
  REQUIRE(report.has_value());
  CHECK(report->status == OrderStatus::kFilled);
  CHECK(report->filled == Quantity::literal("1.5"));
  CHECK(sum_of_fills(*report) == report->filled);
  CHECK_FALSE(report->order_id.empty());
  std::set<std::string> executions;
  const bool spot = venue.market == MarketType::kSpot;
  Notional spent;
  for (const Fill& fill : report->fills) {
    executions.insert(fill.id.value);
    CHECK(fill.client_id == request.client_id);
    CHECK(fill.order_id == report->order_id);
    CHECK(fill.symbol == venue.symbol);
    CHECK(fill.side == OrderSide::kBuy);
    if (spot) spent += *notional(fill.price, fill.quantity, Rounding::kHalfEven);
    spent += fill.fee;
  }
  CHECK(executions.size() == report->fills.size());

  CHECK(place(venue.exchange, request).error().code == ErrorCode::kAlreadyExists);
  CHECK(**find(venue.exchange, venue.symbol, "buy1") == *report);
  const Balance quote_after = balance(venue.exchange, venue.quote_asset);
  const Balance base_after = balance(venue.exchange, venue.base_asset);
  CHECK(quote_after.free + quote_after.locked == quote.free + quote.locked - spent.value);
  const Decimal gained = base_after.free + base_after.locked - base.free - base.locked;
  CHECK(gained == (spot ? report->filled.value : Decimal{}));
}

void leaves_no_trace_of_a_rejected_order(const ContractVenue& venue) {
  const Balance quote = balance(venue.exchange, venue.quote_asset);
  const auto off_lot = place(venue.exchange, order("bad", venue.symbol, OrderSide::kBuy, "1.0005"));
  CHECK(off_lot.error().code == ErrorCode::kRejected);
  const auto poor = place(venue.exchange, order("bad", venue.symbol, OrderSide::kBuy, "99999999"));
  CHECK(poor.error().code == ErrorCode::kRejected);
  const auto off_tick =
      place(venue.exchange, limit(order("bad", venue.symbol, OrderSide::kBuy, "1"), "50.001"));
  CHECK(off_tick.error().code == ErrorCode::kRejected);
  const auto unknown = place(venue.exchange, order("bad", {"NO/SUCH"}, OrderSide::kBuy, "1"));
  CHECK(unknown.error().code == ErrorCode::kRejected);
  CHECK(*find(venue.exchange, venue.symbol, "bad") == std::nullopt);
  CHECK(balance(venue.exchange, venue.quote_asset) == quote);
  CHECK(place(venue.exchange, order("bad", venue.symbol, OrderSide::kBuy, "1")).has_value());
}

void rests_and_cancels_a_limit_order(const ContractVenue& venue) {
  const Balance quote = balance(venue.exchange, venue.quote_asset);
  OrderRequest request =
      with_stop(limit(order("far", venue.symbol, OrderSide::kBuy, "2"), "10"), "9");
  const auto resting = place(venue.exchange, request);
  REQUIRE(resting.has_value());
  CHECK(resting->status == OrderStatus::kNew);
  CHECK(resting->fills.empty());
  CHECK(balance(venue.exchange, venue.quote_asset).locked > quote.locked);
  // Its stop has no life yet, but its id is taken.
  CHECK(*find(venue.exchange, venue.symbol, "fars") == std::nullopt);
  CHECK(place(venue.exchange, order("fars", venue.symbol, OrderSide::kBuy, "1")).error().code ==
        ErrorCode::kAlreadyExists);

  const auto cancelled = cancel(venue.exchange, venue.symbol, "far");
  REQUIRE(cancelled.has_value());
  CHECK(cancelled->status == OrderStatus::kCancelled);
  CHECK(*cancel(venue.exchange, venue.symbol, "far") == *cancelled);
  CHECK(balance(venue.exchange, venue.quote_asset) == quote);
  CHECK(cancel(venue.exchange, venue.symbol, "never").error().code == ErrorCode::kNotFound);
  CHECK(place(venue.exchange, request).error().code == ErrorCode::kAlreadyExists);
}

void protects_a_position_from_its_first_fill(const ContractVenue& venue) {
  const auto entry =
      place(venue.exchange,
            with_target(with_stop(order("pos", venue.symbol, OrderSide::kBuy, "3"), "20"), "900"));
  REQUIRE(entry.has_value());
  REQUIRE(entry->status == OrderStatus::kFilled);
  for (const char* id : {"poss", "post"}) {
    const auto attached = find(venue.exchange, venue.symbol, id);
    REQUIRE(attached.has_value());
    REQUIRE(attached->has_value());
    CHECK((*attached)->status == OrderStatus::kNew);
    CHECK((*attached)->quantity == Quantity::literal("3"));
  }
  CHECK(cancel(venue.exchange, venue.symbol, "poss").error().code == ErrorCode::kRejected);

  const auto part =
      place(venue.exchange, reduce(order("part", venue.symbol, OrderSide::kSell, "1"), "pos"));
  REQUIRE(part.has_value());
  CHECK(part->filled == Quantity::literal("1"));
  CHECK((**find(venue.exchange, venue.symbol, "poss")).quantity == Quantity::literal("2"));
  const auto wrong_side =
      place(venue.exchange, reduce(order("more", venue.symbol, OrderSide::kBuy, "1"), "pos"));
  CHECK(wrong_side.error().code == ErrorCode::kRejected);

  // More than is open is never sold, and what is left of the group goes with it.
  const auto close =
      place(venue.exchange, reduce(order("close", venue.symbol, OrderSide::kSell, "5"), "pos"));
  REQUIRE(close.has_value());
  CHECK(close->filled == Quantity::literal("2"));
  CHECK(is_final(close->status));
  for (const char* id : {"poss", "post"})
    CHECK((**find(venue.exchange, venue.symbol, id)).status == OrderStatus::kCancelled);
  const auto late =
      place(venue.exchange, reduce(order("late", venue.symbol, OrderSide::kSell, "1"), "pos"));
  CHECK(late.error().code == ErrorCode::kNothingOpen);
}

void enlarges_a_position_under_its_own_stop(const ContractVenue& venue) {
  OrderRequest more = order("more", venue.symbol, OrderSide::kBuy, "1");
  more.effect = OrderEffect::kEnlargeOnly;
  more.group = {"pos"};
  CHECK(place(venue.exchange, more).error().code == ErrorCode::kNothingOpen);
  REQUIRE(
      place(venue.exchange,
            with_target(with_stop(order("pos", venue.symbol, OrderSide::kBuy, "2"), "20"), "900"))
          .has_value());
  // The refusal before left no trace of the id.
  const auto added = place(venue.exchange, more);
  REQUIRE(added.has_value());
  CHECK(added->status == OrderStatus::kFilled);
  CHECK(added->filled == Quantity::literal("1"));
  CHECK(place(venue.exchange, more).error().code == ErrorCode::kAlreadyExists);
  for (const char* id : {"poss", "post"})
    CHECK((**find(venue.exchange, venue.symbol, id)).quantity == Quantity::literal("3"));
  OrderRequest wrong = more;
  wrong.client_id = {"wrong"};
  wrong.side = OrderSide::kSell;
  CHECK(place(venue.exchange, wrong).error().code == ErrorCode::kRejected);
  const OrderRequest protects = with_stop(more, "15");
  CHECK_FALSE(place(venue.exchange, protects).has_value());

  const auto close =
      place(venue.exchange, reduce(order("close", venue.symbol, OrderSide::kSell, "5"), "pos"));
  REQUIRE(close.has_value());
  CHECK(close->filled == Quantity::literal("3"));
  for (const char* id : {"poss", "post"})
    CHECK((**find(venue.exchange, venue.symbol, id)).status == OrderStatus::kCancelled);
  more.client_id = {"late"};
  CHECK(place(venue.exchange, more).error().code == ErrorCode::kNothingOpen);
}

void reports_what_changed_since_a_cursor(const ContractVenue& venue) {
  const auto before = updates(venue.exchange, 0);
  REQUIRE(before.has_value());
  REQUIRE(place(venue.exchange, with_stop(order("u1", venue.symbol, OrderSide::kBuy, "1"), "20"))
              .has_value());
  REQUIRE(place(venue.exchange, limit(order("u2", venue.symbol, OrderSide::kBuy, "1"), "10"))
              .has_value());
  const auto after = updates(venue.exchange, before->next_cursor);
  REQUIRE(after.has_value());
  std::vector<std::string> ids;
  for (const OrderReport& report : after->reports) {
    ids.push_back(report.client_id.value);
    CHECK(report == **find(venue.exchange, venue.symbol, report.client_id.value));
  }
  CHECK(ids == std::vector<std::string>{"u1s", "u1", "u2"});
  const auto nothing = updates(venue.exchange, after->next_cursor);
  CHECK(nothing->reports.empty());
  CHECK(nothing->next_cursor == after->next_cursor);
  REQUIRE(cancel(venue.exchange, venue.symbol, "u2").has_value());
  const auto last = updates(venue.exchange, after->next_cursor);
  REQUIRE(last->reports.size() == 1);
  CHECK(last->reports[0].status == OrderStatus::kCancelled);
  const auto all = updates(venue.exchange, 0);
  CHECK(all->reports.size() == before->reports.size() + 3);
}

}  // namespace

void run_exchange_contract(const std::function<ContractVenue()>& make) {
  SUBCASE("knows its instruments") { knows_its_instruments(make()); }
  SUBCASE("sends nothing without a permit") { sends_nothing_without_a_permit(make()); }
  SUBCASE("gives ascending candles in range") { gives_ascending_candles_in_range(make()); }
  SUBCASE("fills a market order once") { fills_a_market_order_once(make()); }
  SUBCASE("leaves no trace of a rejected order") { leaves_no_trace_of_a_rejected_order(make()); }
  SUBCASE("rests and cancels a limit order") { rests_and_cancels_a_limit_order(make()); }
  SUBCASE("protects a position from its first fill") {
    protects_a_position_from_its_first_fill(make());
  }
  SUBCASE("enlarges a position under its own stop") {
    enlarges_a_position_under_its_own_stop(make());
  }
  SUBCASE("reports what changed since a cursor") { reports_what_changed_since_a_cursor(make()); }
}

}  // namespace botbox::exchange::testing
