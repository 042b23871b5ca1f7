#include "storage/directory_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace botbox::storage {

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "LOCK";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return fail(ErrorCode::kIo, fmt::format("cannot open the lock: {}", std::strerror(errno)),
                file.string(), "check the rights on the data directory");
  DirectoryLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
  return fail(ErrorCode::kAlreadyExists, "another engine has this data directory open",
              directory.string(), "stop it first, or give this one another directory");
}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace botbox::storage
