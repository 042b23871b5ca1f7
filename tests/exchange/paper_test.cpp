// The paper exchange: its contract, each matching rule with numbers worked out by hand.
#include <doctest/doctest.h>

#include "tests/exchange/contract.hpp"
#include "tests/exchange/fixture.hpp"

using namespace botbox;
using namespace botbox::exchange;
using namespace botbox::exchange::testing;

namespace {

const Symbol kSpot{"BTC/USDT"};
const Symbol kPerpetual{"BTC/USDT:USDT"};

// Fees 0.1 % and 0.05 %, slippage 0.1 %, 100,000 USDT, lot 0.001, tick 0.01, leverage 5.
struct Paper {
  explicit Paper(const std::vector<std::string>& rows, PaperConfig config = default_config())
      : clock(kStart) {
    market.add(kSpot, rows);
    market.add(kPerpetual, rows);
    auto made = PaperExchange::create(config, market, clock);
    REQUIRE(made.has_value());
    exchange = *std::move(made);
  }
  static PaperConfig default_config() {
    PaperConfig config;
    config.instruments = {{instrument("BTC/USDT", "0.01", "0.001"), Decimal::from_int(1)},
                          {instrument("BTC/USDT:USDT", "0.01", "0.001"), Decimal::from_int(5)}};
    config.instruments[0].instrument.min_notional = Notional::literal("5");
    config.balances = {{{"USDT"}, Decimal::from_int(100'000)}};
    config.taker_fee = Decimal::literal("0.001");
    config.maker_fee = Decimal::literal("0.0005");
    config.slippage = Decimal::literal("0.001");
    return config;
  }
  OrderReport put(const OrderRequest& request) {
    const auto report = place(*exchange, request);
    REQUIRE_MESSAGE(report.has_value(), (report ? "" : to_string(report.error())));
    return *report;
  }
  Error refuse(const OrderRequest& request) {
    const auto report = place(*exchange, request);
    REQUIRE_FALSE(report.has_value());
    return report.error();
  }
  OrderReport get(const std::string& id, const Symbol& symbol = kSpot) {
    const auto report = find(*exchange, symbol, id);
    REQUIRE(report.has_value());
    REQUIRE(report->has_value());
    return **report;
  }
  std::string funds(const std::string& asset) {
    const Balance b = balance(*exchange, asset);
    return to_string(b.free) + " + " + to_string(b.locked);
  }
  TableMarket market;
  ManualClock clock;
  std::unique_ptr<PaperExchange> exchange;
};

OrderRequest buy(const std::string& id, std::string_view quantity, const Symbol& symbol = kSpot) {
  return order(id, symbol, OrderSide::kBuy, quantity);
}
OrderRequest sell(const std::string& id, std::string_view quantity, const Symbol& symbol = kSpot) {
  return order(id, symbol, OrderSide::kSell, quantity);
}
std::string price_of(const OrderReport& report, std::size_t fill = 0) {
  return report.fills.size() > fill ? to_string(report.fills[fill].price) : "no fill";
}

}  // namespace

TEST_CASE("the paper exchange keeps the contract") {
  std::unique_ptr<Paper> paper;
  run_exchange_contract([&] {
    std::vector<std::string> rows(30, "100 110 90 105");
    paper = std::make_unique<Paper>(rows);
    paper->clock.set(kStart + kMinute * 20 + Duration{500});
    return ContractVenue{*paper->exchange, kSpot, paper->clock.now(), "BTC", "USDT"};
  });
}

TEST_CASE("a market order fills at the open, worse by the slippage, rounded against the trader") {
  Paper paper({"100.33 101 99 100"});
  // 100.33 * 1.001 = 100.43033 up; 100.33 * 0.999 = 100.22967 down.
  const OrderReport bought = paper.put(buy("b", "2"));
  CHECK(price_of(bought) == "100.44");
  CHECK(to_string(bought.fills[0].fee) == "0.20088");
  CHECK(bought.fills[0].id.value == "x-b-1");
  CHECK(bought.order_id.value == "p-b");
  CHECK(bought.fills[0].at == kStart);
  CHECK(paper.funds("USDT") == "99798.91912 + 0");
  CHECK(paper.funds("BTC") == "0 + 2");
  const OrderReport sold = paper.put(reduce(sell("c", "2"), "b"));
  CHECK(price_of(sold) == "100.22");
  CHECK(to_string(sold.fills[0].fee) == "0.20044");
  CHECK(paper.funds("USDT") == "99999.15868 + 0");
  CHECK(paper.funds("BTC") == "0 + 0");
}

TEST_CASE("a market that does not trade refuses orders and keeps resting ones") {
  Paper paper({"100 101 99 100", "-", "-", "100 101 89 95"});
  paper.put(limit(buy("l", "1"), "90"));
  paper.clock.advance(kMinute);
  CHECK(paper.refuse(buy("b", "1")).message == "market is not trading");
  CHECK(paper.get("l").status == OrderStatus::kNew);
  paper.clock.advance(kMinute * 3);
  CHECK(price_of(paper.get("l")) == "90");
}

TEST_CASE("limit orders fill at their price only when it is traded through, better at a gap") {
  Paper paper({"100 101 99 100", "100 101 95 99", "99 99 94.99 96", "90 91 89 90"});
  paper.put(limit(buy("a", "1"), "95"));
  paper.put(limit(buy("b", "1"), "92"));
  CHECK(paper.funds("USDT") == "99812.813 + 187.187");
  paper.clock.advance(kMinute * 2);
  CHECK(paper.get("a").status == OrderStatus::kNew);  // 95 was touched, not passed
  paper.clock.advance(kMinute);
  const OrderReport a = paper.get("a");
  CHECK(price_of(a) == "95");
  CHECK(to_string(a.fills[0].fee) == "0.0475");  // maker
  CHECK(a.fills[0].at == kStart + kMinute * 3 - Duration{1});
  paper.clock.advance(kMinute);
  CHECK(price_of(paper.get("b")) == "90");
  CHECK(paper.funds("USDT") == "99814.9075 + 0");
}

TEST_CASE("a limit order that crosses takes at the open, never beyond its limit") {
  Paper paper({"100 101 99 100"});
  CHECK(price_of(paper.put(limit(buy("a", "1"), "105"))) == "100.1");
  CHECK(price_of(paper.put(limit(buy("b", "1"), "100.05"))) == "100.05");
  CHECK(to_string(paper.get("b").fills[0].fee) == "0.10005");  // taker
  OrderRequest reduce_only = reduce(limit(sell("c", "1"), "99.95"), "a");
  CHECK(price_of(paper.put(reduce_only)) == "99.95");
}

TEST_CASE("a stop fires at a touch, at the worse of open and trigger, with slippage") {
  struct Row {
    std::string candle, trigger, price;
  };
  for (const Row& row : {Row{"100 101 95 99", "95", "94.9"},  // 95 * 0.999 = 94.905
                         Row{"90 92 89 91", "95", "89.91"},   // gap: 90 * 0.999
                         Row{"100 101 95.01 99", "95", "no fill"}}) {
    Paper paper({"100 100 100 100", row.candle, "100 100 100 100"});
    paper.put(with_stop(buy("p", "1"), row.trigger));
    paper.clock.advance(kMinute * 2);
    CHECK(price_of(paper.get("ps")) == row.price);
    CHECK((paper.get("ps").status == OrderStatus::kFilled) == (row.price != "no fill"));
  }
}

TEST_CASE("a stop is moved in place, only nearer to the price, and fires where it stands") {
  Paper paper({"100 101 99 100", "100 104 99 104", "104 104 100 103"});
  OrderRequest entry = with_stop(buy("b", "1"), "90");
  paper.put(entry);
  paper.clock.advance(kMinute);
  const PositionId group{"b"};
  for (const std::string_view trigger : {"98", "95", "98"})
    paper.exchange->note_stop(group, Price::literal(trigger));
  paper.exchange->note_stop({"unknown"}, Price::literal("99"));
  const auto stops = paper.exchange->standing_stops();
  REQUIRE(stops.size() == 1);
  CHECK(stops[0].triggers == std::vector<Price>{Price::literal("98")});
  paper.clock.advance(kMinute);
  CHECK(paper.get("bs").status == OrderStatus::kNew);
  paper.exchange->note_stop(group, Price::literal("101"));
  paper.clock.advance(kMinute);
  // 101 * 0.999
  CHECK(price_of(paper.get("bs")) == "100.89");
  CHECK(paper.exchange->standing_stops().empty());
}

TEST_CASE("a take-profit fires at a touch, at its trigger or a better open, with slippage") {
  struct Row {
    std::string candle, price;
  };
  for (const Row& row : {Row{"100 105 99 101", "104.89"},  // 105 * 0.999 = 104.895
                         Row{"110 111 109 110", "109.89"}, Row{"100 104.99 99 101", "no fill"}}) {
    Paper paper({"100 100 100 100", row.candle, "100 100 100 100"});
    paper.put(with_target(buy("p", "1"), "105"));
    paper.clock.advance(kMinute * 2);
    CHECK(price_of(paper.get("pt")) == row.price);
  }
}

TEST_CASE("where a candle holds both, the stop comes before the target and ends it") {
  Paper paper({"100 120 80 100", "100 100 100 100"});
  paper.put(with_target(with_stop(buy("p", "1"), "95"), "105"));
  paper.clock.advance(kMinute);
  CHECK(price_of(paper.get("ps")) == "94.9");
  CHECK(paper.get("pt").status == OrderStatus::kCancelled);
  CHECK(paper.get("pt").message == "the group is flat");
  CHECK(paper.funds("BTC") == "0 + 0");
}

TEST_CASE("a stop born inside a candle can fire in it, a target cannot") {
  Paper paper({"100 100 100 100", "100 120 80 100", "106 106 106 106"});
  paper.put(with_target(with_stop(limit(buy("p", "1"), "95"), "90"), "105"));
  paper.put(with_target(limit(buy("q", "1"), "95"), "105"));
  paper.clock.advance(kMinute * 2);
  CHECK(price_of(paper.get("ps")) == "89.91");
  CHECK(paper.get("pt").status == OrderStatus::kCancelled);
  CHECK(paper.get("qt").status == OrderStatus::kNew);
  paper.clock.advance(kMinute);
  CHECK(price_of(paper.get("qt")) == "105.89");
}

TEST_CASE("a limit order that fills below its own stop at a gap is stopped at the fill") {
  Paper paper({"100 100 100 100", "85 86 84 85", "85 85 85 85"});
  paper.put(with_stop(limit(buy("p", "1"), "95"), "90"));
  paper.clock.advance(kMinute * 2);
  CHECK(price_of(paper.get("p")) == "85");
  CHECK(price_of(paper.get("ps")) == "84.91");  // 85 * 0.999 = 84.915
}

TEST_CASE("what exceeds the candle's volume goes on at the next opens, its stop following") {
  PaperConfig config = Paper::default_config();
  config.max_participation = Decimal::literal("0.1");
  Paper paper({"100 100 100 100 10", "101 101 101 101 5", "102 102 102 102 30"}, config);
  const OrderReport first = paper.put(with_stop(buy("p", "3"), "50"));
  CHECK(first.status == OrderStatus::kPartiallyFilled);
  CHECK(to_string(first.filled) == "1");
  CHECK(to_string(paper.get("ps").quantity) == "1");
  // The candle is used up for everybody.
  CHECK(paper.put(buy("q", "1")).status == OrderStatus::kNew);
  CHECK(cancel(*paper.exchange, kSpot, "q").has_value());
  paper.clock.advance(kMinute);
  CHECK(to_string(paper.get("p").filled) == "1.5");
  CHECK(to_string(paper.get("ps").quantity) == "1.5");
  CHECK(paper.get("p").fills[1].at == kStart + kMinute);
  paper.clock.advance(kMinute);
  CHECK(paper.get("p").status == OrderStatus::kFilled);
  CHECK(price_of(paper.get("p"), 2) == "102.11");  // 102 * 1.001 = 102.102 up
  CHECK(paper.get("p").fills[2].id.value == "x-p-3");
  CHECK(to_string(paper.get("ps").quantity) == "3");
}

TEST_CASE("a stop that fires ends what would enlarge the group, and goes on until it is flat") {
  PaperConfig config = Paper::default_config();
  config.max_participation = Decimal::literal("0.1");
  Paper paper({"100 100 100 100 10", "100 100 80 90 8", "70 70 70 70 4", "60 60 60 60 100"},
              config);
  paper.put(with_stop(buy("p", "2"), "90"));
  paper.clock.advance(kMinute * 2 - Duration{1});
  CHECK(to_string(paper.get("p").filled) == "1.8");
  paper.clock.advance(Duration{1});
  CHECK(paper.get("p").status == OrderStatus::kCancelled);
  CHECK(paper.get("p").message == "the group is being closed");
  // 0.8 of the stop's candle is gone to the entry already: it goes on at the next opens.
  const OrderReport stop = paper.get("ps");
  CHECK(to_string(stop.filled) == "0.4");
  CHECK(stop.message == "triggered");
  CHECK(price_of(stop) == "69.93");
  paper.clock.advance(kMinute);
  CHECK(paper.get("ps").status == OrderStatus::kFilled);
  CHECK(price_of(paper.get("ps"), 1) == "59.94");
  CHECK(paper.funds("BTC") == "0 + 0");
}

TEST_CASE("linear margin, profit, loss and fees to the last digit") {
  Paper paper({"100 100 100 100", "110 110 110 110"});
  paper.put(sell("s", "10", kPerpetual));  // 99.9, fee 0.999, margin 999 / 5
  CHECK(paper.funds("USDT") == "99799.201 + 199.8");
  paper.clock.advance(kMinute);
  // 110.11 buys back 4: loss 4 * 10.21 = 40.84, fee 0.44044, margin of 6 stays.
  paper.put(reduce(buy("c", "4", kPerpetual), "s"));
  CHECK(paper.funds("USDT") == "99837.84056 + 119.88");
  paper.put(reduce(buy("d", "9", kPerpetual), "s"));
  CHECK(to_string(paper.get("d", kPerpetual).filled) == "6");
  CHECK(paper.get("d", kPerpetual).status == OrderStatus::kCancelled);
  CHECK(paper.funds("USDT") == "99895.7999 + 0");
  CHECK(paper.funds("BTC") == "0 + 0");
}

TEST_CASE("the net position of a linear symbol turns over") {
  Paper paper({"100 100 100 100"});
  OrderRequest first = buy("a", "1", kPerpetual), second = sell("b", "3", kPerpetual);
  first.group = second.group = {};
  paper.put(first);
  CHECK(paper.put(second).status == OrderStatus::kFilled);
  // Bought at 100.1, sold 3 at 99.9: loss 0.2, fees 0.1001 + 0.2997; margin 2 * 99.9 / 5.
  CHECK(paper.funds("USDT") == "99959.4402 + 39.96");
}

TEST_CASE("each filter and rule refuses with its own words") {
  PaperConfig config = Paper::default_config();
  config.instruments[0].instrument.min_quantity = Quantity::literal("0.01");
  config.instruments[0].instrument.max_quantity = Quantity::literal("500");
  Paper paper({"100 100 100 100"}, config);
  paper.put(buy("g", "1"));
  const auto typed = [](OrderRequest request, OrderType type, std::string_view trigger) {
    request.type = type;
    request.trigger = Price::literal(trigger);
    return request;
  };
  struct Row {
    OrderRequest request;
    std::string message;
  };
  const std::vector<Row> table{
      {buy("x", "0"), "FILTER_QUANTITY: 0 must be above zero"},
      {buy("x", "-1"), "FILTER_QUANTITY: -1 must be above zero"},
      {buy("x", "1.0001"), "FILTER_LOT: quantity 1.0001 is not a multiple of 0.001"},
      {buy("x", "0.009"), "FILTER_MIN_QUANTITY: 0.009 is below 0.01"},
      {buy("x", "501"), "FILTER_MAX_QUANTITY: 501 is above 500"},
      {buy("x", "0.01"), "FILTER_NOTIONAL: 1.001 is below 5"},
      {limit(buy("x", "1"), "0"), "FILTER_PRICE: limit 0 must be above zero"},
      {limit(buy("x", "1"), "9.999"), "FILTER_TICK: limit 9.999 is not a multiple of 0.01"},
      {typed(buy("x", "1"), OrderType::kStopMarket, "9.999"),
       "FILTER_TICK: trigger 9.999 is not a multiple of 0.01"},
      {with_stop(buy("x", "1"), "9.999"), "FILTER_TICK: stop loss 9.999 is not a multiple of 0.01"},
      {with_target(buy("x", "1"), "-1"), "FILTER_PRICE: take profit -1 must be above zero"},
      {limit(buy("x", "1000000", kPerpetual), "99999999999999"),
       "FILTER_NOTIONAL: order is too large"},
      {buy("x", "1", {"ETH/USDT"}), "unknown symbol"},
      {sell("x", "1"), "spot cannot go short"},
      {reduce(sell("x", "1"), "nothing"), "reduce-only: nothing is open in the group"},
      {reduce(buy("x", "1"), "g"), "reduce-only: this side would enlarge the group"},
      {reduce(sell("x", "1", kPerpetual), "g"), "the group belongs to another symbol"},
      {reduce(with_stop(sell("x", "1"), "50"), "g"),
       "FILTER_ATTACHED: a reduce-only order opens nothing to protect"},
      {limit(buy("x", "500"), "300"), "insufficient balance: 150150 needed, 99899.7999 free"},
      {buy("", "1"), "client order id is missing"}};
  for (const Row& row : table) {
    const Error error = paper.refuse(row.request);
    const bool is_flat = row.message.find("nothing is open") != std::string::npos;
    CHECK(error.code == (is_flat ? ErrorCode::kNothingOpen : ErrorCode::kRejected));
    CHECK(error.message == row.message);
  }
  OrderRequest twin = with_target(with_stop(buy("x", "1"), "50"), "150");
  twin.take_profit->client_id = twin.stop_loss->client_id;
  CHECK(paper.refuse(twin).message == "attached orders need client ids of their own");
  OrderRequest free_sale = sell("x", "1");
  free_sale.group = {};  // the coins belong to group g
  CHECK(paper.refuse(free_sale).message == "insufficient balance: 1 needed, 0 free");
  CHECK(paper.refuse(buy("g", "1")).code == ErrorCode::kAlreadyExists);
  // Less than the minimum is allowed where it closes the group.
  paper.put(reduce(sell("h", "0.995"), "g"));
  CHECK(paper.put(reduce(sell("i", "0.005"), "g")).status == OrderStatus::kFilled);
}

TEST_CASE("what enlarges a group is covered by its stop, and refused when the group is flat") {
  Paper paper({"100 100 100 100", "100 100 100 100", "100 100 89 90", "90 90 90 90"});
  OrderRequest more = buy("more", "1");
  more.group = {"g"};
  more.effect = OrderEffect::kEnlargeOnly;
  CHECK(paper.refuse(more).message == "enlarge-only: nothing is open in the group");
  paper.put(with_stop(buy("g", "2"), "90"));
  OrderRequest guarded = with_stop(more, "95");
  CHECK(paper.refuse(guarded).message ==
        "FILTER_ATTACHED: the group's protective orders cover what enlarges it");
  CHECK(paper.put(more).status == OrderStatus::kFilled);
  CHECK(to_string(paper.get("gs").quantity) == "3");
  paper.clock.advance(kMinute * 3);
  CHECK(paper.get("gs").status == OrderStatus::kFilled);
  more.client_id = {"late"};
  CHECK(paper.refuse(more).message == "enlarge-only: nothing is open in the group");
}

TEST_CASE("an order against the direction of its group is refused, resting ones included") {
  Paper paper({"100 100 100 100"});
  paper.put(limit(buy("g", "1", kPerpetual), "90"));
  OrderRequest other = sell("x", "1", kPerpetual);
  other.group = {"g"};
  CHECK(paper.refuse(other).message == "an order against its group must be reduce-only");
}

TEST_CASE("the last stop of an open group stays until another stands") {
  Paper paper({"100 100 100 100", "100 100 80 80"});
  paper.put(with_stop(buy("p", "1"), "90"));
  CHECK(cancel(*paper.exchange, kSpot, "ps").error().code == ErrorCode::kRejected);
  OrderRequest tighter = reduce(sell("n", "1"), "p");
  tighter.type = OrderType::kStopMarket;
  tighter.trigger = Price::literal("95");
  paper.put(tighter);
  CHECK(cancel(*paper.exchange, kSpot, "ps")->status == OrderStatus::kCancelled);
  CHECK(cancel(*paper.exchange, kSpot, "n").error().code == ErrorCode::kRejected);
  paper.clock.advance(kMinute * 2);
  CHECK(price_of(paper.get("n")) == "94.9");
}

TEST_CASE("a stop entry that cannot be paid for at a gap ends unfilled") {
  Paper paper({"100 100 100 100", "200 200 200 200"});
  OrderRequest entry = buy("e", "700");
  entry.type = OrderType::kStopMarket;
  entry.trigger = Price::literal("110");
  CHECK(paper.put(with_stop(entry, "90")).status == OrderStatus::kNew);
  paper.clock.advance(kMinute * 2);
  CHECK(paper.get("e").status == OrderStatus::kCancelled);
  CHECK(paper.get("e").message == "insufficient balance");
  CHECK(paper.funds("USDT") == "100000 + 0");
  CHECK(*find(*paper.exchange, kSpot, "es") == std::nullopt);
}

TEST_CASE("the unfinished candle shows its open and nothing of its future") {
  PaperConfig config = Paper::default_config();
  config.unfinished = UnfinishedCandle::kShown;
  Paper paper({"100 110 90 105", "105 120 104 110", "110 200 1 50"}, config);
  paper.clock.advance(kMinute * 2 + Duration{30'000});
  const CandleQuery all{kSpot, Timeframe::minutes(1), kStart, kStart + kMinute * 100, 1000};
  auto seen = *candles(*paper.exchange, all);
  REQUIRE(seen.size() == 3);
  CHECK(seen[2] == Candle{kStart + kMinute * 2,
                          Price::literal("110"),
                          Price::literal("110"),
                          Price::literal("110"),
                          Price::literal("110"),
                          {}});
  CandleQuery fives = all;
  fives.timeframe = Timeframe::minutes(5);
  seen = *candles(*paper.exchange, fives);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0] == Candle{kStart, Price::literal("100"), Price::literal("120"),
                          Price::literal("90"), Price::literal("110"), Quantity::literal("2000")});
  Paper hidden({"100 110 90 105", "105 120 104 110", "110 200 1 50"});
  hidden.clock.advance(kMinute * 2 + Duration{30'000});
  CHECK(candles(*hidden.exchange, all)->size() == 2);
  CHECK(candles(*hidden.exchange, fives)->empty());
}

TEST_CASE("forgotten orders keep their ids taken and stay within the bound") {
  PaperConfig config = Paper::default_config();
  config.remembered_final_orders = 10;
  Paper paper({"100 100 100 100"}, config);
  for (int i = 0; i < 100; ++i) {
    const std::string id = "o" + std::to_string(i);
    paper.put(with_target(with_stop(buy(id, "1"), "50"), "150"));
    paper.put(reduce(sell("c" + std::to_string(i), "1"), id));
  }
  CHECK(updates(*paper.exchange, 0)->reports.size() == 10);
  for (const char* id : {"o0", "o0s", "o0t", "c0", "o99", "c99"})
    CHECK(paper.refuse(buy(id, "1")).code == ErrorCode::kAlreadyExists);
  CHECK(find(*paper.exchange, kSpot, "o0").error().code == ErrorCode::kUnavailable);
}

TEST_CASE("a cursor of an earlier life yields everything, pages until empty") {
  Paper paper({"100 100 100 100", "100 100 100 100"});
  for (int i = 0; i < 2500; ++i) paper.put(buy("o" + std::to_string(i), "0.1"));
  std::uint64_t cursor = 12345;
  std::vector<std::size_t> pages;
  do {
    const auto page = *updates(*paper.exchange, cursor);
    pages.push_back(page.reports.size());
    cursor = page.next_cursor;
  } while (pages.back() > 0);
  CHECK(pages == std::vector<std::size_t>{1000, 1000, 500, 0});
  CHECK(updates(*paper.exchange, cursor + 1'000'000)->reports.size() == 1000);
}

TEST_CASE("a paper exchange that makes no sense is not made") {
  TableMarket market;
  market.add(kSpot, {"100 100 100 100"});
  const ManualClock clock(kStart);
  const auto error = [&](auto change) {
    PaperConfig config = Paper::default_config();
    config.instruments.resize(1);
    change(config);
    const auto made = PaperExchange::create(config, market, clock);
    REQUIRE_FALSE(made.has_value());
    return made.error().message;
  };
  CHECK(error([](PaperConfig& c) { c.slippage = Decimal::from_int(1); }) ==
        "slippage 1 is out of range");
  CHECK(error([](PaperConfig& c) { c.taker_fee = Decimal::literal("-0.1"); }) ==
        "taker fee -0.1 is out of range");
  CHECK(error([](PaperConfig& c) { c.max_participation = Decimal::from_int(2); }) ==
        "participation 2 is out of range");
  CHECK(error([](PaperConfig& c) { c.instruments.push_back(c.instruments[0]); }) ==
        "instrument given twice");
  CHECK(error([](PaperConfig& c) { c.instruments[0].instrument.tick = {}; }) ==
        "instrument without tick or lot");
  CHECK(error([](PaperConfig& c) { c.instruments[0].instrument.symbol = {"ETH/USDT"}; }) ==
        "the market feed has no such symbol");
  CHECK(error([](PaperConfig& c) { c.instruments[0].leverage = {}; }) == "leverage below 1");
}
