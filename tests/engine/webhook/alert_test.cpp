// What bodies of webhooks mean, and which are refused with which words.
#include "engine/webhook/alert.hpp"

#include <doctest/doctest.h>

#include <array>

#include "engine/webhook/alert_fields.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox {
namespace {

struct Reading {
  std::string_view body;
  std::string means;  // "BUY BTC/USDT q=0.01 p=60000", or the refusal
};

const std::string kPartRefused =
    "refused: action leaves a position on the other side: alerts close no part of one";

std::string shown_alert(const tl::expected<Alert, AlertRefusal>& read) {
  if (!read) return "refused: " + to_string(read.error());
  std::string out(to_string(read->action));
  if (read->symbol) out += " " + read->symbol->unified.value;
  if (read->quantity) out += " q=" + to_string(*read->quantity);
  if (read->price) out += " p=" + to_string(*read->price);
  if (read->interval) out += " i=" + to_string(*read->interval);
  if (!read->sent_at.is_never()) out += " t=" + to_iso8601(read->sent_at);
  if (!read->execute_at.is_never()) out += " at=" + to_iso8601(read->execute_at);
  if (read->delay != Duration{0}) out += " delay=" + humanize(read->delay);
  if (!read->id.empty()) out += " id=" + read->id;
  if (!read->bot.empty()) out += " bot=" + read->bot;
  if (!read->secret.empty()) out += " secret=" + read->secret;
  return out;
}

void check_readings(const std::vector<Reading>& table) {
  for (const Reading& row : table) {
    CAPTURE(row.body);
    CHECK(shown_alert(parse_alert(row.body)) == row.means);
  }
}

}  // namespace

TEST_CASE("an alert may say when it is to be executed, by a time or a delay") {
  check_readings({
      {R"({"action":"buy","execute_at":"2024-05-01T12:00:00Z"})",
       "BUY at=2024-05-01T12:00:00.000Z"},
      {R"({"action":"buy","execution_scheduled_at":1714564800000})",
       "BUY at=2024-05-01T12:00:00.000Z"},
      {"action=buy;not_before=1714564800", "BUY at=2024-05-01T12:00:00.000Z"},
      {R"({"action":"buy","delay":90})", "BUY delay=" + humanize(Duration{90'000})},
      {R"({"action":"buy","delay":"90s"})", "BUY delay=" + humanize(Duration{90'000})},
      {R"({"action":"buy","delay_seconds":"0"})", "BUY"},
      {R"({"action":"buy","execute_in":"15m"})", "BUY delay=" + humanize(Duration{900'000})},
      {R"({"action":"buy","delay":" 2H "})", "BUY delay=" + humanize(Duration{7'200'000})},
      {"signal: sell\ndelay: 1d", "SELL delay=" + humanize(Duration{86'400'000})},
      // Nested, it is somebody else's delay.
      {R"({"action":"buy","bar":{"delay":90,"execute_at":"x"}})", "BUY"},
      {R"({"action":"buy","delay":"soon"})",
       "refused: delay is not a number of seconds, or such as 90s, 15m, 2h, 1d"},
      {R"({"action":"buy","delay":-5})",
       "refused: delay is not a number of seconds, or such as 90s, 15m, 2h, 1d"},
      {R"({"action":"buy","delay":1.5})",
       "refused: delay is not a number of seconds, or such as 90s, 15m, 2h, 1d"},
      {R"({"action":"buy","delay":"5w"})",
       "refused: delay is not a number of seconds, or such as 90s, 15m, 2h, 1d"},
      {R"({"action":"buy","delay":"999999999999999999999"})",
       "refused: delay is not a number of seconds, or such as 90s, 15m, 2h, 1d"},
      {R"({"action":"buy","delay":"31622400d"})",
       "refused: delay is not a number of seconds, or such as 90s, 15m, 2h, 1d"},
      {R"({"action":"buy","execute_at":"tomorrow"})",
       "refused: execute_at is not a time such as 2024-05-01T12:00:00Z"},
      {R"({"action":"buy","execute_at":1714564800000,"delay":5})",
       "refused: delay and execute_at: give one of them"},
  });
}

TEST_CASE("a delay counts from when the alert was sent, or else from its arrival") {
  const Timestamp now{1'714'564'800'000};
  Alert alert;
  CHECK(scheduled_time(alert, now).is_never());
  alert.delay = Duration{60'000};
  CHECK(scheduled_time(alert, now) == now + Duration{60'000});
  alert.sent_at = now - Duration{10'000};
  CHECK(scheduled_time(alert, now) == now + Duration{50'000});
  // Nobody sends from the future: whose clock is ahead gains nothing by it.
  alert.sent_at = now + Duration{10'000};
  CHECK(scheduled_time(alert, now) == now + Duration{60'000});
  alert.delay = Duration{0};
  alert.execute_at = now - Duration{5'000};
  CHECK(scheduled_time(alert, now) == now - Duration{5'000});
}

TEST_CASE("JSON bodies in the shapes that people send are understood") {
  check_readings({
      {R"({"action":"buy"})", "BUY"},
      {R"({"action":"buy","ticker":"BTCUSDT"})", "BUY BTC/USDT"},
      {R"({"side":"SELL","symbol":"BTC/USDT"})", "SELL BTC/USDT"},
      {R"({"signal":"Long","pair":"BTC-USDT"})", "BUY BTC/USDT"},
      {R"({"ACTION":"Short","Ticker":"BTCUSDT.P"})", "SHORT BTC/USDT:USDT"},
      {R"({"action":"close","ticker":"BINANCE:BTCUSDT"})", "CLOSE BTC/USDT"},
      {R"({"action":"exit_long"})", "CLOSE"},
      {R"({"action":"close-short"})", "CLOSE"},
      {R"({"action":" buy "})", "BUY"},
      {R"({"action":"buy","qty":0.01,"price":60000.5})", "BUY q=0.01 p=60000.5"},
      {R"({"action":"buy","contracts":"0.010","close":"60000"})", "BUY q=0.01 p=60000"},
      {R"({"action":"buy","amount":1e-3,"price":6.0E4})", "BUY q=0.001 p=60000"},
      {R"({"action":"buy","size":123456789.123456789012})", "BUY q=123456789.123456789012"},
      {R"({"action":"buy","price":1.5,"close":2.5})", "BUY p=1.5"},
      {R"({"action":"buy","price":"NaN","close":2.5})", "BUY p=2.5"},
      {R"({"action":"buy","price":null,"qty":""})", "BUY"},
      {R"({"strategy":{"order_action":"sell","order_contracts":"1"},"ticker":"ETHUSDT"})",
       "SELL ETH/USDT"},
      {R"({"strategy":{"order":{"action":"buy","contracts":"2","price":"10"}}})", "BUY q=2 p=10"},
      {R"({"action":"sell","strategy":{"action":"buy"}})", "SELL"},
      {R"({"action":"sell","strategy":{"market_position":"flat"}})", "CLOSE"},
      {R"({"action":"buy","market_position":"flat"})", "CLOSE"},
      {R"({"action":"sell","market_position":"short"})", "SHORT"},
      {R"({"action":"buy","position_size":"0"})", "CLOSE"},
      {R"({"action":"sell","position_size":"-2"})", "SHORT"},
      {R"({"position_size":3})", "BUY"},
      {R"({"action":"buy","market_position":"long"})", "BUY"},
      {R"({"action":"short","market_position":"short"})", "SHORT"},
      {R"({"action":"close","market_position":"flat"})", "CLOSE"},
      {R"({"action":"sell","position_size":"-0.5"})", "SHORT"},
      {R"({"action":"buy","interval":"15"})", "BUY i=15m"},
      {R"({"action":"buy","interval":"240"})", "BUY i=4h"},
      {R"({"action":"buy","interval":"D"})", "BUY i=1d"},
      {R"({"action":"buy","timeframe":"1h"})", "BUY i=1h"},
      {R"({"action":"buy","timenow":"2024-05-01T12:00:00Z"})", "BUY t=2024-05-01T12:00:00.000Z"},
      {R"({"action":"buy","timestamp":1714564800000})", "BUY t=2024-05-01T12:00:00.000Z"},
      {R"({"action":"buy","timestamp":"1714564800"})", "BUY t=2024-05-01T12:00:00.000Z"},
      {R"({"action":"buy","time":"2024-05-01T08:00:00Z"})", "BUY"},
      {R"({"action":"buy","id":"abc-1","bot":"my-bot","secret":"s3"})",
       "BUY id=abc-1 bot=my-bot secret=s3"},
      {R"({"action":"buy","passphrase":"pw"})", "BUY secret=pw"},
      {R"({"action":"buy","strategy":{"id":"Long entry","secret":"x"}})", "BUY"},
      {R"({"action":"buy","comment":"caf\u00e9 \ud83d\ude80"})", "BUY"},
      {"\xEF\xBB\xBF {\"action\" : \"buy\"}\r\n", "BUY"},
      {R"({"alerts":[{"action":"buy","ticker":"BTCUSDT"}]})", "BUY BTC/USDT"},
      {R"({"action":"buy","a":true,"b":false,"c":[],"d":{},"e":-0.5})", "BUY"},
  });
}

TEST_CASE("plain text bodies are understood") {
  check_readings({
      {"SYMBOL=BTCUSDT;SIGNAL=BUY;QTY=0.01", "BUY BTC/USDT q=0.01"},
      {"symbol=BTCUSDT\naction=sell\n", "SELL BTC/USDT"},
      {"action=buy&ticker=BINANCE:BTCUSDT&secret=abc", "BUY BTC/USDT secret=abc"},
      {"ticker: BINANCE:BTCUSDT, action: buy", "BUY BTC/USDT"},
      {"action = \"close\" ; id = 7", "CLOSE id=7"},
      {"BUY", "BUY"},
      {"buy BTCUSDT", "BUY BTC/USDT"},
      {"BTCUSDT sell", "SELL BTC/USDT"},
      {"BUY BTCUSDT 0.01", "BUY BTC/USDT q=0.01"},
      {"BUY BINANCE:BTCUSDT 0.01 @ 60000", "BUY BTC/USDT q=0.01 p=60000"},
      {"short ETHUSDT.P @2500.5", "SHORT ETH/USDT:USDT p=2500.5"},
      {"close at 100", "CLOSE p=100"},
      {"My strategy (14, 30): order buy @ 0.01 filled on BTCUSDT. New strategy position is 0.01",
       "BUY BTC/USDT q=0.01"},
      {"My strategy: order sell @ 0.01 filled on BTCUSDT. New strategy position is 0",
       "CLOSE BTC/USDT q=0.01"},
      {"S: order sell @ 2 filled on ETHUSDT.P. New strategy position is -2",
       "SHORT ETH/USDT:USDT q=2"},
  });
}

TEST_CASE("bodies that say nothing, or two things, are refused with the reason") {
  check_readings({
      {"", "refused: the body is empty"},
      {" \r\n\t", "refused: the body is empty"},
      {"{}", "refused: action is missing"},
      {R"({"ticker":"BTCUSDT"})", "refused: action is missing"},
      {R"({"action":"hodl"})", "refused: action is not buy, sell, long, short or close"},
      {R"({"action":{}})", "refused: action is missing"},
      {R"({"action":"buy","ticker":"???"})", "refused: symbol is not a symbol"},
      {R"({"action":"buy","qty":"many"})", "refused: quantity is not a number"},
      {R"({"action":"buy","qty":-1})", "refused: quantity must not be negative"},
      {R"({"action":"buy","price":0})", "refused: price must be above zero"},
      {R"({"action":"buy","price":1e400})", "refused: price is not a number"},
      {R"({"action":"{{strategy.order.action}}"})",
       "refused: action a placeholder was not filled in"},
      {R"({"action":"buy","action":"sell"})", "refused: a name comes twice (at byte 31)"},
      {R"({"action":"buy","Action":"buy"})", "refused: a name comes twice (at byte 30)"},
      {R"({"a":{"action":"buy"},"b":{"action":"sell"}})",
       "refused: action 'action' is told twice, differently"},
      {R"({"action":"buy","market_position":"sideways"})",
       "refused: market_position is not flat, long or short"},
      {R"({"action":"sell","market_position":"long"})", kPartRefused},
      {R"({"action":"buy","market_position":"short"})", kPartRefused},
      {R"({"action":"short","market_position":"long"})", kPartRefused},
      {R"({"action":"close","market_position":"long"})", kPartRefused},
      {R"({"action":"exit_short","position_size":"-1"})", kPartRefused},
      {R"({"action":"sell","position_size":"0.5"})", kPartRefused},
      {"S: order sell @ 1 filled on BTCUSDT. New strategy position is 2", kPartRefused},
      {R"({"action":"buy","interval":"soon"})",
       "refused: interval is not an interval such as 15, 4h or D"},
      {R"({"action":"buy","interval":"1M"})",
       "refused: interval is of months, which no timeframe here is; the longest is W"},
      {R"({"action":"buy","timenow":"yesterday"})",
       "refused: sent_at is not a time such as 2024-05-01T12:00:00Z"},
      {"[]", "refused: the JSON is not an object"},
      {R"([{"action":"buy"}])", "refused: the JSON is not an object"},
      {R"({"action":"buy"} extra)", "refused: something follows the JSON object (at byte 17)"},
      {R"({"action":"buy",})", "refused: a name in quotes is missing (at byte 16)"},
      {R"({'action':'buy'})", "refused: a name in quotes is missing (at byte 1)"},
      {R"({"action":buy})", "refused: a value is missing or is none of JSON's (at byte 10)"},
      {R"({"action":"buy)", "refused: a text has no end (at byte 14)"},
      {R"({"action")", "refused: a colon is missing (at byte 9)"},
      {R"({"price":01})", "refused: a number begins with a needless zero (at byte 10)"},
      {R"({"price":1.})", "refused: a number ends in a point (at byte 11)"},
      {R"({"price":NaN})", "refused: a value is missing or is none of JSON's (at byte 9)"},
      {R"({"a":"\x"})", "refused: an escape is none of JSON's (at byte 8)"},
      {R"({"a":"\ud800"})", "refused: half a surrogate pair (at byte 12)"},
      {"{\"a\":\"\n\"}", "refused: a text holds a control character (at byte 6)"},
      {"\xFF\xFE{}", "refused: the body is not UTF-8"},
      {"{\"a\":\"\xC0\x80\"}", "refused: the body is not UTF-8"},
      {"{\"a\":\"\xED\xA0\x80\"}", "refused: the body is not UTF-8"},
      {std::string_view("BUY\0BTCUSDT", 11), "refused: the body holds a control character"},
      {"BUY SELL", "refused: action is told twice"},
      {"hello world", "refused: has a word that is no action, no symbol and no number"},
      {"BTCUSDT", "refused: action is missing"},
      {"buy 1 2", "refused: has more numbers than a quantity and a price"},
      {"a=1;a=2", "refused: a name comes twice"},
  });
}

TEST_CASE("size, nesting and number of fields are bounded") {
  CHECK(shown_alert(parse_alert(std::string(kAlertBytesMax + 1, 'a'))) ==
        "refused: the body is too large");
  std::string deep = R"({"action":"buy","x":)";
  for (int i = 0; i < 30'000; ++i) deep += "[";
  CHECK(shown_alert(parse_alert(deep)).find("nested too deeply") != std::string::npos);
  std::string wide = R"({"action":"buy")";
  for (int i = 0; i < 300; ++i) wide += fmt::format(R"(,"f{}":{})", i, i);
  CHECK(shown_alert(parse_alert(wide + "}")).find("too many fields") != std::string::npos);
  CHECK(shown_alert(parse_alert(R"({"action":"buy","x":")" + std::string(5000, 'x') + "\"}"))
            .find("too long") != std::string::npos);
  CHECK(shown_alert(parse_alert(R"({"action":"buy","id":")" + std::string(129, 'x') + "\"}")) ==
        "refused: id is longer than 128 bytes");
}

TEST_CASE("a source's own mapping comes before the usual names") {
  const AlertMapping mapping{{"action", "data.what"}, {"symbol", "data.coin_name"}};
  const auto read =
      parse_alert(R"({"action":"sell","data":{"what":"buy","coin_name":"ETHUSDT"}})", mapping);
  CHECK(shown_alert(read) == "BUY ETH/USDT");
  CHECK(shown_alert(parse_alert(R"({"action":"sell"})", mapping)) == "refused: action is missing");
}

TEST_CASE("fields that mean nothing here, and what a bot does not follow, are named") {
  using Names = std::vector<std::string>;
  const auto alert = parse_alert(
      R"({"ticker":"BTCUSDT","symbol":"BTCUSDT","action":"buy","stop_loss":"nan",)"
      R"("order":{"take_profit":70000},"qty":1,"interval":"4h","secret":"s","time":"x"})");
  REQUIRE(alert.has_value());
  CHECK(alert->ignored == Names{"symbol", "order.take_profit", "time"});
  CHECK(not_followed(*alert, *Timeframe::parse("4h")) ==
        Names{"symbol", "order.take_profit", "time", "quantity"});
  CHECK(not_followed(*alert, *Timeframe::parse("1h")) ==
        Names{"symbol", "order.take_profit", "time", "quantity", "interval"});
  CHECK(parse_alert("action=buy;leverage=3;pin=k", {{"secret", "pin"}})->ignored ==
        Names{"leverage"});
  CHECK(parse_alert("buy BTCUSDT 0.1 @ 60000")->ignored.empty());
  std::string many = "action=buy";
  for (int i = 0; i < 30; ++i) many += ";f" + std::to_string(i) + "=1";
  CHECK(parse_alert(many)->ignored.size() == kIgnoredFieldsMax);
}

TEST_CASE("what makes two alerts the same leaves out the secret and the layout") {
  const auto content = [](std::string_view body) { return parse_alert(body)->content; };
  const std::string one = content(R"({"action":"buy","ticker":"BTCUSDT","secret":"s"})");
  CHECK(one == "action=buy\nticker=BTCUSDT");
  CHECK(content(R"({ "ticker" : "BTCUSDT", "secret":"other", "action":"buy" })") == one);
  CHECK(content(R"({"action":"buy","ticker":"BTCUSDT","n":2})") != one);
  CHECK(content("BUY BTCUSDT") != content("BTCUSDT BUY 1"));
}

TEST_CASE("selling closes on spot and goes short elsewhere") {
  CHECK(direction_of(AlertAction::kSell, MarketType::kSpot) == Direction::kClose);
  CHECK(direction_of(AlertAction::kSell, MarketType::kLinear) == Direction::kShort);
  CHECK(direction_of(AlertAction::kShort, MarketType::kSpot) == Direction::kShort);
  CHECK(direction_of(AlertAction::kBuy, MarketType::kLinear) == Direction::kLong);
  CHECK(direction_of(AlertAction::kClose, MarketType::kLinear) == Direction::kClose);
}

TEST_CASE("no body breaks the parser, and what it refuses it refuses without the secret") {
  testing::SeededRuns runs;
  CAPTURE(runs.seed());
  const std::array<std::string, 4> samples{
      R"({"action":"buy","ticker":"BTCUSDT","qty":"0.01","secret":"TOPSECRET","a":{"b":[1,null]}})",
      "SYMBOL=BTCUSDT;SIGNAL=BUY;secret=TOPSECRET;QTY=1e-3", "BUY BTCUSDT 0.01 @ 60000",
      "X: order buy @ 0.01 filled on BTCUSDT. New strategy position is 0.01"};
  std::size_t understood = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string body = samples[static_cast<std::size_t>(runs.between(0, 3))];
    for (std::int64_t n = runs.between(0, 4); n > 0 && !body.empty(); --n) {
      const auto at = static_cast<std::size_t>(runs.between(0, std::ssize(body) - 1));
      switch (runs.between(0, 3)) {
        case 0: body[at] = static_cast<char>(runs.between(0, 255)); break;
        case 1: body.erase(at, static_cast<std::size_t>(runs.between(1, 6))); break;
        case 2:
          body.insert(at, body.substr(0, static_cast<std::size_t>(runs.between(1, 20))));
          break;
        default: body.insert(at, 1, "\"\\{}[],:;=&\n"[runs.between(0, 11)]);
      }
    }
    const auto read = parse_alert(body);
    understood += read.has_value();
    if (!read) CHECK(to_string(read.error()).find("TOPSECRET") == std::string::npos);
  }
  CHECK(understood > 1000);
}

}  // namespace botbox
