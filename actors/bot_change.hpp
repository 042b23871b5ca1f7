// What a configuration does to one bot: its next snapshot, and the rows that make it durable. The
// same at a start and while the engine runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/bot.hpp"
#include "engine/model/time.hpp"
#include "storage/commit.hpp"

namespace botbox::actors {

enum class BotChanged : std::uint8_t { kCreated, kUpdated, kReturned, kPaused, kArchived };
constexpr std::string_view to_string(BotChanged what) {
  switch (what) {
    case BotChanged::kCreated: return "created";
    case BotChanged::kUpdated: return "updated";
    case BotChanged::kReturned: return "returned";
    case BotChanged::kPaused: return "paused";
    case BotChanged::kArchived: return "archived";
  }
  return "?";
}

struct BotChange {
  BotId bot;
  BotChanged what = BotChanged::kUpdated;
  std::string detail;  // what differs: "allocation 1000 -> 2000"; bounded
};

struct ConfiguredBot {
  BotSnapshot snapshot;
  std::optional<BotChange> change;  // empty: nothing is written
};

struct ChangeOrigin {
  Timestamp at;
  std::string by;  // stands in the event
};

struct BotConfiguration {
  const BotConfig& config;
  const BotConfig* before = nullptr;    // null: cannot be read, or there was none
  const BotSnapshot* stored = nullptr;  // null: the bot is new
  bool returns_archived = false;        // also one that an operator archived goes on
};

// How a new bot begins.
BotSnapshot first_snapshot(const BotConfig& config);

// A new bot begins; one that changed keeps all it knows under the next settings version; one that
// had left the configuration goes on as configured; one that was archived with something to look
// after is paused.
ConfiguredBot configure_bot(storage::WriteOps& rows, const BotConfiguration& wanted,
                            const ChangeOrigin& origin);

// A bot that the configuration does not name any more is archived; with a position or a trade under
// way it stays, or comes back, paused: its exits go on by its last settings.
ConfiguredBot leave_configuration(storage::WriteOps& rows, const BotId& bot,
                                  const BotSnapshot& stored, const ChangeOrigin& origin);

// True of a bot that is away, or only leaves, because the configuration says so.
bool has_left_configuration(const BotSnapshot& snapshot);

// It is to go on to another symbol or market, and has a position or a trade under way in this one.
// Its plan and its strategy look at the symbol of its settings: what it holds of another one would
// be left to stop and target alone, and stand in no entry's way.
bool is_bound_to_market(const BotConfig& before, const BotConfig& wanted,
                        const BotSnapshot& stored);

// At a start, which cannot refuse that: it stays with its former settings, paused, and leaves by
// them. The first start that finds it flat takes the wanted ones.
ConfiguredBot stay_in_market(storage::WriteOps& rows, const BotConfig& before,
                             const BotConfig& wanted, const BotSnapshot& stored,
                             const ChangeOrigin& origin);

}  // namespace botbox::actors
