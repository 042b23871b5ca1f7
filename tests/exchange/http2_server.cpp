#include "tests/exchange/http2_server.hpp"

#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <map>
#include <optional>
#include <string_view>

namespace botbox::exchange::testing {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
// As in the list of protocols that a client offers: a length, then the name.
constexpr std::string_view kHttp2Name = "\x02h2";

enum FrameType : std::uint8_t { kData = 0, kHeaders = 1, kSettings = 4, kPing = 6, kGoAway = 7 };
constexpr std::uint8_t kEndStream = 1;     // of data and headers
constexpr std::uint8_t kAcknowledges = 1;  // of settings and pings
constexpr std::uint8_t kEndHeaders = 4;

struct Frame {
  std::uint8_t type = kData;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
};

class FrameStream {
 public:
  explicit FrameStream(SSL* ssl) : ssl_(ssl) {}

  // False, empty: the client has closed.
  bool read_exactly(std::string& bytes, std::size_t size) {
    bytes.resize(size);
    for (std::size_t have = 0; have < size;) {
      const int got = SSL_read(ssl_, bytes.data() + have, static_cast<int>(size - have));
      if (got <= 0) return false;
      have += static_cast<std::size_t>(got);
    }
    return true;
  }
  std::optional<Frame> read() {
    std::string head;
    if (!read_exactly(head, 9)) return std::nullopt;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(head[i]); };
    Frame frame;
    frame.type = byte(3);
    frame.flags = byte(4);
    for (std::size_t i = 5; i < 9; ++i) frame.stream = frame.stream << 8 | byte(i);
    const std::size_t size =
        static_cast<std::size_t>(byte(0)) << 16 | static_cast<std::size_t>(byte(1)) << 8 | byte(2);
    if (!read_exactly(frame.payload, size)) return std::nullopt;
    return frame;
  }
  void write(const Frame& frame) {
    std::string bytes;
    for (const int shift : {16, 8, 0})
      bytes.push_back(static_cast<char>(frame.payload.size() >> shift & 0xFF));
    bytes.push_back(static_cast<char>(frame.type));
    bytes.push_back(static_cast<char>(frame.flags));
    for (const int shift : {24, 16, 8, 0})
      bytes.push_back(static_cast<char>(frame.stream >> shift & 0xFF));
    bytes += frame.payload;
    (void)SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
  }

 private:
  SSL* ssl_;
};

int choose_http2(SSL*, const unsigned char** out, unsigned char* out_length,
                 const unsigned char* offered, unsigned int length, void*) {
  const std::string_view list(reinterpret_cast<const char*>(offered), length);
  const std::size_t at = list.find(kHttp2Name);
  if (at == std::string_view::npos) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = offered + at + 1;
  *out_length = static_cast<unsigned char>(kHttp2Name.size() - 1);
  return SSL_TLSEXT_ERR_OK;
}

// Speaks with one client until it closes; tells the stream of each request before it is answered.
template <class Tell>
void speak(FrameStream& wire, Tell tell) {
  std::string preface;
  if (!wire.read_exactly(preface, kPreface.size()) || preface != kPreface) return;
  wire.write({kSettings, 0, 0, {}});
  std::map<std::uint32_t, std::string> bodies;
  while (const std::optional<Frame> frame = wire.read()) {
    if (frame->type == kGoAway) return;
    const bool is_control = frame->type == kSettings || frame->type == kPing;
    if (is_control && (frame->flags & kAcknowledges) == 0)
      wire.write({frame->type, kAcknowledges, 0, frame->type == kPing ? frame->payload : ""});
    if (frame->type != kHeaders && frame->type != kData) continue;
    if (frame->type == kData) bodies[frame->stream] += frame->payload;
    if ((frame->flags & kEndStream) == 0) continue;
    tell(frame->stream);
    wire.write({kHeaders, kEndHeaders, frame->stream, "\x88"});  // ":status: 200", by its number
    wire.write({kData, kEndStream, frame->stream, bodies[frame->stream]});
  }
}

}  // namespace

struct Http2Server::Tls {
  Tls() : context(SSL_CTX_new(TLS_server_method())) { REQUIRE(context != nullptr); }
  ~Tls() { SSL_CTX_free(context); }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  SSL_CTX* context;
};

Http2Server::Http2Server(const CertificateFiles& files) : tls_(std::make_unique<Tls>()) {
  SSL_CTX* context = tls_->context;
  REQUIRE(SSL_CTX_use_certificate_file(context, files.certificate_file().c_str(),
                                       SSL_FILETYPE_PEM) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey_file(context, files.key_file().c_str(), SSL_FILETYPE_PEM) == 1);
  SSL_CTX_set_alpn_select_cb(context, &choose_http2, nullptr);
  server_ = std::make_unique<OneByOneServer>([this](int socket) { serve(socket); });
}

Http2Server::~Http2Server() = default;

void Http2Server::serve(int socket) {
  SSL* ssl = SSL_new(tls_->context);
  SSL_set_fd(ssl, socket);
  if (SSL_accept(ssl) == 1) {
    {
      const std::lock_guard lock(mutex_);
      ++connections_;
    }
    FrameStream wire(ssl);
    speak(wire, [this](std::uint32_t stream) {
      const std::lock_guard lock(mutex_);
      streams_.push_back(stream);
    });
  }
  SSL_free(ssl);
}

std::size_t Http2Server::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

std::vector<std::uint32_t> Http2Server::streams() const {
  const std::lock_guard lock(mutex_);
  return streams_;
}

}  // namespace botbox::exchange::testing
