#include "exchange/venue/credentials_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

namespace botbox::exchange {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\"";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

Result<Credentials> read_credentials(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0)
    return fail(ErrorCode::kNotFound, "cannot be read", path, "correct credentials_file");
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return fail(ErrorCode::kInvalidInput, "others than its owner may read or write this file", path,
                fmt::format("chmod 600 {}", path));
  std::ifstream in(path);
  if (!in)
    return fail(ErrorCode::kIo, fmt::format("cannot be read: {}", std::strerror(errno)), path,
                "give it to the user who runs the engine");
  std::string key;
  std::string secret;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    const std::size_t equals = text.find('=');
    const std::string_view name = trimmed(text.substr(0, equals));
    if (equals == std::string_view::npos || (name != "key" && name != "secret"))
      return fail(ErrorCode::kInvalidInput, "a line is neither key nor secret",
                  fmt::format("{}:{}", path, number), "write key = ... and secret = ...");
    (name == "key" ? key : secret) = std::string(trimmed(text.substr(equals + 1)));
  }
  Credentials read(std::move(key), std::move(secret));
  if (read.empty())
    return fail(ErrorCode::kInvalidInput, "key or secret is missing", path,
                "write key = ... and secret = ...");
  return read;
}

}  // namespace botbox::exchange
