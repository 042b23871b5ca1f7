#include "actors/admin_frames.hpp"

#include <doctest/doctest.h>

#include "actors/admin_protocol.hpp"

namespace botbox::actors {
namespace {

constexpr std::uint8_t kHandshake = 1;
constexpr std::uint8_t kMessage = 2;
constexpr std::uint8_t kHeartbeat = 6;

FrameVerdict verdict(AdminFrames& frames, std::uint8_t operation, const std::string& payload,
                     std::uint8_t flags = 0, std::uint64_t source = 1,
                     std::uint64_t message_id = 0) {
  return frames.whole({.operation = operation,
                       .flags = flags,
                       .payload_bytes = static_cast<std::uint32_t>(payload.size()),
                       .message_id = message_id,
                       .source_actor = source,
                       .target_actor = 2},
                      payload);
}

AdminFrames greeted() {
  AdminFrames frames("question:");
  CHECK(verdict(frames, kHandshake, "node") == FrameVerdict::kPass);
  return frames;
}

}  // namespace

TEST_CASE("a header is read with its most significant bytes first") {
  std::string bytes{2, 0, 0, 1, 0, 0, 1, 2};
  bytes += std::string(8, '\xff');
  bytes += std::string(7, '\0') + '\x03' + std::string(6, '\0') + "\x01\x02";
  const AdminFrameHeader header = parse_admin_frame_header(bytes);
  CHECK(header.operation == 2);
  CHECK(header.flags == 1);
  CHECK(header.payload_bytes == 258);
  CHECK(header.message_id == ~std::uint64_t{0});
  CHECK(header.source_actor == 3);
  CHECK(header.target_actor == 258);
}

TEST_CASE("a length is judged before anything is read") {
  const AdminFrames frames("question:");
  struct Row {
    std::uint8_t operation;
    std::uint32_t bytes;
    FrameVerdict verdict;
  };
  const FrameVerdict pass = FrameVerdict::kPass;
  const FrameVerdict refuse = FrameVerdict::kRefuse;
  for (const Row& row : std::initializer_list<Row>{{0, 0, refuse},
                                                   {0, 10, refuse},
                                                   {1, 0, refuse},
                                                   {1, 40, pass},
                                                   {1, 257, refuse},
                                                   {2, 0, refuse},
                                                   {2, 100, pass},
                                                   {2, 0xffffffff, refuse},
                                                   {2, 1U << 20, refuse},
                                                   {3, 100, refuse},
                                                   {4, 100, pass},
                                                   {4, 5000, refuse},
                                                   {5, 100, pass},
                                                   {6, 0, pass},
                                                   {6, 1, refuse},
                                                   {7, 0, refuse},
                                                   {255, 1, refuse}}) {
    CAPTURE(static_cast<int>(row.operation));
    CAPTURE(row.bytes);
    CHECK(frames.announced({.operation = row.operation, .payload_bytes = row.bytes}) ==
          row.verdict);
  }
}

TEST_CASE("the longest question that a shell may ask has room") {
  const AdminFrames frames("question:");
  const auto bytes = static_cast<std::uint32_t>(kAdminVerbBytesMax + kAdminArgsBytesMax +
                                                kAdminUserBytesMax + 128);
  CHECK(frames.announced({.operation = kMessage, .payload_bytes = bytes}) == FrameVerdict::kPass);
}

TEST_CASE("who has not said his name is not heard") {
  AdminFrames frames("question:");
  CHECK(verdict(frames, kMessage, "question:status") == FrameVerdict::kRefuse);
  AdminFrames others("question:");
  CHECK(verdict(others, kHeartbeat, "") == FrameVerdict::kRefuse);
}

TEST_CASE("a name is said twice at most, and is the same") {
  AdminFrames frames = greeted();
  CHECK(verdict(frames, kHandshake, "node") == FrameVerdict::kPass);
  CHECK(verdict(frames, kHandshake, "node") == FrameVerdict::kRefuse);
  AdminFrames others = greeted();
  CHECK(verdict(others, kHandshake, "another") == FrameVerdict::kRefuse);
}

TEST_CASE("of messages only questions pass, from a sender, to a number") {
  AdminFrames frames = greeted();
  CHECK(verdict(frames, kMessage, "question:status") == FrameVerdict::kPass);
  CHECK(verdict(frames, kMessage, "exit") == FrameVerdict::kLeaveOut);
  CHECK(verdict(frames, kMessage, "quest") == FrameVerdict::kLeaveOut);
  CHECK(verdict(frames, kMessage, "question:status", 1) == FrameVerdict::kLeaveOut);
  CHECK(verdict(frames, kMessage, "question:status", 0, 0) == FrameVerdict::kLeaveOut);
  // Urgent and ordinary requests pass; answers and parts of a stream do not.
  for (const std::uint64_t id : {0x1ULL, 0x1000'0000'0000'0001ULL})
    CHECK(verdict(frames, kMessage, "question:status", 0, 1, id) == FrameVerdict::kPass);
  for (const std::uint64_t id : {0x2000'0000'0000'0001ULL, 0x3000'0000'0000'0001ULL,
                                 0x4000'0000'0000'0001ULL, 0x8000'0000'0000'0001ULL})
    CHECK(verdict(frames, kMessage, "question:status", 0, 1, id) == FrameVerdict::kLeaveOut);
  CHECK(verdict(frames, 4, "watch") == FrameVerdict::kLeaveOut);
  CHECK(verdict(frames, 5, "down") == FrameVerdict::kLeaveOut);
  CHECK(verdict(frames, kHeartbeat, "") == FrameVerdict::kPass);
}

TEST_CASE("a payload that is not as long as announced ends the connection") {
  AdminFrames frames = greeted();
  CHECK(frames.whole({.operation = kMessage, .payload_bytes = 5, .source_actor = 1},
                     std::string("question:status")) == FrameVerdict::kRefuse);
}

}  // namespace botbox::actors
