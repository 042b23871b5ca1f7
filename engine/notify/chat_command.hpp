// What somebody writes to the engine in a chat: "/why rsi-btc", "/pause", "/confirm 4821". The
// names are those that users of freqtrade know.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/model/time.hpp"

namespace botbox {

enum class ChatNeed : std::uint8_t { kNothing, kMayHaveBot, kBot };

struct ChatCommand {
  std::string_view name;      // without the slash
  std::string_view verb;      // of the operator's desk; empty: answered in the chat itself
  std::string_view extra;     // further arguments of the verb, as the inside of a JSON object
  std::string_view bot_verb;  // instead of `verb` where a bot is named; empty: the same
  ChatNeed needs = ChatNeed::kNothing;
  bool is_confirmed = false;  // changes something, and is asked back first
  bool changes = false;
  std::string_view help;
  std::string_view all_verb = {};  // instead of `verb` where "all" stands for the bot; empty: none
  // Asked after `verb` where no bot is named: both answers are one reply. Empty: nothing more.
  std::string_view also = {};
};
std::span<const ChatCommand> chat_commands();
// What it would do, for whoever is asked back: to the whole engine, or to one bot.
std::string_view chat_consequence(const ChatCommand& command, bool is_for_bot);
// Where "all" is named: what it would do to all bots.
inline constexpr std::string_view kChatConsequenceForAll = "close every position of every bot";
// Null: there is none.
const ChatCommand* find_chat_command(std::string_view name);

struct ChatWords {
  std::string command;  // lower case, without the slash and without "@name of the bot"
  std::string to;       // that name, lower case; empty: whoever hears it
  std::string first;    // words behind it
  std::string rest;
};
// It names "all" where a bot could stand, and the command knows that word. A bot of that id is then
// not what is meant.
bool names_all(const ChatCommand& command, const ChatWords& words);
// Empty: it is no command, only words.
std::optional<ChatWords> parse_chat(std::string_view text);
// A command to the bot of this name, or to none in particular. In a group each bot hears what is
// said to the others.
bool is_chat_command_for(std::string_view bot, std::string_view text);

// Four digits, a function of the message that asked: to be sent back within kConfirmWithin.
std::string confirm_code(std::int64_t chat, std::int64_t update);
inline constexpr Duration kConfirmWithin{60'000};
// A command that changes something and waited longer than this is not carried out.
inline constexpr Duration kChatCommandAgeMax{120'000};

std::string chat_help();

}  // namespace botbox
