// The doctor before the simulated venues, over HTTP: what it finds sound, and what it does not.
#include "tools/botbox/venue_doctor.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "actors/wall_clock.hpp"
#include "exchange/simulator/simulator_server.hpp"
#include "exchange/venue/venue_factory.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::cli {
namespace {

using exchange::VenueKind;
namespace sim = exchange::sim;

// All three faces on one port, with one account.
struct SimulatedFaces {
  // `smallest`: of each symbol's orders; zero: its lot.
  explicit SimulatedFaces(Quantity smallest = {}) {
    sim::SimulatorConfig config;
    config.keys = {{"key", "secret"}};
    config.balances = {{{"USDT"}, Decimal::from_int(5'000)}};
    for (const exchange::PaperInstrument& listed : test::paper_config().instruments) {
      config.listings.push_back({.instrument = listed.instrument});
      if (!smallest.is_zero()) config.listings.back().instrument.min_quantity = smallest;
    }
    simulator = std::make_unique<sim::Simulator>(config, *feed, venue_clock);
    auto started = sim::SimulatorServer::start(*simulator);
    REQUIRE(started.has_value());
    server = std::move(*started);
  }
  std::vector<Diagnosis> examine(VenueKind kind, const config::EngineConfig& config,
                                 const std::string& secret = "secret") const {
    exchange::VenueOptions options;
    options.kind = kind;
    options.url = "http://127.0.0.1:" + std::to_string(server->port());
    if (!secret.empty()) options.credentials = exchange::Credentials("key", secret);
    const auto api = exchange::open_venue(std::move(options), clock);
    return examine_venue(*api, config, !secret.empty());
  }

  actors::WallClock clock;
  sim::SimulatorClock venue_clock{clock, clock.now(), 1};
  std::shared_ptr<exchange::MarketFeed> feed = test::synthetic_feed(1);
  std::unique_ptr<sim::Simulator> simulator;
  std::unique_ptr<sim::SimulatorServer> server;
};

// Passes everything on, and writes other words over what the venue says.
class RewritingSender final : public exchange::HttpSender {
 public:
  RewritingSender(std::string said, std::string told)
      : said_(std::move(said)), told_(std::move(told)) {}

  void send(const Permit& permit, exchange::HttpRequest request, Answer answer) override {
    transport_.send(permit, std::move(request),
                    [this, answer = std::move(answer)](Result<exchange::HttpResponse> response) {
                      if (response)
                        if (const std::size_t at = response->body.find(said_);
                            at != std::string::npos)
                          response->body.replace(at, said_.size(), told_);
                      answer(std::move(response));
                    });
  }

 private:
  std::string said_;
  std::string told_;
  exchange::HttpTransport transport_;
};

// USD-M's mainnet is the simulated venue; spot's mainnet says what it is told to.
class MainnetSender final : public exchange::HttpSender {
 public:
  MainnetSender(std::string futures, exchange::HttpResponse rights)
      : futures_(std::move(futures)), rights_(std::move(rights)) {}

  void send(const Permit& permit, exchange::HttpRequest request, Answer answer) override {
    constexpr std::string_view kSpot = "https://api.binance.com/sapi/v1/account/apiRestrictions?";
    constexpr std::string_view kFutures = "https://fapi.binance.com";
    if (request.url.starts_with(kSpot)) return answer(rights_);
    REQUIRE(request.url.starts_with(kFutures));
    request.url.replace(0, kFutures.size(), futures_);
    transport_.send(permit, std::move(request), std::move(answer));
  }

 private:
  std::string futures_;
  exchange::HttpResponse rights_;
  exchange::HttpTransport transport_;
};

config::EngineConfig one_bot(const std::string& symbol, std::string_view allocation = "1000") {
  config::EngineConfig config;
  BotConfig bot;
  bot.id = {"one"};
  bot.symbol = {symbol};
  bot.market = parse_symbol(symbol)->market;
  bot.allocation = Notional::literal(allocation);
  bot.stake = Decimal::literal("250");
  config.bots = {bot};
  return config;
}

const Diagnosis& named(const std::vector<Diagnosis>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Diagnosis& each) { return each.name == name; });
  REQUIRE_MESSAGE(found != all.end(), name);
  return *found;
}

struct FaceRow {
  const char* name;
  VenueKind kind;
  const char* symbol;
  bool is_linear;
};
const FaceRow kFaces[] = {{"bybit spot", VenueKind::kBybitSpot, "BTC/USDT", false},
                          {"bybit linear", VenueKind::kBybitLinear, "SOL/USDT:USDT", true},
                          {"binance spot", VenueKind::kBinanceSpot, "BTC/USDT", false},
                          {"binance usdm", VenueKind::kBinanceUsdm, "SOL/USDT:USDT", true}};

}  // namespace

TEST_CASE("a sound account at each venue is found sound, with its symbol, clock and balance") {
  const SimulatedFaces faces;
  for (const FaceRow& face : kFaces) {
    CAPTURE(face.name);
    const auto all = faces.examine(face.kind, one_bot(face.symbol));
    for (const Diagnosis& each : all) {
      CAPTURE(each.name);
      CAPTURE(each.detail);
      CHECK(each.health != Health::kFail);
    }
    CHECK(named(all, "venue").health == Health::kOk);
    CHECK(named(all, "venue clock").health == Health::kOk);
    CHECK(named(all, face.symbol).detail.find("tick") != std::string::npos);
    CHECK(named(all, face.symbol).detail.find("last price") != std::string::npos);
    CHECK(named(all, "balance").health == Health::kOk);
    CHECK(named(all, "API key").detail.find("may trade") != std::string::npos);
    CHECK(std::any_of(all.begin(), all.end(), [](const Diagnosis& each) {
            return each.name == "positions";
          }) == face.is_linear);
  }
}

TEST_CASE("an account in hedge mode fails, with the way out") {
  const SimulatedFaces faces;
  for (const FaceRow& face : kFaces) {
    if (!face.is_linear) continue;
    CAPTURE(face.name);
    sim::SimulatedVenue& venue =
        faces.simulator->venue(face.kind == VenueKind::kBinanceUsdm ? "binance-usdm" : "bybit");
    sim::Account& account = *venue.account("key");
    REQUIRE(venue.set_hedged(account, {face.symbol}, true).has_value());
    sim::PlaceOrder bought;
    bought.symbol = {face.symbol};
    bought.quantity = Quantity::literal("1");
    REQUIRE(venue.place(account, bought).has_value());
    const auto all = faces.examine(face.kind, one_bot(face.symbol));
    const Diagnosis& told = named(all, "positions");
    CHECK(told.health == Health::kFail);
    CHECK(told.detail.find("hedge mode") != std::string::npos);
    CHECK(told.fix.find("one-way mode") != std::string::npos);
    // Bybit has a mode for each symbol, and this account's facts are about another one.
    if (face.kind != VenueKind::kBinanceUsdm) continue;
    CHECK(named(all, "account mode").health == Health::kFail);
    CHECK(named(all, "account mode").fix.find("one-way mode") != std::string::npos);
  }
}

TEST_CASE("a symbol that is not listed, too small a stake, and too small a balance are named") {
  const SimulatedFaces faces;
  CHECK(named(faces.examine(VenueKind::kBybitSpot, one_bot("NOPE/USDT")), "NOPE/USDT").health ==
        Health::kFail);
  config::EngineConfig tiny = one_bot("BTC/USDT");
  tiny.bots.front().stake = Decimal::literal("0.5");
  CHECK(named(faces.examine(VenueKind::kBinanceSpot, tiny), "BTC/USDT").health == Health::kFail);
  CHECK(named(faces.examine(VenueKind::kBinanceSpot, one_bot("BTC/USDT", "5001")), "balance")
            .health == Health::kWarn);
}

TEST_CASE("a bot that computes what it stakes is held to no stake") {
  const SimulatedFaces faces;
  config::EngineConfig sized = one_bot("BTC/USDT");
  BotConfig& bot = sized.bots.front();
  bot.stake = {};
  CHECK(named(faces.examine(VenueKind::kBinanceSpot, sized), "BTC/USDT").health == Health::kFail);
  bot.plan.emplace_back().sizing.kind = SizingKind::kRiskPerTrade;
  CHECK(named(faces.examine(VenueKind::kBinanceSpot, sized), "BTC/USDT").health == Health::kOk);
}

TEST_CASE("more bots in a symbol than the venue has room for their stops and targets are named") {
  const SimulatedFaces faces;
  config::EngineConfig crowd = one_bot("SOL/USDT:USDT");
  const auto examined = [&] {
    return named(faces.examine(VenueKind::kBybitLinear, crowd), "SOL/USDT:USDT");
  };
  for (int bot = 1; bot < 5; ++bot) crowd.bots.push_back(crowd.bots.front());
  CHECK(examined().health == Health::kOk);
  CHECK(examined().detail.find("at most 10 stops and targets") != std::string::npos);
  crowd.bots.push_back(crowd.bots.front());
  CHECK(examined().health == Health::kWarn);
  CHECK(examined().detail.find("its bots may need 12 at once") != std::string::npos);
  CHECK(examined().fix.find("spread the bots") != std::string::npos);
}

TEST_CASE("a stake that buys less than the smallest quantity at the last price is named") {
  const SimulatedFaces faces(Quantity::literal("10000"));
  for (const FaceRow& face : kFaces) {
    CAPTURE(face.name);
    const auto all = faces.examine(face.kind, one_bot(face.symbol));
    CHECK(named(all, face.symbol).health == Health::kFail);
    CHECK(named(all, face.symbol).detail.find("less than the smallest quantity") !=
          std::string::npos);
    CHECK(named(all, face.symbol).fix.find("stake_amount") != std::string::npos);
  }
}

TEST_CASE("a key that may withdraw is a warning, one that may not trade a failure") {
  const SimulatedFaces faces;
  const auto rights = [&](const std::string& said, const std::string& told) {
    RewritingSender sender(said, told);
    exchange::VenueOptions options;
    options.kind = VenueKind::kBybitSpot;
    options.url = "http://127.0.0.1:" + std::to_string(faces.server->port());
    options.credentials = exchange::Credentials("key", "secret");
    const auto api = exchange::open_venue_over(sender, std::move(options), faces.clock);
    return named(examine_venue(*api, one_bot("BTC/USDT"), true), "API key");
  };
  const Diagnosis plain = rights("no such words", "");
  CHECK(plain.health == Health::kOk);
  const Diagnosis withdraws = rights(R"("Wallet":[])", R"("Wallet":["Withdraw"])");
  CHECK(withdraws.health == Health::kWarn);
  CHECK(withdraws.detail.find("may withdraw") != std::string::npos);
  CHECK(withdraws.fix.find("without the right to withdraw") != std::string::npos);
  const Diagnosis idle = rights(R"("Spot":["SpotTrade"])", R"("Spot":[])");
  CHECK(idle.health == Health::kFail);
  CHECK(idle.detail.find("may not trade") != std::string::npos);
}

TEST_CASE(
    "what a key of USD-M's mainnet may do is told by spot's address, and of others by nobody") {
  const SimulatedFaces faces;
  const auto key_of = [&](exchange::HttpResponse rights) {
    MainnetSender sender("http://127.0.0.1:" + std::to_string(faces.server->port()),
                         std::move(rights));
    exchange::VenueOptions options;
    options.kind = VenueKind::kBinanceUsdm;
    options.credentials = exchange::Credentials("key", "secret");
    const auto api = exchange::open_venue_over(sender, std::move(options), faces.clock);
    return named(examine_venue(*api, one_bot("SOL/USDT:USDT"), true), "API key");
  };
  const auto rights = [](const std::string& withdraws, const std::string& trades) {
    return exchange::HttpResponse{
        200, R"({"enableWithdrawals":)" + withdraws + R"(,"enableFutures":)" + trades + "}", {}};
  };
  CHECK(key_of(rights("false", "true")).health == Health::kOk);
  CHECK(key_of(rights("false", "true")).detail == "may trade, may not withdraw");
  CHECK(key_of(rights("true", "true")).health == Health::kWarn);
  CHECK(key_of(rights("true", "true")).detail == "may trade and may withdraw");
  CHECK(key_of(rights("false", "false")).health == Health::kFail);
  const Diagnosis refused = key_of({400, R"({"code":-2015,"msg":"Invalid API-key"})", {}});
  CHECK(refused.health == Health::kWarn);
  CHECK(refused.detail.find("could not be asked: Binance -2015") != std::string::npos);
  const auto elsewhere = faces.examine(VenueKind::kBinanceUsdm, one_bot("SOL/USDT:USDT"));
  CHECK(named(elsewhere, "API key").detail.find("the venue does not tell") != std::string::npos);
}

TEST_CASE("a wrong secret fails the key, and is not shown") {
  const SimulatedFaces faces;
  for (const FaceRow& face : kFaces) {
    CAPTURE(face.name);
    const auto all = faces.examine(face.kind, one_bot(face.symbol), "another-secret");
    CHECK(named(all, "API key").health == Health::kFail);
    for (const Diagnosis& each : all)
      CHECK(each.detail.find("another-secret") == std::string::npos);
  }
}

TEST_CASE("without a key the public questions are answered, and the key is missing") {
  const SimulatedFaces faces;
  const auto all = faces.examine(VenueKind::kBybitLinear, one_bot("SOL/USDT:USDT"), "");
  CHECK(named(all, "SOL/USDT:USDT").health == Health::kOk);
  CHECK(named(all, "API key").health == Health::kFail);
}

TEST_CASE("a venue that nobody serves is one failure with a fix") {
  exchange::VenueOptions options;
  options.kind = VenueKind::kBinanceUsdm;
  options.url = "http://127.0.0.1:1";
  const actors::WallClock clock;
  const auto api = exchange::open_venue(std::move(options), clock);
  const auto all = examine_venue(*api, one_bot("SOL/USDT:USDT"), true);
  REQUIRE(all.size() == 1);
  CHECK(all.front().health == Health::kFail);
  CHECK_FALSE(all.front().fix.empty());
}

}  // namespace botbox::cli
