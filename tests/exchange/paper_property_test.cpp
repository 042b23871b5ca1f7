// Random histories against the paper exchange: what must hold after every step, and that a crash in
// the middle changes nothing. Each failure names its seed.
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "exchange/market/synthetic_market.hpp"
#include "tests/exchange/fixture.hpp"

using namespace botbox;
using namespace botbox::exchange;
using namespace botbox::exchange::testing;

namespace {

const Symbol kSpot{"BTC/USDT"};
const Symbol kLinear{"ETH/USDT:USDT"};
const Decimal kWallet = Decimal::from_int(50'000);
constexpr int kLeverage = 4;

enum class Participation { kUnlimited, kLimited };

SyntheticMarket make_market(std::uint64_t seed) {
  SyntheticMarketConfig config;
  config.seed = seed;
  config.symbols = {{instrument(kSpot.value, "0.1", "0.0001"), Price::literal("30000"),
                     Decimal::literal("0.08"), Quantity::literal("0.5")},
                    {instrument(kLinear.value, "0.01", "0.001"), Price::literal("2000"),
                     Decimal::literal("0.1"), Quantity::literal("3")}};
  return *SyntheticMarket::create(std::move(config));
}

// Every seven minutes another rate, of either sign.
std::shared_ptr<const FundingSchedule> wild_funding() {
  std::vector<FundingRate> rates;
  for (std::int64_t i = 1; i < 400; ++i)
    rates.push_back({kStart + kMinute * 7 * i,
                     Decimal::from_units(Decimal::kOne / 10'000 * (i * 37 % 41 - 20))});
  return std::make_shared<const FundingSchedule>(*FundingSchedule::of(std::move(rates)));
}

PaperConfig make_config(Participation participation) {
  PaperConfig config;
  config.instruments = {
      {instrument(kSpot.value, "0.1", "0.0001"), Decimal::from_int(1)},
      {instrument(kLinear.value, "0.01", "0.001"), Decimal::from_int(kLeverage), wild_funding()}};
  config.balances = {{{"USDT"}, kWallet}};
  config.taker_fee = Decimal::literal("0.00055");
  config.maker_fee = Decimal::literal("-0.0001");
  config.slippage = Decimal::literal("0.0003");
  if (participation == Participation::kLimited) config.max_participation = Decimal::literal("0.2");
  return config;
}

// A trader at random, and the records that an engine would keep of it.
class History {
 public:
  History(std::uint64_t seed, Participation participation)
      : market(make_market(seed)),
        clock(kStart + Duration{13}),
        random_(seed),
        config_(make_config(participation)) {
    exchange = *PaperExchange::create(config_, market, clock);
  }

  // One step of time and one call; the same for every exchange that has seen the same.
  void step() {
    clock.advance(Duration{static_cast<std::int64_t>(random_() % 150'000)});
    ++number_;
    switch (random_() % 4) {
      case 0: return open();
      case 1: return close();
      case 2: return drop();
      default: return;
    }
  }

  // All that an engine knows: every request that was accepted, every report by now.
  PaperSeed seed() {
    PaperSeed seed;
    seed.as_of = clock.now();
    poll();
    std::set<std::string> parents;
    for (const OrderRequest& request : accepted_) {
      parents.insert(request.client_id.value);
      seed.orders.push_back({request, reports_.at(request.client_id.value)});
    }
    for (const auto& [id, report] : reports_)
      if (!parents.contains(id)) seed.attached.push_back(report);
    return seed;
  }

  void crash() {
    const PaperSeed records = seed();
    exchange = *PaperExchange::create(config_, market, clock);
    REQUIRE(exchange->restore(records).has_value());
    cursor_ = 0;
  }

  const std::map<std::string, OrderReport>& poll() {
    for (;;) {
      const auto page = *updates(*exchange, cursor_);
      for (const OrderReport& report : page.reports) reports_[report.client_id.value] = report;
      cursor_ = page.next_cursor;
      if (page.reports.empty()) return reports_;
    }
  }
  const std::vector<OrderRequest>& accepted() const { return accepted_; }

  SyntheticMarket market;
  ManualClock clock;
  std::unique_ptr<PaperExchange> exchange;

 private:
  Price near(const Symbol& symbol, int percent) {
    const Instrument& grid = config_.instruments[symbol == kSpot ? 0 : 1].instrument;
    const Candle candle = *market.candle_at(symbol, Timeframe::minutes(1).floor(clock.now()));
    const Decimal part = Decimal::from_units(Decimal::kOne / 1000 * (1000 + percent));
    return round_price(grid, *scaled(candle.open, part, Rounding::kDown), OrderSide::kBuy);
  }
  void put(const OrderRequest& request) {
    const auto report = place(*exchange, request);
    if (!report) {
      const ErrorCode code = report.error().code;
      REQUIRE((code == ErrorCode::kRejected || code == ErrorCode::kNothingOpen));
      return;
    }
    accepted_.push_back(request);
    reports_[request.client_id.value] = *report;
  }
  void open() {
    const Symbol symbol = random_() % 2 == 0 ? kSpot : kLinear;
    const bool buy = symbol == kSpot || random_() % 2 == 0;
    const int sign = buy ? 1 : -1;
    OrderRequest request =
        order("o" + std::to_string(number_), symbol, buy ? OrderSide::kBuy : OrderSide::kSell, "1");
    const std::int64_t lots = static_cast<std::int64_t>(1 + random_() % 4000);
    request.quantity = {Decimal::from_units(
        config_.instruments[symbol == kSpot ? 0 : 1].instrument.lot.value.units() * lots)};
    const std::uint64_t kind = random_() % 5;
    if (kind == 0) {
      request.type = OrderType::kLimit;
      request.limit = near(symbol, -sign * static_cast<int>(random_() % 6));
    } else if (kind == 1) {
      request.type = OrderType::kStopMarket;
      request.trigger = near(symbol, sign * static_cast<int>(1 + random_() % 4));
    }
    const int distance = static_cast<int>(1 + random_() % 9);
    request.stop_loss =
        AttachedOrder{{request.client_id.value + "s"}, near(symbol, -sign * (distance + 6))};
    if (random_() % 2 == 0)
      request.take_profit =
          AttachedOrder{{request.client_id.value + "t"}, near(symbol, sign * (distance + 5))};
    put(request);
  }
  void close() {
    if (accepted_.empty()) return;
    const OrderRequest& target = accepted_[random_() % accepted_.size()];
    if (target.effect == OrderEffect::kReduceOnly) return;
    OrderRequest request = target;
    request.client_id = {"c" + std::to_string(number_)};
    request.side = opposite(target.side);
    request.type = OrderType::kMarket;
    request.effect = OrderEffect::kReduceOnly;
    request.stop_loss = request.take_profit = std::nullopt;
    request.limit = request.trigger = {};
    put(request);
  }
  void drop() {
    if (accepted_.empty()) return;
    const OrderRequest& target = accepted_[random_() % accepted_.size()];
    const auto report = cancel(*exchange, target.symbol, target.client_id.value);
    if (report) reports_[target.client_id.value] = *report;
  }

  std::mt19937_64 random_;
  PaperConfig config_;
  int number_ = 0;
  std::uint64_t cursor_ = 0;
  std::vector<OrderRequest> accepted_;
  std::map<std::string, OrderReport> reports_;
};

struct Folded {
  Decimal open;
  Notional cost;
  Timestamp funded;  // up to here
  Notional due;      // funding, as the rates say
  Notional told;     // as the fills say
};

// What an open group receives until `at`, reckoned apart from the exchange's own accounts.
void fund_folded(History& history, Folded& folded, Timestamp at) {
  static const auto schedule = wild_funding();
  if (!folded.open.is_zero())
    for (auto rate = schedule->next(folded.funded); rate && rate->at <= at;
         rate = schedule->next(rate->at)) {
      const Price mark = history.market.candle_at(kLinear, rate->at)->open;
      const Decimal worth = notional(mark, {abs(folded.open)}, Rounding::kHalfEven)->value;
      const Decimal amount = *multiply(worth, rate->rate, Rounding::kHalfEven);
      folded.due += Notional{folded.open.is_positive() ? -amount : amount};
    }
  folded.funded = at;
}

// Within one moment a group's entry is first, then its stop or target, then what closes it.
int rank(const ClientOrderId& id) {
  if (id.value.front() == 'c') return 2;
  return id.value.back() == 's' || id.value.back() == 't' ? 1 : 0;
}

struct GroupedFill {
  Fill fill;
  std::string group;
};

// All fills in the order of time; `stop_of` gets the attached stop of each group.
std::vector<GroupedFill> checked_fills(History& history,
                                       std::map<std::string, std::string>& stop_of) {
  const auto& reports = history.poll();
  std::vector<GroupedFill> fills;
  std::map<std::string, std::string> group_of;
  for (const OrderRequest& request : history.accepted()) {
    group_of[request.client_id.value] = request.group.value;
    if (request.stop_loss) {
      group_of[request.stop_loss->client_id.value] = request.group.value;
      stop_of[request.group.value] = request.stop_loss->client_id.value;
    }
    if (request.take_profit) group_of[request.take_profit->client_id.value] = request.group.value;
  }
  std::set<std::string> executions;
  for (const auto& [id, report] : reports) {
    Quantity filled;
    for (const Fill& fill : report.fills) {
      CHECK(fill.quantity.is_positive());
      REQUIRE(executions.insert(fill.id.value).second);
      filled += fill.quantity;
      fills.push_back({fill, group_of.at(id)});
    }
    CHECK(filled == report.filled);
    CHECK(report.filled <= report.quantity);
    CHECK((report.status == OrderStatus::kFilled) ==
          (report.filled == report.quantity && report.filled.is_positive()));
  }
  std::stable_sort(fills.begin(), fills.end(), [](const auto& a, const auto& b) {
    if (a.fill.at != b.fill.at) return a.fill.at < b.fill.at;
    return rank(a.fill.client_id) < rank(b.fill.client_id);
  });
  return fills;
}

// The balances that the fills alone demand, computed apart from the exchange's own accounts.
void check_everything(History& history) {
  std::map<std::string, std::string> stop_of;
  const std::vector<GroupedFill> fills = checked_fills(history, stop_of);
  const auto& reports = history.poll();
  Decimal usdt = kWallet, btc;
  std::map<std::string, Folded> groups;
  for (const auto& [fill, group] : fills) {
    const Decimal value = notional(fill.price, fill.quantity, Rounding::kHalfEven)->value;
    const bool buy = fill.side == OrderSide::kBuy;
    const Decimal change = buy ? fill.quantity.value : -fill.quantity.value;
    Folded& folded = groups[group];
    if (fill.symbol == kLinear) fund_folded(history, folded, fill.at);
    folded.told += fill.funding;
    const Decimal before = folded.open;
    folded.open += change;
    // Reducing never goes through zero.
    if (!before.is_zero())
      CHECK((folded.open.is_zero() || folded.open.is_positive() == before.is_positive()));
    usdt -= fill.fee.value;
    if (fill.symbol == kSpot) {
      CHECK_FALSE(folded.open.is_negative());
      usdt += buy ? -value : value;
      btc += change;
    } else if (before.is_zero() || before.is_positive() == buy) {
      folded.cost += Notional{value};
    } else {
      const Decimal out = folded.open.is_zero()
                              ? folded.cost.value
                              : *multiply_divide(folded.cost.value, fill.quantity.value,
                                                 abs(before), Rounding::kHalfEven);
      usdt += before.is_positive() ? value - out : out - value;
      folded.cost -= Notional{out};
    }
  }
  for (auto& [group, folded] : groups) {
    if (folded.open.is_zero()) CHECK(folded.told == folded.due);
    if (!folded.funded.is_never()) fund_folded(history, folded, history.clock.now());
    usdt += folded.due.value;
  }
  const Balance quote = balance(*history.exchange, "USDT");
  const Balance base = balance(*history.exchange, "BTC");
  CHECK(quote.free + quote.locked == usdt);
  CHECK(base.free + base.locked == btc);
  CHECK_FALSE(base.free.is_negative());
  // A position never stands without its stop, and the stop carries all of it.
  Decimal margins;
  for (const auto& [group, folded] : groups) {
    const OrderReport& stop = reports.at(stop_of.at(group));
    if (folded.open.is_zero()) {
      CHECK(is_final(stop.status));
    } else {
      CHECK_FALSE(is_final(stop.status));
      CHECK(stop.quantity - stop.filled == Quantity{abs(folded.open)});
    }
    margins += *divide(folded.cost.value, Decimal::from_int(kLeverage), Rounding::kUp);
  }
  CHECK(quote.locked >= margins);
}

std::string digest(History& history) {
  std::string text;
  for (const auto& [id, report] : history.poll()) {
    text += fmt::format("{} {} {} {} {}\n", id, to_string(report.status),
                        to_string(report.quantity), to_string(report.filled), report.message);
    for (const Fill& fill : report.fills)
      text += fmt::format("  {} {} {} {} {} {}\n", fill.id.value, to_string(fill.price),
                          to_string(fill.quantity), to_string(fill.fee), to_string(fill.funding),
                          fill.at.ms);
  }
  const auto owned = *balances(*history.exchange);
  for (const Balance& b : owned)
    text += fmt::format("{} {} {}\n", b.asset.value, to_string(b.free), to_string(b.locked));
  return text;
}

}  // namespace

TEST_CASE("random histories keep every unit of money and never leave a position unprotected") {
  for (const Participation participation : {Participation::kUnlimited, Participation::kLimited}) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      INFO("seed " << seed << ", limited " << (participation == Participation::kLimited));
      History history(seed, participation);
      for (int i = 0; i < 400; ++i) {
        history.step();
        if (i % 20 == 0) check_everything(history);
      }
      check_everything(history);
      int stops = 0, targets = 0;
      for (const auto& [id, report] : history.poll())
        if (report.status == OrderStatus::kFilled) {
          stops += id.back() == 's';
          targets += id.back() == 't';
        }
      CHECK(stops > 0);
      CHECK(targets > 0);
    }
  }
}

TEST_CASE("the same history gives the same answers") {
  for (std::uint64_t seed = 30; seed < 34; ++seed) {
    INFO("seed " << seed);
    History one(seed, Participation::kLimited), two(seed, Participation::kLimited);
    for (int i = 0; i < 300; ++i) one.step(), two.step();
    CHECK(digest(one) == digest(two));
  }
}

TEST_CASE("a paper exchange that died and was restored equals one that never did") {
  for (std::uint64_t seed = 100; seed < 124; ++seed) {
    INFO("seed " << seed);
    History unharmed(seed, Participation::kUnlimited), crashed(seed, Participation::kUnlimited);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 300; ++i) {
      unharmed.step();
      crashed.step();
      if (random() % 25 == 0) {
        crashed.crash();
        REQUIRE(digest(crashed) == digest(unharmed));
      }
    }
    CHECK(digest(crashed) == digest(unharmed));
  }
}

TEST_CASE("a stop that was due while the engine was down fires at the restart") {
  TableMarket market;
  market.add(kSpot, {"100 100 100 100", "100 100 80 85", "85 85 85 85", "85 85 85 85"});
  ManualClock clock(kStart);
  PaperConfig config = make_config(Participation::kUnlimited);
  config.instruments.resize(1);
  auto exchange = *PaperExchange::create(config, market, clock);
  const OrderRequest request = with_stop(order("p", kSpot, OrderSide::kBuy, "1"), "90");
  const OrderReport report = *place(*exchange, request);
  clock.advance(kMinute * 3);
  const PaperSeed seed{kStart, {{request, report}}, {}};  // the stop was never heard of
  exchange = *PaperExchange::create(config, market, clock);
  REQUIRE(exchange->restore(seed).has_value());
  const auto stop = **find(*exchange, kSpot, "ps");
  CHECK(stop.status == OrderStatus::kFilled);
  CHECK(to_string(stop.fills[0].price) == "89.9");
  CHECK(stop.fills[0].at == kStart + kMinute * 2 - Duration{1});
  CHECK(place(*exchange, request).error().code == ErrorCode::kAlreadyExists);
  CHECK(*find(*exchange, kSpot, "never") == std::nullopt);
}

TEST_CASE("records that contradict themselves are refused") {
  TableMarket market;
  market.add(kSpot, {"100 100 100 100"});
  ManualClock clock(kStart);
  PaperConfig config = make_config(Participation::kUnlimited);
  config.instruments.resize(1);
  auto exchange = *PaperExchange::create(config, market, clock);
  const OrderRequest request = with_stop(order("p", kSpot, OrderSide::kBuy, "1"), "90");
  const OrderReport report = *place(*exchange, request);
  const auto error = [&](PaperSeed seed) {
    return (*PaperExchange::create(config, market, clock))->restore(seed).error().message;
  };
  OrderReport wrong = report;
  wrong.filled = Quantity::literal("2");
  CHECK(error({kStart, {{request, wrong}}, {}}) == "recorded report does not agree with its fills");
  wrong = report;
  wrong.fills[0].side = OrderSide::kSell;
  CHECK(error({kStart, {{request, wrong}}, {}}) == "recorded fill does not belong to its order");
  CHECK(error({kStart, {{request, report}, {request, report}}, {}}) == "duplicate client order id");
  CHECK(error({kStart + kMinute, {}, {}}) == "the records are from the future");
}
