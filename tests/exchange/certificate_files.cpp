#include "tests/exchange/certificate_files.hpp"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>

namespace botbox::exchange::testing {
namespace {

template <class Write>
void write_pem(const std::string& path, Write write) {
  FILE* file = std::fopen(path.c_str(), "w");
  REQUIRE(file != nullptr);
  CHECK(write(file) == 1);
  std::fclose(file);
}

}  // namespace

CertificateFiles::CertificateFiles() {
  std::string name = (std::filesystem::temp_directory_path() / "botbox-tls-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  folder_ = name;
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  const unsigned char common_name[] = "127.0.0.1";
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, common_name,
                             -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_EXTENSION* address =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(certificate, address, -1);
  X509_EXTENSION_free(address);
  REQUIRE(X509_sign(certificate, key, EVP_sha256()) > 0);
  write_pem(certificate_file(), [&](FILE* file) { return PEM_write_X509(file, certificate); });
  write_pem(key_file(), [&](FILE* file) {
    return PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  X509_free(certificate);
  EVP_PKEY_free(key);
}

CertificateFiles::~CertificateFiles() { std::filesystem::remove_all(folder_); }

}  // namespace botbox::exchange::testing
