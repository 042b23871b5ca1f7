// Why a bot did, or did not, trade at a moment, as it is told to people.
#include "actors/decision_story.hpp"

#include <doctest/doctest.h>

#include "actors/turn_commit.hpp"
#include "storage/codec.hpp"
#include "storage/expiry.hpp"
#include "storage/keys.hpp"
#include "storage/memory_store.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/actor_builders.hpp"

namespace botbox::actors {
namespace {

// A bot of one-minute candles that saw two of them: one without a signal, one that a gate refused.
struct ToldBot {
  ToldBot() {
    const BotConfig config = test::plain_bot("mine");
    storage::test::write_next(
        store, {{storage::bot_config_key(config.id), storage::encode(config)},
                {storage::bot_snapshot_key(config.id), storage::encode(BotSnapshot{})}});
    keep(quiet_trace());
    keep(refused_trace());
  }

  void keep(const DecisionTrace& trace) {
    storage::test::write_next(store, {trace_row(trace, Duration{86'400'000})});
  }
  void damage(std::string_view close) {
    storage::test::write_next(store, {{storage::trace_key({"mine"}, *parse_timestamp(close)),
                                       storage::encode_expiring("\x01rubbish", {})}});
  }
  static DecisionTrace trace_of(std::string_view close) {
    DecisionTrace trace;
    trace.bot = {"mine"};
    trace.candle_close = *parse_timestamp(close);
    trace.checked_at = trace.candle_close + Duration{500};
    return trace;
  }
  static DecisionTrace quiet_trace() {
    DecisionTrace trace = trace_of("2024-03-01T14:05:00Z");
    trace.conditions = {{"rsi(14) < 30", 44.25, 30, false}, {"close > ema(50)", 101, 100, true}};
    trace.context_json = R"({"close":"101","rsi":44.25})";
    return trace;
  }
  static DecisionTrace refused_trace() {
    DecisionTrace trace = trace_of("2024-03-01T14:06:00Z");
    trace.reason = ReasonCode::kDataStale;
    trace.reason_message = "data_freshness: data is 143 s old, at most 120 s";
    trace.verdicts = {{"engine_mode", ReasonCode::kNone, ""},
                      {"data_freshness", ReasonCode::kDataStale, "data is 143 s old"}};
    return trace;
  }
  // What is told of that moment, asked about an hour later.
  std::string told(std::string_view moment) const {
    const Timestamp now = *parse_timestamp("2024-03-01T15:00:00Z");
    const auto story = read_story(store, {"mine"}, *parse_moment(moment, now), now);
    REQUIRE_MESSAGE(story.has_value(), to_string(story.error()));
    CHECK(to_json(*story).at("text") == story_text(*story));
    return story_text(*story);
  }

  storage::MemoryStore store;
};

}  // namespace

TEST_CASE("of a candle without a signal every condition is told with what was measured") {
  const ToldBot bot;
  CHECK(bot.told("14:05") ==
        "mine at 2024-03-01T14:05:00.000Z: SKIPPED, NO_SIGNAL\n"
        "rsi(14) < 30 does not hold: 44.25 against 30\n"
        "rsi(14) < 30: 44.25 against 30, does not hold\n"
        "close > ema(50): 101 against 100, holds\n"
        "market {\"close\":\"101\",\"rsi\":44.25}");
}

TEST_CASE("of a signal that was refused the first gate that refused is told") {
  const ToldBot bot;
  CHECK(bot.told("14:06") ==
        "mine at 2024-03-01T14:06:00.000Z: SKIPPED, DATA_STALE\n"
        "data_freshness: data is 143 s old, at most 120 s\n"
        "refused by gate data_freshness: DATA_STALE, data is 143 s old");
}

TEST_CASE("asked about a time of which nothing is kept, the decision before is told as that") {
  const ToldBot bot;
  CHECK(bot.told("14:05:59").find("nothing later") == std::string::npos);
  CHECK(bot.told("14:06").find("nothing later") == std::string::npos);
  const std::string later = bot.told("14:30");
  CHECK(later.starts_with("mine at 2024-03-01T14:06:00.000Z: "));
  CHECK(later.find("\nnothing later by 2024-03-01T14:30:59.999Z is kept: this is the decision "
                   "before\n") != std::string::npos);
}

TEST_CASE(
    "that the market could not be looked at is told with the newest story, or instead of it") {
  ToldBot bot;
  const Timestamp now = *parse_timestamp("2024-03-01T15:00:00Z");
  std::uint64_t events = 0;
  const auto failed_at = [&](std::string_view at, const std::string& series) {
    const Event event{.at = *parse_timestamp(at),
                      .kind = "check.failed",
                      .bot = {},
                      .subject = series,
                      .detail = "no candles of 8h",
                      .actor = "engine"};
    storage::test::write_next(bot.store, {{storage::event_key(++events), storage::encode(event)}});
  };
  const BotConfig config = test::plain_bot("mine");
  const std::string series = config.symbol.value + " " + to_string(config.timeframe);
  failed_at("2024-03-01T14:00:00Z", series);         // before the newest trace
  failed_at("2024-03-01T14:30:00Z", "XRP/USDT 1m");  // of another market
  CHECK(gap_note(*read_story(bot.store, {"mine"}, {}, now)).empty());
  failed_at("2024-03-01T14:40:00Z", series);
  CHECK(gap_note(*read_story(bot.store, {"mine"}, {}, now)) ==
        "a check failed at 2024-03-01T14:40:00.000Z: no candles of 8h");

  BotConfig idle = config;
  idle.id = {"idle"};
  storage::test::write_next(bot.store,
                            {{storage::bot_config_key(idle.id), storage::encode(idle)},
                             {storage::bot_snapshot_key(idle.id), storage::encode(BotSnapshot{})}});
  const auto nothing = read_story(bot.store, {"idle"}, {}, now);
  REQUIRE_FALSE(nothing.has_value());
  CHECK(nothing.error().message ==
        "bot 'idle' (ACTIVE) has not decided on any candle yet, after 0 checks; a check failed at "
        "2024-03-01T14:40:00.000Z: no candles of 8h");
}

TEST_CASE("an alert is found within its minute, beside the candle that closed at its beginning") {
  ToldBot bot;
  DecisionTrace alert = ToldBot::trace_of("2024-03-01T14:05:30Z");
  alert.reason = ReasonCode::kSignalExpired;
  alert.reason_message = "signal_age: signal is 3 min old, at most 2 min";
  alert.verdicts = {{"engine_mode", ReasonCode::kNone, ""}};
  bot.keep(alert);
  CHECK(bot.told("14:05").starts_with("mine at 2024-03-01T14:05:30.000Z: SKIPPED, SIGNAL_EXPIRED"));
  CHECK(bot.told("14:05").ends_with("\nall 1 gates passed"));
  CHECK(bot.told("14:05").find("\nbefore it, at 2024-03-01T14:05:00.000Z: SKIPPED, NO_SIGNAL\n") !=
        std::string::npos);
  CHECK(bot.told("14:05:00").find("before it") == std::string::npos);
  CHECK(bot.told("14:05:00").starts_with("mine at 2024-03-01T14:05:00.000Z: "));
}

TEST_CASE("of several alerts of one candle all are told, and what the exchange said of an order") {
  ToldBot bot;
  Trade trade;
  trade.id = {"t1"};
  trade.bot = {"mine"};
  trade.status = TradeStatus::kFailed;
  trade.reason = ReasonCode::kExchangeRejected;
  trade.error_message = "not enough margin";
  storage::test::write_next(bot.store, {{storage::trade_key(trade.id), storage::encode(trade)}});
  DecisionTrace ordered = ToldBot::trace_of("2024-03-01T14:05:10Z");
  ordered.stage = TraceStage::kOrderRequested;
  ordered.decision = DecisionType::kPending;
  ordered.trade = trade.id;
  bot.keep(ordered);
  CHECK(bot.told("14:05").find("\nthe exchange refused the order: not enough margin\n") !=
        std::string::npos);
  DecisionTrace refused = ToldBot::trace_of("2024-03-01T14:05:30Z");
  refused.reason = ReasonCode::kMalformedAlert;
  bot.keep(refused);
  const std::string text = bot.told("14:05");
  CHECK(text.starts_with("mine at 2024-03-01T14:05:30.000Z: SKIPPED, MALFORMED_ALERT"));
  CHECK(text.find("\nbefore it, at 2024-03-01T14:05:10.000Z: FAILED, EXCHANGE_REJECTED\n"
                  "before it, at 2024-03-01T14:05:00.000Z: SKIPPED, NO_SIGNAL") !=
        std::string::npos);
}

TEST_CASE("a decision that cannot be read is named, and the others of its candle are told") {
  ToldBot bot;
  bot.damage("2024-03-01T14:05:10Z");
  const std::string below = bot.told("14:05");
  CHECK(below.starts_with("mine at 2024-03-01T14:05:00.000Z: SKIPPED, NO_SIGNAL"));
  CHECK(below.find("\ncannot be read, at 2024-03-01T14:05:10.000Z: ") != std::string::npos);

  DecisionTrace alert = ToldBot::trace_of("2024-03-01T14:05:30Z");
  alert.reason = ReasonCode::kMalformedAlert;
  bot.keep(alert);
  const std::string above = bot.told("14:05");
  CHECK(above.starts_with("mine at 2024-03-01T14:05:30.000Z: SKIPPED, MALFORMED_ALERT"));
  CHECK(above.find("\ncannot be read, at 2024-03-01T14:05:10.000Z: ") != std::string::npos);
  CHECK(above.find("\nbefore it, at 2024-03-01T14:05:00.000Z: SKIPPED, NO_SIGNAL") !=
        std::string::npos);
  // Of another candle.
  CHECK(bot.told("14:06").find("cannot be read") == std::string::npos);

  const Timestamp now = *parse_timestamp("2024-03-01T15:00:00Z");
  const auto story = read_story(bot.store, {"mine"}, *parse_moment("14:05", now), now);
  REQUIRE(story.has_value());
  const auto json = to_json(*story);
  REQUIRE(json.at("damaged").size() == 1);
  CHECK(json.at("damaged")[0].at("at") == "2024-03-01T14:05:10.000Z");
  CHECK(json.at("earlier").size() == 1);
}

TEST_CASE("of a candle whose only decision cannot be read the damaged row is told") {
  ToldBot bot;
  bot.damage("2024-03-01T14:07:00Z");
  const Timestamp now = *parse_timestamp("2024-03-01T15:00:00Z");
  const auto story = read_story(bot.store, {"mine"}, {}, now);
  REQUIRE_FALSE(story.has_value());
  CHECK(story.error().code == ErrorCode::kCorruption);
  CHECK(story.error().place.find("mine/2024-03-01T14:07:00.000Z") != std::string::npos);
}

TEST_CASE("an earlier decision whose trade cannot be read is told as it was decided") {
  ToldBot bot;
  storage::test::write_next(bot.store, {{storage::trade_key({"t1"}), "\x01rubbish"}});
  DecisionTrace ordered = ToldBot::trace_of("2024-03-01T14:05:10Z");
  ordered.trade = {"t1"};
  ordered.decision = DecisionType::kPending;
  bot.keep(ordered);
  bot.keep(ToldBot::trace_of("2024-03-01T14:05:30Z"));
  const std::string text = bot.told("14:05");
  CHECK(text.starts_with("mine at 2024-03-01T14:05:30.000Z: "));
  CHECK(text.find("\ncannot be read, at 2024-03-01T14:05:10.000Z: ") != std::string::npos);
  CHECK(text.find("\nbefore it, at 2024-03-01T14:05:10.000Z: PENDING, ") != std::string::npos);
}

}  // namespace botbox::actors
