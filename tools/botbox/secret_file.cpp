#include "tools/botbox/secret_file.hpp"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "engine/assert.hpp"

namespace botbox::cli {
namespace {

constexpr std::size_t kSecretBytesMin = 8;

std::string random_secret() {
  std::array<unsigned char, 32> bytes{};
  ENGINE_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

Result<std::string> read_secret_file(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0)
    return fail(ErrorCode::kNotFound, "cannot be read", path, "correct secret_file");
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return fail(ErrorCode::kInvalidInput, "others than its owner may read or write this file", path,
                fmt::format("chmod 600 {}", path));
  std::ifstream in(path);
  if (!in)
    return fail(ErrorCode::kIo, fmt::format("cannot be read: {}", std::strerror(errno)), path,
                "give it to the user who runs the engine");
  std::string line;
  std::getline(in, line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  if (line.size() < kSecretBytesMin)
    return fail(ErrorCode::kInvalidInput, "the secret in its first line is too short", path,
                "take at least 8 characters, better 32");
  return line;
}

Result<std::string> ensure_secret_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    if (errno == EEXIST) {
      Result<std::string> secret = read_secret_file(path);
      if (!secret) secret.error().fix += "; or remove it, and a new one is made";
      return secret;
    }
    return fail(ErrorCode::kIo, std::strerror(errno), path);
  }
  const std::string line = random_secret() + "\n";
  const bool is_written =
      ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
      ::fsync(file) == 0;
  ::close(file);
  if (!is_written) {
    ::unlink(path.c_str());
    return fail(ErrorCode::kIo, "cannot be written", path);
  }
  return line.substr(0, line.size() - 1);
}

}  // namespace botbox::cli
