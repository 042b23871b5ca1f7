// The program `botbox`: reads the command line and calls one command.
#include <fmt/format.h>

#include <algorithm>
#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/botbox/commands.hpp"
#include "tools/botbox/inspect_listings.hpp"
#include "tools/botbox/output.hpp"

namespace botbox::cli {
namespace {

// What the command line asked for; called once, after all of it is read.
using Chosen = std::function<int()>;

// Registers `name`; its options are `options`, which the app must not outlive.
template <class Options>
CLI::App& add_command(CLI::App& app, Chosen& chosen, Options& options, const std::string& name,
                      const std::string& help, int (*run)(const Options&)) {
  CLI::App& command = *app.add_subcommand(name, help);
  command.callback([&chosen, &options, run] { chosen = [&options, run] { return run(options); }; });
  return command;
}

void add_json(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "Print one JSON document");
}

void add_data(CLI::App& command, std::string& data) {
  command.add_option("--data", data, "Data directory of the engine")
      ->envname("BOTBOX_DATA")
      ->required();
}

CLI::Option* add_config(CLI::App& command, std::string& config,
                        const std::string& help = "Configuration") {
  return command.add_option("--config", config, help)->envname("BOTBOX_CONFIG");
}

void add_check_config(CLI::App& app, Chosen& chosen) {
  static CheckConfigOptions options;
  CLI::App& command = add_command(app, chosen, options, "check-config",
                                  "Check a configuration; change nothing", run_check_config);
  command.add_option("FILE", options.file, "Configuration to check")->required();
  add_json(command, options.json);
}

void add_strategies(CLI::App& app, Chosen& chosen) {
  static StrategiesOptions options;
  CLI::App& command =
      add_command(app, chosen, options, "strategies",
                  "List the strategies that ship, or print one to be copied", run_strategies);
  command.add_option("NAME", options.name, "Print this one");
  add_json(command, options.json);
}

void add_version(CLI::App& app, Chosen& chosen) {
  static VersionOptions options;
  add_json(add_command(app, chosen, options, "version", "Show versions", run_version),
           options.json);
}

// A point in time: "2024-01-01", "2024-01-01T12:00" or epoch milliseconds; always UTC.
void add_time(CLI::App& command, const std::string& name, Timestamp& time,
              const std::string& help) {
  command
      .add_option_function<std::string>(
          name,
          [&time, name](const std::string& text) {
            const Result<Timestamp> parsed = parse_timestamp(text);
            if (!parsed) throw CLI::ValidationError(name, to_string(parsed.error()));
            time = *parsed;
          },
          help)
      ->type_name("TIME");
}

// The candles of two venues are two markets.
void add_venues(CLI::App& command, std::vector<std::string>& venues) {
  command
      .add_option("--venue", venues,
                  "Whose candles, as file names begin, where a symbol has those of several: "
                  "binance-spot, or more with commas")
      ->delimiter(',')
      ->type_name("NAME");
}

void add_verify(CLI::App& app, Chosen& chosen) {
  static VerifyOptions options;
  CLI::App& command =
      add_command(app, chosen, options, "verify",
                  "Read every row of a data directory and hold it against the others", run_verify);
  add_data(command, options.data);
  add_json(command, options.json);
}

void add_backup(CLI::App& app, Chosen& chosen) {
  static BackupOptions options;
  CLI::App& command = add_command(
      app, chosen, options, "backup",
      "Copy a data directory as it is at one moment, also while its engine runs", run_backup);
  add_data(command, options.data);
  command.add_option("--to", options.to, "New directory for the copy")->required();
  add_json(command, options.json);
}

void add_restore(CLI::App& app, Chosen& chosen) {
  static RestoreCommandOptions options;
  CLI::App& command = add_command(
      app, chosen, options, "restore",
      "Make a data directory what a backup or bookmark is; REDUCING until you say so", run_restore);
  command.add_option("--from", options.from, "Backup, or one of DATA/bookmarks")->required();
  add_data(command, options.data);
  command.add_flag("--replace", options.replaces, "Move aside the data directory that is there");
  add_json(command, options.json);
}

void add_accept_loss(CLI::App& app, Chosen& chosen) {
  static AcceptLossOptions options;
  CLI::App& command = add_command(
      app, chosen, options, "accept-loss",
      "Without a backup: go on with a database that lost its end; REDUCING until you say so",
      run_accept_loss);
  add_data(command, options.data);
  add_json(command, options.json);
}

void add_export(CLI::App& app, Chosen& chosen) {
  static ExportOptions options;
  CLI::App& command = add_command(
      app, chosen, options, "export",
      "Write all records to files for other programs, also while the engine runs", run_export);
  add_data(command, options.data);
  command.add_option("--to", options.to, "New directory for the files")->required();
  command.add_option("--as", options.as, "Whole records (jsonl), or the tables' columns (csv)")
      ->check(CLI::IsMember({"jsonl", "csv"}))
      ->capture_default_str();
  command.add_option("--bot", options.bot, "Only rows of this bot");
  add_time(command, "--from", options.from, "Only rows at or after");
  add_time(command, "--until", options.until, "Only rows at or before");
  add_json(command, options.json);
}

void add_mode(CLI::App& app, Chosen& chosen) {
  static ModeOptions options;
  CLI::App& command = add_command(app, chosen, options, "mode",
                                  "Set the mode in which a stopped engine will start", run_mode);
  command.add_option("MODE", options.mode, "active, reducing (closes only) or halted")
      ->required()
      ->check(CLI::IsMember({"active", "reducing", "halted"}));
  add_data(command, options.data);
  add_json(command, options.json);
}

void add_inspect(CLI::App& app, Chosen& chosen) {
  static InspectOptions options;
  CLI::App& command = add_command(
      app, chosen, options, "inspect",
      "Show rows of a data directory, beside a running engine or without one", run_inspect);
  std::vector<std::string> subjects = listed_subjects();
  subjects.insert(subjects.end(), {"bot", "engine"});
  command.add_option("WHAT", options.what, "What to show")
      ->required()
      ->check(CLI::IsMember(std::move(subjects)));
  command.add_option("ID", options.id, "With 'bot': its id");
  add_data(command, options.data);
  command.add_option("--bot", options.bot, "Only rows of this bot");
  command.add_option("--symbol", options.symbol, "Only rows of this symbol");
  command.add_option("--limit", options.limit, "At most this many rows; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add_time(command, "--from", options.from, "Only rows at or after");
  add_time(command, "--until", options.until, "Only rows at or before");
  command.add_option("--status", options.status, "Only rows in this state or with this reason");
  command.add_option("--as", options.as, "For spreadsheets and scripts; with --limit 0: all rows")
      ->check(CLI::IsMember({"csv", "jsonl"}));
  command.add_flag("--follow", options.follow, "With 'events': go on until interrupted");
  add_json(command, options.json);
}

void add_why(CLI::App& app, Chosen& chosen) {
  static WhyOptions options;
  CLI::App& command = add_command(app, chosen, options, "why",
                                  "Say why a bot did, or did not, trade on a candle", run_why);
  add_data(command, options.data);
  command.add_option("--bot", options.bot, "The bot")->required();
  command
      .add_option("--at", options.at,
                  "The newest candle closed by then, \"14:05\" or a time; else the newest")
      ->type_name("TIME");
  add_json(command, options.json);
}

void add_number(CLI::App& command, const std::string& name, Decimal& number,
                const std::string& help) {
  command
      .add_option_function<std::string>(
          name,
          [&number, name](const std::string& text) {
            const Result<Decimal> parsed = Decimal::parse(text);
            if (!parsed) throw CLI::ValidationError(name, to_string(parsed.error()));
            if (!parsed->is_positive()) throw CLI::ValidationError(name, "must be above zero");
            number = *parsed;
          },
          help)
      ->type_name("NUMBER");
}

void add_explain(CLI::App& app, Chosen& chosen) {
  static ExplainOptions options;
  CLI::App& command =
      add_command(app, chosen, options, "explain",
                  "Say what a webhook's signal would become; send nothing", run_explain);
  add_config(command, options.config, "Configuration; default: none, as the engine's records say");
  command
      .add_option("--data", options.data, "Data directory; default: the configured one, or ./data")
      ->envname("BOTBOX_DATA");
  command.add_option("--signal", options.signal, "File with the body of the webhook")->required();
  command.add_option("--bot", options.bot, "The bot")->required();
  command.add_option("--source", options.source, "The webhook's source, for its mapping");
  add_number(command, "--price", options.price, "The market's price; default: the alert's");
  add_number(command, "--tick", options.tick, "The venue's step of prices");
  add_number(command, "--lot", options.lot, "The venue's step of quantities");
  add_number(command, "--min-notional", options.min_notional, "The venue's smallest order");
  add_json(command, options.json);
}

void add_doctor(CLI::App& app, Chosen& chosen) {
  static DoctorOptions options;
  CLI::App& command = add_command(app, chosen, options, "doctor",
                                  "Check that this machine could run the engine", run_doctor);
  add_config(command, options.config, "Configuration to check, and its exchange");
  command.add_option("--data", options.data, "Data directory; default: the configured one")
      ->envname("BOTBOX_DATA");
  add_json(command, options.json);
}

void add_run(CLI::App& app, Chosen& chosen) {
  static RunOptions options;
  CLI::App& command = add_command(app, chosen, options, "run", "Run the engine", run_run);
  add_config(command, options.config)->required();
  command
      .add_option("--data", options.data, "Data directory; default: the configured one, or ./data")
      ->envname("BOTBOX_DATA");
  command.add_flag("--json", options.json, "Print one JSON object per line, one a cycle");
  add_drill_options(command, options.drill);
}

void add_replay(CLI::App& app, Chosen& chosen) {
  static ReplayOptions options;
  CLI::App& command =
      add_command(app, chosen, options, "replay",
                  "Run the fleet over recorded candles on virtual time", run_replay);
  add_config(command, options.config)->required();
  command.add_option("--candles", options.candles,
                     "CSV file or directory; default: the feed of the configuration");
  add_venues(command, options.venues);
  command.get_option("--venue")->needs("--candles");
  add_time(command, "--from", options.from,
           "First moment, for example 2021-04-22T00:00Z; default: where all candles begin");
  add_time(command, "--to", options.to, "Last moment; default: where the first candles end");
  command.add_option("--data", options.data, "New data directory; default: in memory");
  command.add_option("--report", options.report, "File for the JSON report");
  command.add_option("--html", options.html, "File for the report as a page with charts");
  command.add_option("--csv", options.csv, "File for the closed trades");
  add_json(command, options.json);
}

void add_sweep(CLI::App& app, Chosen& chosen) {
  static SweepOptions options;
  CLI::App& command = add_command(
      app, chosen, options, "sweep",
      "Try many settings of a bot over recorded candles, and say how much of the best is luck",
      run_sweep);
  add_config(command, options.config)->required();
  command.add_option("--candles", options.candles, "CSV file or directory")->required();
  add_venues(command, options.venues);
  command.add_option("--bot", options.bot, "Whose settings vary; default: the only bot");
  command
      .add_option("--set", options.set,
                  "NAME=VALUES, again for each setting: fast=9,21 or fast=10:50:5; a parameter, "
                  "strategy, timeframe, check_interval, stop_loss or take_profit")
      ->required();
  command.add_option("--random", options.random, "Draw so many trials instead of the whole grid");
  command.add_option("--seed", options.seed, "Of the draws")->capture_default_str();
  command.add_option("--split", options.split, "Share of the time that trials see; 1: all of it")
      ->capture_default_str();
  command.add_option("--confirm", options.confirm, "So many of the best are run on the rest")
      ->capture_default_str();
  command.add_option("--by", options.by, "sharpe, sortino, calmar, return or profit_factor")
      ->capture_default_str();
  command.add_option("--jobs", options.jobs, "Threads; default: one per processor");
  add_time(command, "--from", options.from, "First moment; default: of the candles");
  add_time(command, "--to", options.to, "Last moment; default: of the candles");
  command.add_option("--report", options.report, "File for the JSON report");
  add_json(command, options.json);
}

void add_compare(CLI::App& app, Chosen& chosen) {
  static CompareOptions options;
  CLI::App& command = add_command(
      app, chosen, options, "compare",
      "Run variants of a bot side by side on paper, and say whether they differ", run_compare);
  add_config(command, options.config, "Configuration with a [[bot]] per variant")->required();
  command.add_option("--candles", options.candles, "CSV file or directory")->required();
  add_venues(command, options.venues);
  command.add_option("--bots", options.bots, "Variants, the baseline first; default: all bots")
      ->delimiter(',');
  command.add_option("--seed", options.seed, "Of the bootstrap")->capture_default_str();
  command.add_option("--draws", options.draws, "Of the bootstrap")->capture_default_str();
  add_time(command, "--from", options.from, "First moment; default: of the candles");
  add_time(command, "--to", options.to, "Last moment; default: of the candles");
  add_json(command, options.json);
}

void add_download_candles(CLI::App& app, Chosen& chosen) {
  static DownloadCandlesOptions options;
  CLI::App& command = add_command(
      app, chosen, options, "download-candles",
      "Fill the local candle store from a venue; goes on where it ended", run_download_candles);
  command.add_option("--store", options.store, "Directory of the candle store")->required();
  command
      .add_option("--venue", options.venue, "binance-spot, binance-usdm, bybit-spot, bybit-linear")
      ->required();
  command.add_option("--symbol", options.symbol, "BTC/USDT, or BTC/USDT:USDT of perpetuals")
      ->required();
  command.add_option("--timeframe", options.timeframe, "1m, 5m, 1h ...")->required();
  add_time(command, "--from", options.from, "First moment");
  add_time(command, "--to", options.to, "Last moment; default: now");
  command.add_option("--url", options.url, "Another address, for example of botbox-exchange");
  add_json(command, options.json);
}

void add_candles(CLI::App& app, Chosen& chosen) {
  static CandlesOptions options;
  CLI::App& command = add_command(
      app, chosen, options, "candles",
      "Show what the local candle store holds; with --symbol print candles as CSV", run_candles);
  command.add_option("--store", options.store, "Directory of the candle store")->required();
  command.add_option("--symbol", options.symbol, "Print the candles of this symbol");
  command.add_option("--timeframe", options.timeframe, "With --symbol")->capture_default_str();
  add_venues(command, options.venues);
  add_time(command, "--from", options.from, "First moment");
  add_time(command, "--to", options.to, "Last moment");
  add_json(command, options.json);
}

// The parser would ask for "a subcommand" and not say which word it does not know.
std::string slip_text(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  const bool is_command = std::any_of(commands.begin(), commands.end(), [&](const CLI::App* one) {
    return one->get_name() == first;
  });
  if (first.empty() || first.front() == '-' || is_command) return error.what();
  return fmt::format("there is no command '{}'", first);
}

int run(int argc, char** argv) {
  CLI::App app("botbox runs a fleet of trading bots", "botbox");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Show the help of all commands");
  app.footer("Exit codes: 0 ok, 1 error, 2 not found, 3 not running, 4 configuration, 5 time-out");
  Chosen chosen;
  add_run(app, chosen);
  add_replay(app, chosen);
  add_sweep(app, chosen);
  add_compare(app, chosen);
  add_download_candles(app, chosen);
  add_candles(app, chosen);
  add_check_config(app, chosen);
  add_strategies(app, chosen);
  add_version(app, chosen);
  add_verify(app, chosen);
  add_backup(app, chosen);
  add_restore(app, chosen);
  add_accept_loss(app, chosen);
  add_mode(app, chosen);
  add_inspect(app, chosen);
  add_export(app, chosen);
  add_why(app, chosen);
  add_explain(app, chosen);
  add_doctor(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    const bool json = std::any_of(argv, argv + argc,
                                  [](std::string_view argument) { return argument == "--json"; });
    return report_error(
        {ErrorCode::kInvalidInput, slip_text(app, error, argc, argv), {}, "botbox --help-all"},
        format_of(json));
  }
  return chosen();
}

}  // namespace
}  // namespace botbox::cli

int main(int argc, char** argv) {
  try {
    return botbox::cli::flushed(botbox::cli::run(argc, argv));
  } catch (const std::system_error& thrown) {
    return botbox::cli::report_broken_output(thrown);
  }
}
