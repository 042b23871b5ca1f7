#include "storage/watermark.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "storage/durable_path.hpp"
#include "storage/keys.hpp"

namespace botbox::storage {
namespace {

constexpr std::size_t kSlotStride = 4096;
constexpr std::size_t kSlotBytes = 20;
constexpr std::uint64_t kMagic = 0x626F74626F782D77;  // "botbox-w"

tl::unexpected<Error> io_error(std::string_view what, const std::filesystem::path& file) {
  return fail(ErrorCode::kIo, fmt::format("cannot {}: {}", what, std::strerror(errno)),
              file.string(), "check the disk and the rights on the data directory");
}

std::string slot_bytes(std::uint64_t sequence) {
  std::string bytes = big_endian(kMagic) + big_endian(sequence);
  const std::uint32_t sum = crc32c(bytes);
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>((sum >> shift) & 0xFF));
  return bytes;
}

std::optional<std::uint64_t> read_slot(std::string_view bytes) {
  if (bytes.size() < kSlotBytes || from_big_endian(bytes) != kMagic) return std::nullopt;
  const std::uint64_t sequence = from_big_endian(bytes.substr(8));
  if (slot_bytes(sequence) != bytes.substr(0, kSlotBytes)) return std::nullopt;
  return sequence;
}

bool write_at(int descriptor, std::string_view bytes, std::size_t offset) {
  return ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
         static_cast<ssize_t>(bytes.size());
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t sum = 0xFFFFFFFF;
  for (const char c : bytes) {
    sum ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0x82F63B78U : 0U);
  }
  return ~sum;
}

Result<void> Watermark::create(const std::filesystem::path& file, std::uint64_t sequence) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return io_error("create the watermark", file);
  const std::string slot = slot_bytes(sequence);
  const bool written = write_at(descriptor, slot, 0) && write_at(descriptor, slot, kSlotStride) &&
                       ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (!written) return io_error("create the watermark", file);
  return make_durable(file.parent_path());
}

Result<std::uint64_t> Watermark::read(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT) return fail(ErrorCode::kNotFound, "there is no watermark", file.string());
    return io_error("read the watermark", file);
  }
  std::array<char, kSlotStride + kSlotBytes> bytes{};
  const ssize_t got = ::pread(descriptor, bytes.data(), bytes.size(), 0);
  ::close(descriptor);
  if (got < 0) return io_error("read the watermark", file);
  const std::string_view all(bytes.data(), static_cast<std::size_t>(got));
  const auto first = read_slot(all);
  const auto second = read_slot(all.substr(std::min(kSlotStride, all.size())));
  if (!first && !second)
    return fail(ErrorCode::kCorruption, "neither slot of the watermark is whole", file.string(),
                "restore a backup, or go on with the database as it is by 'botbox accept-loss'");
  return std::max(first.value_or(0), second.value_or(0));
}

Result<std::unique_ptr<Watermark>> Watermark::open(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return io_error("open the watermark", file);
  return std::unique_ptr<Watermark>(new Watermark(descriptor, file));
}

Watermark::~Watermark() { ::close(descriptor_); }

Result<void> Watermark::record(std::uint64_t sequence, Timestamp now) {
  constexpr Duration kSyncEvery{1000};
  if (!write_at(descriptor_, slot_bytes(sequence), slot_ * kSlotStride))
    return io_error("write the watermark", file_);
  slot_ ^= 1U;
  if (now - synced_at_ < kSyncEvery) return {};
  synced_at_ = now;
  return sync();
}

Result<void> Watermark::sync() {
  if (::fdatasync(descriptor_) != 0) return io_error("sync the watermark", file_);
  return {};
}

}  // namespace botbox::storage
