// The engine's records against the exchange's word: which differences are found, and which are not.
#include "engine/execution/reconciliation.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox {
namespace {

using Kind = DifferenceKind;
using testing::money;
using testing::price;
using testing::quantity;

const Symbol kPerpetual{"BTC/USDT:USDT"};
const Symbol kCoin{"BTC/USDT"};

Position open_position(std::string_view size, const Symbol& symbol = kPerpetual,
                       const std::string& id = "p1") {
  const bool is_short = size.starts_with('-');
  Position position;
  position.id = {id};
  position.bot = {"bot-of-" + id};
  position.symbol = symbol;
  position.side = is_short ? PositionSide::kShort : PositionSide::kLong;
  position.quantity = quantity(is_short ? size.substr(1) : size);
  position.average_entry = price("100");
  position.stop_loss = price("98");
  position.stop_client_id = {id + "s"};
  return position;
}
NetPosition net(std::string_view size, const Symbol& symbol = kPerpetual) {
  const bool is_short = size.starts_with('-');
  return {.symbol = symbol,
          .side = is_short ? PositionSide::kShort : PositionSide::kLong,
          .quantity = quantity(is_short ? size.substr(1) : size),
          .average_entry = price("100"),
          .mark = price("101"),
          .leverage = Decimal::from_int(3)};
}
OpenOrder standing(const std::string& id, const Symbol& symbol = kPerpetual,
                   const std::string& order_id = "") {
  return {.client_id = {id},
          .order_id = {order_id.empty() ? "x-" + id : order_id},
          .symbol = symbol,
          .side = OrderSide::kSell,
          .type = OrderType::kStopMarket,
          .quantity = quantity("1"),
          .filled = {}};
}
Trade under_way(const std::string& id, TradeStatus status = TradeStatus::kExecuting) {
  Trade trade = testing::a_trade({.id = id, .status = status});
  trade.symbol = kPerpetual;
  trade.order_id = {"x-" + id};
  return trade;
}
Instrument listed(const Symbol& symbol = kPerpetual) {
  Instrument instrument = testing::an_instrument();
  instrument.symbol = symbol;
  return instrument;
}
// Tells everything, and that there is nothing.
AccountSnapshot flat() {
  AccountSnapshot snapshot;
  snapshot.open_orders.emplace();
  snapshot.positions.emplace();
  snapshot.holdings.emplace();
  snapshot.instruments = std::vector{listed(), listed(kCoin)};
  snapshot.is_hedged = false;
  return snapshot;
}

std::vector<Kind> kinds(const std::vector<Difference>& found) {
  std::vector<Kind> all;
  for (const Difference& difference : found) all.push_back(difference.kind);
  return all;
}
std::vector<Kind> kinds(const EngineRecords& ours, const AccountSnapshot& theirs,
                        const ReconciliationRules& rules = {}) {
  return kinds(compare(ours, theirs, rules).found);
}
using Kinds = std::vector<Kind>;

struct NetRow {
  std::string_view name;
  std::string_view ours;    // empty: no position
  std::string_view theirs;  // empty: no position
  std::optional<Kind> expected;
};

}  // namespace

TEST_CASE("net positions that differ are told apart by what differs") {
  const NetRow rows[] = {
      {"both flat", "", "", std::nullopt},
      {"equal long", "3", "3", std::nullopt},
      {"equal short", "-3", "-3", std::nullopt},
      {"long is larger there", "100", "150", Kind::kPositionLarger},
      {"short is larger there", "-100", "-150", Kind::kPositionLarger},
      {"long was reduced there", "150", "100", Kind::kPositionReduced},
      {"short was reduced there", "-150", "-100", Kind::kPositionReduced},
      {"long turned over there", "100", "-50", Kind::kPositionFlipped},
      {"short turned over there", "-100", "50", Kind::kPositionFlipped},
      {"long closed by hand", "2", "", Kind::kPositionClosed},
      {"short closed by hand", "-2", "", Kind::kPositionClosed},
      {"external long", "", "2", Kind::kExternalPosition},
      {"external short", "", "-2", Kind::kExternalPosition},
      {"the last decimal counts", "1.000000000001", "1", Kind::kPositionReduced},
  };
  for (const NetRow& row : rows) {
    CAPTURE(row.name);
    EngineRecords ours;
    AccountSnapshot theirs = flat();
    theirs.open_orders->push_back(standing("p1s"));
    if (!row.ours.empty()) ours.open_positions.push_back(open_position(row.ours));
    if (row.ours.empty()) theirs.open_orders->clear();
    if (!row.theirs.empty()) theirs.positions->push_back(net(row.theirs));
    const Comparison compared = compare(ours, theirs, {});
    REQUIRE(compared.found.size() == (row.expected ? 1 : 0));
    if (!row.expected) continue;
    CHECK(compared.found.front().kind == *row.expected);
    CHECK(compared.found.front().symbol == kPerpetual);
    CHECK(to_string(compared.found.front().ours) == (row.ours.empty() ? "0" : row.ours));
    CHECK(to_string(compared.found.front().theirs) == (row.theirs.empty() ? "0" : row.theirs));
  }
}

TEST_CASE("what was closed or reduced there is valued at the mark that was told last") {
  EngineRecords ours;
  ours.open_positions = {open_position("3")};
  AccountSnapshot theirs = flat();
  theirs.open_orders = {standing("p1s")};
  const auto valued_at = [&] {
    const Comparison compared = compare(ours, theirs, {});
    REQUIRE(compared.found.size() == 1);
    return to_string(compared.found.front().price);
  };
  CHECK(valued_at() == "0");
  ours.marks = {{kPerpetual, price("99")}, {kCoin, price("7")}};
  CHECK(valued_at() == "99");
  theirs.positions->push_back(net("1"));
  CHECK(valued_at() == "101");
}

TEST_CASE("positions of several bots on one symbol are compared as one net position") {
  EngineRecords ours;
  ours.open_positions = {open_position("3", kPerpetual, "a"), open_position("-1", kPerpetual, "b")};
  AccountSnapshot theirs = flat();
  theirs.open_orders = {standing("as"), standing("bs")};
  theirs.positions->push_back(net("2"));
  CHECK(kinds(ours, theirs).empty());
  theirs.positions->front().quantity = quantity("1");
  const Comparison compared = compare(ours, theirs, {});
  REQUIRE(kinds(compared.found) == Kinds{Kind::kPositionReduced});
  // Nobody can say whose it was.
  CHECK(compared.found.front().position.empty());
}

TEST_CASE("what the exchange does not tell is not taken for absent") {
  EngineRecords ours;
  ours.open_positions = {open_position("3"), open_position("1", kCoin, "c")};
  ours.symbols = {kPerpetual, kCoin};
  ours.open_trades = {under_way("t")};
  const Comparison compared = compare(ours, AccountSnapshot{}, {});
  CHECK(compared.found.empty());
  CHECK(compared.compared.empty());
}

TEST_CASE("a symbol with an order under way is in doubt until the order is over") {
  EngineRecords ours;
  ours.open_positions = {open_position("3")};
  ours.open_trades = {under_way("t")};
  AccountSnapshot theirs = flat();
  theirs.open_orders = {standing("t")};
  const Comparison doubtful = compare(ours, theirs, {});
  CHECK(doubtful.found.empty());
  CHECK(doubtful.in_doubt.contains(kPerpetual));
  ours.open_trades.clear();
  CHECK(kinds(ours, flat()) == Kinds{Kind::kPositionClosed});
}

TEST_CASE("orders of others, orders whose trade is over, and twins are found") {
  EngineRecords ours;
  ours.open_positions = {open_position("3")};
  ours.known_trades = {under_way("over", TradeStatus::kFailed)};
  AccountSnapshot theirs = flat();
  theirs.positions->push_back(net("3"));
  theirs.open_orders = {standing("p1s"), standing("web-1"), standing("over"),
                        standing("twin", kPerpetual, "x1"), standing("twin", kPerpetual, "x2")};
  CHECK(kinds(ours, theirs) == Kinds{Kind::kStaleOrder, Kind::kExternalOrder, Kind::kExternalOrder,
                                     Kind::kExternalOrder, Kind::kDuplicateOrder});
}

TEST_CASE("an order by hand without any client id is an external order") {
  AccountSnapshot theirs = flat();
  theirs.open_orders = {standing("", kPerpetual, "77")};
  const Comparison compared = compare({}, theirs, {});
  REQUIRE(kinds(compared.found) == Kinds{Kind::kExternalOrder});
  CHECK(compared.found.front().order.empty());
  CHECK(compared.found.front().order_id.value == "77");
}

TEST_CASE("an order that one answer lists twice is one order") {
  EngineRecords ours;
  ours.open_positions = {open_position("3")};
  AccountSnapshot theirs = flat();
  theirs.positions->push_back(net("3"));
  theirs.open_orders = {standing("p1s", kPerpetual, "x1"), standing("p1s", kPerpetual, "x1")};
  CHECK(kinds(ours, theirs).empty());
}

TEST_CASE("filtered symbols and client ids, and orders of reconciliation itself, are left alone") {
  EngineRecords ours;
  ours.action_orders = {{"bbflatten"}};
  AccountSnapshot theirs = flat();
  theirs.open_orders = {standing("bbflatten"), standing("web-1"), standing("x", kCoin)};
  theirs.positions->push_back(net("3", kCoin));
  ReconciliationRules rules;
  rules.ignored_ids = {"web-"};
  rules.ignored_symbols = {kCoin.value};
  CHECK(kinds(ours, theirs, rules).empty());
  CHECK(kinds(ours, theirs).size() == 3);
}

TEST_CASE(
    "an accepted order that does not stand any more is found; one that was never answered is not") {
  EngineRecords ours;
  ours.open_trades = {under_way("t")};
  CHECK(kinds(ours, flat()) == Kinds{Kind::kOrderMissing});
  ours.open_trades.front().outcome_unknown = true;  // the queue asks for it by its id
  CHECK(kinds(ours, flat()).empty());
  ours.open_trades.front().outcome_unknown = false;
  ours.open_trades.front().order_id = {};
  CHECK(kinds(ours, flat()).empty());
}

TEST_CASE("a position without its stop is found, unless the exchange has no such position") {
  EngineRecords ours;
  ours.open_positions = {open_position("3")};
  AccountSnapshot theirs = flat();
  theirs.positions->push_back(net("3"));
  const Comparison compared = compare(ours, theirs, {});
  REQUIRE(kinds(compared.found) == Kinds{Kind::kUnprotected});
  CHECK(compared.found.front().position.value == "p1");
  CHECK(compared.found.front().bot.value == "bot-of-p1");
  theirs.open_orders->push_back(standing("p1s"));
  CHECK(kinds(ours, theirs).empty());
  CHECK(kinds(ours, flat()) == Kinds{Kind::kPositionClosed});
}

TEST_CASE("spot: fewer coins than the positions hold is a shortage, fees in the coin are not") {
  EngineRecords ours;
  ours.open_positions = {open_position("2", kCoin, "a"), open_position("1", kCoin, "b")};
  AccountSnapshot theirs = flat();
  theirs.open_orders = {standing("as", kCoin), standing("bs", kCoin)};
  const auto with = [&](std::string_view total) {
    theirs.holdings = std::vector<Holding>{{{"BTC"}, Decimal::literal(total)}};
    return kinds(ours, theirs);
  };
  CHECK(with("3").empty());
  CHECK(with("50").empty());  // coins of somebody else's
  CHECK(with("2.997").empty());
  CHECK(with("2.985").empty());
  CHECK(with("2.984") == Kinds{Kind::kHoldingShort});
  theirs.holdings->clear();
  CHECK(kinds(ours, theirs) == Kinds{Kind::kHoldingShort});
}

TEST_CASE("spot: coins that neither positions nor what is known explain are told, by whole lots") {
  EngineRecords ours;
  ours.symbols = {kCoin};
  ours.open_positions = {open_position("2", kCoin)};
  ours.known_coins = {{{"BTC"}, Decimal::literal("0.5")}};
  AccountSnapshot theirs = flat();
  theirs.open_orders = {standing("p1s", kCoin)};
  const auto with = [&](std::string_view total) {
    theirs.holdings = std::vector<Holding>{{{"BTC"}, Decimal::literal(total)}};
    return compare(ours, theirs, {});
  };
  CHECK(with("2.5").found.empty());
  CHECK(with("2").found.empty());  // what the owner takes away is no news
  CHECK(with("2.5009").found.empty());
  const Comparison more = with("2.501");
  REQUIRE(kinds(more.found) == Kinds{Kind::kHoldingLarger});
  CHECK(more.found.front().symbol == kCoin);
  CHECK(to_string(more.found.front().ours) == "0.5");
  CHECK(to_string(more.found.front().theirs) == "0.501");
  CHECK(more.found.front().position.empty());
  CHECK(more.coins == std::set<Asset>{{"BTC"}});
  SUBCASE("an order under way: nothing is said") {
    Trade trade = under_way("t1");
    trade.symbol = kCoin;
    ours.open_trades = {trade};
    const Comparison doubtful = with("9");
    CHECK(kinds(doubtful.found) != Kinds{Kind::kHoldingLarger});
    CHECK(doubtful.coins.empty());
    CHECK(doubtful.in_doubt.contains(kCoin));
  }
  SUBCASE("another pair is paid in the coin") {
    ours.symbols.insert({"ETH/BTC"});
    const Comparison paid = with("9");
    CHECK_FALSE(paid.coins.contains({"BTC"}));
    for (const Difference& found : paid.found) CHECK(found.kind != Kind::kHoldingLarger);
  }
  SUBCASE("nobody trades the coin") {
    ours.symbols = {kPerpetual};
    CHECK(with("9").coins.empty());
  }
}

TEST_CASE("what is left of a position and too small for any order is dust, and needs no stop") {
  struct DustRow {
    Symbol symbol;
    std::string_view size;  // at 100 each; minimum quantity 0.001, minimum notional 5
    bool is_dust;
  };
  const DustRow rows[] = {{kCoin, "0.05", false},
                          {kCoin, "0.049", true},
                          {kPerpetual, "0.049", false},
                          {kPerpetual, "0.001", false},
                          {kPerpetual, "0.0009", true}};
  for (const DustRow& row : rows) {
    CAPTURE(row.symbol.value);
    CAPTURE(row.size);
    EngineRecords ours;
    ours.open_positions = {open_position(row.size, row.symbol)};
    AccountSnapshot theirs = flat();
    for (Instrument& instrument : *theirs.instruments)
      instrument.market = instrument.symbol == kCoin ? MarketType::kSpot : MarketType::kLinear;
    theirs.holdings = std::vector<Holding>{{{"BTC"}, Decimal::from_int(1)}};
    if (row.symbol == kPerpetual) theirs.positions->push_back(net(row.size));
    CHECK(kinds(ours, theirs) == Kinds{row.is_dust ? Kind::kDust : Kind::kUnprotected});
  }
}

TEST_CASE("hedge mode, another leverage, a delisted symbol and changed filters are found") {
  EngineRecords ours;
  ours.symbols = {kPerpetual};
  ours.instruments = {listed()};
  AccountSnapshot theirs = flat();
  CHECK(kinds(ours, theirs).empty());
  theirs.is_hedged = true;
  CHECK(kinds(ours, theirs) == Kinds{Kind::kPositionMode});
  theirs = flat();
  theirs.instruments = std::vector{listed(kCoin)};
  CHECK(kinds(ours, theirs) == Kinds{Kind::kSymbolGone});
  ours.open_positions = {open_position("1"), open_position("2", kPerpetual, "b")};
  theirs.positions->push_back(net("3"));
  theirs.open_orders = {standing("p1s"), standing("bs")};
  const Comparison gone = compare(ours, theirs, {});
  REQUIRE(kinds(gone.found) == Kinds{Kind::kSymbolGone});
  CHECK(gone.found.front().detail.find("open are LONG 1 of ") != std::string::npos);
  CHECK(gone.found.front().detail.find(", LONG 2 of ") != std::string::npos);
  ours.open_positions.clear();
  theirs = flat();
  theirs.instruments->front().tick = price("0.5");
  const Comparison first = compare(ours, theirs, {});
  REQUIRE(kinds(first.found) == Kinds{Kind::kFiltersChanged});
  theirs.instruments->front().tick = price("0.25");
  CHECK(compare(ours, theirs, {}).found.front().id != first.found.front().id);
  theirs = flat();
  theirs.positions->push_back(net("1"));
  ours.open_positions = {open_position("1")};
  theirs.open_orders = {standing("p1s")};
  ReconciliationRules rules;
  rules.leverage = Decimal::from_int(2);
  CHECK(kinds(ours, theirs, rules) == Kinds{Kind::kLeverage});
  rules.leverage = Decimal::from_int(3);
  CHECK(kinds(ours, theirs, rules).empty());
}

TEST_CASE("another margin mode is found where it is told: of a position, or of the account") {
  EngineRecords ours;
  ours.symbols = {kPerpetual};
  ours.instruments = {listed()};
  ours.open_positions = {open_position("1")};
  AccountSnapshot theirs = flat();
  theirs.positions->push_back(net("1"));
  theirs.open_orders = {standing("p1s")};
  ReconciliationRules rules;
  rules.margin_mode = MarginMode::kIsolated;
  CHECK(kinds(ours, theirs, rules).empty());
  theirs.positions->front().margin_mode = MarginMode::kIsolated;
  CHECK(kinds(ours, theirs, rules).empty());
  theirs.positions->front().margin_mode = MarginMode::kCross;
  const Comparison of_position = compare(ours, theirs, rules);
  REQUIRE(kinds(of_position.found) == Kinds{Kind::kMarginMode});
  CHECK(of_position.found.front().symbol == kPerpetual);
  CHECK(of_position.covers(of_position.found.front()));
  ours.accepted_terms = {of_position.found.front().id};
  CHECK(kinds(ours, theirs, rules).empty());
  ours.accepted_terms.clear();
  CHECK(kinds(ours, theirs).empty());
  theirs.positions->front().margin_mode = MarginMode::kNone;
  theirs.margin_mode = MarginMode::kCross;
  const Comparison of_account = compare(ours, theirs, rules);
  REQUIRE(kinds(of_account.found) == Kinds{Kind::kMarginMode});
  CHECK(of_account.found.front().symbol.empty());
  CHECK(of_account.found.front().id != of_position.found.front().id);
  // Positions of symbols that nobody here trades are none of our business.
  theirs.margin_mode.reset();
  theirs.positions->front().margin_mode = MarginMode::kCross;
  ours.symbols.clear();
  CHECK(kinds(ours, theirs, rules).empty());
}

namespace {

Fill fill(const std::string& id, std::string_view size, std::string_view fee = "0.1") {
  Fill made;
  made.id = {id};
  made.price = price("100");
  made.quantity = quantity(size);
  made.fee = money(fee);
  return made;
}
OrderReport word(OrderStatus status, std::vector<Fill> fills) {
  OrderReport report;
  report.client_id = {"t"};
  report.order_id = {"x"};
  report.status = status;
  report.quantity = quantity("3");
  for (const Fill& one : fills) report.filled += one.quantity;
  report.fills = std::move(fills);
  return report;
}

struct OrderRow {
  std::string_view name;
  std::vector<Fill> recorded;
  bool is_protective = false;
  OrderReport told;
  Kinds expected;
};

}  // namespace

TEST_CASE("an order's word after a pause is a difference where the records did not have it") {
  const OrderRow rows[] = {
      {"accepted, the reply was lost", {}, false, word(OrderStatus::kNew, {}), {Kind::kOrderState}},
      {"refused while nobody listened",
       {},
       false,
       word(OrderStatus::kRejected, {}),
       {Kind::kOrderState}},
      {"filled while down",
       {},
       false,
       word(OrderStatus::kFilled, {fill("1", "3")}),
       {Kind::kFillsMissed}},
      {"several fills, some of them missed",
       {fill("1", "1")},
       false,
       word(OrderStatus::kFilled, {fill("1", "1"), fill("2", "1"), fill("3", "1")}),
       {Kind::kFillsMissed}},
      {"partly filled, then cancelled",
       {},
       false,
       word(OrderStatus::kCancelled, {fill("1", "1")}),
       {Kind::kFillsMissed}},
      {"the stop fired while down",
       {},
       true,
       word(OrderStatus::kFilled, {fill("1", "3")}),
       {Kind::kFillsMissed}},
      {"the stop stands", {}, true, word(OrderStatus::kNew, {}), {}},
      {"a fill is told with another fee",
       {fill("1", "3", "0.1")},
       true,
       word(OrderStatus::kFilled, {fill("1", "3", "0.2")}),
       {Kind::kFillDiffers}},
  };
  for (const OrderRow& row : rows) {
    CAPTURE(row.name);
    const OrderRecord ours{.id = {"t"},
                           .bot = {"bot-1"},
                           .symbol = kPerpetual,
                           .position = {"p1"},
                           .is_protective = row.is_protective,
                           .fills = row.recorded};
    const std::vector<Difference> found = compare_order(ours, row.told);
    CHECK(kinds(found) == row.expected);
    for (const Difference& difference : found) CHECK(difference.id == difference_id(difference));
  }
}

TEST_CASE("ids of differences are the same after a restart, and in any order of the answers") {
  testing::SeededRuns runs;
  INFO("seed " << runs.seed());
  const Symbol symbols[] = {{"BTC/USDT:USDT"}, {"ETH/USDT:USDT"}, {"SOL/USDT:USDT"}};
  for (int run = 0; run < 200; ++run) {
    EngineRecords ours;
    AccountSnapshot theirs = flat();
    for (const Symbol& symbol : symbols) {
      theirs.instruments->push_back(listed(symbol));
      const std::int64_t mine = runs.between(-3, 3);
      const std::int64_t there = runs.between(-3, 3);
      const std::string id = "p" + std::to_string(ours.open_positions.size());
      if (mine != 0) ours.open_positions.push_back(open_position(std::to_string(mine), symbol, id));
      if (mine != 0 && runs.one_in(2)) theirs.open_orders->push_back(standing(id + "s", symbol));
      if (there != 0) theirs.positions->push_back(net(std::to_string(there), symbol));
      if (runs.one_in(3)) theirs.open_orders->push_back(standing("hand", symbol, symbol.value));
    }
    const std::vector<Difference> first = compare(ours, theirs, {}).found;
    std::shuffle(theirs.open_orders->begin(), theirs.open_orders->end(), runs.next());
    std::shuffle(theirs.positions->begin(), theirs.positions->end(), runs.next());
    std::shuffle(ours.open_positions.begin(), ours.open_positions.end(), runs.next());
    const std::vector<Difference> again = compare(ours, theirs, {}).found;
    REQUIRE(first.size() == again.size());
    std::set<DifferenceId> ids;
    for (std::size_t i = 0; i < first.size(); ++i) {
      CHECK(first[i].kind == again[i].kind);
      INFO(to_string(first[i].kind), ": ", first[i].detail, " / ", again[i].detail);
      CHECK(first[i].id == again[i].id);
      CHECK(ids.insert(first[i].id).second);
    }
    // Nothing is found exactly when nothing differs.
    const bool is_equal = std::all_of(std::begin(symbols), std::end(symbols), [&](const Symbol& s) {
      Decimal sum;
      for (const Position& p : ours.open_positions)
        if (p.symbol == s)
          sum += p.side == PositionSide::kLong ? p.quantity.value : -p.quantity.value;
      for (const NetPosition& p : *theirs.positions)
        if (p.symbol == s)
          sum -= p.side == PositionSide::kLong ? p.quantity.value : -p.quantity.value;
      return sum.is_zero();
    });
    const bool has_net_difference =
        std::any_of(first.begin(), first.end(), [](const Difference& difference) {
          return difference.kind >= Kind::kExternalPosition &&
                 difference.kind <= Kind::kPositionFlipped;
        });
    CHECK(has_net_difference == !is_equal);
  }
}

}  // namespace botbox
