#include <filesystem>

#include "tests/tools_config/support.hpp"
#include "tools/config/masked_text.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::config::test {

const std::string kFull = R"(
[engine]
name = "night"
data_dir = "data"
log_level = "Debug"
mode = "REDUCING"
dry_run = true
live_trading = true
max_open_trades = 12
check_deadline = 7
batch = 250
freshness_max = "90s"
[engine.restart]
failures_to_quarantine = 3
[exchange]
kind = "paper"
ceiling_percent = 70
[[exchange.limit]]
name = "orders"
window = "10s"
limit = 300
counts = "orders"
[paper]
feed = "synthetic"
seed = 7
dry_run_wallet = 123456789012.123456789
fee_maker = "0.02%"
[[paper.symbol]]
symbol = "BTCUSDT"
price = 60000.5
volatility = "3.5%"
tick = 0.1
lot = 0.001
min_notional = 10
[[paper.symbol]]
symbol = "ETH/USDT:USDT"
price = 3000
leverage = 5
funding = "-0.01%"
[bot_defaults]
timeframe = "5m"
allocation = "1000.000000000001"
stake_percent = "12.5%"
[[bot]]
id = "rsi"
name = "RSI"
strategy = "rsi_reversion"
asset = "btc-usdt"
check_interval = "30s"
status = "paused"
stake_amount = 250.25
stoploss = -0.03
take_profit = 0.1
max_open_trades = 3
cooldown = "1m"
cooldown_symbol = "2m"
pair_whitelist = ["BTC/USDT", "*/USDT"]
pair_blacklist = "DOGEUSDT"
[bot.parameters]
oversold = 33.5
[[bot]]
id = "cross"
strategy = "ema_cross"
symbol = "ETH/USDT:USDT"
market = "linear"
)";

TEST_CASE("a full config becomes exactly the values it says") {
  const EngineConfig config = good(kFull);
  CHECK(config.engine.name == "night");
  CHECK(config.engine.data_dir == "conf/data");
  CHECK(config.engine.log_level == LogLevel::kDebug);
  CHECK(config.engine.initial_mode == EngineMode::kReducing);
  CHECK(config.engine.live_trading);
  CHECK(config.engine.max_open_positions == 12);
  CHECK(config.engine.check_deadline == Duration{7000});
  CHECK(config.engine.batch == 250);
  CHECK(config.engine.freshness_max == Duration{90'000});
  CHECK(config.engine.signal_age_max == Duration{120'000});
  CHECK(config.engine.disk_floor_bytes() == 256ULL << 20);
  CHECK(config.engine.disk_free_clear_mib == 288);
  CHECK(config.engine.restart.failures_to_quarantine == 3);
  CHECK(config.exchange.kind == ExchangeKind::kPaper);
  CHECK(config.exchange.limiter.ceiling_percent == 70);
  CHECK(config.exchange.limiter.windows ==
        std::vector<LimitWindow>{{"orders", Duration{10'000}, 300, LimitKind::kOrders}});
  CHECK(config.paper.seed == 7);
  CHECK(config.paper.start_balance == Notional::literal("123456789012.123456789"));
  CHECK(config.paper.fee_maker == Decimal::literal("0.0002"));
  CHECK(config.paper.fee_taker == Decimal::literal("0.001"));
  REQUIRE(config.paper.symbols.size() == 2);
  const PaperSymbol& btc = config.paper.symbols[0];
  CHECK(btc.symbol.unified.value == "BTC/USDT");
  CHECK(btc.price == Price::literal("60000.5"));
  CHECK(btc.volatility == Decimal::literal("0.035"));
  CHECK(btc.tick == Price::literal("0.1"));
  CHECK(btc.lot == Quantity::literal("0.001"));
  CHECK(btc.min_notional == Notional::literal("10"));
  CHECK(config.paper.symbols[1].symbol.market == MarketType::kLinear);
  CHECK(config.paper.symbols[1].leverage == 5);
  CHECK(config.paper.symbols[1].funding == Decimal::literal("-0.0001"));
  CHECK(config.warnings.empty());
}

TEST_CASE("bots are complete: defaults merged, parameters filled in and sorted") {
  const EngineConfig config = good(kFull);
  BotConfig rsi;
  rsi.id = {"rsi"};
  rsi.name = "RSI";
  rsi.strategy = {"rsi_reversion"};
  rsi.parameters = {{"oversold", 33.5}, {"rsi_period", 14}};
  rsi.symbol = {"BTC/USDT"};
  rsi.timeframe = Timeframe::minutes(5);
  rsi.check_interval = Duration{30'000};
  rsi.status = BotStatus::kPaused;
  rsi.allocation = Notional::literal("1000.000000000001");
  rsi.stake_kind = StakeKind::kFixed;
  rsi.stake = Decimal::literal("250.25");
  rsi.stop_loss_ratio = Decimal::literal("0.03");
  rsi.take_profit_ratio = Decimal::literal("0.1");
  rsi.max_open_positions = 3;
  rsi.cooldown_bot = Duration{60'000};
  rsi.cooldown_symbol = Duration{120'000};
  rsi.allow_list = {"BTC/USDT", "*/USDT"};
  rsi.block_list = {"DOGE/USDT"};
  BotConfig cross;
  cross.id = {"cross"};
  cross.name = "cross";
  cross.strategy = {"ema_cross"};
  cross.parameters = {{"fast", 9}, {"slow", 21}};
  cross.symbol = {"ETH/USDT:USDT"};
  cross.market = MarketType::kLinear;
  cross.timeframe = Timeframe::minutes(5);
  cross.check_interval = cross.timeframe.default_check_interval();
  cross.allocation = Notional::literal("1000.000000000001");
  cross.stake_kind = StakeKind::kPercentOfAllocation;
  cross.stake = Decimal::literal("0.125");
  REQUIRE(config.bots.size() == 2);
  CHECK(config.bots[0] == rsi);
  CHECK(config.bots[1] == cross);
}

TEST_CASE("amounts keep every digit the user wrote") {
  const std::pair<const char*, const char*> table[] = {
      {"123456789012.123456789012", "123456789012.123456789012"},
      {"1_000.5", "1000.5"},
      {"0.1", "0.1"},
      {"1e3", "1000"},
      {"+250.25", "250.25"},
      {"\"250.750\"", "250.75"},
      {"1000000", "1000000"},
  };
  for (const auto& [written, value] : table) {
    CAPTURE(written);
    std::string text = good_config();
    text.replace(text.find("allocation = 1000"), 17, std::string("allocation = ") + written);
    text.replace(text.find("stake_amount = 100"), 18, "stake_amount = 0.01");
    CHECK(to_string(good(text).bots[0].allocation) == value);
  }
}

TEST_CASE("with nothing said the defaults of the documents hold") {
  const EngineConfig config = good(good_config());
  CHECK(config.engine == EngineSection{});
  CHECK(config.exchange == ExchangeSection{});
  CHECK(config.engine.check_deadline == Duration{10'000});
  CHECK(config.engine.freshness_max == Duration{120'000});
  CHECK(config.engine.batch == 500);
  CHECK_FALSE(config.engine.live_trading);
  CHECK(config.live_trading_effective());
  CHECK(validate(config.exchange.limiter).has_value());
  CHECK(config.bots[0].stop_loss_ratio == Decimal::literal("0.02"));
  CHECK(config.bots[0].take_profit_ratio == Decimal::literal("0.04"));
  CHECK(config.bots[0].check_interval == Duration{30'000});
  CHECK(config.bots[0].max_open_positions == 6);
}

TEST_CASE("the simulator elsewhere knows itself what it lists") {
  const EngineConfig config =
      good(good_config().substr(good_config().find("[[bot]]")) +
           "[exchange]\nkind = \"paper-http\"\nurl = \"http://127.0.0.1:8600/\"\n");
  CHECK(config.exchange.kind == ExchangeKind::kPaperHttp);
  CHECK(config.exchange.url == "http://127.0.0.1:8600");
}

TEST_CASE("the masked text reads back as the same config") {
  const EngineConfig config = good(kFull);
  const std::string text = to_masked_text(config);
  CAPTURE(text);
  const ConfigResult again =
      parse_config(text, "demo.toml", {}, catalogue(), [](const std::string&) { return true; });
  REQUIRE(again.has_value());
  CHECK(*again == config);
  CHECK(to_masked_text(*again) == text);
}

TEST_CASE("quotes, and control characters where they may stand, survive the masked text") {
  EngineConfig config = good(good_config());
  config.engine.name = "a \"quoted\" \\ name and é";
  config.engine.data_dir = "/a \"quoted\" \\ path\nwith\ttab\x7f and é";
  const ConfigResult again = parse(to_masked_text(config));
  REQUIRE(again.has_value());
  CHECK(again->engine.name == config.engine.name);
  CHECK(again->engine.data_dir == config.engine.data_dir);
}

TEST_CASE("a proxy is shown without its credentials") {
  const std::string bot = good_config().substr(good_config().find("[[bot]]"));
  const EngineConfig config =
      good("[exchange]\nkind = \"bybit-spot\"\nproxy = \"http://user:hush@host:8080\"\n" + bot);
  CHECK(config.exchange.proxy == "http://user:hush@host:8080");
  const std::string text = to_masked_text(config);
  CHECK(text.find("hush") == std::string::npos);
  CHECK(text.find("proxy = \"http://***@host:8080\"") != std::string::npos);
}

TEST_CASE("secrets never stand in the masked text") {
  const EngineConfig config =
      good(good_config() +
               "[exchange]\nkind = \"paper-http\"\nurl = \"http://localhost:1\"\n"
               "api_key = \"AKIA-visible\"\n",
           {{"BOTBOX__EXCHANGE__API_SECRET", "hunter2"}});
  CHECK(config.exchange.api_key == "AKIA-visible");
  CHECK(config.exchange.api_secret == "hunter2");
  const std::string text = to_masked_text(config);
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(text.find("AKIA") == std::string::npos);
  CHECK(text.find("api_secret = \"***\"") != std::string::npos);
}

TEST_CASE("the configs that users are shown load without a warning") {
  const StrategyCatalogue standard = shipped_catalogue();
  const std::string folder = BOTBOX_SOURCE_DIR "/tools/demo/";
  const ConfigResult first = load_config(folder + "first_bot.toml", {}, standard);
  REQUIRE_MESSAGE(first.has_value(),
                  to_string(first ? std::vector<ConfigProblem>{} : first.error()));
  CHECK(first->bots.size() == 1);
  CHECK(to_string(first->warnings) == "");
  const ConfigResult demo = load_config(folder + "demo.toml", {}, standard);
  REQUIRE_MESSAGE(demo.has_value(), to_string(demo ? std::vector<ConfigProblem>{} : demo.error()));
  CHECK(demo->bots.size() == 20);
  CHECK(demo->paper.symbols.size() == 5);
  CHECK(to_string(demo->warnings) == "");
  const ConfigResult rules = load_config(folder + "strategies.toml", {}, standard);
  REQUIRE_MESSAGE(rules.has_value(),
                  to_string(rules ? std::vector<ConfigProblem>{} : rules.error()));
  CHECK(rules->bots.size() == 2 * shipped_files().size() + 2);
  CHECK(to_string(rules->warnings) == "");
  const ConfigResult rotation = load_config(folder + "rotation.toml", {}, standard);
  REQUIRE_MESSAGE(rotation.has_value(),
                  to_string(rotation ? std::vector<ConfigProblem>{} : rotation.error()));
  CHECK(rotation->bots.size() == 3);
  CHECK(rotation->engine.max_open_positions == 1);
  CHECK(to_string(rotation->warnings) == "");
}

}  // namespace botbox::config::test
