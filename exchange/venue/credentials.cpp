#include "exchange/venue/credentials.hpp"

#include <openssl/crypto.h>

namespace botbox::exchange {

void Credentials::wipe() {
  OPENSSL_cleanse(key_.data(), key_.size());
  OPENSSL_cleanse(secret_.data(), secret_.size());
}

}  // namespace botbox::exchange
