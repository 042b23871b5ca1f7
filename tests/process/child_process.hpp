// A program of this build that runs beside the test, is listened to, signalled and awaited. Waiting
// is on the program itself (its end, its words) with a bound in real time, never on time alone.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/model/time.hpp"

namespace botbox::process {

// How a program ended.
struct Ending {
  int exit_code = -1;  // -1: by a signal
  int signal = 0;      // 0: by itself
};

class ChildProcess {
 public:
  // Starts build/.../bin/`name` without the BOTBOX variables of this process.
  ChildProcess(const std::string& name, std::vector<std::string> arguments);
  // SIGKILL, if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void signal(int number);
  // From here on no file of its grows: what it appends is refused, as by a full disk.
  void refuse_writes();
  // Its end, or nothing when it still runs after `patience`. Reads its output meanwhile.
  std::optional<Ending> wait(Duration patience);
  // Whether its output (both streams) holds `text` before it ends and before `patience` is over.
  bool says(const std::string& text, Duration patience);
  const std::string& output() const { return output_; }
  // Lets go of the reading end, as a pager does that is closed. Nothing is read from here on.
  void stop_reading();

 private:
  void read_output();
  void poll_once(Duration patience);

  pid_t pid_ = -1;
  int pidfd_ = -1;  // readable when the program has ended
  int out_ = -1;    // reading end of its output; -1: closed
  std::string output_;
  std::optional<Ending> ending_;
};

}  // namespace botbox::process
