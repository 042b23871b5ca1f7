// What can be typed: the commands, their words, and what each asks of the engine.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.hpp"

namespace botbox::ctl {

enum class Effect : std::uint8_t {
  kLook,    // changes nothing
  kChange,  // is recorded with who did it
  kGrave,   // the same, and a person is asked once more
};

struct CommandSpec {
  std::string_view words;  // "bot pause"
  std::string_view verb;   // the engine's
  // Arguments by place: "bot reason...?"; "?" may be left out, "..." takes all that is left.
  std::string_view places;
  std::string_view options;  // arguments by name: "status limit"
  std::string_view fixed;    // always sent: "mode=reducing"
  Effect effect = Effect::kLook;
  std::string_view group;
  std::string_view help;     // one line
  std::string_view example;  // may be empty
};

std::span<const CommandSpec> shell_commands();
// Null: no such command.
const CommandSpec* find_command(std::string_view words);

// A line that was understood.
struct Command {
  const CommandSpec* spec = nullptr;
  std::map<std::string, std::string> arguments;
  bool json = false;
  bool follow = false;

  // What the argument "file" names becomes the argument "toml". kNotFound: it cannot be read.
  Result<void> read_file();
  // The arguments as the engine takes them.
  std::string arguments_json() const;
};

// `words` as a shell splits them. "--json" and "--follow" may stand anywhere; arguments by name are
// "--limit 5" or "limit=5", and what has a place may be named as well: "--reason maintenance".
// Errors say what is missing or not known, and the usage.
Result<Command> parse_command(const std::vector<std::string>& words);

// Splits a line at blanks; quotes ('...' or "...") hold words together. Error: one is not closed.
Result<std::vector<std::string>> split_words(std::string_view line);

// "bot pause BOT [REASON...]".
std::string usage(const CommandSpec& spec);
// All commands in groups, or one of them with its arguments and an example.
std::string help_text();
std::string help_text(const CommandSpec& spec);

// The names of the arguments by place: "bot", "reason".
std::vector<std::string> places_of(const CommandSpec& spec);
// The command that `words` begin with, and how many words it took. Null: none.
const CommandSpec* command_of(const std::vector<std::string>& words, std::size_t& taken);

}  // namespace botbox::ctl
