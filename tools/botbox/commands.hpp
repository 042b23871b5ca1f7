// The commands of the program `botbox`: what each is told, and that it ends with an ExitCode.
//
// Each command prints its answer on stdout (one JSON document with `json`, else text for people)
// and its error on stderr. None of them throws for what a user or a disk did.
#pragma once

#include <cstddef>
#include <string>

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

struct WhyOptions {
  std::string data;
  std::string bot;
  Timestamp at;  // the newest candle closed at or before; "never": the newest
  bool json = false;
};
// Why a bot did, or did not, trade on a candle.
int run_why(const WhyOptions& options);

struct ExplainOptions {
  std::string config;
  std::string data;
  std::string signal;  // file with the body of a webhook
  std::string bot;
  Decimal price;  // the market's; zero: the alert's
  bool json = false;
};
// What a signal from outside would become for a bot as it stands: gates, order and all. Sends and
// writes nothing. Not known here: the exchange's health, other bots' positions, and real grids.
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
  DrillOptions drill;
};
int run_run(const RunOptions& options);

struct ReplayOptions {
  std::string config;
  std::string candles;  // a file or a directory of csv files; empty: the feed of the config
  Timestamp from;
  Timestamp to;
  std::string data;    // empty: in memory
  std::string report;  // file for the JSON report; empty: none
  bool json = false;
};
// Runs the fleet of a configuration over recorded candles on virtual time, and reports.
int run_replay(const ReplayOptions& options);

}  // namespace botbox::cli
