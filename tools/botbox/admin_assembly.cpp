#include "tools/botbox/admin_assembly.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "actors/operator_arguments.hpp"
#include "actors/wall_clock.hpp"
#include "tools/admin/admin_certificates.hpp"
#include "tools/admin/admin_directory.hpp"
#include "tools/botbox/build_facts.hpp"

extern char** environ;

namespace botbox::cli {
namespace {

using actors::AdminCall;
using actors::AdminReply;
using actors::AdminRole;

// A backup of much data takes its time; everything else is bounded by the desk.
constexpr Duration kPatience{600'000};

// Runs `botbox backup` beside this engine: it needs nothing of it, and goes on if the engine ends.
Result<pid_t> start_backup(const std::string& data, const std::string& to, int out) {
  std::vector<std::string> words{"botbox", "backup", "--data", data, "--to", to, "--json"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // The engine blocks the signals that stop it; its child must not.
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  const int failed =
      ::posix_spawn(&child, "/proc/self/exe", &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) return fail(ErrorCode::kIo, "the backup cannot be started", to);
  return child;
}

// The child's words until it has said all.
std::string read_all(int in) {
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = ::read(in, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  return text;
}

Error backup_error(const std::string& said, const std::string& to) {
  const auto document = nlohmann::json::parse(said, nullptr, false);
  if (document.is_object() && document.contains("error") && document["error"].is_object())
    return {ErrorCode::kIo, document["error"].value("message", "the backup failed"),
            document["error"].value("place", to), document["error"].value("fix", "")};
  return {ErrorCode::kIo, "the backup failed", to};
}

void back_up(const std::string& data, const std::string& to, const AdminReply& reply) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
    return reply(fail(ErrorCode::kIo, "the backup cannot be started", to));
  const auto child = start_backup(data, to, pipe[1]);
  ::close(pipe[1]);
  if (!child) {
    ::close(pipe[0]);
    return reply(tl::unexpected<Error>(child.error()));
  }
  // It waits for the child and knows nothing else of this process, so nobody need wait for it.
  std::thread([in = pipe[0], child = *child, to, reply] {
    const std::string said = read_all(in);
    ::close(in);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
      reply(said);
    else
      reply(tl::unexpected<Error>(backup_error(said, to)));
  }).detach();
}

bool is_log_level(std::string_view name) {
  return name == "debug" || name == "info" || name == "warn" || name == "error";
}

// False: it is none of this process's own verbs.
bool is_own(const std::string& verb) {
  return verb == "backup" || verb == "log_level" || verb == "stop";
}

Result<actors::OperatorArguments> own_arguments(const AdminCall& call) {
  BOTBOX_ASSIGN(actors::OperatorArguments arguments, actors::OperatorArguments::parse(call.args));
  if (call.verb == "log_level" && !is_log_level(arguments.text("level")))
    return fail(ErrorCode::kInvalidInput, fmt::format("'{}' is no level", arguments.text("level")),
                "level", "debug, info, warn or error");
  if (call.verb == "backup") {
    BOTBOX_ASSIGN(const std::string to, arguments.needed("to"));
    if (!to.starts_with('/'))
      return fail(ErrorCode::kInvalidInput, "must be a whole path: the engine makes it", "to",
                  "begin it with /");
  }
  return arguments;
}

// Its event is durable.
void carry_out(const std::string& data, const std::string& verb,
               const actors::OperatorArguments& arguments, const AdminReply& reply) {
  if (verb == "backup") return back_up(data, std::string(arguments.text("to")), reply);
  if (verb == "log_level") {
    const std::string level(arguments.text("level"));
    spdlog::set_level(spdlog::level::from_str(level));
    return reply(nlohmann::ordered_json{{"level", level}}.dump());
  }
  reply(nlohmann::ordered_json{{"stopping", true}}.dump());
  ::kill(::getpid(), SIGTERM);
}

std::unique_ptr<AdminDoor> without_shell(const Error& why) {
  spdlog::error("botboxctl cannot connect: {}", to_string(why));
  return nullptr;
}

// Like any command: checked, recorded by the desk for whom may, and only then done.
void do_own(const std::string& data, const AdminCall& call, actors::OperatorRequest request,
            const actors::OperatorEntry& desk, const AdminReply& reply) {
  Result<actors::OperatorArguments> arguments = own_arguments(call);
  if (!arguments) return reply(tl::unexpected<Error>(std::move(arguments).error()));
  desk(std::move(request), [data, verb = call.verb, who = call.who, reply,
                            arguments = std::move(*arguments)](Result<std::string> recorded) {
    if (!recorded) return reply(std::move(recorded));
    spdlog::warn("{} asks by the shell: {} {}", who, verb, arguments.to_json());
    carry_out(data, verb, arguments, reply);
  });
}

}  // namespace

actors::AdminHandler admin_handler(std::string data, actors::OperatorEntry desk) {
  return [data = std::move(data), desk = std::move(desk)](const AdminCall& call,
                                                          const AdminReply& reply) {
    actors::OperatorRequest request{.who = call.who,
                                    .from = "shell",
                                    .role = call.role == AdminRole::kOperate
                                                ? actors::OperatorRole::kOperate
                                                : actors::OperatorRole::kRead,
                                    .verb = call.verb,
                                    .arguments = call.args};
    if (is_own(call.verb)) return do_own(data, call, std::move(request), desk, reply);
    desk(std::move(request), reply);
  };
}

// Stands for the desk until there is one.
struct AdminDoor::Gate {
  std::mutex mutex;
  actors::OperatorEntry desk;  // under mutex

  void ask(actors::OperatorRequest request, actors::OperatorAnswer answer) {
    actors::OperatorEntry there;
    {
      const std::lock_guard lock(mutex);
      there = desk;
    }
    if (there) return there(std::move(request), std::move(answer));
    answer(fail(ErrorCode::kUnavailable, "the engine starts", {}, "ask again in a moment"));
  }
};

AdminDoor::AdminDoor(std::string directory)
    : directory_(std::move(directory)), gate_(std::make_shared<Gate>()) {}

Result<std::unique_ptr<actors::AdminPort>> AdminDoor::open_port(std::uint16_t port,
                                                                const std::string& data) const {
  const admin::KeyPairFiles files = admin::server_files(directory_);
  const auto desk = [gate = gate_](actors::OperatorRequest request, actors::OperatorAnswer answer) {
    gate->ask(std::move(request), std::move(answer));
  };
  return actors::AdminPort::open(
      {.port = port,
       .tls = {.authority = admin::authority_file(directory_).string(),
               .certificate = files.certificate.string(),
               .key = files.key.string()},
       .handler = admin_handler(std::filesystem::absolute(data).string(), desk),
       .patience = kPatience,
       .on_trouble = [](const std::string& trouble) { spdlog::warn("{}", trouble); }});
}

Result<std::unique_ptr<AdminDoor>> AdminDoor::listen(const config::AdminSection& section,
                                                     const std::string& data) {
  if (!section.is_enabled) return nullptr;
  std::unique_ptr<AdminDoor> door(new AdminDoor(admin::admin_directory(data).string()));
  // By the machine's clock, which OpenSSL looks at, also where the engine plays with another.
  const auto certified = admin::ensure_certificates(door->directory_, actors::WallClock().now());
  if (!certified) return without_shell(certified.error());
  auto port = door->open_port(section.port, data);
  if (!port && port.error().code != ErrorCode::kIo) return without_shell(port.error());
  if (!port) return tl::unexpected<Error>(std::move(port).error());
  door->port_ = std::move(*port);
  return door;
}

Result<void> AdminDoor::serve(actors::OperatorEntry desk) {
  {
    const std::lock_guard lock(gate_->mutex);
    gate_->desk = std::move(desk);
  }
  return admin::write_address(
      directory_,
      {.port = port(), .schema = actors::admin_schema(), .version = std::string(engine_version())});
}

AdminDoor::~AdminDoor() {
  port_ = nullptr;
  admin::remove_address(directory_);
}

}  // namespace botbox::cli
