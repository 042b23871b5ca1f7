#include "tests/process/terminal.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "actors/wall_clock.hpp"

namespace botbox::process {
namespace {

Duration still_left(const actors::Stopwatch& watch, Duration patience) {
  const Duration spent{static_cast<std::int64_t>(watch.seconds() * 1000)};
  return std::max(Duration{0}, patience - spent);
}

}  // namespace

Terminal::Terminal(const std::string& name, std::vector<std::string> arguments,
                   const std::filesystem::path& home) {
  const std::string path = std::string(BOTBOX_BINARY_DIR) + "/bin/" + name;
  arguments.insert(arguments.begin(), name);
  std::vector<std::string> environment{"TERM=xterm", "HOME=" + home.string(), "LANG=C.UTF-8",
                                       "NO_COLOR=1"};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (std::string& entry : environment) envp.push_back(entry.data());
  envp.push_back(nullptr);
  winsize size{};
  size.ws_row = 24;
  size.ws_col = 100;
  pid_ = ::forkpty(&master_, nullptr, nullptr, &size);
  if (pid_ == 0) {
    ::execve(path.c_str(), argv.data(), envp.data());
    ::_exit(127);
  }
  REQUIRE(pid_ > 0);
  REQUIRE(::fcntl(master_, F_SETFD, FD_CLOEXEC) == 0);
}

Terminal::~Terminal() {
  if (!ending_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(master_);
}

void Terminal::type(const std::string& keys) const {
  REQUIRE(::write(master_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
}

void Terminal::offer(const std::string& keys) const {
  const ssize_t taken = ::write(master_, keys.data(), keys.size());
  static_cast<void>(taken);
}

// False: the program has let go of its terminal.
bool Terminal::read_for(Duration patience) {
  pollfd watched{master_, POLLIN, 0};
  if (::poll(&watched, 1, static_cast<int>(patience.count())) <= 0) return true;
  std::array<char, 4096> part{};
  const ssize_t got = ::read(master_, part.data(), part.size());
  if (got <= 0) return false;
  screen_.append(part.data(), static_cast<std::size_t>(got));
  return true;
}

bool Terminal::shows(const std::string& text, Duration patience) {
  const actors::Stopwatch watch;
  for (Duration rest = patience;; rest = still_left(watch, patience)) {
    const std::size_t found = screen_.find(text, seen_);
    if (found != std::string::npos) {
      seen_ = found + text.size();
      return true;
    }
    if (rest == Duration{0} || !read_for(rest)) return false;
  }
}

std::optional<int> Terminal::wait(Duration patience) {
  const actors::Stopwatch watch;
  while (!ending_) {
    const Duration rest = still_left(watch, patience);
    if (read_for(rest) && rest > Duration{0}) continue;
    int status = 0;
    if (::waitpid(pid_, &status, rest > Duration{0} ? 0 : WNOHANG) != pid_) return std::nullopt;
    ending_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  return ending_;
}

}  // namespace botbox::process
