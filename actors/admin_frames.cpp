#include "actors/admin_frames.hpp"

#include <algorithm>
#include <string_view>

#include "actors/admin_protocol.hpp"
#include "engine/assert.hpp"

namespace botbox::actors {
namespace {

// caf/io/basp/message_type.hpp.
constexpr std::uint8_t kClientHandshake = 1;
constexpr std::uint8_t kDirectMessage = 2;
constexpr std::uint8_t kMonitorMessage = 4;
constexpr std::uint8_t kDownMessage = 5;
constexpr std::uint8_t kHeartbeat = 6;

constexpr std::uint8_t kNamedReceiver = 1;

// caf/message_id.hpp: an answer, answered, or part of a stream. CAF takes these on trust, and reads
// whatever comes so as a message of its own streams.
constexpr std::uint64_t kNoQuestion = 0xE000'0000'0000'0000;

constexpr int kHandshakesMax = 2;  // the second one selects the connection
constexpr std::size_t kHandshakeBytesMax = 256;
// A question's three texts, their lengths, and what stands before them.
constexpr std::size_t kQuestionBytesMax =
    kAdminVerbBytesMax + kAdminArgsBytesMax + kAdminUserBytesMax + 256;
constexpr std::size_t kBookKeepingBytesMax = 4096;

std::uint64_t number_at(std::span<const char> bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = at; i < at + size; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

FrameVerdict bounded(const AdminFrameHeader& header, std::size_t bytes_max) {
  return header.payload_bytes > 0 && header.payload_bytes <= bytes_max ? FrameVerdict::kPass
                                                                       : FrameVerdict::kRefuse;
}

}  // namespace

AdminFrameHeader parse_admin_frame_header(std::span<const char> bytes) {
  ENGINE_ASSERT(bytes.size() == kAdminFrameHeaderBytes);
  return {.operation = static_cast<std::uint8_t>(bytes[0]),
          .flags = static_cast<std::uint8_t>(bytes[3]),
          .payload_bytes = static_cast<std::uint32_t>(number_at(bytes, 4, 4)),
          .message_id = number_at(bytes, 8, 8),
          .source_actor = number_at(bytes, 16, 8),
          .target_actor = number_at(bytes, 24, 8)};
}

FrameVerdict AdminFrames::announced(const AdminFrameHeader& header) const {
  switch (header.operation) {
    case kClientHandshake: return bounded(header, kHandshakeBytesMax);
    case kDirectMessage: return bounded(header, kQuestionBytesMax);
    case kMonitorMessage:
    case kDownMessage: return bounded(header, kBookKeepingBytesMax);
    case kHeartbeat: return header.payload_bytes == 0 ? FrameVerdict::kPass : FrameVerdict::kRefuse;
    default: return FrameVerdict::kRefuse;
  }
}

FrameVerdict AdminFrames::whole(const AdminFrameHeader& header, std::span<const char> payload) {
  if (announced(header) == FrameVerdict::kRefuse || payload.size() != header.payload_bytes)
    return FrameVerdict::kRefuse;
  if (header.operation == kClientHandshake) return handshake(payload);
  if (node_.empty()) return FrameVerdict::kRefuse;
  if (header.operation == kHeartbeat) return FrameVerdict::kPass;
  if (header.operation != kDirectMessage) return FrameVerdict::kLeaveOut;
  const std::string_view text(payload.data(), payload.size());
  const bool is_question = (header.flags & kNamedReceiver) == 0 && header.source_actor != 0 &&
                           (header.message_id & kNoQuestion) == 0 && !question_.empty() &&
                           text.starts_with(question_);
  return is_question ? FrameVerdict::kPass : FrameVerdict::kLeaveOut;
}

FrameVerdict AdminFrames::handshake(std::span<const char> payload) {
  const std::string_view node(payload.data(), payload.size());
  if (++handshakes_ > kHandshakesMax) return FrameVerdict::kRefuse;
  if (node_.empty()) node_ = node;
  return node_ == node ? FrameVerdict::kPass : FrameVerdict::kRefuse;
}

}  // namespace botbox::actors
