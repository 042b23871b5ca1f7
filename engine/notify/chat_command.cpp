#include "engine/notify/chat_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/execution/identity.hpp"

namespace botbox {
namespace {

constexpr std::array kCommands{
    ChatCommand{"status", "overview", "", "bot", ChatNeed::kMayHaveBot, false, false,
                "the engine at a glance, or one BOT with its position"},
    ChatCommand{"profit", "overview", "", "bot", ChatNeed::kMayHaveBot, false, false,
                "what closed and open positions have brought, or those of one BOT"},
    ChatCommand{"balance",
                "overview",
                "",
                "bot",
                ChatNeed::kMayHaveBot,
                false,
                false,
                "allocations, what has become of them and what the account holds; or one BOT's",
                {},
                "balances"},
    ChatCommand{"daily", "equity", R"("points":"2000")", "ft_daily", ChatNeed::kMayHaveBot, false,
                false, "what was closed on each of the last seven days, UTC, or by one BOT"},
    ChatCommand{"performance", "bots", R"("sort":"profit","desc":"true","limit":"10")", "bot",
                ChatNeed::kMayHaveBot, false, false,
                "the ten bots with the largest profit, or one"},
    ChatCommand{"trades", "trades", R"("limit":"10")", "", ChatNeed::kMayHaveBot, false, false,
                "the newest trades, or those of one BOT"},
    ChatCommand{"count", "overview", "", "bot", ChatNeed::kMayHaveBot, false, false,
                "open positions and trades that wait, or those of one BOT"},
    ChatCommand{"locks", "locks", R"("status":"ACTIVE")", "", ChatNeed::kMayHaveBot, false, false,
                "who pauses, and why"},
    ChatCommand{"why", "why", "", "", ChatNeed::kBot, false, false,
                "BOT [TIME]: why it did, or did not, trade; 14:05, or with the day, UTC"},
    ChatCommand{"logs", "alerts", "", "events", ChatNeed::kMayHaveBot, false, false,
                "the newest alerts, or what happened to one BOT"},
    ChatCommand{"health", "health", "", "", ChatNeed::kNothing, false, false, "what works"},
    ChatCommand{"version", "session", "", "", ChatNeed::kNothing, false, false,
                "which engine this is"},
    ChatCommand{"check", "check", "", "", ChatNeed::kBot, false, true, "BOT: let it look now"},
    ChatCommand{"pause", "mode", R"("mode":"reducing")", "pause", ChatNeed::kMayHaveBot, true, true,
                "no entries, only closes; or one BOT alone"},
    ChatCommand{"resume", "mode", R"("mode":"active")", "resume", ChatNeed::kMayHaveBot, true, true,
                "all goes on; or one BOT alone"},
    ChatCommand{"stop", "mode", R"("mode":"halted")", "pause", ChatNeed::kMayHaveBot, true, true,
                "no orders at all, stops at the exchange stay; with a BOT: pause it"},
    ChatCommand{"start", "mode", R"("mode":"active")", "resume", ChatNeed::kMayHaveBot, true, true,
                "end of /stop and /pause"},
    ChatCommand{"forceexit", "close", "", "", ChatNeed::kBot, true, true,
                "BOT: close its positions; all instead of BOT: those of every bot", "close_all"},
    ChatCommand{"reload_config", "reload", "", "", ChatNeed::kNothing, true, true,
                "read the configuration file again"},
    ChatCommand{"confirm", "", "", "", ChatNeed::kNothing, false, false,
                "CODE: yes to what was asked back"},
    ChatCommand{"help", "", "", "", ChatNeed::kNothing, false, false, "this list"},
};

std::string_view next_word(std::string_view& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return text = {};
  text.remove_prefix(begin);
  const std::size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::string lower_name(std::string_view text) {
  std::string lower;
  for (const char c : text)
    lower.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  return lower;
}

}  // namespace

std::span<const ChatCommand> chat_commands() { return kCommands; }

std::string_view chat_consequence(const ChatCommand& command, bool is_for_bot) {
  if (is_for_bot && command.bot_verb == "pause")
    return "no entries of this bot, it only leaves what it holds";
  if (is_for_bot && command.bot_verb == "resume") return "this bot goes on";
  std::string_view what = command.help.substr(0, command.help.find(';'));
  constexpr std::string_view kOfBot = "BOT: ";
  if (what.starts_with(kOfBot)) what.remove_prefix(kOfBot.size());
  return what;
}

const ChatCommand* find_chat_command(std::string_view name) {
  // Names by which the same is known elsewhere.
  if (name == "stopentry" || name == "stopbuy") name = "pause";
  if (name == "fx") name = "forceexit";
  const auto* const found = std::ranges::find(kCommands, name, &ChatCommand::name);
  return found == kCommands.end() ? nullptr : found;
}

std::optional<ChatWords> parse_chat(std::string_view text) {
  std::string_view word = next_word(text);
  if (word.size() < 2 || word.front() != '/') return std::nullopt;
  word.remove_prefix(1);
  const std::size_t at = std::min(word.find('@'), word.size());
  ChatWords words;
  words.command = lower_name(word.substr(0, at));
  if (at < word.size()) words.to = lower_name(word.substr(at + 1));
  words.first = next_word(text);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos) {
    text.remove_prefix(begin);
    words.rest = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  }
  return words;
}

bool names_all(const ChatCommand& command, const ChatWords& words) {
  return !command.all_verb.empty() && lower_name(words.first) == "all";
}

bool is_chat_command_for(std::string_view bot, std::string_view text) {
  const std::optional<ChatWords> words = parse_chat(text);
  return words && (words->to.empty() || words->to == lower_name(bot));
}

std::string confirm_code(std::int64_t chat, std::int64_t update) {
  const std::string hash = content_hash({"confirm", std::to_string(chat), std::to_string(update)});
  return fmt::format("{:04}", std::stoul(hash.substr(0, 7), nullptr, 16) % 10'000);
}

std::string chat_help() {
  std::string text;
  for (const ChatCommand& command : kCommands)
    text += fmt::format("{}/{} {}", text.empty() ? "" : "\n", command.name, command.help);
  return text;
}

}  // namespace botbox
