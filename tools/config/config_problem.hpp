// ConfigProblem: one thing that is wrong in a configuration, where it stands, and what to write
// instead. Never holds the value of a secret.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace botbox::config {

// Where a value was written. An environment variable is a place too: file is then
// "environment BOTBOX__ENGINE__MODE" and line 0.
struct Place {
  std::string file;
  std::uint32_t line = 0;    // from 1; 0: the file as a whole
  std::uint32_t column = 0;  // from 1, in characters

  bool operator==(const Place&) const = default;
};

struct ConfigProblem {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string key;      // dotted, without indices: "bot.check_interval"; may be empty
  std::string message;  // what is wrong
  std::string fix;      // what to write; may be empty

  bool operator==(const ConfigProblem&) const = default;
};

// "demo.toml:12:5: bot.check_interval: is shorter than 1 s (write at least \"1s\")".
std::string to_string(const ConfigProblem& problem);
// One per line, each line ended.
std::string to_string(const std::vector<ConfigProblem>& problems);

}  // namespace botbox::config
