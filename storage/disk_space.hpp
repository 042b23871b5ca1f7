// Room on the disk of a data directory.
#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/result.hpp"

namespace botbox::storage {

// Bytes that this user may still write where `directory` is, or will be made. Error kIo: the file
// system does not say.
Result<std::uint64_t> free_bytes(const std::filesystem::path& directory);

}  // namespace botbox::storage
