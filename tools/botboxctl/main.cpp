// The program `botboxctl`: one command, or a shell, at a running engine.
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tools/admin/admin_directory.hpp"
#include "tools/botbox/output.hpp"
#include "tools/botboxctl/line_editor.hpp"
#include "tools/botboxctl/shell_session.hpp"

namespace botbox::ctl {
namespace {

struct ProgramOptions {
  std::string data = "data";
  std::string credentials;  // instead of DATA/admin
  std::string role = "operate";
  std::uint16_t port = 0;
  std::uint32_t timeout_s = 20;
  bool json = false;
  std::vector<std::string> words;
};

std::string user_name() {
  const passwd* entry = ::getpwuid(::geteuid());  // NOLINT(concurrency-mt-unsafe): one thread
  return entry != nullptr ? entry->pw_name : std::to_string(::geteuid());
}

// Who may not read the key for everything looks with the other one.
actors::AdminRole role_of(const ProgramOptions& options, const std::filesystem::path& directory) {
  using actors::AdminRole;
  if (options.role == "read") return AdminRole::kRead;
  const auto operate = admin::client_files(directory, AdminRole::kOperate);
  const auto read = admin::client_files(directory, AdminRole::kRead);
  const bool may_operate = ::access(operate.key.c_str(), R_OK) == 0;
  const bool may_read = ::access(read.key.c_str(), R_OK) == 0;
  return options.role == "auto" && !may_operate && may_read ? AdminRole::kRead
                                                            : AdminRole::kOperate;
}

// What cannot be printed ends the program, and the connection in order.
template <class Body>
int with_output(ShellSession& session, Body body) {
  int code = cli::number(cli::ExitCode::kError);
  try {
    code = body();
  } catch (const std::system_error& thrown) {
    code = cli::report_broken_output(thrown);
  }
  session.leave();
  return code;
}

int run_shell(std::unique_ptr<AdminClient> client, const SessionOptions& given) {
  const bool is_terminal = ::isatty(STDIN_FILENO) == 1;
  SessionOptions options = given;
  LineEditor* editor_at_hand = nullptr;
  if (is_terminal)
    options.confirm = [&editor_at_hand](const std::string& what) {
      const std::string said = editor_at_hand->ask(fmt::format("{}: sure? [y/N] ", what));
      return said == "y" || said == "Y" || said == "yes";
    };
  ShellSession session(std::move(client), options);
  LineEditor editor(
      history_file(),
      [&session] {
        return std::string(session.is_connected() ? "botbox> " : "botbox (not connected)> ");
      },
      [&session](const std::vector<std::string>& words) { return session.completions(words); });
  editor_at_hand = &editor;
  return with_output(session, [&] {
    cli::ExitCode last = cli::ExitCode::kOk;
    if (is_terminal) {
      session.run({"status"});
      cli::print_text("\n'help' lists the commands, Tab completes, Ctrl-D leaves\n");
    }
    while (const auto line = editor.read_line()) {
      clear_interrupt();
      const auto words = split_words(*line);
      if (!words) {
        cli::report_error(words.error(), cli::format_of(options.json));
        continue;
      }
      if (words->empty() || words->front().starts_with('#')) continue;
      if (words->front() == "exit" || words->front() == "quit") break;
      const cli::ExitCode code = session.run(*words);
      if (!is_terminal && code != cli::ExitCode::kOk) last = code;
      std::fflush(stdout);
    }
    return cli::number(last);
  });
}

int run_program(ProgramOptions options) {
  const std::filesystem::path directory = options.credentials.empty()
                                              ? admin::admin_directory(options.data)
                                              : std::filesystem::path(options.credentials);
  auto client = AdminClient::create({.directory = directory,
                                     .role = role_of(options, directory),
                                     .port = options.port,
                                     .user = user_name()});
  if (!client)
    return cli::report_error(client.error(), cli::format_of(options.json),
                             cli::ExitCode::kNotRunning);
  catch_interrupts();
  const SessionOptions session{.within = Duration{options.timeout_s * 1'000LL},
                               .json = options.json};
  if (options.words.empty()) return run_shell(std::move(*client), session);
  ShellSession once(std::move(*client), session);
  return with_output(once, [&] { return cli::number(once.run(options.words)); });
}

int run(int argc, char** argv) {
  ProgramOptions options;
  options.role = "auto";
  CLI::App app("botboxctl talks to a running engine: one COMMAND, or a shell without one",
               "botboxctl");
  app.add_option("--data", options.data, "Data directory of the engine; default: ./data")
      ->envname("BOTBOX_DATA");
  app.add_option("--credentials", options.credentials,
                 "Directory with ca.pem and client-ROLE.*; default: DATA/admin");
  app.add_option("--port", options.port, "Default: as the engine wrote it into DATA/admin/port");
  app.add_option("--role", options.role, "operate or read; default: the first that may be used")
      ->check(CLI::IsMember({"auto", "operate", "read"}));
  app.add_option("--timeout", options.timeout_s, "Seconds for each answer")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  app.add_flag("--json", options.json, "Print JSON");
  app.prefix_command();
  app.footer(
      "COMMAND: 'botboxctl help' lists them.\n"
      "Exit codes: 0 ok, 1 error, 2 not found, 3 not running, 5 time-out");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return cli::report_error({ErrorCode::kInvalidInput, error.what(), {}, "botboxctl --help"},
                             cli::format_of(options.json));
  }
  options.words = app.remaining();
  if (!options.words.empty() && options.words.front() == "help") {
    std::size_t taken = 0;
    const std::vector<std::string> about(options.words.begin() + 1, options.words.end());
    const CommandSpec* spec = about.empty() ? nullptr : command_of(about, taken);
    cli::print_text(spec != nullptr ? help_text(*spec) : help_text());
    return 0;
  }
  return run_program(std::move(options));
}

}  // namespace
}  // namespace botbox::ctl

int main(int argc, char** argv) {
  const int code = botbox::cli::flushed(botbox::ctl::run(argc, argv));
  // Nothing of CAF's that is still under way may hold up who waits for this program.
  std::fflush(stderr);
  std::_Exit(code);
}
