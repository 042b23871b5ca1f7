// Somebody at the admin port who is no shell: sends what he likes, by TLS or without.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace botbox::admin::test {

// A TCP connection to 127.0.0.1. Closed at the end.
class PlainPeer {
 public:
  explicit PlainPeer(std::uint16_t port);
  ~PlainPeer();
  PlainPeer(PlainPeer&& other) noexcept : socket_(other.socket_) { other.socket_ = -1; }
  PlainPeer(const PlainPeer&) = delete;
  PlainPeer& operator=(const PlainPeer&) = delete;

  bool is_connected() const { return socket_ >= 0; }
  void send(std::string_view bytes) const;
  // Reads until the other side hangs up; false when it has not after half a minute.
  bool is_hung_up() const;
  int socket() const { return socket_; }

 private:
  int socket_ = -1;
};

// The same under TLS. Without a certificate of its own when `certificate` is empty.
class TlsPeer {
 public:
  struct Files {
    std::filesystem::path authority;  // whom it trusts; empty: anybody
    std::filesystem::path certificate;
    std::filesystem::path key;
  };
  TlsPeer(std::uint16_t port, const Files& files);
  ~TlsPeer();
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  // The handshake as the client sees it; with TLS 1.3 the server may still refuse the certificate.
  bool has_shaken_hands() const;
  void send(std::string_view bytes) const;
  bool is_hung_up() const;
  // What the client said to shake hands, as it went over the wire.
  const std::string& handshake_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Frames of BASP as CAF writes them, for a client that does what it must not.
std::string basp_header(std::uint8_t operation, std::uint32_t payload_bytes, std::uint8_t flags = 0,
                        std::uint64_t source = 0, std::uint64_t target = 0);
std::string basp_frame(std::uint8_t operation, const std::string& payload, std::uint8_t flags = 0,
                       std::uint64_t source = 0, std::uint64_t target = 0);
// Payloads of a client's handshake and of its question.
std::string node_payload(std::uint32_t process);
std::string question_payload(const std::string& verb, const std::string& args);
// A message that CAF itself acts upon: the receiver must end.
std::string kill_payload();

}  // namespace botbox::admin::test
