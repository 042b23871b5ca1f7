// The whole engine cannot look ahead: whatever becomes of the market after a moment, all that was
// decided up to it is the same to the byte.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "storage/keys.hpp"
#include "storage/rows.hpp"
#include "tests/support/virtual_fleet.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

constexpr Timestamp kBefore{1'704'067'200'000};
constexpr Duration kOneHour{3'600'000};
// Not on the grid of the longer timeframes: their candles of that moment differ at their ends.
constexpr Timestamp kKnownUntil = kBefore + kOneHour * 18 + Duration{25 * 60'000};
constexpr Timestamp kRunEnd = kKnownUntil + kOneHour * 6;

enum class Future { kAsItCame, kAnother, kNone };

// A market whose candles from kKnownUntil on are others, or missing.
class AlteredMarket final : public exchange::MarketFeed {
 public:
  AlteredMarket(std::shared_ptr<exchange::MarketFeed> feed, Future future)
      : feed_(std::move(feed)), future_(future) {}

  std::vector<Symbol> symbols() const override { return feed_->symbols(); }
  std::optional<Timeframe> base_timeframe(const Symbol& symbol) const override {
    return feed_->base_timeframe(symbol);
  }
  std::optional<Timestamp> first_open(const Symbol& symbol) const override {
    return feed_->first_open(symbol);
  }
  std::optional<Timestamp> last_open(const Symbol& symbol) const override {
    return feed_->last_open(symbol);
  }
  std::optional<Candle> candle_at(const Symbol& symbol, Timestamp at) override {
    return altered(feed_->candle_at(symbol, at));
  }
  std::optional<Candle> next_candle(const Symbol& symbol, Timestamp from) override {
    return altered(feed_->next_candle(symbol, from));
  }
  std::vector<Candle> candles(const Symbol& symbol, Timeframe timeframe,
                              exchange::CandleRange range) override {
    if (range.to <= kKnownUntil) return feed_->candles(symbol, timeframe, range);
    const Timeframe base = *feed_->base_timeframe(symbol);
    const Timestamp from =
        std::max(range.from, timeframe.floor(range.to) - timeframe.duration() * 600);
    std::vector<Candle> parts;
    for (const Candle& candle : feed_->candles(symbol, base, {.from = from, .to = range.to}))
      if (const auto part = altered(candle)) parts.push_back(*part);
    std::vector<Candle> whole = exchange::aggregate(parts, timeframe);
    std::erase_if(whole, [&](const Candle& c) { return c.open_time < range.from; });
    if (whole.size() > range.limit)
      whole.erase(whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(range.limit));
    return whole;
  }

 private:
  std::optional<Candle> altered(std::optional<Candle> candle) const {
    if (!candle || candle->open_time < kKnownUntil || future_ == Future::kAsItCame) return candle;
    if (future_ == Future::kNone) return std::nullopt;
    for (Price* price : {&candle->open, &candle->high, &candle->low, &candle->close})
      *price = *scaled(*price, Decimal::literal("0.8"), Rounding::kHalfEven);
    candle->volume = *scaled(candle->volume, Decimal::from_int(3), Rounding::kHalfEven);
    return candle;
  }

  std::shared_ptr<exchange::MarketFeed> feed_;
  Future future_;
};

struct Story {
  std::map<std::string, std::string> until;  // what was decided up to kKnownUntil, by its key
  std::map<std::string, std::string> after;
  std::map<std::string, std::size_t>
      warm;                 // by strategy: decisions up to then that were no warm-up
  std::size_t signals = 0;  // up to then
};

std::vector<BotConfig> every_strategy(const StrategyCatalogue& catalogue) {
  std::vector<BotConfig> bots;
  for (const StrategySchema& schema : catalogue.schemas()) {
    if (schema.name == "external") continue;  // decides nothing by itself
    for (const int minutes : {5, 15}) {
      BotConfig bot = test::lively_bots(1).front();
      bot.id = {fmt::format("{}-{}", schema.name, minutes)};
      bot.name = schema.name;
      bot.strategy = catalogue.id_of(schema.name);
      bot.parameters = {};
      bot.timeframe = Timeframe::minutes(minutes);
      bot.check_interval = Duration{150'000};
      bots.push_back(std::move(bot));
    }
  }
  return bots;
}

Story story_of(Future future) {
  actors::VirtualEngineOptions options = test::fleet_options(0, 11);
  options.catalogue = config::shipped_catalogue();
  options.bots = every_strategy(options.catalogue);
  options.start = kBefore;
  options.feed = std::make_shared<AlteredMarket>(options.feed, future);
  options.settings.scheduler.longest_tick = kOneHour;
  std::map<BotId, std::string> names;
  for (const BotConfig& bot : options.bots) names[bot.id] = bot.name;
  auto engine = actors::VirtualEngine::start(std::move(options));
  REQUIRE(engine);
  (*engine)->advance(kRunEnd - kBefore);
  REQUIRE(!(*engine)->fatal());
  const storage::Store& store = (*engine)->store();
  Story story;
  // What is seen of a candle that closes at that moment is decided a moment later.
  constexpr Duration kMoment{30'000};
  const auto keep = [&](std::string_view key, Timestamp at, std::string bytes) {
    (at <= kKnownUntil + kMoment ? story.until : story.after)
        .emplace(std::string(key), std::move(bytes));
  };
  REQUIRE(storage::visit_records<DecisionTrace>(
      store, {.kind = storage::Kind::kTrace, .prefix = {}, .from = {}}, {},
      [&](std::string_view key, DecisionTrace&& trace) {
        if (trace.checked_at <= kKnownUntil + kMoment && trace.reason != ReasonCode::kWarmingUp)
          ++story.warm[names.at(trace.bot)];
        // What the exchange said to the order later is no decision.
        keep(fmt::format("trace {}", key), trace.checked_at,
             fmt::format("{} {} {}", trace.candle_close.ms, trace.context_json,
                         storage::to_json(trace).at("conditions").dump()));
        return true;
      }));
  REQUIRE(storage::visit_all<Signal>(
      store, storage::Kind::kSignal, [&](std::string_view key, Signal&& signal) {
        if (signal.created_at <= kKnownUntil + kMoment) ++story.signals;
        // What came of it is the market's word, not a decision.
        signal.execution_status = {};
        signal.execution_reason = {};
        signal.executed_trade_id = {};
        signal.execution_attempts = 0;
        keep(fmt::format("signal {}", key), signal.created_at, storage::encode(signal));
      }));
  REQUIRE(storage::visit_records<storage::BookedFill>(
      store, {.kind = storage::Kind::kFill, .prefix = {}, .from = {}}, {},
      [&](std::string_view key, storage::BookedFill&& booked) {
        const Timestamp at = booked.fill.at;
        if (at < kKnownUntil) keep(fmt::format("fill {}", key), at, storage::encode(booked));
        return true;
      }));
  return story;
}

std::string first_difference(const Story& one, const Story& other) {
  for (const auto& [key, bytes] : one.until) {
    const auto found = other.until.find(key);
    if (found == other.until.end()) return key + " is missing";
    if (found->second != bytes) return key + ": " + bytes + "\n" + found->second;
  }
  return one.until.size() == other.until.size() ? "" : "more was decided";
}

}  // namespace

TEST_CASE("no strategy of the catalogue decides otherwise because of what comes later") {
  const Story as_it_came = story_of(Future::kAsItCame);
  const Story another = story_of(Future::kAnother);
  const Story none = story_of(Future::kNone);
  for (const BotConfig& bot : every_strategy(config::shipped_catalogue())) {
    CAPTURE(bot.name);
    const auto warm = as_it_came.warm.find(bot.name);
    CHECK((warm != as_it_came.warm.end() && warm->second > 200));
  }
  REQUIRE(as_it_came.signals > 50);
  CHECK(first_difference(as_it_came, another) == "");
  CHECK(first_difference(as_it_came, none) == "");
  // The futures were not the same.
  CHECK(as_it_came.after != another.after);
  CHECK(none.after.size() < as_it_came.after.size());
}

}  // namespace botbox::cli
