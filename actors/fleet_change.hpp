// What a configuration asks of a running fleet, and what came of it: one plan is made durable in
// one commit, or nothing of it is.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <memory>
#include <string>
#include <vector>

#include "actors/bot_change.hpp"
#include "engine/model/bot.hpp"
#include "engine/result.hpp"
#include "engine/strategy/strategy.hpp"
#include "storage/commit.hpp"

namespace botbox::actors {

struct WantedBot {
  std::shared_ptr<const BotConfig> config;
  std::shared_ptr<const Strategy> strategy;
};

struct FleetPlan {
  std::vector<WantedBot> bots;    // each once
  bool is_whole = false;          // bots that it does not name have left the configuration
  bool returns_archived = false;  // a bot that an operator archived goes on
  storage::WriteOps rows;         // written in the same commit
  std::string by;
};

// To the supervisor. Bots that stay as they are notice nothing; the others are stopped, changed in
// one commit and started again from their durable snapshots. Answered by FleetChanged.
struct ChangeFleet {
  std::shared_ptr<const FleetPlan> plan;
};
// Errors: kUnavailable, the fleet is not up yet; kOverloaded, another change is under way, or there
// are no places left until the next start; kAlreadyExists, a bot that holds something is to trade
// another symbol; else a bot whose records cannot be read. Nothing was changed then.
struct FleetChanged {
  Result<std::vector<BotChange>> changes;
};

// To the inbox of signals from outside: nobody decides what waits for the bot, or still comes for
// it. kUnknownBot: it is archived, because the configuration names it no more. kBotNotActive: it is
// in quarantine.
struct BotGone {
  BotId bot;
  ReasonCode why = ReasonCode::kUnknownBot;
};
// It decides again.
struct BotReturned {
  BotId bot;
};

}  // namespace botbox::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::BotGone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::BotReturned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::ChangeFleet)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::FleetChanged)
