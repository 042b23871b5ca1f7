#include "tests/admin/hostile_peer.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/exit_reason.hpp>
#include <caf/io/middleman.hpp>
#include <caf/message.hpp>
#include <caf/node_id.hpp>
#include <caf/scoped_execution_unit.hpp>
#include <caf/system_messages.hpp>
#include <vector>

#include "actors/admin_protocol.hpp"

namespace botbox::admin::test {
namespace {

void append(std::string& out, std::uint64_t number, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

struct WireConfig : caf::actor_system_config {
  WireConfig() {
    load<caf::io::middleman>();
    set("scheduler.max-threads", 1);
    actors::add_admin_protocol(*this);
  }
};

template <class... Parts>
std::string on_the_wire(const Parts&... parts) {
  static WireConfig config;
  static caf::actor_system system{config};
  caf::scoped_execution_unit unit(&system);
  std::vector<char> bytes;
  caf::binary_serializer sink(&unit, bytes);
  REQUIRE_FALSE(sink(parts...));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

PlainPeer::PlainPeer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval patience{30, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return;
  ::close(socket_);
  socket_ = -1;
}

PlainPeer::~PlainPeer() {
  if (socket_ >= 0) ::close(socket_);
}

void PlainPeer::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // it has hung up: so be it
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool PlainPeer::is_hung_up() const {
  std::array<char, 4096> ignored{};
  for (;;) {
    const ssize_t got = ::recv(socket_, ignored.data(), ignored.size(), 0);
    if (got == 0) return true;
    if (got < 0) return errno != EAGAIN && errno != EWOULDBLOCK;
  }
}

struct TlsPeer::State {
  explicit State(std::uint16_t port) : peer(port) {}
  ~State() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }

  PlainPeer peer;
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = nullptr;
  bool is_up = false;
  std::string written;
};

TlsPeer::TlsPeer(std::uint16_t port, const Files& files) : state_(std::make_unique<State>(port)) {
  REQUIRE(state_->peer.is_connected());
  SSL_CTX* context = state_->context;
  if (!files.certificate.empty()) {
    REQUIRE(SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1);
  }
  if (!files.authority.empty()) {
    REQUIRE(SSL_CTX_load_verify_locations(context, files.authority.c_str(), nullptr) == 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  state_->ssl = SSL_new(context);
  SSL_set_fd(state_->ssl, state_->peer.socket());
  const auto note = [](BIO* bio, int operation, const char* data, std::size_t size, int, long,
                       int result, std::size_t*) -> long {
    if (operation == BIO_CB_WRITE)
      reinterpret_cast<std::string*>(BIO_get_callback_arg(bio))->append(data, size);
    return result;
  };
  BIO_set_callback_ex(SSL_get_wbio(state_->ssl), note);
  BIO_set_callback_arg(SSL_get_wbio(state_->ssl), reinterpret_cast<char*>(&state_->written));
  state_->is_up = SSL_connect(state_->ssl) == 1;
}

TlsPeer::~TlsPeer() = default;

bool TlsPeer::has_shaken_hands() const { return state_->is_up; }

void TlsPeer::send(std::string_view bytes) const {
  if (state_->is_up) SSL_write(state_->ssl, bytes.data(), static_cast<int>(bytes.size()));
}

bool TlsPeer::is_hung_up() const {
  std::array<char, 4096> ignored{};
  while (state_->is_up) {
    const int got = SSL_read(state_->ssl, ignored.data(), static_cast<int>(ignored.size()));
    if (got <= 0) return SSL_get_error(state_->ssl, got) != SSL_ERROR_WANT_READ;
  }
  return true;
}

const std::string& TlsPeer::handshake_bytes() const { return state_->written; }

std::string basp_header(std::uint8_t operation, std::uint32_t payload_bytes, std::uint8_t flags,
                        std::uint64_t source, std::uint64_t target) {
  std::string header{static_cast<char>(operation), 0, 0, static_cast<char>(flags)};
  append(header, payload_bytes, 4);
  append(header, 0, 8);
  append(header, source, 8);
  append(header, target, 8);
  return header;
}

std::string basp_frame(std::uint8_t operation, const std::string& payload, std::uint8_t flags,
                       std::uint64_t source, std::uint64_t target) {
  return basp_header(operation, static_cast<std::uint32_t>(payload.size()), flags, source, target) +
         payload;
}

std::string node_payload(std::uint32_t process) {
  const auto node = caf::make_node_id(process, "0123456789abcdef0123456789abcdef01234567");
  REQUIRE(node);
  return on_the_wire(*node);
}

std::string question_payload(const std::string& verb, const std::string& args) {
  return on_the_wire(std::vector<caf::strong_actor_ptr>{},
                     caf::make_message(actors::AdminRequest{verb, args, "hostile"}));
}

std::string kill_payload() {
  return on_the_wire(
      std::vector<caf::strong_actor_ptr>{},
      caf::make_message(caf::exit_msg{caf::actor_addr{}, caf::error{caf::exit_reason::kill}}));
}

}  // namespace botbox::admin::test
