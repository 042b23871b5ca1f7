// What the engine says in a chat: from the JSON that the operator's desk answers to a few lines for
// a phone.
#pragma once

#include <string>
#include <string_view>

#include "engine/model/time.hpp"
#include "engine/notify/chat_command.hpp"

namespace botbox::actors {

// `json` is the desk's answer to command.verb, or to command.bot_verb where the command named a
// bot. At most 4,000 UTF-16 units.
std::string chat_reply(const ChatCommand& command, std::string_view json, Timestamp now);

// What the account holds, coin by coin, from the desk's answer to "balances": a line each, and of
// very many coins the first. Stands below a reply, with which it stays short enough for a message.
std::string account_lines(std::string_view json);

}  // namespace botbox::actors
