// TLS of the admin port, the server's side: TLS 1.3, and nobody gets in without a certificate of
// our own small authority. What the certificate says about its holder is the session's peer().
//
// CAF's own TLS (libcaf_openssl) checks certificates as well, but forgets whose they were.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "actors/admin_peers.hpp"
#include "engine/result.hpp"

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;

namespace botbox::actors {

// Paths of PEM files.
struct AdminTlsFiles {
  std::string authority;
  std::string certificate;
  std::string key;
};

// A server's certificate, key and authority. Sessions share it.
class AdminTls {
 public:
  // Error: a file that cannot be read, or a key that is not the certificate's.
  static Result<std::shared_ptr<const AdminTls>> load(const AdminTlsFiles& files);
  ~AdminTls();
  AdminTls(const AdminTls&) = delete;
  AdminTls& operator=(const AdminTls&) = delete;

  SSL_CTX* context() const { return context_; }

 private:
  explicit AdminTls(SSL_CTX* context) : context_(context) {}
  SSL_CTX* context_;
};

enum class TlsOutcome : std::uint8_t {
  kMoved,   // so many bytes (none: ask again when the socket is ready)
  kFailed,  // the connection is over
};

// One connection, not blocking. Its thread is the multiplexer's.
class AdminTlsSession {
 public:
  // `socket` is accepted and does not block; it is not closed here.
  AdminTlsSession(std::shared_ptr<const AdminTls> tls, int socket);
  ~AdminTlsSession();
  AdminTlsSession(const AdminTlsSession&) = delete;
  AdminTlsSession& operator=(const AdminTlsSession&) = delete;

  // Shakes hands first, as far as the peer's bytes allow.
  TlsOutcome read(std::size_t& moved, void* buffer, std::size_t size);
  // Only after peer() is there.
  TlsOutcome write(std::size_t& moved, const void* buffer, std::size_t size);
  // Decrypted and not yet read.
  std::size_t pending() const;
  // Whose certificate it is; nothing before the handshake is done.
  const std::optional<AdminPeer>& peer() const { return peer_; }

 private:
  bool finish_handshake();

  std::shared_ptr<const AdminTls> tls_;
  SSL* ssl_ = nullptr;
  std::optional<AdminPeer> peer_;
};

}  // namespace botbox::actors
