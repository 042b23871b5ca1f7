// Verify: reads every row of a store and holds it against the others. Changes nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "storage/store.hpp"

namespace botbox::storage {

struct Finding {
  Kind kind;          // of the row that is wrong, or that another one lacks
  std::string place;  // its key, for people
  std::string text;   // what does not hold

  bool operator==(const Finding&) const = default;
};

struct VerifyReport {
  std::uint64_t sequence = 0;          // of the newest batch
  std::map<Kind, std::uint64_t> rows;  // kinds without rows are left out
  std::vector<Finding> findings;       // at most kMaxFindings of them
  std::uint64_t findings_total = 0;

  bool is_clean() const { return findings_total == 0; }
};
constexpr std::size_t kMaxFindings = 1000;

struct VerifyOptions {
  Timestamp now;
  // How long an intent's claim (intent_claim_key) lives. A younger intent without its claim is a
  // finding. Zero: intents are claimed by their own keys, nothing to look for.
  Duration claim_lifetime{0};
  // Called every 10,000 rows and at the end of each kind that has rows.
  std::function<void(Kind kind, std::uint64_t rows_of_kind)> progress;
};

// What must hold, beyond that each row decodes and lies under the key of its record:
//  - a trade has an intent
//  - a trade is in the outbox (kTradeOpen) exactly while it is not final
//  - one PENDING trade, and exactly then a pending slot, per (bot, symbol, direction)
//  - a PENDING intent has a trade that is not final; an intent has its claim while claims live
//  - a position is the fold of its fills, in the order of their times
//  - the open positions of a snapshot are the OPEN position rows of that bot
//  - a bot has a config and a snapshot
//  - event numbers have no holes behind the first that must be there (first_event_key), and end
//  with
//    the number that is kept for the next start
// Run it on a store that nobody writes to, or on a secondary: rows of different moments do not fit.
// An Error means that the store could not be read to the end, not that something was found.
Result<VerifyReport> verify(const Store& store, const VerifyOptions& options = {});

// The same for a data directory, beside a running engine or without one, with the checksums of all
// files and the watermark (both are errors here, as nothing read would be worth trusting).
Result<VerifyReport> verify_directory(const std::filesystem::path& directory,
                                      const VerifyOptions& options = {});

}  // namespace botbox::storage
