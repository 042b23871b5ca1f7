// For how many candles no alert has come.
#include <doctest/doctest.h>

#include "actors/record_rows.hpp"
#include "tests/support/actor_builders.hpp"

namespace botbox::actors {
namespace {

constexpr Timestamp kAskedAt{1'709'300'000'000};

Signal came(SignalSource source, Duration ago, ReasonCode reason = ReasonCode::kNone) {
  Signal signal;
  signal.source = source;
  signal.created_at = kAskedAt - ago;
  signal.rejection_reason = reason;
  return signal;
}

std::string silence_of(const std::vector<Signal>& newest_first, const std::string& strategy) {
  BotConfig bot = test::plain_bot("mine");
  bot.strategy = {strategy};
  bot.timeframe = Timeframe::minutes(15);
  return alert_silence(bot, newest_first, kAskedAt).dump();
}

}  // namespace

TEST_CASE("a bot tells for how many of its candles no alert came") {
  constexpr Duration kCandle{900'000};
  const auto webhook = SignalSource::kWebhook;
  CHECK(silence_of({}, "external") == R"({"last_at":null,"candles":null,"text":"no alert yet"})");
  CHECK(silence_of({}, "scripted") == "null");
  CHECK(silence_of({came(SignalSource::kStrategy, kCandle)}, "scripted") == "null");
  CHECK(silence_of({came(webhook, kCandle - Duration{1})}, "external") ==
        R"({"last_at":1709299100001,"candles":0,"text":"the last alert came within a candle"})");
  CHECK(silence_of({came(webhook, kCandle)}, "external") ==
        R"({"last_at":1709299100000,"candles":1,"text":"no alert for 1 candle"})");
  // Signals of others do not count, nor alerts that were not its own; refused ones came all the
  // same.
  CHECK(silence_of({came(SignalSource::kManual, Duration{1}),
                    came(webhook, kCandle, ReasonCode::kBotNotAllowed),
                    came(webhook, kCandle * 12, ReasonCode::kSignalExpired)},
                   "scripted") ==
        R"({"last_at":1709289200000,"candles":12,"text":"no alert for 12 candles"})");
  // A clock that was set back.
  CHECK(silence_of({came(webhook, Duration{-5'000})}, "external").find("\"candles\":0") !=
        std::string::npos);
}

}  // namespace botbox::actors
