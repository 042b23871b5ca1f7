// The whole engine over each adapter at its simulated venue: orders, stops, fills and positions
// agree with the venue's; faults, crashes and bans lose nothing and send nothing twice; no request
// goes over a published limit.
//
// BOTBOX_VENUE_HOURS and BOTBOX_VENUE_BOTS: a longer soak; one venue alone with -sc="bybit linear"
// and so on. A day of 200 bots at each venue: ctest -C soak -R venue_soak.
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "storage/reader.hpp"
#include "storage/rows.hpp"
#include "storage/verify.hpp"
#include "tests/support/seeded_runs.hpp"
#include "tests/support/venue_fleet.hpp"

namespace botbox {
namespace {

using exchange::VenueKind;
using exchange::sim::FaultKind;

constexpr Duration kFleetMinute{60'000};
constexpr Duration kFleetHour{3'600'000};

struct Face {
  VenueKind kind;
  const char* name;
  const char* order_path;
};
const std::vector<Face> kFaces{
    {VenueKind::kBybitSpot, "bybit spot", "POST /v5/order/create"},
    {VenueKind::kBybitLinear, "bybit linear", "POST /v5/order/create"},
    {VenueKind::kBinanceSpot, "binance spot", "POST /api/v3/order"},
    {VenueKind::kBinanceUsdm, "binance usd-m", "POST /fapi/v1/order"},
};

std::size_t number_from(const char* variable, std::size_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoul(text, nullptr, 10) : otherwise;
}

// Perpetuals net per symbol, so each bot has one of its own.
test::VenueFleetOptions fleet_at(const Face& face, std::size_t bots, std::uint64_t seed) {
  test::VenueFleetOptions options;
  options.kind = face.kind;
  options.bots = bots;
  const bool spot = face.kind == VenueKind::kBybitSpot || face.kind == VenueKind::kBinanceSpot;
  options.symbols = spot ? std::min<std::size_t>(bots, 8) : bots;
  options.market_seed = seed;
  return options;
}

// An entry or a close is accepted at most once. A leg may stand several times, one after another,
// where the venue lets an id be used again.
void check_no_duplicate(test::VenueFleet& fleet) {
  std::size_t trades = 0;
  for (const auto& [of, arrivals] : fleet.simulator().ledger().orders()) {
    const auto trade = storage::find_trade(fleet.engine().store(), {of.second});
    REQUIRE(trade.has_value());
    if (!trade->has_value()) continue;
    ++trades;
    CHECK_MESSAGE(arrivals.accepted <= 1, of.second);
  }
  CHECK(trades > 0);
}

void check_agreement(test::VenueFleet& fleet) {
  REQUIRE_MESSAGE(fleet.comes_to_rest(), fleet.what_differs());
  for (const Symbol& symbol : fleet.symbols()) {
    INFO(symbol.value);
    CHECK(to_string(fleet.in_records(symbol)) == to_string(fleet.at_venue(symbol)));
  }
  const auto report = storage::verify(fleet.engine().store(), {.now = fleet.engine().now()});
  REQUIRE(report.has_value());
  for (const storage::Finding& finding : report->findings)
    FAIL_CHECK(finding.place << ": " << finding.text);
  CHECK_FALSE(fleet.engine().fatal().has_value());
}

// The symbols of which not all that is held has its stop and its target at the venue.
std::set<Symbol> unprotected(test::VenueFleet& fleet) {
  std::map<Symbol, Decimal> triggers;
  for (const exchange::sim::Order* order : fleet.account().open)
    if (order->is_conditional()) triggers[order->request.symbol] += order->remaining().value;
  std::set<Symbol> found;
  for (const Symbol& symbol : fleet.symbols()) {
    const Decimal held = abs(fleet.at_venue(symbol));
    if (triggers[symbol] != held + held) found.insert(symbol);
  }
  return found;
}

// The fleet trades on, and where many enter at once the last ones wait for room: nobody does so for
// a minute.
void check_protection(test::VenueFleet& fleet) {
  std::set<Symbol> bare = unprotected(fleet);
  for (int second = 0; second < 60 && !bare.empty(); ++second) {
    fleet.engine().advance(Duration{1'000});
    const std::set<Symbol> now = unprotected(fleet);
    std::erase_if(bare, [&](const Symbol& symbol) { return !now.contains(symbol); });
  }
  for (const Symbol& symbol : bare) FAIL_CHECK(symbol.value << " has been without protection");
}

// How often which decision was taken for which reason, and what was alerted, with the words of one:
// for whoever looks for the cause of a failed run.
std::string what_was_decided(test::VenueFleet& fleet) {
  std::map<std::string, std::pair<std::size_t, std::string>> decisions;
  const auto visited = storage::visit_all<DecisionTrace>(
      fleet.engine().store(), storage::Kind::kTrace, [&](auto, const DecisionTrace& trace) {
        auto& [count, words] = decisions[std::string(to_string(trace.reason))];
        ++count;
        words = trace.reason_message;
      });
  REQUIRE(visited.has_value());
  for (const actors::AlertRaised& alert : fleet.engine().totals().alerts) {
    auto& [count, words] = decisions["alert " + alert.kind];
    ++count;
    words = alert.text;
  }
  std::string text;
  for (const auto& [reason, said] : decisions)
    text += fmt::format("{} x {}: {}\n", said.first, reason, said.second);
  return text;
}

// What the fills on record have moved, coin by coin. Reductions that were adopted moved nothing.
std::map<Asset, Decimal> moved_by_fills(test::VenueFleet& fleet) {
  std::map<Asset, Decimal> moved;
  const auto visited = storage::visit_all<storage::BookedFill>(
      fleet.engine().store(), storage::Kind::kFill, [&](auto, const storage::BookedFill& booked) {
        const Fill& fill = booked.fill;
        if (fill.order_id.empty()) return;
        const SymbolParts parts = parse_symbol(fill.symbol.value).value();
        const Decimal value = notional(fill.price, fill.quantity, Rounding::kHalfEven)->value;
        const bool buys = fill.side == OrderSide::kBuy;
        moved[parts.base] += buys ? fill.quantity.value : -fill.quantity.value;
        moved[parts.quote] += buys ? -value : value;
        const bool in_quote = fill.fee_coin.empty();
        moved[in_quote ? parts.quote : fill.fee_coin] -=
            in_quote ? fill.fee.value : fill.fee_in_coin;
      });
  REQUIRE(visited.has_value());
  return moved;
}

// What open positions hold, and what was let go of as dust, by symbol.
Decimal held_and_let_go(test::VenueFleet& fleet, const Symbol& symbol) {
  Decimal sum = fleet.in_records(symbol);
  const auto visited = storage::visit_all<storage::BookedFill>(
      fleet.engine().store(), storage::Kind::kFill, [&](auto, const storage::BookedFill& booked) {
        if (booked.fill.order_id.empty() && booked.fill.symbol == symbol)
          sum += booked.fill.quantity.value;
      });
  REQUIRE(visited.has_value());
  return sum;
}

// Every payment is on record, in one position; profits, fees and funding are what the wallet
// gained.
void check_funding(test::VenueFleet& fleet, Decimal before) {
  REQUIRE(fleet.tells_funding());
  REQUIRE_MESSAGE(fleet.comes_to_rest(), fleet.what_differs());
  Decimal moved, funding;
  const auto visited = storage::visit_all<Position>(
      fleet.engine().store(), storage::Kind::kPosition, [&](auto, const Position& position) {
        moved += net_profit(position).value;
        funding += position.funding.value;
      });
  REQUIRE(visited.has_value());
  Decimal paid;
  for (const exchange::sim::FundingPayment& payment : fleet.account().funding)
    paid += payment.amount;
  CHECK(to_string(funding) == to_string(paid));
  CHECK(to_string(fleet.account().purses.at({"USDT"}).total) == to_string(before + moved));
}

// Everybody is turned away for seven minutes, during which the engine dies.
void check_ban(const test::VenueFleetOptions& options, FaultKind kind) {
  CAPTURE(static_cast<int>(options.kind));
  CAPTURE(std::string(to_string(kind)));
  test::VenueFleet fleet(options);
  fleet.start();
  fleet.engine().advance(kFleetMinute * 20);
  fleet.simulator().faults().rules = {
      {.kind = kind, .chance = 1000, .count = 1, .lasts = kFleetMinute * 7}};
  fleet.engine().advance(kFleetMinute * 2);
  REQUIRE(fleet.simulator().faults().rules.front().count == 0);
  fleet.start();
  fleet.engine().advance(kFleetMinute * 12);  // the ledger remembers the newest requests only
  // What had its permit already stays here as well.
  Timestamp banned_at, next;
  std::uint64_t under_way = 0;
  for (const exchange::sim::RequestNote& note : fleet.simulator().ledger().recent()) {
    if (note.fault == to_string(kind))
      banned_at = note.at;
    else if (!banned_at.is_never() && note.at == banned_at)
      ++under_way;
    else if (!banned_at.is_never() && next.is_never())
      next = note.at;
  }
  REQUIRE_FALSE(next.is_never());
  CHECK(next >= banned_at + kFleetMinute * 7);
  CHECK(under_way == 0);
  CHECK(fleet.turned_away() == 0);
  check_agreement(fleet);
  check_protection(fleet);
}

}  // namespace

TEST_CASE("a fleet at each venue trades for hours, and all books agree") {
  const std::size_t hours = number_from("BOTBOX_VENUE_HOURS", 4);
  const std::size_t bots = number_from("BOTBOX_VENUE_BOTS", 12);
  for (const Face& face : kFaces) {
    SUBCASE(face.name) {
      test::VenueFleet fleet(fleet_at(face, bots, 1));
      fleet.start();
      fleet.engine().advance(kFleetHour * static_cast<std::int64_t>(hours));
      check_agreement(fleet);
      check_no_duplicate(fleet);
      check_protection(fleet);
      CHECK(fleet.turned_away() == 0);
      CHECK_MESSAGE(fleet.engine().totals().failed_checks == 0, what_was_decided(fleet));
      CHECK(fleet.engine().totals().positions_opened > bots);
      CHECK(fleet.engine().totals().positions_closed > bots / 2);
      MESSAGE(std::string(face.name) << ": " << fleet.account().executions.size() << " executions, "
                                     << fleet.requests("") << " requests");
    }
  }
}

TEST_CASE("at spot venues the fills add up to the balances, whichever coin takes the fees") {
  using exchange::sim::FeeCoin;
  for (const VenueKind kind : {VenueKind::kBybitSpot, VenueKind::kBinanceSpot})
    for (const FeeCoin coin : {FeeCoin::kReceived, FeeCoin::kQuote, FeeCoin::kThird}) {
      const Face& face = *std::ranges::find(kFaces, kind, &Face::kind);
      CAPTURE(std::string(face.name));
      CAPTURE(static_cast<int>(coin));
      test::VenueFleetOptions options = fleet_at(face, 8, 11);
      options.fee_coin = coin;
      options.reconciles = true;
      test::VenueFleet fleet(options);
      fleet.start();
      const auto before = fleet.account().purses;
      fleet.engine().advance(kFleetHour * 2);
      REQUIRE(fleet.comes_to_rest());
      // What a fee in the coins bought leaves over is let go of, which closes the position.
      std::size_t closed = 0;
      const auto visited = storage::visit_all<Position>(
          fleet.engine().store(), storage::Kind::kPosition, [&](auto, const Position& position) {
            closed += position.status == PositionStatus::kClosed ? 1 : 0;
          });
      REQUIRE(visited.has_value());
      CHECK(closed > 4);
      CHECK(fleet.turned_away() == 0);
      const auto moved = moved_by_fills(fleet);
      for (const auto& [asset, purse] : fleet.account().purses) {
        INFO(asset.value);
        const auto was = before.find(asset);
        const auto by = moved.find(asset);
        const Decimal expected = (was == before.end() ? Decimal{} : was->second.total) +
                                 (by == moved.end() ? Decimal{} : by->second);
        CHECK(to_string(purse.total) == to_string(expected));
      }
      for (const Symbol& symbol : fleet.symbols()) {
        INFO(symbol.value);
        CHECK(to_string(held_and_let_go(fleet, symbol)) == to_string(fleet.at_venue(symbol)));
      }
      const auto report = storage::verify(fleet.engine().store(), {.now = fleet.engine().now()});
      REQUIRE(report.has_value());
      for (const storage::Finding& finding : report->findings)
        FAIL_CHECK(finding.place << ": " << finding.text);
    }
}

TEST_CASE("at perpetual venues profits and fees on record add up to the wallet") {
  for (const VenueKind kind : {VenueKind::kBybitLinear, VenueKind::kBinanceUsdm}) {
    const Face& face = *std::ranges::find(kFaces, kind, &Face::kind);
    CAPTURE(std::string(face.name));
    test::VenueFleet fleet(fleet_at(face, 8, 11));
    fleet.start();
    const Decimal before = fleet.account().purses.at({"USDT"}).total;
    fleet.engine().advance(kFleetHour * 2);
    REQUIRE(fleet.comes_to_rest());
    Decimal moved;
    std::size_t closed = 0;
    const auto visited = storage::visit_all<Position>(
        fleet.engine().store(), storage::Kind::kPosition, [&](auto, const Position& position) {
          moved += position.realised_profit.value - position.fees.value;
          closed += position.status == PositionStatus::kClosed ? 1 : 0;
        });
    REQUIRE(visited.has_value());
    CHECK(closed > 4);
    CHECK(to_string(fleet.account().purses.at({"USDT"}).total) == to_string(before + moved));
  }
}

// Crashes around a funding time, and one while nobody looks.
TEST_CASE("at perpetual venues funding is booked once, and the books add up to the wallet") {
  for (const VenueKind kind : {VenueKind::kBybitLinear, VenueKind::kBinanceUsdm})
    for (const std::size_t symbols : {8, 2}) {
      const Face& face = *std::ranges::find(kFaces, kind, &Face::kind);
      CAPTURE(std::string(face.name));
      CAPTURE(symbols);
      test::VenueFleetOptions options = fleet_at(face, 8, 11);
      options.symbols = symbols;
      options.funding_rate = Decimal::literal("0.0001");
      test::VenueFleet fleet(options);
      const Decimal before = fleet.account().purses.at({"USDT"}).total;
      fleet.pass(kFleetHour * 6);
      fleet.start();
      fleet.engine().advance(kFleetHour * 2 - Duration{10'000});
      for (int life = 0; life < 6; ++life) {
        fleet.start();
        fleet.engine().advance(Duration{5'000});
      }
      fleet.engine().advance(kFleetMinute * 30);
      fleet.stop();
      fleet.pass(kFleetHour * 8);
      fleet.start();
      fleet.engine().advance(kFleetMinute);
      check_funding(fleet, before);
      CHECK(fleet.account().funding.size() > 0);
    }
}

std::size_t refused_by_gate(test::VenueFleet& fleet, ReasonCode reason) {
  std::size_t count = 0;
  const auto visited = storage::visit_all<Signal>(
      fleet.engine().store(), storage::Kind::kSignal,
      [&](auto, const Signal& signal) { count += signal.rejection_reason == reason ? 1 : 0; });
  REQUIRE(visited.has_value());
  return count;
}

// What our own side keeps back after all was not refused by the exchange.
void check_reason_of(test::VenueFleet& fleet, std::string_view words) {
  const auto visited = storage::visit_all<Trade>(
      fleet.engine().store(), storage::Kind::kTrade, [&](auto, const Trade& trade) {
        if (trade.error_message.find(words) == std::string::npos) return;
        CHECK(to_string(trade.reason) == "ORDER_NOT_SENT");
        CHECK(trade.status == TradeStatus::kFailed);
      });
  REQUIRE(visited.has_value());
}

TEST_CASE("bots that share a perpetual stand on one side of it, and all books agree") {
  for (const VenueKind kind : {VenueKind::kBybitLinear, VenueKind::kBinanceUsdm}) {
    const Face& face = *std::ranges::find(kFaces, kind, &Face::kind);
    CAPTURE(std::string(face.name));
    test::VenueFleetOptions options = fleet_at(face, 12, 7);
    options.symbols = 2;
    test::VenueFleet fleet(options);
    fleet.start();
    fleet.engine().advance(kFleetHour * 3);
    CHECK(refused_by_gate(fleet, ReasonCode::kOppositeSideHeld) > 0);
    check_reason_of(fleet, "held the other way");
    // Six stops and targets at once take some seconds of the venue's order rate.
    fleet.engine().advance(kFleetMinute / 2);
    check_agreement(fleet);
    check_no_duplicate(fleet);
    check_protection(fleet);
  }
}

// Many bots that want the same at once, in a symbol with room for the stops and targets of a few.
TEST_CASE("in a symbol without room for one more stop nobody enters, and who did is protected") {
  for (const VenueKind kind :
       {VenueKind::kBinanceSpot, VenueKind::kBinanceUsdm, VenueKind::kBybitLinear}) {
    const Face& face = *std::ranges::find(kFaces, kind, &Face::kind);
    CAPTURE(std::string(face.name));
    test::VenueFleetOptions options = fleet_at(face, 48, 7);
    options.symbols = 1;
    options.enforce_order_caps = true;
    std::size_t beyond = 0;  // stops and targets that the venue had no room for
    options.adjust = [&](actors::VirtualEngineOptions& made) {
      made.on_alert = [&](const actors::AlertRaised& alert) {
        for (const char* code : {"MAX_NUM_ALGO_ORDERS", "-4045", "110009"})
          beyond += alert.kind == "bracket.refused" && alert.text.find(code) != std::string::npos;
      };
    };
    test::VenueFleet fleet(options);
    fleet.start();
    fleet.engine().advance(kFleetHour * 2);
    CHECK(refused_by_gate(fleet, ReasonCode::kNoOrderRoom) > 0);
    check_reason_of(fleet, "has no room for one more entry");
    CHECK(beyond == 0);
    check_agreement(fleet);
    check_no_duplicate(fleet);
    check_protection(fleet);
  }
}

TEST_CASE("dying again and again at a faulty venue, a fleet loses no order and sends none twice") {
  testing::SeededRuns runs;
  CAPTURE(runs.seed());
  for (const Face& face : kFaces) {
    CAPTURE(std::string(face.name));
    test::VenueFleetOptions options = fleet_at(face, 8, runs.next()());
    options.faults.seed = runs.next()();
    for (const FaultKind kind :
         {FaultKind::kDropReply, FaultKind::kReset, FaultKind::kError500, FaultKind::kTimeout,
          FaultKind::kTruncate, FaultKind::kMalformed, FaultKind::kDropRequest,
          FaultKind::kUnavailable, FaultKind::kRateLimited})
      options.faults.rules.push_back({.kind = kind, .chance = 15});
    test::VenueFleet fleet(options);
    for (int life = 0; life < 25; ++life) {
      fleet.start();
      fleet.engine().advance(kFleetMinute * runs.between(3, 12));
      // Somewhere in the middle of whatever goes on then.
      const Timestamp until = fleet.engine().now() + kFleetMinute * 3;
      for (std::int64_t step = runs.between(0, 400); step > 0; --step)
        if (!fleet.engine().step(until)) break;
    }
    fleet.simulator().faults().rules.clear();
    fleet.start();
    fleet.engine().advance(kFleetMinute * 15);
    check_agreement(fleet);
    check_no_duplicate(fleet);
    check_protection(fleet);
    CHECK(fleet.turned_away() == 0);
    CHECK(fleet.account().executions.size() > 20);
  }
}

TEST_CASE("dying again and again at a faulty venue, a fleet books its funding once") {
  testing::SeededRuns runs;
  CAPTURE(runs.seed());
  for (const VenueKind kind : {VenueKind::kBybitLinear, VenueKind::kBinanceUsdm}) {
    const Face& face = *std::ranges::find(kFaces, kind, &Face::kind);
    CAPTURE(std::string(face.name));
    test::VenueFleetOptions options = fleet_at(face, 8, runs.next()());
    options.symbols = 4;
    options.funding_rate = Decimal::literal("0.0001");
    options.faults.seed = runs.next()();
    for (const FaultKind fault : {FaultKind::kDropReply, FaultKind::kReset, FaultKind::kError500,
                                  FaultKind::kTruncate, FaultKind::kDropRequest})
      options.faults.rules.push_back({.kind = fault, .chance = 15});
    test::VenueFleet fleet(options);
    const Decimal before = fleet.account().purses.at({"USDT"}).total;
    fleet.pass(kFleetHour * 7);
    for (int life = 0; life < 14; ++life) {
      fleet.start();
      fleet.engine().advance(kFleetMinute * runs.between(3, 8));
      const Timestamp until = fleet.engine().now() + kFleetMinute * 3;
      for (std::int64_t step = runs.between(0, 400); step > 0; --step)
        if (!fleet.engine().step(until)) break;
    }
    fleet.simulator().faults().rules.clear();
    fleet.start();
    fleet.engine().advance(kFleetMinute * 30);
    check_funding(fleet, before);
  }
}

TEST_CASE("dying again and again at a faulty venue, what enlarges a position is in its stop") {
  testing::SeededRuns runs;
  CAPTURE(runs.seed());
  for (const Face& face : kFaces) {
    CAPTURE(std::string(face.name));
    test::VenueFleetOptions options = fleet_at(face, 8, runs.next()());
    options.scales_in = true;
    options.faults.seed = runs.next()();
    for (const FaultKind kind :
         {FaultKind::kDropReply, FaultKind::kReset, FaultKind::kError500, FaultKind::kTruncate,
          FaultKind::kDropRequest, FaultKind::kUnavailable})
      options.faults.rules.push_back({.kind = kind, .chance = 15});
    test::VenueFleet fleet(options);
    for (int life = 0; life < 12; ++life) {
      fleet.start();
      fleet.engine().advance(kFleetMinute * runs.between(5, 15));
      const Timestamp until = fleet.engine().now() + kFleetMinute * 3;
      for (std::int64_t step = runs.between(0, 400); step > 0; --step)
        if (!fleet.engine().step(until)) break;
    }
    fleet.simulator().faults().rules.clear();
    fleet.start();
    fleet.engine().advance(kFleetMinute * 15);
    check_agreement(fleet);
    check_no_duplicate(fleet);
    check_protection(fleet);
    CHECK(fleet.turned_away() == 0);
    std::size_t enlarged = 0;
    const auto visited = storage::visit_all<Trade>(
        fleet.engine().store(), storage::Kind::kTrade, [&](auto, const Trade& trade) {
          enlarged += enlarges(trade) && trade.status == TradeStatus::kCompleted ? 1 : 0;
        });
    REQUIRE(visited.has_value());
    CHECK(enlarged > 3);
  }
}

TEST_CASE("a ban stops all traffic until it ends, a restart included") {
  for (const Face& face : kFaces)
    check_ban(fleet_at(face, number_from("BOTBOX_VENUE_BOTS", 8), 3), FaultKind::kBan);
}

TEST_CASE("Bybit's limit of an address stops all traffic until it ends, a restart included") {
  for (const Face& face : kFaces) {
    if (std::string_view(face.order_path).starts_with("POST /v5/"))
      check_ban(fleet_at(face, number_from("BOTBOX_VENUE_BOTS", 8), 3), FaultKind::kIpLimit);
  }
}

TEST_CASE("requests for candles are the same for many bots as for few") {
  for (const Face& face : kFaces) {
    CAPTURE(std::string(face.name));
    const auto requests = [&](std::size_t bots) {
      test::VenueFleetOptions options = fleet_at(face, bots, 5);
      options.symbols = 4;
      test::VenueFleet fleet(options);
      fleet.start();
      fleet.engine().advance(kFleetHour);
      return fleet.requests("kline");
    };
    const std::uint64_t few = requests(4);
    CHECK(few > 200);
    CHECK(requests(40) == few);
  }
}

}  // namespace botbox
