// Runs a program of this build as a user does, and reads what it says.
#pragma once

#include <string>
#include <vector>

namespace botbox::process {

struct Ended {
  int exit_code = -1;  // -1: by a signal
  std::string out;
  std::string err;
};

// Starts build/.../bin/`name`, without the BOTBOX variables of this process but with `variables`
// ("NAME=VALUE"), and waits for its end.
Ended run_program(const std::string& name, const std::vector<std::string>& arguments,
                  const std::vector<std::string>& variables = {});

// A program that goes on until this goes out of scope (SIGKILL).
class RunningProgram {
 public:
  RunningProgram(const std::string& name, const std::vector<std::string>& arguments);
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  // Whether its standard output holds `text` within ten seconds.
  bool says(const std::string& text) const;

 private:
  int pid_;
  std::string out_;  // file
};

}  // namespace botbox::process
