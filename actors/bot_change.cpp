#include "actors/bot_change.hpp"

#include <fmt/format.h>

#include "actors/bot_settings.hpp"
#include "actors/turn_commit.hpp"
#include "engine/schedule.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"

namespace botbox::actors {
namespace {

constexpr std::string_view kNotConfigured = "not in the configuration any more";
// Earlier releases archived whoever held something as well, and nobody looked after it then.
constexpr std::string_view kHeldWhenArchived = "was archived with a position or a trade under way";
constexpr std::string_view kOtherMarket = "configured for another market, leaves this one first";

void put_snapshot(storage::WriteOps& rows, const BotId& bot, const BotSnapshot& snapshot) {
  rows.puts.push_back({storage::bot_snapshot_key(bot), storage::encode(snapshot)});
}

void tell(storage::WriteOps& rows, const BotChange& change, const ChangeOrigin& origin) {
  note(rows, {.at = origin.at,
              .kind = fmt::format("bot.{}", to_string(change.what)),
              .bot = change.bot,
              .subject = change.bot.value,
              .detail = change.detail,
              .actor = origin.by});
}

std::string update_text(std::uint64_t version, const BotConfiguration& wanted) {
  const std::string what =
      wanted.before != nullptr ? difference_text(*wanted.before, wanted.config) : std::string();
  return fmt::format("settings version {}{}{}", version, what.empty() ? "" : ": ", what);
}

bool is_left_alone(const BotSnapshot& snapshot) {
  return snapshot.status == BotStatus::kArchived && holds_something(snapshot);
}

}  // namespace

BotSnapshot first_snapshot(const BotConfig& config) {
  BotSnapshot snapshot;
  snapshot.status = config.status;
  if (config.status != BotStatus::kActive) snapshot.status_reason = "as configured";
  return snapshot;
}

bool has_left_configuration(const BotSnapshot& snapshot) {
  return snapshot.status != BotStatus::kActive &&
         (snapshot.status_reason == kNotConfigured || snapshot.status_reason == kOtherMarket);
}

bool is_bound_to_market(const BotConfig& before, const BotConfig& wanted,
                        const BotSnapshot& stored) {
  if (before.symbol == wanted.symbol && before.market == wanted.market) return false;
  return holds_something(stored);
}

ConfiguredBot configure_bot(storage::WriteOps& rows, const BotConfiguration& wanted,
                            const ChangeOrigin& origin) {
  const BotConfig& config = wanted.config;
  if (wanted.stored == nullptr) {
    ConfiguredBot made{first_snapshot(config),
                       BotChange{config.id, BotChanged::kCreated, config.strategy.value}};
    rows.puts.push_back({storage::bot_config_key(config.id), storage::encode(config)});
    put_snapshot(rows, config.id, made.snapshot);
    tell(rows, *made.change, origin);
    return made;
  }
  ConfiguredBot made{*wanted.stored, std::nullopt};
  BotSnapshot& snapshot = made.snapshot;
  const bool is_changed = wanted.before == nullptr || *wanted.before != config;
  const bool returns = has_left_configuration(snapshot) ||
                       (wanted.returns_archived && snapshot.status == BotStatus::kArchived);
  const bool is_taken_up = !returns && is_left_alone(snapshot);
  if (!is_changed && !returns && !is_taken_up) return made;
  ++snapshot.turn;
  if (is_taken_up) {
    snapshot.status = BotStatus::kPaused;
    snapshot.status_reason = kHeldWhenArchived;
    made.change = BotChange{config.id, BotChanged::kPaused, std::string(kHeldWhenArchived)};
    tell(rows, *made.change, origin);
  }
  if (returns) {
    const BotSnapshot first = first_snapshot(config);
    snapshot.status = first.status;
    snapshot.status_reason = first.status_reason;
    made.change = BotChange{config.id, BotChanged::kReturned, "configured again"};
    tell(rows, *made.change, origin);
  }
  if (is_changed) {
    ++snapshot.settings_version;
    snapshot.next_check_at = believable_due(config, snapshot.next_check_at, origin.at);
    rows.puts.push_back({storage::bot_config_key(config.id), storage::encode(config)});
    made.change =
        BotChange{config.id, BotChanged::kUpdated, update_text(snapshot.settings_version, wanted)};
    tell(rows, *made.change, origin);
  }
  put_snapshot(rows, config.id, snapshot);
  return made;
}

ConfiguredBot leave_configuration(storage::WriteOps& rows, const BotId& bot,
                                  const BotSnapshot& stored, const ChangeOrigin& origin) {
  ConfiguredBot left{stored, std::nullopt};
  const bool stays = holds_something(stored);
  const BotStatus status = stays ? BotStatus::kPaused : BotStatus::kArchived;
  if (stored.status == status) return left;
  // Whom an operator archived does not go on because it is configured again, nor does it once it
  // has left what it held then.
  const bool is_by_operator =
      stored.status_reason == kHeldWhenArchived ||
      (stored.status == BotStatus::kArchived && !has_left_configuration(stored));
  const std::string_view why = is_by_operator ? kHeldWhenArchived : kNotConfigured;
  left.snapshot.status = status;
  left.snapshot.status_reason = why;
  ++left.snapshot.turn;
  put_snapshot(rows, bot, left.snapshot);
  left.change =
      BotChange{bot, stays ? BotChanged::kPaused : BotChanged::kArchived, std::string(why)};
  tell(rows, *left.change, origin);
  return left;
}

// Who paused it, or put it into quarantine, has said so already.
ConfiguredBot stay_in_market(storage::WriteOps& rows, const BotConfig& before,
                             const BotConfig& wanted, const BotSnapshot& stored,
                             const ChangeOrigin& origin) {
  ConfiguredBot stays{stored, std::nullopt};
  if (stored.status != BotStatus::kActive && !is_left_alone(stored)) return stays;
  const std::string_view why = is_left_alone(stored) ? kHeldWhenArchived : kOtherMarket;
  stays.snapshot.status = BotStatus::kPaused;
  stays.snapshot.status_reason = why;
  ++stays.snapshot.turn;
  put_snapshot(rows, before.id, stays.snapshot);
  stays.change =
      BotChange{before.id, BotChanged::kPaused,
                fmt::format("{}: {} -> {}", why, before.symbol.value, wanted.symbol.value)};
  tell(rows, *stays.change, origin);
  return stays;
}

}  // namespace botbox::actors
