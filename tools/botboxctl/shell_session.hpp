// ShellSession: carries out commands and prints what came of them.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/result.hpp"
#include "tools/botbox/exit_code.hpp"
#include "tools/botboxctl/admin_client.hpp"
#include "tools/botboxctl/shell_commands.hpp"

namespace botbox::ctl {

struct SessionOptions {
  Duration within{20'000};  // for each answer
  bool json = false;        // as if every command said --json
  // Asks a person before something grave; empty: nobody is there to ask.
  std::function<bool(const std::string& question)> confirm;
};

class ShellSession {
 public:
  ShellSession(std::unique_ptr<AdminClient> client, SessionOptions options)
      : client_(std::move(client)), options_(std::move(options)) {}

  // One line's words. Answers go to stdout, errors to stderr.
  cli::ExitCode run(const std::vector<std::string>& words);
  // What could stand where `words` end; the last one has been begun (or is empty). Asks the engine
  // for the ids of bots, and gives none when it does not answer soon.
  std::vector<std::string> completions(const std::vector<std::string>& words);
  // For the end of the process: see AdminClient.
  void leave() { client_->leave(); }
  bool is_connected() const { return client_->is_connected(); }

 private:
  cli::ExitCode run_command(const Command& command);
  cli::ExitCode follow_events(const Command& command);
  Result<std::string> ask(const Command& command, const std::string& arguments);
  std::uint64_t newest_event(const Command& events);
  bool has_ended();
  std::vector<std::string> bots_that_begin_with(const std::string& start);

  std::unique_ptr<AdminClient> client_;
  SessionOptions options_;
};

// Set by SIGINT; what goes on until interrupted looks at it.
bool is_interrupted();
void clear_interrupt();
void catch_interrupts();

}  // namespace botbox::ctl
