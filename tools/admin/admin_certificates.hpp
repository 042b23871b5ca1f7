// The certificates of the admin port: an authority of its own for each data directory, made at the
// first start, renewed before they expire. They vouch for nothing but this one port.
#pragma once

#include <filesystem>

#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::admin {

// Certificates with less than this left are made anew at a start.
constexpr Duration kRenewBefore{90LL * 24 * 3'600 * 1'000};
// How long one is good for. A running engine does not renew its own.
constexpr Duration kCertificateLife{2LL * 365 * 24 * 3'600 * 1'000};
constexpr Duration kAuthorityLife{20LL * 365 * 24 * 3'600 * 1'000};

// Makes `directory` (0700) and what is missing in it, renews what expires, and looks at all of it:
// each key is its certificate's and nobody else's to read (0600), each certificate is of this
// authority, good now, and for what it is used for. After a crash between two files the next start
// makes the rest. Where the authority is new, so is everything below it, and copies that were given
// away are worth nothing any more.
// Errors: a key or directory that others may read (kInvalidInput, with the fix), files that are not
// what they should be (kCorruption), the disk (kIo).
Result<void> ensure_certificates(const std::filesystem::path& directory, Timestamp now);

}  // namespace botbox::admin
