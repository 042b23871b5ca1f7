#include "engine/execution/identity.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <set>

#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

SignalIdentity an_identity() {
  return {.bot = {"bot-1"},
          .settings_version = 7,
          .symbol = {"BTC/USDT"},
          .timeframe = Timeframe::minutes(240),
          .candle_close = {1'700'006'400'000},
          .direction = Direction::kLong,
          .leg = 0};
}

const InstallationId kInstallation{"installation-1"};
constexpr std::array kLegs{OrderLeg::kEntry, OrderLeg::kClose, OrderLeg::kStopLoss,
                           OrderLeg::kTakeProfit};

bool is_client_order_id(const std::string& id) {
  return id.size() == 28 &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
}

}  // namespace

// Computed apart from this code, with Python's hashlib and a base-32 of its own. If one of these
// changes, every order that is under way during an upgrade is lost to us.
TEST_CASE("ids are the ones that running installations have given out") {
  CHECK(signal_id(an_identity()).value == "e6588feff950d31c2aa1d7d4609b2e5e");
  SignalIdentity close = an_identity();
  close.direction = Direction::kClose;
  CHECK(signal_id(close).value == "99495a6026e15f8aa8fa592798402da7");
  const IdempotencyKey key = idempotency_key(signal_id(an_identity()));
  CHECK(key.value == "s:e6588feff950d31c2aa1d7d4609b2e5e");
  CHECK(idempotency_key(BotId{"bot-1"}, R"({"action":"buy"})").value ==
        "c:d73c01c3b155dd855d110dca457bb026");
  CHECK(client_order_id(kInstallation, key, OrderLeg::kEntry).value ==
        "bbctecol2szea3mtceqni4pvcclf");
  CHECK(client_order_id(kInstallation, key, OrderLeg::kClose).value ==
        "bblrpe7pxjms5rdebfw5ofzfhs5w");
  CHECK(client_order_id(kInstallation, key, OrderLeg::kStopLoss).value ==
        "bbongg67fggpsyofzycrj4dlhxyw");
  CHECK(client_order_id(kInstallation, key, OrderLeg::kTakeProfit).value ==
        "bbqhbgnz7n3sd45uznvdjkkyoicr");
}

TEST_CASE("every part of a decision is in its signal's id") {
  const std::vector<std::function<void(SignalIdentity&)>> changes{
      [](SignalIdentity& i) { i.bot = {"bot-2"}; },
      [](SignalIdentity& i) { i.settings_version = 8; },
      [](SignalIdentity& i) { i.symbol = {"BTC/USDT:USDT"}; },
      [](SignalIdentity& i) { i.timeframe = Timeframe::minutes(60); },
      [](SignalIdentity& i) { i.candle_close = {1'700'006'400'001}; },
      [](SignalIdentity& i) { i.direction = Direction::kShort; },
      [](SignalIdentity& i) { i.direction = Direction::kClose; },
      [](SignalIdentity& i) { i.leg = 1; }};
  std::set<SignalId> seen{signal_id(an_identity())};
  for (const auto& change : changes) {
    SignalIdentity other = an_identity();
    change(other);
    CHECK(seen.insert(signal_id(other)).second);
  }
}

TEST_CASE("an id is known by its form to be none of ours, or may be one") {
  for (const OrderLeg leg : kLegs)
    CHECK(may_be_client_order_id(client_order_id(kInstallation, {"s:one"}, leg)));
  CHECK(may_be_client_order_id({"bbongg67fggpsyofzycrj4dlhz0a"}));  // a later one of a chain
  for (const char* other : {"", "hand1", "web_q8Xk2mYtNs4pWvRb6zLd", "bbongg67fggpsyofzycrj4dlhx",
                            "bbongg67fggpsyofzycrj4dlhxyw2", "axongg67fggpsyofzycrj4dlhxyw",
                            "bbongg67fggpsyofzycrj4dlhxyW"})
    CHECK_FALSE(may_be_client_order_id({other}));
}

TEST_CASE("every part of an order is in its client order id") {
  const IdempotencyKey key{"s:one"};
  std::set<ClientOrderId> seen;
  for (const OrderLeg leg : kLegs) {
    CHECK(seen.insert(client_order_id(kInstallation, key, leg)).second);
    CHECK(seen.insert(client_order_id({"installation-2"}, key, leg)).second);
    CHECK(seen.insert(client_order_id(kInstallation, {"s:two"}, leg)).second);
  }
}

TEST_CASE("parts do not run into one another") {
  CHECK(client_order_id({"ab"}, {"c"}, OrderLeg::kEntry) !=
        client_order_id({"a"}, {"bc"}, OrderLeg::kEntry));
  CHECK(client_order_id({"1:a"}, {""}, OrderLeg::kEntry) !=
        client_order_id({"1"}, {"a"}, OrderLeg::kEntry));
  CHECK(idempotency_key(BotId{"ab"}, "c") != idempotency_key(BotId{"a"}, "bc"));
  SignalIdentity one = an_identity(), other = an_identity();
  one.bot = {"bot-1"}, one.settings_version = 17;
  other.bot = {"bot-11"}, other.settings_version = 7;
  CHECK(signal_id(one) != signal_id(other));
}

TEST_CASE("a key from a signal and a key from content never meet") {
  CHECK(idempotency_key(SignalId{"x"}).value.starts_with("s:"));
  CHECK(idempotency_key(BotId{"bot-1"}, "x").value.starts_with("c:"));
}

TEST_CASE("a hundred thousand orders have ids that every venue takes, all different") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  std::set<std::string> seen;
  SignalIdentity identity = an_identity();
  identity.candle_close = {runs.between(1, 1'700'000'000'000)};
  for (int i = 0; i < 25'000; ++i) {
    identity.candle_close = identity.candle_close + Duration{60'000};
    const IdempotencyKey key = idempotency_key(signal_id(identity));
    for (const OrderLeg leg : kLegs) {
      const ClientOrderId id = client_order_id(kInstallation, key, leg);
      REQUIRE(is_client_order_id(id.value));
      REQUIRE(seen.insert(id.value).second);
      if (i % 100 == 0) REQUIRE(client_order_id(kInstallation, key, leg) == id);
    }
  }
  CHECK(seen.size() == 100'000);
}
