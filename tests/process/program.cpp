#include "tests/process/program.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <thread>

namespace botbox::process {
namespace {

std::string output_file(std::string_view what) {
  static std::atomic<int> count{0};
  return (std::filesystem::temp_directory_path() /
          fmt::format("botbox-test-process-{}-{}-{}", ::getpid(), ++count, what))
      .string();
}

std::string contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> clean_environment() {
  std::vector<std::string> kept;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("BOTBOX")) kept.emplace_back(*entry);
  return kept;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

int spawn(const std::string& name, std::vector<std::string> arguments, const std::string& out,
          const std::string& err, const std::vector<std::string>& variables = {}) {
  const std::string path = std::string(BOTBOX_BINARY_DIR) + "/bin/" + name;
  arguments.insert(arguments.begin(), name);
  std::vector<std::string> environment = clean_environment();
  environment.insert(environment.end(), variables.begin(), variables.end());
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), kFlags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), kFlags, 0600);
  int pid = -1;
  const int failed = ::posix_spawn(&pid, path.c_str(), &actions, nullptr,
                                   pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  REQUIRE_MESSAGE(failed == 0, path);
  return pid;
}

}  // namespace

Ended run_program(const std::string& name, const std::vector<std::string>& arguments,
                  const std::vector<std::string>& variables) {
  const std::string out = output_file("out");
  const std::string err = output_file("err");
  const int pid = spawn(name, arguments, out, err, variables);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  Ended ended{WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(out), contents(err)};
  std::filesystem::remove(out);
  std::filesystem::remove(err);
  return ended;
}

RunningProgram::RunningProgram(const std::string& name, const std::vector<std::string>& arguments)
    : out_(output_file("out")) {
  pid_ = spawn(name, arguments, out_, "/dev/null");
}

RunningProgram::~RunningProgram() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  std::error_code ignored;
  std::filesystem::remove(out_, ignored);
}

bool RunningProgram::says(const std::string& text) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < deadline) {
    if (contents(out_).find(text) != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

}  // namespace botbox::process
