// Bad configs and the exact words that the user reads.
#include <fmt/format.h>

#include "tests/tools_config/support.hpp"

namespace botbox::config::test {

struct BadCase {
  const char* line;      // appended to the good config as line 11
  const char* expected;  // all that is printed
};

TEST_CASE("a name that would break a line, reach into the terminal or never end is refused") {
  const std::string broken =
      "conf/demo.toml:11:8: bot.name: holds line breaks or other control characters (write one "
      "plain line)\n";
  for (const char* text : {"a\\nb", "\\u001b[2J", "\\u007f", "\\u009b2J"})
    CHECK(problems_of(good_config() + "name = \"" + text + "\"\n") == broken);
  CHECK(problems_of(good_config() + "name = \"" + std::string(129, 'x') + "\"\n") ==
        "conf/demo.toml:11:8: bot.name: must be at most 128 bytes, is 129 (shorten it)\n");
  CHECK(problems_of("[engine]\nname = \"a\\tb\"\n" + good_config()) ==
        "conf/demo.toml:2:8: engine.name: holds line breaks or other control characters (write one "
        "plain line)\n");
  CHECK(problems_of(good_config() + "name = \"\\u00c6r\\u00f8 \\u00a3 " + std::string(100, 'x') +
                    "\"\n")
            .empty());
}

TEST_CASE("a wrong setting of a bot is named with its place and its fix") {
  const BadCase table[] = {
      {"chek_interval = \"30s\"",
       "conf/demo.toml:11:1: bot.chek_interval: unknown key (did you mean check_interval?)\n"},
      {"check_interval = \"500ms\"",
       "conf/demo.toml:11:18: bot.check_interval: must be between 1s and 7d, is 500ms\n"},
      {"check_interval = 2.5",
       "conf/demo.toml:11:18: bot.check_interval: must be a duration such as \"30s\", is '2.5'\n"},
      {"check_interval = \"soon\"",
       "conf/demo.toml:11:18: bot.check_interval: 'soon' is not a duration (write \"250ms\", "
       "\"30s\", \"5m\", \"1h30m\", or whole seconds as a number)\n"},
      {"stop_loss = 2",
       "conf/demo.toml:11:13: bot.stop_loss: must be between 0 and 1, is '2' (write \"2%\" if "
       "percent is meant)\n"},
      {"stop_loss = 0", "conf/demo.toml:11:13: bot.stop_loss: must be between 0 and 1, is '0'\n"},
      {"stop_loss = -0.02",
       "conf/demo.toml:11:13: bot.stop_loss: is negative: '-0.02' (write the distance: 0.02)\n"},
      {"stoploss = -1.5",
       "conf/demo.toml:11:12: bot.stoploss: must be between -1 and 0, is '-1.5' (write stoploss = "
       "-0.02 for 2 %)\n"},
      {"stake_percent = \"10%\"",
       "conf/demo.toml:11:17: bot.stake_percent: stands beside stake_amount (keep one of the "
       "two)\n"},
      {"market = \"linear\"",
       "conf/demo.toml:11:10: bot.market: is linear, but BTC/USDT is spot (write symbol = "
       "\"BTC/USDT:USDT\")\n"},
      {"market = \"future\"",
       "conf/demo.toml:11:10: bot.market: must be one of spot, linear, is 'future'\n"},
      {"status = \"activ\"",
       "conf/demo.toml:11:10: bot.status: must be one of active, paused, archived, is 'activ' (did "
       "you mean \"active\"?)\n"},
      {"symbols = [\"ETH/USDT\"]",
       "conf/demo.toml:11:11: bot.symbols: stands beside symbol (keep one of the two)\n"},
      {"asset = \"ETH/USDT\"",
       "conf/demo.toml:11:1: bot.asset: symbol is set twice, once under another name (keep one)\n"},
      {"max_open_positions = 0",
       "conf/demo.toml:11:22: bot.max_open_positions: must be between 1 and 1000, is 0\n"},
      {"max_open_positions = \"3\"",
       "conf/demo.toml:11:22: bot.max_open_positions: must be a whole number, is '3' (leave out "
       "the "
       "quotes)\n"},
      {"pair_whitelist = [\".*/USDT\"]",
       "conf/demo.toml:11:19: bot.allow_list: '.*/USDT' is neither a symbol nor a pattern (write "
       "\"BTC/USDT\" or \"*/USDT\"; '*' stands for any characters)\n"},
      {"[engine]\nminimal_roi = { \"0\" = 0.04 }",
       "conf/demo.toml:12:1: engine.minimal_roi: unknown section (it belongs in a [[bot]], or in "
       "its [bot.exits])\n"},
      {"count = 0", "conf/demo.toml:11:9: bot.count: must be between 1 and 100000, is 0\n"},
      {"spread = { rsi_period = [7, 21] }",
       "conf/demo.toml:11:10: bot.spread: has one bot to spread over (write count = 10 beside "
       "it)\n"},
      {"parameters = { rsi_perod = 7 }",
       "conf/demo.toml:11:16: bot.parameters.rsi_perod: rsi_reversion has no such parameter (did "
       "you mean rsi_period?)\n"},
      {"parameters = { rsi_period = 1 }",
       "conf/demo.toml:11:29: bot.parameters.rsi_period: must be between 2 and 200, is 1 (candles "
       "of the RSI)\n"},
      {"parameters = { rsi_period = 7.5 }",
       "conf/demo.toml:11:29: bot.parameters.rsi_period: must be a whole number, is '7.5'\n"},
      {"parameters = { rsi_period = \"7\" }",
       "conf/demo.toml:11:29: bot.parameters.rsi_period: must be a whole number, is '7' (leave out "
       "the quotes)\n"},
      {"colour = \"red\"\ncheck_interval = \"1m\"\ntimeframe = \"1m\"",
       "conf/demo.toml:13:13: is not TOML: Error while parsing key-value pair: cannot redefine "
       "existing string 'timeframe' (texts stand in quotes, each key once, tables begin with "
       "[name] "
       "or [[name]])\n"},
  };
  for (const BadCase& bad : table) {
    CAPTURE(bad.line);
    CHECK(problems_of(good_config() + bad.line + "\n") == bad.expected);
  }
}

TEST_CASE("a wrong section is named with its place and its fix") {
  const BadCase table[] = {
      {"[engine]\ndry_run = false",
       "conf/demo.toml:12:11: engine.dry_run: a paper exchange runs dry always (write dry_run = "
       "true, or leave it out)\n"},
      {"[engine]\ndry_run = \"yes\"",
       "conf/demo.toml:12:11: engine.dry_run: must be true or false, is 'yes' (leave out the "
       "quotes)\n"},
      {"[engine]\nmax_open_trades = -1",
       "conf/demo.toml:12:19: engine.max_open_trades: must be between 1 and 1000000, is -1\n"},
      {"[engine]\nstart_balance = 5",
       "conf/demo.toml:12:1: engine.start_balance: unknown key (known here: batch, bookmark_every, "
       "bookmarks_kept, check_deadline, data_dir, disk_free_clear_mib, "
       "disk_free_min_mib, dry_run, evict_idle, "
       "freshness_max, "
       "live_trading, log_file, log_file_mib, log_files_kept, log_level, max_open_positions, "
       "mode, name, restart, signal_age_max)\n"},
      {"[engin]\nname = \"x\"",
       "conf/demo.toml:11:2: engin: unknown section (did you mean engine?)\n"},
      {"[[engine]]\nname = \"x\"",
       "conf/demo.toml:11:1: engine: must be a table, is a list (write [engine] once, not "
       "[[engine]])\n"},
      {"[logging]\nlevel = \"info\"",
       "conf/demo.toml:11:2: logging: unknown section (write log_level in [engine])\n"},
      {"[engine.restart]\nfirst_delay = \"2m\"",
       "conf/demo.toml:11:1: engine.restart.first_delay: is longer than longest_delay (make "
       "longest_delay at least as long)\n"},
      {"[exchange]\nkind = \"binance\"",
       "conf/demo.toml:12:8: exchange.kind: must be one of paper, paper-http, bybit-spot, "
       "bybit-linear, binance-spot, binance-usdm, is 'binance'\n"},
      {"[exchange]\nkind = \"bybit-linear\"\napi_key = \"k\"\napi_secret = \"s\"",
       "conf/demo.toml:13:11: exchange.api_key: must not stand in the configuration (set "
       "BOTBOX__EXCHANGE__API_KEY and BOTBOX__EXCHANGE__API_SECRET, or write credentials_file = "
       "\"venue.keys\")\nconf/demo.toml:14:14: exchange.api_secret: must not stand in the "
       "configuration (set BOTBOX__EXCHANGE__API_KEY and BOTBOX__EXCHANGE__API_SECRET, or write "
       "credentials_file = \"venue.keys\")\n"},
      {"[exchange]\nkind = \"binance-spot\"\nleverage = 3",
       "conf/demo.toml:13:12: exchange.leverage: is only for linear venues (leave it out)\n"},
      {"[exchange]\nkind = \"binance-spot\"\nnetwork = \"testnet\"\nurl = \"http://127.0.0.1:1\"",
       "conf/demo.toml:13:11: exchange.network: and url say two things (leave one of them out)\n"},
      {"[exchange]\nproxy = \"http://127.0.0.1:1\"",
       "conf/demo.toml:12:9: exchange.proxy: is only for real venues (leave it out)\n"},
      {"[exchange]\nkind = \"paper-http\"",
       "conf/demo.toml:11:1: exchange.url: is missing (write url = \"http://127.0.0.1:8600\")\n"},
      {"[exchange]\nkind = \"paper-http\"\nurl = \"ftp://x\"",
       "conf/demo.toml:13:7: exchange.url: must begin with http:// or https:// (write url = "
       "\"http://127.0.0.1:8600\")\n"},
      {"[exchange]\nurl = \"http://x\"",
       "conf/demo.toml:12:7: exchange.url: is not for kind = \"paper\" (leave it out)\n"},
      {"[exchange]\nceiling_percent = 50",
       "conf/demo.toml:11:1: exchange.alert_percent: 60 is not below ceiling_percent 50: the alert "
       "would never come (make it smaller than ceiling_percent)\n"},
      {"[[exchange.limit]]\nname = \"a\"\nlimit = 5",
       "conf/demo.toml:11:1: exchange.limit.window: is missing (write window = \"1m\")\n"},
  };
  for (const BadCase& bad : table) {
    CAPTURE(bad.line);
    CHECK(problems_of(good_config() + bad.line + "\n") == bad.expected);
  }
}

TEST_CASE("a wrong section of the paper exchange or of a bot is named in the same way") {
  const BadCase table[] = {
      {"[paper]\nfee_maker = 1",
       "conf/demo.toml:12:13: paper.fee_maker: must be between 0 and 0.1, is '1' (write \"1%\" if "
       "percent is meant)\n"},
      {"[paper]\nfees = 1",
       "conf/demo.toml:12:1: paper.fees: unknown key (write fee_maker and fee_taker)\n"},
      {"[paper]\ndry_run_wallet = \"lots\"",
       "conf/demo.toml:12:18: paper.dry_run_wallet: must be a decimal number, is 'lots' (write 250 "
       "or \"250.75\", at most 12 places after the point)\n"},
      {"[[paper.symbol]]\nsymbol = \"BTCUSDT\"\nprice = 5",
       "conf/demo.toml:11:1: paper.symbol.symbol: BTC/USDT is listed twice (keep one)\n"},
      {"[[paper.symbol]]\nsymbol = \"ETH/USDT\"",
       "conf/demo.toml:11:1: paper.symbol.price: is missing (write price = 60000)\n"},
      {"[[paper.symbol]]\nsymbol = \"ETH/USDT\"\nprice = 0.5",
       "conf/demo.toml:13:9: paper.symbol.price: must be 100 to 1e12 ticks of 0.01, is 0.5 (write "
       "the smallest price step as tick)\n"},
      {"[[paper.symbol]]\nsymbol = \"ETH/USDT\"\nprice = 50\nleverage = 3",
       "conf/demo.toml:14:12: paper.symbol.leverage: is for linear symbols only (write "
       "BTC/USDT:USDT for a linear perpetual, or leave leverage out)\n"},
      {"[[paper.symbol]]\nsymbol = \"ETH/USDT\"\nprice = 50\nfunding = \"0.01%\"",
       "conf/demo.toml:14:11: paper.symbol.funding: is for linear symbols only (write "
       "BTC/USDT:USDT for a linear perpetual, or leave it out)\n"},
      {"[[paper.symbol]]\nsymbol = \"ETH/USDT:USDT\"\nprice = 50\nfunding = 0.5",
       "conf/demo.toml:14:11: paper.symbol.funding: must be between -0.05 and 0.05, is '0.5' "
       "(write \"0.5%\" if percent is meant)\n"},
      {"[[paper.symbol]]\nsymbol = \"ETH/USDT:USDT\"\nprice = 50\nfunding_csv = \"rates.csv\"",
       "conf/demo.toml:14:15: paper.symbol.funding_csv: there is no file 'conf/rates.csv' (paths "
       "start at the folder of this config file)\n"},
      {"[bot_defaults]\nid = \"x\"",
       "conf/demo.toml:12:1: bot_defaults.id: belongs to one bot and cannot be a default (move it "
       "into a [[bot]])\n"},
      {"[[bot]]\nid = \"rsi-btc\"\nstrategy = \"ema_cross\"\nsymbol = \"BTC/USDT\"\n"
       "allocation = 10\nstake_amount = 10",
       "conf/demo.toml:12:6: bot.id: 'rsi-btc' is the id of another bot (line 5) (give each bot "
       "its "
       "own id)\n"},
      {"[[bot]]\nid = \"e\"\nstrategy = \"ema_cros\"\nsymbol = \"ETH/USDT\"\nallocation = 10\n"
       "stake_amount = 11",
       "conf/demo.toml:13:12: bot.strategy: there is no strategy 'ema_cros' (did you mean "
       "\"ema_cross\"?)\n"
       "conf/demo.toml:14:10: bot.symbol: ETH/USDT is not listed (add [[paper.symbol]] with symbol "
       "= "
       "\"ETH/USDT\")\n"
       "conf/demo.toml:16:16: bot.stake_amount: 11 is more than the allocation 10 (make it at most "
       "the allocation)\n"},
      {"[[bot]]\nid = \"e\"\nstrategy = \"ema_cross\"\nsymbol = \"BTC/USDT\"\nallocation = 10\n"
       "stake_amount = 1\nparameters = { fast = 30 }",
       "conf/demo.toml:17:14: bot.parameters: fast = 30 is not below slow = 21 in bot e (make fast "
       "smaller than slow)\n"},
      {"[[bot]]\nid = \"Bad Id\"",
       "conf/demo.toml:11:1: bot.allocation: is missing (write allocation = 1000: the most this "
       "bot "
       "may have at stake, in quote currency)\n"
       "conf/demo.toml:11:1: bot.stake_amount: is missing (write stake_amount = 100 or "
       "stake_percent "
       "= \"10%\")\n"
       "conf/demo.toml:11:1: bot.strategy: is missing (known: rsi_reversion, ema_cross)\n"
       "conf/demo.toml:11:1: bot.symbol: is missing (write symbol = \"BTC/USDT\")\n"
       "conf/demo.toml:12:6: bot.id: 'Bad Id' is not a bot's id (use 1 to 64 of a-z, 0-9, '-' and "
       "'_')\n"},
  };
  for (const BadCase& bad : table) {
    CAPTURE(bad.line);
    CHECK(problems_of(good_config() + bad.line + "\n") == bad.expected);
  }
}

TEST_CASE("a proxy that is no address is refused, and not shown") {
  CHECK(
      problems_of(good_config() +
                  "[exchange]\nkind = \"binance-spot\"\nproxy = \"user:hush@127.0.0.1:3128\"\n") ==
      "conf/demo.toml:13:9: exchange.proxy: must begin with http://, https:// or socks5h:// "
      "(write proxy = \"http://127.0.0.1:3128\")\n");
}

TEST_CASE("an alert that would end while its cause stands is refused") {
  CHECK(problems_of(good_config() +
                    "[engine]\ndisk_free_min_mib = 100\ndisk_free_clear_mib = 50\n") ==
        "conf/demo.toml:13:23: engine.disk_free_clear_mib: is below disk_free_min_mib: the alert "
        "would end while its cause stands (make it at least disk_free_min_mib, better an eighth "
        "more)\n");
}

TEST_CASE("stakes that could be misread are refused") {
  const std::string head =
      "[[paper.symbol]]\nsymbol = \"BTC/USDT\"\nprice = 60000\n[[bot]]\nid = \"a\"\n"
      "strategy = \"ema_cross\"\nsymbol = \"BTC/USDT\"\nallocation = 1000\n";
  CHECK(problems_of(head + "stake_percent = 0.5\n") ==
        "conf/demo.toml:9:17: bot.stake_percent: 0.5 could mean two things (write \"0.5%\" or "
        "\"50%\")\n");
  CHECK(problems_of(head + "stake_percent = 101\n") ==
        "conf/demo.toml:9:17: bot.stake_percent: must be more than 0% and at most 100%, is '101' "
        "(write stake_percent = \"10%\")\n");
  CHECK(problems_of(head + "stake_percent = [1]\n") ==
        "conf/demo.toml:9:17: bot.stake_percent: must be more than 0% and at most 100%, is a list "
        "(write stake_percent = \"10%\")\n");
  CHECK(
      problems_of(head + "stake_amount = \"unlimited\"\n") ==
      "conf/demo.toml:9:16: bot.stake_amount: 'unlimited' is not an amount (write stake_percent = "
      "\"100%\" instead)\n");
  CHECK(problems_of(head + "stake_amount = -5\n") ==
        "conf/demo.toml:9:16: bot.stake_amount: must be more than 0, is -5\n");
  CHECK(problems_of(head + "stake_amount = nan\n") ==
        "conf/demo.toml:9:16: bot.stake_amount: must be a decimal number, is 'nan' (write 250 or "
        "\"250.75\", at most 12 places after the point)\n");
}

TEST_CASE("an empty file says everything that is missing") {
  CHECK(
      problems_of("") ==
      "conf/demo.toml: bot: there is no bot (add [[bot]] with id, strategy, symbol, allocation and "
      "stake_amount)\n"
      "conf/demo.toml: paper.symbol: the paper exchange lists no symbol (add [[paper.symbol]] with "
      "symbol = \"BTC/USDT\" and price = 60000)\n");
}

TEST_CASE("one bracket too few around a bot is explained") {
  CHECK(problems_of("[[paper.symbol]]\nsymbol = \"BTC/USDT\"\nprice = 5\n[bot]\nid = \"a\"\n") ==
        "conf/demo.toml:4:1: bot: must be a list of tables, is a table (write [[bot]] in double "
        "brackets)\n");
}

TEST_CASE("all problems come at once, in the order of the file, each of them once") {
  const std::string text =
      "[engine]\nlog_level = \"loud\"\nbatch = 0\n"
      "[bot_defaults]\nallocation = -1\nstake_amount = 5\ntimeframe = \"7m\"\n"
      "[[paper.symbol]]\nsymbol = \"BTC/USDT\"\nprice = 60000\n"
      "[[bot]]\nid = \"a\"\nsymbol = \"BTC/USDT\"\nstrategy = \"ema_cross\"\n"
      "[[bot]]\nid = \"b\"\nsymbol = \"B!\"\nstrategy = \"ema_cross\"\n";
  CHECK(
      problems_of(text) ==
      "conf/demo.toml:2:13: engine.log_level: must be one of trace, debug, info, warning, error, "
      "is "
      "'loud'\n"
      "conf/demo.toml:3:9: engine.batch: must be between 1 and 100000, is 0\n"
      "conf/demo.toml:5:14: bot.allocation: must be more than 0, is -1\n"
      "conf/demo.toml:7:13: bot.timeframe: '7m' is not a timeframe (use one of 1m 3m 5m 15m 30m 1h "
      "2h 4h 6h 8h 12h 1d 3d 1w)\n"
      "conf/demo.toml:17:10: bot.symbol: 'B!' is not a symbol (write BTC/USDT for spot or "
      "BTC/USDT:USDT for a linear perpetual)\n");
}

TEST_CASE("recorded candles must be there") {
  const std::string text =
      "[paper]\nfeed = \"csv\"\n[[paper.symbol]]\nsymbol = \"BTC/USDT\"\n"
      "csv = [\"a.csv\", \"b.csv\"]\n" +
      good_config().substr(good_config().find("[[bot]]"));
  CHECK(
      problems_of(text, {}, {"conf/a.csv"}) ==
      "conf/demo.toml:5:17: paper.symbol.csv: there is no file or directory 'conf/b.csv' (write a "
      "path, or a list of paths in the order of time; they start at the folder of this config "
      "file)\n");
  const EngineConfig config = good(text, {}, {"conf/a.csv", "conf/b.csv"});
  CHECK(config.paper.symbols.at(0).csv == std::vector<std::string>{"conf/a.csv", "conf/b.csv"});
  CHECK_FALSE(config.paper.symbols.at(0).csv_timeframe);
}

TEST_CASE("recorded candles may be a directory, whose files say their timeframes") {
  const auto text = [](std::string_view keys) {
    return fmt::format("[paper]\nfeed = \"csv\"\n[[paper.symbol]]\nsymbol = \"BTC/USDT\"\n{}\n",
                       keys) +
           good_config().substr(good_config().find("[[bot]]"));
  };
  const std::set<std::string> files{"conf/more/", "conf/a.csv"};
  const EngineConfig config = good(text(R"(csv = ["a.csv", "more"])"), {}, files);
  CHECK(config.paper.symbols.at(0).csv == std::vector<std::string>{"conf/a.csv", "conf/more"});
  CHECK(problems_of(text("csv = \"more/\"\ncsv_timeframe = \"5m\""), {}, files) ==
        "conf/demo.toml:6:17: paper.symbol.csv_timeframe: stands beside the directory 'conf/more/' "
        "(leave it out: files named <venue>_BTCUSDT_<timeframe>_<from>_<to>.csv say their "
        "timeframes)\n");
  CHECK(good(text("csv = \"a.csv\"\ncsv_timeframe = \"5m\""), {}, files)
            .paper.symbols.at(0)
            .csv_timeframe == Timeframe::minutes(5));
  CHECK(good(text("csv = \"more\"\ncsv_venue = \"bybit-spot\""), {}, files)
            .paper.symbols.at(0)
            .csv_venue == "bybit-spot");
  CHECK(problems_of(text("csv = \"a.csv\"\ncsv_venue = \"bybit-spot\""), {}, files) ==
        "conf/demo.toml:6:13: paper.symbol.csv_venue: chooses among the files of a directory, and "
        "csv has none (leave it out, or let csv name a directory)\n");
}

TEST_CASE("a file that is not there is one problem, not a crash") {
  const ConfigResult result = load_config("no/such/file.toml", {}, catalogue());
  REQUIRE_FALSE(result);
  CHECK(to_string(result.error()).starts_with("no/such/file.toml: cannot be read ("));
  CHECK_FALSE(load_config("/", {}, catalogue()));
}

TEST_CASE("no secret gets into a message") {
  const std::string text = good_config() +
                           "[exchange]\nkind = \"paper-http\"\nurl = \"http://u:hunter2@host:80\"\n"
                           "api_key = 777001\napi_secrt = \"hunter2\"\n";
  const std::string problems = problems_of(text, {{"BOTBOX__EXCHANGE__PASSWORD", "hunter2"}});
  CHECK(problems ==
        "conf/demo.toml:13:7: exchange.url: must not hold credentials (write url = "
        "\"http://127.0.0.1:8600\")\n"
        "conf/demo.toml:14:11: exchange.api_key: must be a text in quotes, is (hidden)\n"
        "conf/demo.toml:15:1: exchange.api_secrt: unknown key (did you mean api_secret?)\n"
        "environment BOTBOX__EXCHANGE__PASSWORD: exchange.password: unknown key (known here: "
        "alert_clear_percent, alert_for, alert_percent, api_key, api_secret, breaker_delay, "
        "breaker_failures, ca_file, ceiling_percent, connect_timeout, credentials_file, kind, "
        "leverage, limit, margin_mode, network, pause_percent, protective_percent, proxy, "
        "request_timeout, url)\n");
}

TEST_CASE("a limit whose share for entries is less than one request is refused") {
  const auto with_limit = [](int limit) {
    return good_config() +
           fmt::format("[[exchange.limit]]\nname = \"a\"\nwindow = \"1m\"\nlimit = {}\n", limit);
  };
  CHECK(problems_of(with_limit(1)) ==
        "conf/demo.toml:14:9: exchange.limit.limit: is 1, of which the 70 % for entries are less "
        "than one request (make it at least 2)\n");
  CHECK(good(with_limit(2)).exchange.limiter.windows.at(0).limit == 2);
}

TEST_CASE("what is allowed but hardly meant is a warning") {
  const EngineConfig config =
      good(good_config() + "check_interval = \"1h\"\n[paper]\nstart_balance = 10\n");
  CHECK(
      to_string(config.warnings) ==
      "conf/demo.toml:4:1: bot.allocation: all bots together may stake 1000 USDT, the start "
      "balance "
      "is 10 (raise paper.start_balance, or orders will be refused for lack of balance)\n"
      "conf/demo.toml:11:18: bot.check_interval: is longer than the timeframe 15m: candles will be "
      "missed (check at least once per candle)\n");
}

TEST_CASE("dry_run beside live_trading is warned of, as it holds every order back") {
  const std::string venue = good_config().substr(good_config().find("[[bot]]")) +
                            "[exchange]\nkind = \"bybit-spot\"\n[engine]\nlive_trading = true\n";
  CHECK(good(venue).live_trading_effective());
  CHECK(good(venue).warnings.empty());
  const EngineConfig held = good(venue + "dry_run = true\n");
  CHECK_FALSE(held.live_trading_effective());
  CHECK(to_string(held.warnings) ==
        "conf/demo.toml:12:11: engine.dry_run: holds every order back, though live_trading is on "
        "(leave it out, if orders are to be sent)\n");
}

}  // namespace botbox::config::test
