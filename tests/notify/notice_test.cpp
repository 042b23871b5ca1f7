// What people are told of an event, and what they are not.
#include "engine/notify/notice.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

#include "engine/notify/alert_ends.hpp"
#include "engine/notify/digest.hpp"
#include "engine/notify/redact.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox {
namespace {

Event noticed(const std::string& kind, const std::string& detail = "detail") {
  Event event;
  event.sequence = 7;
  event.at = {1'704'067'200'000};
  event.kind = kind;
  event.bot = {"rsi-btc"};
  event.subject = "subject";
  event.detail = detail;
  event.actor = "engine";
  return event;
}

Position closed_position() {
  Position position;
  position.symbol = {"BTC/USDT"};
  position.status = PositionStatus::kClosed;
  position.total_entered = Quantity::literal("0.01");
  position.average_entry = Price::literal("50000");
  position.realised_profit = Notional::literal("12.5");
  position.fees = Notional::literal("2.5");
  position.close_reason = ReasonCode::kTakeProfitHit;
  position.opened_at = {1'704'067'200'000};
  position.closed_at = {1'704'067'200'000 + 5'400'000};
  return position;
}

Notice line_of(NoticeKind kind, const std::string& text, std::uint64_t sequence = 1) {
  return {.sequence = sequence, .at = {}, .kind = kind, .bot = {}, .text = text, .event = "x"};
}

}  // namespace

TEST_CASE("each event that people are told of has one kind, and the rest have none") {
  struct Row {
    std::string event;
    std::optional<NoticeKind> kind;
  };
  const std::vector<Row> table{{"signal.accepted", NoticeKind::kSignal},
                               {"signal.rejected", NoticeKind::kOrderSkipped},
                               {"intent.blocked", NoticeKind::kOrderSkipped},
                               {"trade.dedup_skipped", NoticeKind::kOrderSkipped},
                               {"trade.completed", NoticeKind::kOrderPlaced},
                               {"trade.failed", NoticeKind::kOrderFailed},
                               {"position.opened", NoticeKind::kPositionOpened},
                               {"position.closed", NoticeKind::kPositionClosed},
                               {"alert.raised", NoticeKind::kAlert},
                               {"alert.cleared", NoticeKind::kAlert},
                               {"engine.mode", NoticeKind::kStatus},
                               {"operator.refused", NoticeKind::kStatus},
                               {"trade.executing", std::nullopt},
                               {"operator.mode", std::nullopt},
                               {"", std::nullopt}};
  for (const Row& row : table) {
    CAPTURE(row.event);
    CHECK(notice_kind(noticed(row.event)) == row.kind);
  }
}

TEST_CASE("names of kinds are read as they are written") {
  for (std::size_t i = 0; i < kNoticeKinds; ++i) {
    const auto kind = static_cast<NoticeKind>(i);
    CHECK(parse_notice_kind(to_string(kind)) == kind);
  }
  CHECK_FALSE(parse_notice_kind("orders").has_value());
}

TEST_CASE("a closed position is told with its profit after fees, its share and its time") {
  NoticeFacts facts;
  facts.position = closed_position();
  const Notice notice = make_notice(noticed("position.closed"), facts);
  CHECK(notice.text ==
        "rsi-btc: BTC/USDT LONG closed (TAKE_PROFIT_HIT): +10 USDT (+2 %), after 90 min");
  CHECK(notice.id() == "event-7");
  CHECK(notice.kind == NoticeKind::kPositionClosed);
  facts.position->realised_profit = Notional::literal("-7.501");
  CHECK(make_notice(noticed("position.closed"), facts).text.find("-10 USDT (-2 %)") !=
        std::string::npos);
}

TEST_CASE("an order is told with side, size and why it failed") {
  NoticeFacts facts;
  facts.trade = Trade{};
  facts.trade->symbol = {"BTC/USDT"};
  facts.trade->quantity = Quantity::literal("0.004");
  facts.trade->status = TradeStatus::kFailed;
  facts.trade->reason = ReasonCode::kExchangeRejected;
  facts.trade->error_message = "insufficient balance";
  CHECK(make_notice(noticed("trade.failed"), facts).text ==
        "rsi-btc: BUY 0.004 BTC/USDT failed: EXCHANGE_REJECTED, insufficient balance");
  CHECK(make_notice(noticed("trade.failed", "no room"), {}).text ==
        "rsi-btc: order failed: no room");
}

TEST_CASE("a close that was not needed any more is told as what it was, and why it was skipped") {
  NoticeFacts facts;
  facts.trade = Trade{};
  facts.trade->symbol = {"BTC/USDT"};
  facts.trade->direction = Direction::kClose;
  facts.trade->side = OrderSide::kSell;
  facts.trade->quantity = Quantity::literal("0.004");
  facts.trade->status = TradeStatus::kFailed;
  facts.trade->reason = ReasonCode::kClosedMeanwhile;
  CHECK(make_notice(noticed("trade.overtaken"), facts).text ==
        "rsi-btc: SELL 0.004 BTC/USDT skipped (CLOSE): CLOSED_MEANWHILE");
  facts.trade->quantity = {};
  facts.trade->reason = ReasonCode::kNothingToClose;
  CHECK(make_notice(noticed("trade.overtaken"), facts).text ==
        "rsi-btc: SELL BTC/USDT skipped (CLOSE): NOTHING_TO_CLOSE");
}

TEST_CASE("an alert that is over says so") {
  const auto told = [](const std::string& event_kind, const std::string& kind,
                       const std::string& detail) {
    Event event = noticed(event_kind, detail);
    event.bot = {};
    event.subject = kind;
    return make_notice(event, {}).text;
  };
  CHECK(told("alert.raised", "queue.deep", "51 wait") == "ALERT queue.deep: 51 wait");
  CHECK(told("alert.cleared", "queue.normal", "12 wait") == "CLEARED queue.normal: 12 wait");
  CHECK(alert_ended_by("queue.normal", "12 wait") == "queue.deep");
  CHECK(alert_ended_by("queue.deep", "51 wait").empty());
  CHECK(alert_ended_by("limiter", "bybit limiter is OK") == "limiter");
  CHECK(alert_ended_by("limiter", "bybit limiter is ALERT").empty());
  CHECK(alert_ended_by("exchange.health", "paper: healthy again") == "exchange.health");
  CHECK(alert_ended_by("exchange.health", "paper: 5xx").empty());
}

TEST_CASE("a signal that is skipped is told as far as it is known what it wanted") {
  NoticeFacts facts;
  facts.signal = Signal{};
  facts.signal->direction = Direction::kShort;
  facts.signal->symbol = {"BTC/USDT"};
  facts.signal->rejection_reason = ReasonCode::kCooldownBot;
  CHECK(make_notice(noticed("signal.rejected", "COOLDOWN_BOT"), facts).text ==
        "rsi-btc: SHORT BTC/USDT skipped: COOLDOWN_BOT");
  facts.signal->symbol = {};
  facts.signal->rejection_reason = ReasonCode::kUnknownBot;
  CHECK(make_notice(noticed("signal.rejected", "UNKNOWN_BOT"), facts).text ==
        "rsi-btc: SHORT skipped: UNKNOWN_BOT");
  facts.signal->rejection_reason = ReasonCode::kMalformedAlert;
  facts.signal->verdicts.push_back(
      refuse("webhook", ReasonCode::kMalformedAlert, "action is missing"));
  CHECK(make_notice(noticed("signal.rejected", "MALFORMED_ALERT"), facts).text ==
        "rsi-btc: alert refused: MALFORMED_ALERT, action is missing");
  CHECK(make_notice(noticed("signal.rejected", "MALFORMED_ALERT"), {}).text ==
        "rsi-btc: order skipped: MALFORMED_ALERT");
}

TEST_CASE("a notice is one line of bounded length, cut between characters") {
  const std::string umlaut = "\xC3\xA4";
  std::string detail = "a\nb\tc";
  for (int i = 0; i < 400; ++i) detail += umlaut;
  const Notice notice = make_notice(noticed("alert.raised", detail), {});
  CHECK(notice.text.size() <= kNoticeBytesMax);
  CHECK(notice.text.find('\n') == std::string::npos);
  CHECK(notice.text.ends_with(umlaut + "..."));
}

TEST_CASE("what looks like a secret is not told") {
  struct Row {
    std::string text, shown;
  };
  const std::string token = "bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
  const std::vector<Row> table{
      {"plain words 0.004 BTC/USDT", "plain words 0.004 BTC/USDT"},
      {"at https://host/" + token + "/sendMessage", "at https://host/***/sendMessage"},
      {R"({"secret":"correct horse","a":1})", R"({"secret":"***","a":1})"},
      {R"({"secret":"correct \"horse\" staple","a":1})", R"({"secret":"***","a":1})"},
      {R"({"secret":"","a":1})", R"({"secret":"***","a":1})"},
      {R"("{\"secret\":\"a b\",\"n\":1}")", R"("{\"secret\":\"***\",\"n\":1}")"},
      {"password='a b c' and more", "password='***' and more"},
      {R"({"token":"cut short)", R"({"token":"***)"},
      {"token=abc&x=1", "token=***&x=1"},
      {"X-MBX-APIKEY: abcdef", "X-MBX-APIKEY: ***"},
      {"Authorization: Bearer abc.def", "Authorization: Bearer ***"},
      {std::string(64, 'f'), "***"},
      {"order bb" + std::string(26, '7'), "order bb" + std::string(26, '7')},
      {"12:30 is a time", "12:30 is a time"},
      {"key", "key"},
      {"key=", "key="},
      {"", ""},
  };
  for (const Row& row : table) {
    CAPTURE(row.text);
    CHECK(redacted(row.text) == row.shown);
  }
}

TEST_CASE("a loud notice always stands in a message; silent ones without room are counted") {
  Digest digest(1'000, 3);
  CHECK(digest.empty());
  for (std::uint64_t i = 0; i < 10; ++i)
    CHECK(digest.add(line_of(NoticeKind::kSignal, "signal"), NoticeLevel::kSilent));
  CHECK_FALSE(digest.is_loud());
  CHECK(digest.add(line_of(NoticeKind::kAlert, "ALERT deep"), NoticeLevel::kOn));
  CHECK(digest.is_loud());
  CHECK(digest.text() == "signal\nsignal\nsignal\nALERT deep\nand 7 more: 7 signal");
  CHECK_FALSE(digest.add(line_of(NoticeKind::kAlert, std::string(700, 'x')), NoticeLevel::kOn));
  digest.add_left_out(4, "they were too old");
  CHECK(digest.text().ends_with("4 events left out: they were too old"));
}

TEST_CASE("no message is longer than it may be, and none loses a loud line") {
  testing::SeededRuns runs;
  CAPTURE(runs.seed());
  std::mt19937_64& random = runs.next();
  for (int run = 0; run < 20; ++run) {
    const std::size_t limit = 800 + random() % 3'000;
    std::size_t told = 0;
    std::size_t loud = 0;
    Digest digest(limit);
    for (int i = 0; i < 400; ++i) {
      const bool is_loud = random() % 10 == 0;
      const Notice notice = line_of(static_cast<NoticeKind>(random() % kNoticeKinds),
                                    (is_loud ? "loud " : "s ") + std::string(random() % 300, 'x'));
      const NoticeLevel level = is_loud ? NoticeLevel::kOn : NoticeLevel::kSilent;
      if (!digest.add(notice, level)) {
        CHECK(is_loud);
        CHECK(utf16_units(digest.text()) <= limit);
        for (std::size_t at = digest.text().find("loud "); at != std::string::npos;
             at = digest.text().find("loud ", at + 1))
          ++told;
        digest = Digest(limit);
        REQUIRE(digest.add(notice, level));
      }
      loud += is_loud ? 1 : 0;
    }
    for (std::size_t at = digest.text().find("loud "); at != std::string::npos;
         at = digest.text().find("loud ", at + 1))
      ++told;
    CHECK(told == loud);
  }
}

TEST_CASE("lengths are counted as a chat service counts them") {
  CHECK(utf16_units("abc") == 3);
  CHECK(utf16_units("\xC3\xA4") == 1);
  CHECK(utf16_units("\xE2\x82\xAC") == 1);
  CHECK(utf16_units("\xF0\x9F\x9A\x80") == 2);
}

}  // namespace botbox
