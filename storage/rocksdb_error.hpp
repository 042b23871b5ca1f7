// What RocksDB said, as an Error that names the directory and the fix.
#pragma once

#include <rocksdb/status.h>

#include <filesystem>
#include <string_view>

#include "engine/result.hpp"

namespace botbox::storage {

inline tl::unexpected<Error> store_error(const rocksdb::Status& status, std::string_view doing,
                                         const std::filesystem::path& directory) {
  if (status.IsCorruption())
    return fail(
        ErrorCode::kCorruption,
        fmt::format("the database is damaged ({} while {})", status.ToString(), doing),
        directory.string(),
        "delete nothing; copy the directory away, run 'botbox verify' and restore a backup");
  if (status.IsNoSpace())
    return fail(ErrorCode::kIo,
                fmt::format("the disk is full ({} while {})", status.ToString(), doing),
                directory.string(), "free space on that disk and start again");
  return fail(ErrorCode::kIo, fmt::format("{} while {}", status.ToString(), doing),
              directory.string(), "check the disk and start again");
}

}  // namespace botbox::storage
