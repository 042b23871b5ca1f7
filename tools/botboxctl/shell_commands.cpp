#include "tools/botboxctl/shell_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

namespace botbox::ctl {
namespace {

constexpr Effect kLook = Effect::kLook;
constexpr Effect kChange = Effect::kChange;
constexpr Effect kGrave = Effect::kGrave;

constexpr std::string_view kPage = "limit cursor from to bot symbol status reason";

constexpr std::array kCommands{
    CommandSpec{"status", "overview", "", "", "", kLook, "Look",
                "mode, bots, cycle, queue, money and what is wrong", "status"},
    CommandSpec{"bots", "bots", "search?", "status symbol sort desc limit cursor", "", kLook,
                "Look", "the fleet; SEARCH is a part of an id, name, symbol or strategy",
                "bots btc --status paused"},
    CommandSpec{"bot show", "bot", "bot", "", "", kLook, "Look",
                "one bot: configuration, state, positions, locks", "bot show trend-btc"},
    CommandSpec{"why", "why", "bot at?", "", "", kLook, "Look",
                "why a bot did, or did not, trade; AT is a time in UTC, else its newest candle",
                "why trend-btc 14:05"},
    CommandSpec{"traces", "traces", "bot", "status reason from to limit cursor", "", kLook, "Look",
                "what a bot decided, candle by candle", "traces trend-btc --limit 20"},
    CommandSpec{"trace", "signal", "id", "", "", kLook, "Look",
                "a signal and all that came of it: trace, order, fills", "trace 5a03c1"},
    CommandSpec{"signals", "signals", "", "limit cursor from to bot symbol status reason group", "",
                kLook, "Look",
                "signals, newest first; GROUP is pending, filtered, executed or failed",
                "signals --bot trend-btc --group filtered"},
    CommandSpec{"intents", "intents", "", "limit cursor from to bot symbol status", "", kLook,
                "Look", "order intents, newest first", ""},
    CommandSpec{"trades", "trades", "", kPage, "", kLook, "Look", "trades, newest first",
                "trades --status executing"},
    CommandSpec{"trade", "trade", "id", "", "", kLook, "Look", "one trade with its fills", ""},
    CommandSpec{"positions", "positions", "", kPage, "", kLook, "Look", "positions, newest first",
                "positions --status open"},
    CommandSpec{"fills", "fills", "", "bot symbol from to limit cursor", "", kLook, "Look",
                "fills by position", ""},
    CommandSpec{"events", "events", "", "bot kind from to limit cursor after", "", kLook, "Look",
                "the log of everything that happened; --follow goes on until Ctrl-C",
                "events --follow --bot trend-btc"},
    CommandSpec{"reasons", "reasons", "", "bot from to", "", kLook, "Look",
                "how often which reason refused a signal, or skipped, blocked or failed an order",
                ""},
    CommandSpec{"queue", "queue", "", "", "", kLook, "Inside", "trades that wait or stand", ""},
    CommandSpec{"limiter", "limiter", "", "", "", kLook, "Inside", "use of the exchange's limits",
                ""},
    CommandSpec{"balances", "balances", "", "", "", kLook, "Inside",
                "what the account has of each coin, and what entries are about to take", ""},
    CommandSpec{"cache", "cache", "", "", "", kLook, "Inside", "market data at hand", ""},
    CommandSpec{"journal", "journal", "", "", "", kLook, "Inside",
                "commits, how many go in one batch, and how long writing takes", "journal --json"},
    CommandSpec{"actors", "actors", "", "", "", kLook, "Inside",
                "the engine's actors as a tree: messages that wait, bots started again", "actors"},
    CommandSpec{"cycles", "cycles", "", "from to limit cursor", "", kLook, "Inside",
                "passes of the scheduler", "cycles --limit 5"},
    CommandSpec{"latency", "latency", "", "limit", "", kLook, "Inside",
                "how long checks, orders and commits of the newest cycles took",
                "latency --limit 10"},
    CommandSpec{"alerts", "alerts", "", "status limit", "", kLook, "Inside",
                "what the engine warned of since its start", ""},
    CommandSpec{"health", "health", "", "scope", "", kLook, "Inside", "what works", ""},
    CommandSpec{"metrics", "metrics", "", "", "", kLook, "Inside", "all gauges and counters", ""},
    CommandSpec{"config", "config", "", "", "", kLook, "Inside",
                "the configuration that runs, secrets masked", ""},
    CommandSpec{"session", "session", "", "", "", kLook, "Inside",
                "who you are to the engine, and which engine this is", ""},
    CommandSpec{"bot check", "check", "bot", "", "", kChange, "Bots",
                "let a bot look now; says what it decided", "bot check trend-btc"},
    CommandSpec{"bot pause", "pause", "bot reason...?", "", "", kChange, "Bots",
                "no entries of this bot; it still leaves what it holds",
                "bot pause trend-btc news at noon"},
    CommandSpec{"bot resume", "resume", "bot reason...?", "", "", kChange, "Bots",
                "let a paused bot go on", ""},
    CommandSpec{"bot create", "create_bot", "file", "", "", kChange, "Bots",
                "a bot from FILE, which holds one [[bot]]; it stays across restarts",
                "bot create my-bot.toml"},
    CommandSpec{"bot update", "update_bot", "bot file", "", "", kGrave, "Bots",
                "another configuration of a bot, whole; its position and its stop stay",
                "bot update trend-btc trend-btc.toml"},
    CommandSpec{"bot archive", "archive", "bot reason...?", "", "", kGrave, "Bots",
                "put a bot away for good; only 'bot create' brings it back", ""},
    CommandSpec{"force-exit", "close", "bot", "", "", kGrave, "Bots",
                "close all positions of a bot, entries under way too, at the market",
                "force-exit trend-btc"},
    CommandSpec{
        "force-exit-all", "close_all", "reason...?", "", "", kGrave, "Bots",
        "close all positions of all bots, entries too; pause-all first, or they enter again",
        "force-exit-all flash crash"},
    CommandSpec{"cancel", "cancel_trade", "id", "", "", kChange, "Bots",
                "take a trade out of the queue, or cancel its order", ""},
    CommandSpec{"locks", "locks", "", "bot status limit", "", kLook, "Bots",
                "which bots risk guards have paused, and why", ""},
    CommandSpec{"locks lift", "lift_locks", "bot reason?", "", "", kChange, "Bots",
                "end the locks of a bot before their time, or the one of REASON as listed",
                "locks lift trend-btc LOSING_STREAK"},
    CommandSpec{"locks lift-fleet", "lift_fleet_locks", "scope reason?", "", "", kChange, "Bots",
                "end locks that hold for all bots (fleet), or for a symbol; REASON as listed",
                "locks lift-fleet fleet"},
    CommandSpec{"trigger", "trigger", "", "", "", kChange, "Engine", "check every active bot now",
                ""},
    CommandSpec{"pause-all", "mode", "reason...?", "", "mode=reducing", kChange, "Engine",
                "no entries of any bot; closes and cancels still pass",
                "pause-all exchange is odd"},
    CommandSpec{"resume-all", "mode", "reason...?", "", "mode=active", kChange, "Engine",
                "the opposite of pause-all", ""},
    CommandSpec{"mode", "mode", "mode reason...?", "", "", kGrave, "Engine",
                "active; reducing: closes only; halted: no orders at all", "mode halted by hand"},
    CommandSpec{"live", "live", "on reason...?", "", "", kGrave, "Engine",
                "on or off: whether orders go to the exchange", "live off"},
    CommandSpec{"rollout", "rollout", "", "", "", kLook, "Engine",
                "caps while trading is rolled out, and how many bots are in the market", ""},
    CommandSpec{"rollout set", "set_rollout", "reason...?", "bots order", "", kGrave, "Engine",
                "so many BOTS in the market at a time, entries of at most ORDER; or none",
                "rollout set --bots 5 --order 100 first week"},
    CommandSpec{"rollout reset", "set_rollout", "reason...?", "", "reset=true", kGrave, "Engine",
                "the caps of the configuration again", ""},
    CommandSpec{"differences", "differences", "", "bot symbol status limit cursor", "", kLook,
                "Engine", "where exchange and records disagree", ""},
    CommandSpec{"reconcile", "decide", "id decision", "bot", "", kGrave, "Engine",
                "decide on a difference: wait, adopt, flatten, ignore or halt; --bot adopts it",
                "reconcile d41d8c adopt"},
    CommandSpec{"reload", "reload", "", "", "", kChange, "Engine",
                "read the configuration file again and take over what differs", ""},
    CommandSpec{"backup", "backup", "to", "", "", kChange, "Engine",
                "copy the data directory as it is now to a new directory of the engine's machine",
                "backup /srv/backup/today"},
    CommandSpec{"log-level", "log_level", "level", "", "", kChange, "Engine",
                "debug, info, warn or error; until the engine's next start", "log-level debug"},
    CommandSpec{"stop", "stop", "", "", "", kGrave, "Engine",
                "finish what is under way, then end the engine", ""},
};

// Other words for a command, which Tab and help do not offer.
struct Alias {
  std::string_view words;
  std::string_view means;
};
constexpr std::array kAliases{
    Alias{"journal stats", "journal"}, Alias{"actor tree", "actors"}, Alias{"backup now", "backup"},
    Alias{"log level", "log-level"},   Alias{"drain", "stop"},
};

struct Place {
  std::string name;
  bool is_optional = false;
  bool takes_rest = false;
};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t blank = text.find(' ');
    if (blank != 0) words.emplace_back(text.substr(0, blank));
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
  }
  return words;
}

std::vector<Place> parse_places(const CommandSpec& spec) {
  std::vector<Place> places;
  for (std::string word : words_of(spec.places)) {
    Place place;
    place.is_optional = word.ends_with('?');
    if (place.is_optional) word.pop_back();
    place.takes_rest = word.ends_with("...");
    if (place.takes_rest) word.resize(word.size() - 3);
    place.name = word;
    places.push_back(place);
  }
  return places;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

bool has_option(const CommandSpec& spec, std::string_view name) {
  const std::vector<std::string> options = words_of(spec.options);
  return std::ranges::find(options, name) != options.end();
}

tl::unexpected<Error> wrong(const CommandSpec& spec, std::string message) {
  return fail(ErrorCode::kInvalidInput, std::move(message), std::string(spec.words),
              "usage: " + usage(spec));
}

// "limit=5", where `limit` is an option of the command.
std::optional<std::pair<std::string, std::string>> named(const CommandSpec& spec,
                                                         const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || !has_option(spec, word.substr(0, equals))) return std::nullopt;
  return std::pair{word.substr(0, equals), word.substr(equals + 1)};
}

bool is_place(const CommandSpec& spec, std::string_view name) {
  const std::vector<Place> places = parse_places(spec);
  return std::ranges::find(places, name, &Place::name) != places.end();
}

// Words that are not taken by name, in the places that are left.
Result<void> take_places(Command& command, const std::vector<std::string>& loose) {
  const std::vector<Place> places = parse_places(*command.spec);
  std::size_t next = 0;
  for (const Place& place : places) {
    if (command.arguments.contains(place.name)) continue;
    if (next == loose.size()) {
      if (place.is_optional) continue;
      return wrong(*command.spec, upper(place.name) + " is missing");
    }
    std::string& value = command.arguments[place.name];
    value = loose[next++];
    while (place.takes_rest && next < loose.size()) value += ' ' + loose[next++];
  }
  if (next < loose.size())
    return wrong(*command.spec, fmt::format("'{}' is one word too many", loose[next]));
  return {};
}

Result<void> take_words(Command& command, const std::vector<std::string>& words, std::size_t from) {
  const CommandSpec& spec = *command.spec;
  std::vector<std::string> loose;
  for (std::size_t i = from; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--json") {
      command.json = true;
    } else if (word == "--follow" && spec.words == "events") {
      command.follow = true;
    } else if (word.starts_with("--")) {
      const std::size_t equals = word.find('=');
      const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
      if (!has_option(spec, name) && !is_place(spec, name))
        return wrong(spec, fmt::format("there is no '{}' here", word));
      if (equals == std::string::npos && ++i == words.size())
        return wrong(spec, word + " needs a value");
      command.arguments[name] = equals == std::string::npos ? words[i] : word.substr(equals + 1);
    } else if (const auto pair = named(spec, word)) {
      command.arguments[pair->first] = pair->second;
    } else {
      loose.push_back(word);
    }
  }
  return take_places(command, loose);
}

}  // namespace

std::span<const CommandSpec> shell_commands() { return kCommands; }

const CommandSpec* find_command(std::string_view words) {
  const auto* const alias = std::ranges::find(kAliases, words, &Alias::words);
  if (alias != kAliases.end()) words = alias->means;
  const auto* const found = std::ranges::find(kCommands, words, &CommandSpec::words);
  return found != kCommands.end() ? found : nullptr;
}

const CommandSpec* command_of(const std::vector<std::string>& words, std::size_t& taken) {
  for (taken = std::min<std::size_t>(2, words.size()); taken > 0; --taken) {
    const std::string name = taken == 2 ? words[0] + ' ' + words[1] : words[0];
    if (const CommandSpec* spec = find_command(name)) return spec;
  }
  return nullptr;
}

std::string Command::arguments_json() const {
  nlohmann::ordered_json document = nlohmann::ordered_json::object();
  for (const auto& [name, value] : arguments) document[name] = value;
  for (const std::string& pair : words_of(spec->fixed)) {
    const std::size_t equals = pair.find('=');
    document[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<void> Command::read_file() {
  const auto named = arguments.find("file");
  if (named == arguments.end()) return {};
  const std::string path = named->second;
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in || in.bad()) return fail(ErrorCode::kNotFound, "cannot be read", path);
  arguments.erase(named);
  arguments["toml"] = std::move(text);
  return {};
}

Result<Command> parse_command(const std::vector<std::string>& words) {
  std::size_t taken = 0;
  Command command{.spec = command_of(words, taken)};
  if (command.spec == nullptr) {
    const std::string first = words.empty() ? "" : words.front();
    std::string near;
    for (const CommandSpec& spec : kCommands)
      if (!first.empty() && (spec.words.starts_with(first) || spec.words.starts_with(first + ' ')))
        near += (near.empty() ? "" : ", ") + std::string(spec.words);
    return fail(ErrorCode::kInvalidInput, "there is no such command", first,
                near.empty() ? "'help' lists all" : "did you mean " + near + "?");
  }
  BOTBOX_TRY(take_words(command, words, taken));
  return command;
}

Result<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool is_word = false;
  char quote = 0;
  for (const char c : line) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      is_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (is_word) words.push_back(std::exchange(word, {}));
      is_word = false;
    } else {
      word += c;
      is_word = true;
    }
  }
  if (quote != 0)
    return fail(ErrorCode::kInvalidInput, fmt::format("a quote {} is not closed", quote));
  if (is_word) words.push_back(word);
  return words;
}

std::vector<std::string> places_of(const CommandSpec& spec) {
  std::vector<std::string> names;
  for (const Place& place : parse_places(spec)) names.push_back(place.name);
  return names;
}

std::string usage(const CommandSpec& spec) {
  std::string text(spec.words);
  for (const Place& place : parse_places(spec)) {
    const std::string name = upper(place.name) + (place.takes_rest ? "..." : "");
    text += place.is_optional ? fmt::format(" [{}]", name) : ' ' + name;
  }
  if (spec.words == "events") text += " [--follow]";
  for (const std::string& option : words_of(spec.options))
    text += fmt::format(" [--{} {}]", option, upper(option));
  return text;
}

std::string help_text() {
  constexpr std::string_view kHelp = "help [COMMAND]";
  std::size_t width = kHelp.size();
  for (const CommandSpec& spec : kCommands) width = std::max(width, spec.words.size());
  std::string text;
  const auto add = [&](std::string_view words, std::string_view help) {
    text += fmt::format("  {:<{}}  {}\n", words, width, help);
  };
  std::string_view group;
  for (const CommandSpec& spec : kCommands) {
    if (spec.group != group) text += fmt::format("{}{}\n", group.empty() ? "" : "\n", spec.group);
    group = spec.group;
    add(spec.words, spec.help);
  }
  text += "\nShell\n";
  add(kHelp, "what a command takes, with an example");
  add("exit", "leave; the engine goes on (Ctrl-D)");
  text += "\nTab completes commands and bots. '--json' after any command prints JSON.\n";
  return text;
}

std::string help_text(const CommandSpec& spec) {
  std::string text = fmt::format("{}\n  {}\n", usage(spec), spec.help);
  if (!spec.example.empty()) text += fmt::format("\n  for example: {}\n", spec.example);
  if (spec.effect != Effect::kLook)
    text += "\n  needs the role 'operate', and is recorded with who asked for it\n";
  return text;
}

}  // namespace botbox::ctl
