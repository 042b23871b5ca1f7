// The lock of a data directory: an open file that only one process, and one store, can lock. It
// goes with the process, however that ends.
#pragma once

#include <filesystem>
#include <utility>

#include "engine/result.hpp"

namespace botbox::storage {

class DirectoryLock {
 public:
  // The directory must exist. kAlreadyExists: somebody else holds it.
  static Result<DirectoryLock> take(const std::filesystem::path& directory);

  DirectoryLock() = default;
  DirectoryLock(DirectoryLock&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace botbox::storage
