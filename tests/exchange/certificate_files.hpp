// CertificateFiles: a certificate for 127.0.0.1 that signs itself, and its key, in two files that
// go with it.
#pragma once

#include <filesystem>
#include <string>

namespace botbox::exchange::testing {

class CertificateFiles {
 public:
  CertificateFiles();
  ~CertificateFiles();
  CertificateFiles(const CertificateFiles&) = delete;
  CertificateFiles& operator=(const CertificateFiles&) = delete;

  std::string certificate_file() const { return (folder_ / "certificate.pem").string(); }
  std::string key_file() const { return (folder_ / "key.pem").string(); }

 private:
  std::filesystem::path folder_;
};

}  // namespace botbox::exchange::testing
