// Credentials: an API key and its secret. Not printable, not comparable, wiped when they go.
#pragma once

#include <string>
#include <string_view>

namespace botbox::exchange {

class Credentials {
 public:
  Credentials() = default;
  Credentials(std::string key, std::string secret)
      : key_(std::move(key)), secret_(std::move(secret)) {}
  ~Credentials() { wipe(); }
  Credentials(const Credentials&) = default;
  Credentials& operator=(const Credentials& other) {
    if (this != &other) {
      wipe();
      key_ = other.key_;
      secret_ = other.secret_;
    }
    return *this;
  }
  Credentials(Credentials&&) noexcept = default;
  Credentials& operator=(Credentials&&) noexcept = default;

  bool empty() const { return key_.empty() || secret_.empty(); }
  std::string_view key() const { return key_; }
  std::string_view secret() const { return secret_; }

 private:
  void wipe();

  std::string key_;
  std::string secret_;
};

// Text of a venue as it may stand in an error. Venues repeat parts of a request in their words
// ("error sign! origin_string[...]"): key, secret and signatures are blotted out, control
// characters and runs of blanks become one blank, and the rest is cut to 300 bytes.
std::string without_secrets(std::string_view text, const Credentials& credentials);

}  // namespace botbox::exchange
