// The commands of the program `botbox`: what each is told, and that it ends with an ExitCode.
//
// Each command prints its answer on stdout (one JSON document with `json`, else text for people)
// and its error on stderr. None of them throws for what a user or a disk did.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/decimal.hpp"
#include "engine/model/time.hpp"
#include "tools/botbox/drill_options.hpp"

namespace botbox::cli {

struct CheckConfigOptions {
  std::string file;
  bool json = false;
};
// All problems and warnings of a configuration, and what fleet it describes. kConfig when it cannot
// be used. Reads the environment overrides as `run` does.
int run_check_config(const CheckConfigOptions& options);

struct StrategiesOptions {
  std::string name;  // empty: a list of all
  bool json = false;
};
// The strategies that ship; of one of them its text, ready to be copied and changed.
int run_strategies(const StrategiesOptions& options);

struct VersionOptions {
  bool json = false;
};
int run_version(const VersionOptions& options);

struct VerifyOptions {
  std::string data;
  bool json = false;
};
// Reads every row and every file of a data directory; kError when something does not hold.
int run_verify(const VerifyOptions& options);

struct BackupOptions {
  std::string data;
  std::string to;  // must not exist, or be empty
  bool json = false;
};
// Copies a data directory as it is at one moment, beside a running engine or without one, and reads
// the copy to its end.
int run_backup(const BackupOptions& options);

struct RestoreCommandOptions {
  std::string from;  // a backup or a bookmark
  std::string data;
  bool replaces = false;  // moves aside what is there
  bool json = false;
};
// Makes a data directory what a backup is. The engine must be stopped.
int run_restore(const RestoreCommandOptions& options);

struct AcceptLossOptions {
  std::string data;
  bool json = false;
};
// Goes on with a data directory that has lost its end. The engine must be stopped.
int run_accept_loss(const AcceptLossOptions& options);

struct ModeOptions {
  std::string data;
  std::string mode;  // "active", "reducing", "halted"
  bool json = false;
};
// Sets the engine's mode in the directory of a stopped engine, for its next start.
int run_mode(const ModeOptions& options);

struct InspectOptions {
  std::string data;
  std::string what;    // "bot", "engine", or one of listed_subjects() (inspect_listings.hpp)
  std::string id;      // of "bot"
  std::string bot;     // only rows of this bot; empty: of all
  std::string symbol;  // only rows of this symbol, as people write it; empty: of all
  std::string status;  // only rows in this state, or with this reason; empty: in any
  std::size_t limit = 50;
  Timestamp from;       // rows at or after; "never": no bound
  Timestamp until;      // rows at or before; "never": no bound
  bool follow = false;  // events only: goes on with what the engine writes, until interrupted
  std::string as;       // lists only: "csv", "jsonl" (a row a line); empty: as `json` says
  bool json = false;
};
// Rows of a data directory, beside a running engine or without one. Newest first, but events.
int run_inspect(const InspectOptions& options);

struct ExportOptions {
  std::string data;
  std::string to;            // must not exist, or be empty
  std::string bot;           // only rows of this bot; empty: of all
  Timestamp from;            // rows at or after; "never": no bound
  Timestamp until;           // rows at or before; "never": no bound
  std::string as = "jsonl";  // or "csv"
  bool json = false;         // of the answer
};
// Writes what inspect lists to a new directory, a file for each kind of record, oldest row first.
int run_export(const ExportOptions& options);

struct WhyOptions {
  std::string data;
  std::string bot;
  std::string at;  // the newest candle closed by then (parse_moment); empty: the newest
  bool json = false;
};
// Why a bot did, or did not, trade on a candle.
int run_why(const WhyOptions& options);

struct ExplainOptions {
  std::string config;  // empty: the bot as the engine's records have it, the usual limits
  std::string data;    // empty: the one that the config names, or "data"
  std::string signal;  // file with the body of a webhook
  std::string source;  // of the configuration, for its mapping; empty: the usual names
  std::string bot;
  Decimal price;  // the market's; zero: the alert's
  // The venue's filters; zero: as it listed them when an engine of this directory asked it last, as
  // [[paper.symbol]] has them, or else assumed, and told to be.
  Decimal tick;
  Decimal lot;
  Decimal min_notional;
  bool json = false;
};
// What a signal from outside would become for a bot as it stands: gates, order and all, and by
// which instrument filters. Where no engine has run, or not with this bot, it is the configured one
// as it would start, which is told. Sends and writes nothing. Not known here: the exchange's
// health, and other bots' positions.
int run_explain(const ExplainOptions& options);

struct DoctorOptions {
  std::string config;  // empty: not checked
  std::string data;    // empty: the one that the config names, if it names one
  bool json = false;
};
// Whether this machine could run the engine, line by line with a fix.
int run_doctor(const DoctorOptions& options);

struct RunOptions {
  std::string config;
  std::string data;
  bool json = false;  // one object a cycle
  DrillOptions drill;
};
int run_run(const RunOptions& options);

struct ReplayOptions {
  std::string config;
  std::string candles;  // a file or a directory of csv files; empty: the feed of the config
  std::vector<std::string> venues;  // of the files; empty: whichever a symbol has
  Timestamp from;                   // "never": where all symbols have candles
  Timestamp to;                     // "never": where the first symbol's candles end
  std::string data;                 // empty: in memory
  std::string report;               // file for the JSON report; empty: none
  std::string html;                 // file for the report as a page; empty: none
  std::string csv;                  // file for the closed trades; empty: none
  bool json = false;
};
// Runs the fleet of a configuration over recorded candles on virtual time, and reports.
int run_replay(const ReplayOptions& options);

struct SweepOptions {
  std::string config;
  std::string candles;              // a file or a directory of csv files
  std::vector<std::string> venues;  // of the files; empty: whichever a symbol has
  std::string bot;                  // whose settings vary; empty: the only one
  std::vector<std::string> set;     // tools/botbox/sweep_plan.hpp
  std::size_t random = 0;           // so many random draws; 0: the whole grid
  std::uint64_t seed = 1;
  double split = 0.7;         // the share of the time that trials see; 1: all of it
  std::size_t confirm = 20;   // so many of the best are run on the rest
  std::string by = "sharpe";  // what is best
  std::size_t jobs = 0;       // threads; 0: one per processor
  Timestamp from;
  Timestamp to;
  std::string report;  // file for the JSON; empty: none
  bool json = false;
};
// Runs many settings of one bot over recorded candles, the best of them again on candles that were
// held back, and warns where the best may be luck.
int run_sweep(const SweepOptions& options);

struct CompareOptions {
  std::string config;
  std::string candles;              // a file or a directory of csv files
  std::vector<std::string> venues;  // of the files; empty: whichever a symbol has
  std::vector<std::string> bots;    // the first is the baseline; empty: all of the configuration
  std::uint64_t seed = 1;           // of the bootstrap
  std::size_t draws = 2'000;
  Timestamp from;
  Timestamp to;
  bool json = false;
};
// Runs variants of a bot side by side on paper over the same candles, and says whether their daily
// returns differ.
int run_compare(const CompareOptions& options);

struct DownloadCandlesOptions {
  std::string store;  // directory
  std::string venue;  // "binance-spot"
  std::string symbol;
  std::string timeframe;
  Timestamp from;
  Timestamp to;     // "never": until now
  std::string url;  // instead of the venue's own; empty: that
  bool json = false;
};
// Fills a file of the local candle store from a venue: goes on where it ended, asks for gaps again,
// and names those that the venue does not fill. Needs no key.
int run_download_candles(const DownloadCandlesOptions& options);

struct CandlesOptions {
  std::string store;
  std::string symbol;  // empty: what there is, file by file
  std::string timeframe = "1m";
  std::vector<std::string> venues;  // as in file names; empty: all
  Timestamp from;
  Timestamp to;
  bool json = false;
};
// What the local candle store holds; with a symbol its candles as CSV, longer timeframes built from
// shorter ones.
int run_candles(const CandlesOptions& options);

}  // namespace botbox::cli
