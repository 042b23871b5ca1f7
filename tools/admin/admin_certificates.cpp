#include "tools/admin/admin_certificates.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "engine/assert.hpp"
#include "tools/admin/admin_directory.hpp"

namespace botbox::admin {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Bytes = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Trust = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;
using TrustWalk = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;

struct Pair {
  Key key;
  Certificate certificate;
};

struct Subject {
  std::string name;
  std::string unit;  // a client's role
  std::string uses;  // extended key usage; empty: it is the authority
  Duration life;
};

const std::string& authority_unit() {
  static const std::string unit = "authority";
  return unit;
}

Subject authority_subject() {
  return {"botbox admin authority", authority_unit(), {}, kAuthorityLife};
}
Subject server_subject() { return {"botbox", "engine", "serverAuth", kCertificateLife}; }
Subject client_subject(actors::AdminRole role) {
  return {fmt::format("shell-{}", actors::to_string(role)), std::string(actors::to_string(role)),
          "clientAuth", kCertificateLife};
}

std::time_t seconds(Timestamp at) { return static_cast<std::time_t>(at.ms / 1'000); }

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  ENGINE_ASSERT(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  ENGINE_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  bytes[0] &= 0x7f;  // not negative
  BIGNUM* number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
}

void add_name(X509_NAME* name, const char* field, const std::string& value) {
  X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
}

// `issuer` null: it signs itself.
Pair make_pair(const Subject& subject, const Pair* issuer, Timestamp now) {
  Pair made{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
  ENGINE_ASSERT(made.key && made.certificate);
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  set_serial(certificate);
  // A clock that is set back a little must not shut anybody out.
  ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(now) - 24 * 3'600);
  ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(now + subject.life));
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME* name = X509_get_subject_name(certificate);
  add_name(name, "O", "Botbox");
  add_name(name, "OU", subject.unit);
  add_name(name, "CN", subject.name);
  X509* issued_by = issuer ? issuer->certificate.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(issued_by));
  add_extension(certificate, issued_by, NID_subject_key_identifier, "hash");
  if (issuer) {
    add_extension(certificate, issued_by, NID_authority_key_identifier, "keyid:always");
    add_extension(certificate, issued_by, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, issued_by, NID_key_usage, "critical,digitalSignature");
    add_extension(certificate, issued_by, NID_ext_key_usage, subject.uses);
  } else {
    add_extension(certificate, issued_by, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(certificate, issued_by, NID_key_usage, "critical,keyCertSign,cRLSign");
  }
  EVP_PKEY* signs_with = issuer ? issuer->key.get() : made.key.get();
  ENGINE_ASSERT(X509_sign(certificate, signs_with, EVP_sha256()) > 0);
  return made;
}

// Written beside, synced, then renamed: a crash leaves the old file or the new one.
Result<void> write_file(const std::filesystem::path& file, BIO* bytes, mode_t mode) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bytes, &text);
  const std::string fresh = file.string() + ".new";
  ::unlink(fresh.c_str());
  const int out = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  bool is_done =
      out >= 0 && ::write(out, text, static_cast<std::size_t>(size)) == size && ::fsync(out) == 0;
  if (out >= 0) is_done = ::close(out) == 0 && is_done;
  is_done = is_done && ::rename(fresh.c_str(), file.c_str()) == 0;
  if (!is_done) return fail(ErrorCode::kIo, "cannot be written", file.string());
  return {};
}

// The key first: a certificate without its key would be taken for whole.
Result<void> write_pair(const KeyPairFiles& files, const Pair& pair) {
  const Bytes key(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(key.get(), pair.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  BOTBOX_TRY(write_file(files.key, key.get(), S_IRUSR | S_IWUSR));
  const Bytes certificate(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate.get(), pair.certificate.get());
  return write_file(files.certificate, certificate.get(), S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
}

Result<void> check_private(const std::filesystem::path& path, const char* mode) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0)
    return fail(ErrorCode::kIo, "cannot be looked at", path.string());
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return fail(ErrorCode::kInvalidInput, "others than its owner may use this", path.string(),
                fmt::format("chmod {} {}; if somebody may have read it, remove it instead", mode,
                            path.string()));
  return {};
}

tl::unexpected<Error> unusable(const std::filesystem::path& file, const std::string& why) {
  ERR_clear_error();
  return fail(ErrorCode::kCorruption, why, file.string(),
              fmt::format("remove {} and start again: all certificates are made anew",
                          file.parent_path().string()));
}

Result<Pair> read_pair(const KeyPairFiles& files) {
  BOTBOX_TRY(check_private(files.key, "600"));
  const Bytes key(BIO_new_file(files.key.c_str(), "r"));
  const Bytes certificate(BIO_new_file(files.certificate.c_str(), "r"));
  Pair pair;
  if (key) pair.key.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
  if (certificate)
    pair.certificate.reset(PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
  if (!pair.key) return unusable(files.key, "is not a key");
  if (!pair.certificate) return unusable(files.certificate, "is not a certificate");
  if (X509_check_private_key(pair.certificate.get(), pair.key.get()) != 1)
    return unusable(files.certificate, "is not the certificate of the key beside it");
  return pair;
}

bool expires_before(const X509* certificate, Timestamp at) {
  std::time_t bound = seconds(at);
  return X509_cmp_time(X509_get0_notAfter(certificate), &bound) < 0;
}

bool has_unit(const X509* certificate, const std::string& unit) {
  std::array<char, 64> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_organizationalUnitName,
                            text.data(), static_cast<int>(text.size()));
  return unit == text.data();
}

// Signed by the authority, good at `now`, and for this use.
Result<void> check_chain(const Pair& pair, const Pair& authority, const Subject& subject,
                         const std::filesystem::path& file, Timestamp now) {
  const Trust trust(X509_STORE_new());
  X509_STORE_add_cert(trust.get(), authority.certificate.get());
  const TrustWalk walk(X509_STORE_CTX_new());
  X509_STORE_CTX_init(walk.get(), trust.get(), pair.certificate.get(), nullptr);
  X509_STORE_CTX_set_time(walk.get(), 0, seconds(now));
  const bool is_server = subject.uses == "serverAuth";
  X509_STORE_CTX_set_purpose(walk.get(),
                             is_server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT);
  if (X509_verify_cert(walk.get()) != 1)
    return unusable(file, X509_verify_cert_error_string(X509_STORE_CTX_get_error(walk.get())));
  if (!has_unit(pair.certificate.get(), subject.unit))
    return unusable(file, "is a certificate for somebody else");
  return {};
}

bool is_there(const KeyPairFiles& files) {
  return std::filesystem::exists(files.certificate) && std::filesystem::exists(files.key);
}

Result<void> ensure_pair(const KeyPairFiles& files, const Subject& subject, const Pair& authority,
                         Timestamp now) {
  if (is_there(files)) {
    BOTBOX_ASSIGN(const Pair pair, read_pair(files));
    if (!expires_before(pair.certificate.get(), now + kRenewBefore))
      return check_chain(pair, authority, subject, files.certificate, now);
  }
  const Pair made = make_pair(subject, &authority, now);
  BOTBOX_TRY(write_pair(files, made));
  return check_chain(made, authority, subject, files.certificate, now);
}

Result<Pair> ensure_authority(const std::filesystem::path& directory,
                              const std::vector<KeyPairFiles>& below, Timestamp now) {
  const KeyPairFiles files{authority_file(directory), directory / "ca.key"};
  if (is_there(files)) {
    BOTBOX_ASSIGN(Pair authority, read_pair(files));
    if (!expires_before(authority.certificate.get(), now + kCertificateLife)) return authority;
  }
  // What another authority signed is worth nothing; without it the rest is made anew.
  for (const KeyPairFiles& old : below) {
    std::error_code ignored;
    std::filesystem::remove(old.certificate, ignored);
    std::filesystem::remove(old.key, ignored);
  }
  Pair authority = make_pair(authority_subject(), nullptr, now);
  BOTBOX_TRY(write_pair(files, authority));
  return authority;
}

}  // namespace

Result<void> ensure_certificates(const std::filesystem::path& directory, Timestamp now) {
  if (::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return fail(ErrorCode::kIo, "cannot be made", directory.string());
  BOTBOX_TRY(check_private(directory, "700"));
  using actors::AdminRole;
  const KeyPairFiles server = server_files(directory);
  const KeyPairFiles operate = client_files(directory, AdminRole::kOperate);
  const KeyPairFiles read = client_files(directory, AdminRole::kRead);
  BOTBOX_ASSIGN(const Pair authority, ensure_authority(directory, {server, operate, read}, now));
  BOTBOX_TRY(ensure_pair(server, server_subject(), authority, now));
  BOTBOX_TRY(ensure_pair(operate, client_subject(AdminRole::kOperate), authority, now));
  return ensure_pair(read, client_subject(AdminRole::kRead), authority, now);
}

}  // namespace botbox::admin
