// A program of this build at a terminal of its own, typed at and read as a person would.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/time.hpp"

namespace botbox::process {

class Terminal {
 public:
  // Starts build/.../bin/`name` on a terminal of 24 lines and 100 columns, with `home` as the home
  // directory.
  Terminal(const std::string& name, std::vector<std::string> arguments,
           const std::filesystem::path& home);
  // SIGKILL, if it still runs.
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& keys) const;
  // The same where the program may have ended meanwhile, and the terminal with it.
  void offer(const std::string& keys) const;
  // Whether the screen got `text` since the last that was found, before `patience` is over.
  bool shows(const std::string& text, Duration patience);
  // Its exit code; nothing when it still runs after `patience`, -1 when a signal ended it.
  std::optional<int> wait(Duration patience);
  const std::string& screen() const { return screen_; }

 private:
  bool read_for(Duration patience);

  pid_t pid_ = -1;
  int master_ = -1;
  std::string screen_;
  std::size_t seen_ = 0;
  std::optional<int> ending_;
};

}  // namespace botbox::process
