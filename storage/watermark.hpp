// Watermark: a file beside the database that remembers the newest acknowledged batch.
//
// A database whose log lost its end can look whole: it opens, and simply shows an older state. The
// watermark is the second witness. It is written after every acknowledged batch (which survives any
// death of the process) and synced at most once a second (so a power cut may set it back by a
// second, never forward). A database that recovers less than it says has lost acknowledged commits.
//
// File: two slots of 4 KiB, written in turn, so that a torn write leaves the other one whole. Slot:
// magic, sequence (8 bytes each, big-endian), CRC-32C over them (4 bytes).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::storage {

class Watermark {
 public:
  // Makes the file and syncs it and its directory; an existing one is overwritten.
  static Result<void> create(const std::filesystem::path& file, std::uint64_t sequence = 0);
  // The newest sequence in the file. kNotFound: no file; kCorruption: neither slot is whole.
  static Result<std::uint64_t> read(const std::filesystem::path& file);
  // For writing; the file must exist.
  static Result<std::unique_ptr<Watermark>> open(const std::filesystem::path& file);

  Watermark(const Watermark&) = delete;
  Watermark& operator=(const Watermark&) = delete;
  ~Watermark();  // does not sync

  // Writes; syncs when a second has passed since the last sync.
  Result<void> record(std::uint64_t sequence, Timestamp now);
  Result<void> sync();

 private:
  Watermark(int descriptor, std::filesystem::path file)
      : descriptor_(descriptor), file_(std::move(file)) {}

  int descriptor_;
  std::filesystem::path file_;
  unsigned slot_ = 0;
  Timestamp synced_at_;
};

// CRC-32C (Castagnoli, RFC 3720 appendix B.4).
std::uint32_t crc32c(std::string_view bytes);

}  // namespace botbox::storage
