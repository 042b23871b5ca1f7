#include "actors/admin_tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <climits>

#include "engine/assert.hpp"

namespace botbox::actors {
namespace {

std::string tls_error() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

std::string subject_entry(const X509* certificate, int nid) {
  std::array<char, 128> text{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), nid, text.data(),
                                             static_cast<int>(text.size()));
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string{};
}

// The unit of its subject is the role; a certificate without one that we know is nobody's.
std::optional<AdminPeer> peer_of(const X509* certificate) {
  AdminPeer peer;
  const std::string unit = subject_entry(certificate, NID_organizationalUnitName);
  if (unit == to_string(AdminRole::kOperate))
    peer.role = AdminRole::kOperate;
  else if (unit != to_string(AdminRole::kRead))
    return std::nullopt;
  peer.name = subject_entry(certificate, NID_commonName);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return std::nullopt;
  for (unsigned i = 0; i < size; ++i) peer.fingerprint += fmt::format("{:02x}", digest[i]);
  return peer;
}

TlsOutcome outcome_of(const SSL* ssl, int result) {
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return TlsOutcome::kMoved;
    default: ERR_clear_error(); return TlsOutcome::kFailed;
  }
}

int as_int(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

}  // namespace

Result<std::shared_ptr<const AdminTls>> AdminTls::load(const AdminTlsFiles& files) {
  std::shared_ptr<const AdminTls> tls(new AdminTls(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* context = tls->context_;
  ENGINE_ASSERT(context != nullptr);
  const auto broken = [](const std::string& file) {
    return fail(ErrorCode::kInvalidInput, "cannot be used for TLS: " + tls_error(), file,
                "remove the directory it is in; the next start makes it anew");
  };
  ERR_clear_error();
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return broken(files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    return broken(files.key);
  if (SSL_CTX_load_verify_locations(context, files.authority.c_str(), nullptr) != 1)
    return broken(files.authority);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return tls;
}

AdminTls::~AdminTls() { SSL_CTX_free(context_); }

AdminTlsSession::AdminTlsSession(std::shared_ptr<const AdminTls> tls, int socket)
    : tls_(std::move(tls)), ssl_(SSL_new(tls_->context())) {
  ENGINE_ASSERT(ssl_ != nullptr);
  SSL_set_fd(ssl_, socket);
  SSL_set_accept_state(ssl_);
}

AdminTlsSession::~AdminTlsSession() { SSL_free(ssl_); }

bool AdminTlsSession::finish_handshake() {
  const X509* certificate = SSL_get0_peer_certificate(ssl_);
  if (certificate == nullptr) return false;
  peer_ = peer_of(certificate);
  return peer_.has_value();
}

TlsOutcome AdminTlsSession::read(std::size_t& moved, void* buffer, std::size_t size) {
  moved = 0;
  ERR_clear_error();
  if (!peer_) {
    const int done = SSL_accept(ssl_);
    if (done != 1) return outcome_of(ssl_, done);
    if (!finish_handshake()) return TlsOutcome::kFailed;
  }
  const int got = SSL_read(ssl_, buffer, as_int(size));
  if (got <= 0) return outcome_of(ssl_, got);
  moved = static_cast<std::size_t>(got);
  return TlsOutcome::kMoved;
}

TlsOutcome AdminTlsSession::write(std::size_t& moved, const void* buffer, std::size_t size) {
  moved = 0;
  ENGINE_ASSERT(peer_.has_value());
  ERR_clear_error();
  const int sent = SSL_write(ssl_, buffer, as_int(size));
  if (sent <= 0) return outcome_of(ssl_, sent);
  moved = static_cast<std::size_t>(sent);
  return TlsOutcome::kMoved;
}

std::size_t AdminTlsSession::pending() const {
  return static_cast<std::size_t>(std::max(0, SSL_pending(ssl_)));
}

}  // namespace botbox::actors
