#include "tools/botboxctl/shell_session.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/botbox/output.hpp"
#include "tools/botboxctl/answer_text.hpp"

namespace botbox::ctl {
namespace {

using cli::ExitCode;
using cli::OutputFormat;
using Json = nlohmann::ordered_json;

volatile sig_atomic_t interrupted = 0;

constexpr Duration kCompletionPatience{1'500};
constexpr Duration kBackupPatience{600'000};
constexpr int kFollowPauseMs = 500;
constexpr int kReconnectPauseMs = 1'000;
// Looks at whether an engine that was stopped has ended.
constexpr int kEndLooks = 50;
constexpr int kEndPauseMs = 100;
constexpr std::size_t kFollowPage = 500;

ExitCode code_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kUnavailable: return ExitCode::kNotRunning;
    case ErrorCode::kNotFound:
      // No file that says where an engine listens: none runs.
      return error.place.ends_with("port") ? ExitCode::kNotRunning : ExitCode::kNotFound;
    default: return cli::exit_code(error.code);
  }
}

void show(const std::string& verb, const std::string& body, OutputFormat format) {
  const Json answer = Json::parse(body, nullptr, false);
  if (answer.is_discarded())
    cli::print_text(body);
  else if (format == OutputFormat::kJson)
    cli::print_json(answer);
  else
    cli::print_text(answer_text(verb, answer));
}

// Ends early when interrupted.
void pause_ms(int milliseconds) { ::poll(nullptr, 0, milliseconds); }

std::uint64_t sequence_of(const Json& event) {
  const auto found = event.find("sequence");
  return found != event.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

// False: whoever read them is gone.
bool show_event(const Json& event, OutputFormat format) {
  if (format == OutputFormat::kJson)
    cli::print_json_line(event);
  else
    cli::print_text(event_line(event));
  return std::fflush(stdout) == 0;
}

bool is_gone(const Error& error) {
  switch (error.code) {
    case ErrorCode::kUnavailable:
    case ErrorCode::kOutcomeUnknown:
    case ErrorCode::kTimeout: return true;
    case ErrorCode::kNotFound: return code_of(error) == ExitCode::kNotRunning;
    default: return false;
  }
}

void add_matching(std::vector<std::string>& found, std::string_view candidate,
                  const std::string& start) {
  if (candidate.starts_with(start)) found.emplace_back(candidate);
}

// Words at place `taken` of all commands that begin with what stands before it.
std::vector<std::string> command_words(const std::vector<std::string>& words) {
  std::vector<std::string> found;
  const std::string& start = words.back();
  for (const CommandSpec& spec : shell_commands()) {
    const std::size_t blank = spec.words.find(' ');
    if (words.size() == 1) {
      add_matching(found, spec.words.substr(0, blank), start);
    } else if (words.size() == 2 && blank != std::string_view::npos &&
               spec.words.substr(0, blank) == words[0]) {
      add_matching(found, spec.words.substr(blank + 1), start);
    }
  }
  if (words.size() == 1)
    for (const std::string_view own : {"help", "exit"}) add_matching(found, own, start);
  return found;
}

}  // namespace

bool is_interrupted() { return interrupted != 0; }
void clear_interrupt() { interrupted = 0; }

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  ::sigaction(SIGINT, &action, nullptr);
}

ExitCode ShellSession::run(const std::vector<std::string>& words) {
  if (words.front() == "help") {
    const std::vector<std::string> about(words.begin() + 1, words.end());
    std::size_t taken = 0;
    const CommandSpec* spec = about.empty() ? nullptr : command_of(about, taken);
    if (!about.empty() && spec == nullptr)
      return static_cast<ExitCode>(
          cli::report_error(parse_command(about).error(), cli::format_of(options_.json)));
    cli::print_text(spec != nullptr ? help_text(*spec) : help_text());
    return ExitCode::kOk;
  }
  auto command = parse_command(words);
  if (!command) {
    cli::report_error(command.error(), cli::format_of(options_.json));
    return ExitCode::kError;
  }
  command->json = command->json || options_.json;
  if (const Result<void> read = command->read_file(); !read)
    return static_cast<ExitCode>(cli::report_error(read.error(), cli::format_of(command->json)));
  return run_command(*command);
}

Result<std::string> ShellSession::ask(const Command& command, const std::string& arguments) {
  const bool is_look = command.spec->effect == Effect::kLook;
  const bool takes_long = command.spec->verb == "backup" || command.spec->verb == "reload";
  return client_->ask(std::string(command.spec->verb), arguments,
                      takes_long ? std::max(options_.within, kBackupPatience) : options_.within,
                      is_look ? Repeat::kOnce : Repeat::kNever);
}

// Whether there is no engine any more, or will be none in a moment.
bool ShellSession::has_ended() {
  for (int look = 0; look < kEndLooks; ++look) {
    const auto answer = client_->ask("session", "{}", kCompletionPatience, Repeat::kNever);
    if (answer) return false;
    if (code_of(answer.error()) == ExitCode::kNotRunning) return true;
    pause_ms(kEndPauseMs);
  }
  return false;
}

ExitCode ShellSession::run_command(const Command& command) {
  if (command.follow) return follow_events(command);
  if (command.spec->effect == Effect::kGrave && options_.confirm) {
    std::string what(command.spec->words);
    for (const std::string& place : places_of(*command.spec))
      if (const auto given = command.arguments.find(place); given != command.arguments.end())
        what += ' ' + given->second;
    if (!options_.confirm(what)) {
      cli::print_text("nothing done\n");
      return ExitCode::kOk;
    }
  }
  const OutputFormat format = cli::format_of(command.json);
  auto answer = ask(command, command.arguments_json());
  // An engine that has nothing under way may end before its answer is out.
  if (!answer && answer.error().code == ErrorCode::kOutcomeUnknown &&
      command.spec->verb == "stop" && has_ended())
    answer = std::string(R"({"stopping":true})");
  if (!answer) {
    cli::report_error(answer.error(), format, code_of(answer.error()));
    return code_of(answer.error());
  }
  show(std::string(command.spec->verb), *answer, format);
  return ExitCode::kOk;
}

// The number of the newest event, whatever it is about; 0 where the engine does not say.
std::uint64_t ShellSession::newest_event(const Command& events) {
  Command newest{.spec = events.spec};
  newest.arguments["limit"] = "1";
  const auto answer = ask(newest, newest.arguments_json());
  const Json page = Json::parse(answer.value_or(""), nullptr, false);
  if (!page.is_object() || !page.contains("items") || !page["items"].is_array()) return 0;
  return page["items"].empty() ? 0 : sequence_of(page["items"].front());
}

// Asks for what came after the last event that was looked at, again and again. So no event is lost
// and none comes twice, however often the engine is restarted, and the engine keeps nothing for us.
ExitCode ShellSession::follow_events(const Command& command) {
  const OutputFormat format = cli::format_of(command.json);
  Command next = command;
  bool is_first = !command.arguments.contains("after");
  const std::uint64_t begin = is_first ? newest_event(command) : 0;
  if (is_first && !command.arguments.contains("limit")) next.arguments["limit"] = "10";
  bool is_away = false;
  while (!is_interrupted()) {
    const auto answer = ask(next, next.arguments_json());
    if (!answer && !(is_gone(answer.error()) && !is_first)) {
      cli::report_error(answer.error(), format, code_of(answer.error()));
      return code_of(answer.error());
    }
    if (is_away != !answer) {
      is_away = !answer;
      fmt::print(stderr, "{}\n",
                 is_away ? "the engine is away, waiting for it" : "the engine is back");
    }
    if (!answer) {
      pause_ms(kReconnectPauseMs);
      continue;
    }
    Json page = Json::parse(*answer, nullptr, false);
    if (!page.is_object() || !page.contains("items") || !page["items"].is_array())
      return static_cast<ExitCode>(cli::report_error(
          {ErrorCode::kCorruption, "the engine's answer is no list of events"}, format));
    Json& events = page["items"];
    if (is_first) std::reverse(events.begin(), events.end());
    std::uint64_t newest = begin;
    for (const Json& event : events) {
      if (!show_event(event, format)) return ExitCode::kError;
      newest = std::max(newest, sequence_of(event));
    }
    // Which events fit is the engine's to know, and how far it has looked for them.
    const bool goes_on = !is_first && page.contains("next") && page["next"].is_string();
    next.arguments["after"] = goes_on ? page["next"].get<std::string>() : std::to_string(newest);
    next.arguments["limit"] = std::to_string(kFollowPage);
    is_first = false;
    if (events.size() < kFollowPage) pause_ms(kFollowPauseMs);
  }
  return ExitCode::kOk;
}

std::vector<std::string> ShellSession::completions(const std::vector<std::string>& words) {
  if (words.front() == "help" && words.size() > 1)
    return completions({words.begin() + 1, words.end()});
  std::vector<std::string> found = command_words(words);
  std::size_t taken = 0;
  const std::vector<std::string> before(words.begin(), words.end() - 1);
  const CommandSpec* spec = command_of(before, taken);
  const std::string& start = words.back();
  const auto is_asked_for = [&](std::string_view place) {
    if (before.back() == "--" + std::string(place)) return true;
    const auto places = places_of(*spec);
    const std::size_t at = before.size() - taken;
    return at < places.size() && places[at] == place;
  };
  if (spec != nullptr) {
    if (start.starts_with("--")) {
      std::vector<std::string> options{"json"};
      if (spec->words == "events") options.emplace_back("follow");
      std::string option;
      for (const char c : std::string(spec->options) + ' ')
        if (c == ' ')
          options.push_back(std::exchange(option, {}));
        else
          option += c;
      for (const std::string& one : options)
        if (!one.empty()) add_matching(found, "--" + one, start);
    } else if (is_asked_for("bot")) {
      for (std::string& bot : bots_that_begin_with(start)) found.push_back(std::move(bot));
    } else if (is_asked_for("mode")) {
      for (const char* mode : {"active", "reducing", "halted"}) add_matching(found, mode, start);
    } else if (is_asked_for("on")) {
      for (const char* state : {"on", "off"}) add_matching(found, state, start);
    } else if (is_asked_for("decision")) {
      for (const char* one : {"wait", "adopt", "flatten", "ignore", "halt"})
        add_matching(found, one, start);
    } else if (is_asked_for("level")) {
      for (const char* level : {"debug", "info", "warn", "error"})
        add_matching(found, level, start);
    }
  }
  std::ranges::sort(found);
  const auto twice = std::ranges::unique(found);
  found.erase(twice.begin(), twice.end());
  return found;
}

std::vector<std::string> ShellSession::bots_that_begin_with(const std::string& start) {
  const Json arguments = {{"search", start}, {"limit", "500"}};
  const auto answer = client_->ask("bots", arguments.dump(), kCompletionPatience, Repeat::kOnce);
  std::vector<std::string> found;
  if (!answer) return found;
  const Json page = Json::parse(*answer, nullptr, false);
  if (!page.is_object() || !page.contains("items")) return found;
  for (const Json& bot : page["items"])
    if (bot.is_object() && bot.contains("id") && bot["id"].is_string())
      add_matching(found, bot["id"].get<std::string>(), start);
  return found;
}

}  // namespace botbox::ctl
