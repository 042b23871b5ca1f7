// A file's content, or a directory's entries, on the disk for good.
#pragma once

#include <filesystem>

#include "engine/result.hpp"

namespace botbox::storage {

// Returns when `path` survives a power cut. Error kIo.
Result<void> make_durable(const std::filesystem::path& path);

}  // namespace botbox::storage
