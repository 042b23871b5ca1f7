#include "storage/disk_space.hpp"

#include <system_error>

namespace botbox::storage {

Result<std::uint64_t> free_bytes(const std::filesystem::path& directory) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::path place = fs::absolute(directory, error).lexically_normal();
  while (!fs::exists(place, error) && place.has_relative_path()) place = place.parent_path();
  const fs::space_info space = fs::space(place, error);
  if (error) return fail(ErrorCode::kIo, error.message(), place.string(), "check the disk by hand");
  return static_cast<std::uint64_t>(space.available);
}

}  // namespace botbox::storage
