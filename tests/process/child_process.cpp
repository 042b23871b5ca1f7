#include "tests/process/child_process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "actors/wall_clock.hpp"

namespace botbox::process {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> clean_environment() {
  std::vector<std::string> kept;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("BOTBOX")) kept.emplace_back(*entry);
  return kept;
}

Duration left(const actors::Stopwatch& watch, Duration patience) {
  const Duration spent{static_cast<std::int64_t>(watch.seconds() * 1000)};
  return std::max(Duration{0}, patience - spent);
}

}  // namespace

ChildProcess::ChildProcess(const std::string& name, std::vector<std::string> arguments) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  out_ = ends[0];
  REQUIRE(::fcntl(out_, F_SETFL, O_NONBLOCK) == 0);
  const std::string path = std::string(BOTBOX_BINARY_DIR) + "/bin/" + name;
  arguments.insert(arguments.begin(), name);
  std::vector<std::string> environment = clean_environment();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  const int failed = ::posix_spawn(&pid_, path.c_str(), &actions, nullptr,
                                   pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  REQUIRE_MESSAGE(failed == 0, path);
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  REQUIRE(pidfd_ >= 0);
}

ChildProcess::~ChildProcess() {
  if (!ending_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(pidfd_);
  stop_reading();
}

void ChildProcess::signal(int number) {
  if (!ending_) ::kill(pid_, number);
}

void ChildProcess::refuse_writes() {
  const rlimit one_byte{1, 1};
  REQUIRE(::prlimit(pid_, RLIMIT_FSIZE, &one_byte, nullptr) == 0);
}

void ChildProcess::stop_reading() {
  if (out_ >= 0) ::close(out_);
  out_ = -1;
}

void ChildProcess::read_output() {
  if (out_ < 0) return;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(out_, buffer.data(), buffer.size());
    if (count == 0) return stop_reading();
    if (count < 0) return;
    output_.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

void ChildProcess::poll_once(Duration patience) {
  std::array<pollfd, 2> watched{pollfd{pidfd_, POLLIN, 0}, pollfd{out_, POLLIN, 0}};
  ::poll(watched.data(), watched.size(), static_cast<int>(patience.count()));
  const bool has_ended = (watched[0].revents & POLLIN) != 0;
  int status = 0;
  if (has_ended && !ending_ && ::waitpid(pid_, &status, 0) == pid_)
    ending_ = Ending{WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                     WIFSIGNALED(status) ? WTERMSIG(status) : 0};
  read_output();
}

std::optional<Ending> ChildProcess::wait(Duration patience) {
  const actors::Stopwatch watch;
  for (Duration rest = patience;; rest = left(watch, patience)) {
    if (!ending_) poll_once(rest);
    if (ending_ || rest == Duration{0}) return ending_;
  }
}

bool ChildProcess::says(const std::string& text, Duration patience) {
  const actors::Stopwatch watch;
  for (Duration rest = patience;; rest = left(watch, patience)) {
    if (output_.find(text) != std::string::npos) return true;
    if (ending_ || rest == Duration{0}) return false;
    poll_once(rest);
  }
}

}  // namespace botbox::process
