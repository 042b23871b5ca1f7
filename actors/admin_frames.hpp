// AdminFrames: which frames of a shell's connection reach CAF, and which do not.
//
// CAF 0.17 trusts whoever speaks its protocol (BASP): a handshake without payload crashes it, an
// announced length is allocated, any actor can be told to die, and a relayed message names its own
// sender. A certificate says that somebody may ask, not that they may do this. So each frame of a
// connection is looked at before CAF sees it:
//
//   handshake (twice at most, always of the same node), question, heartbeat   pass on
//   what CAF's own clients send besides (who watches whom, their book-keeping) left out, harmless
//   anything else, or longer than its bound                                    the connection ends
//
// Pure: bytes in, a verdict out. One object for each connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace botbox::actors {

// CAF's header, 32 bytes, numbers with their most significant byte first.
struct AdminFrameHeader {
  std::uint8_t operation = 0;
  std::uint8_t flags = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t message_id = 0;
  std::uint64_t source_actor = 0;
  std::uint64_t target_actor = 0;
};
constexpr std::size_t kAdminFrameHeaderBytes = 32;

// `bytes` holds exactly kAdminFrameHeaderBytes.
AdminFrameHeader parse_admin_frame_header(std::span<const char> bytes);

enum class FrameVerdict : std::uint8_t {
  kPass,  // CAF gets it
  kLeaveOut,
  kRefuse,  // the connection ends
};

class AdminFrames {
 public:
  // `question` is how the payload of a question begins: no stages, then the message's type.
  explicit AdminFrames(std::string question) : question_(std::move(question)) {}

  // Before any payload is read. kPass: read it (if there is any), then ask whole().
  FrameVerdict announced(const AdminFrameHeader& header) const;
  // A frame with all of its payload.
  FrameVerdict whole(const AdminFrameHeader& header, std::span<const char> payload);

 private:
  FrameVerdict handshake(std::span<const char> payload);

  std::string question_;
  std::string node_;  // payload of the first handshake; empty: none yet
  int handshakes_ = 0;
};

}  // namespace botbox::actors
