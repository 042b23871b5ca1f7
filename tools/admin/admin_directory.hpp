// DATA/admin: what `botboxctl` needs to reach the engine of a data directory. The engine writes it,
// the shell reads it.
//
//   ca.pem, ca.key                          the authority, made for this directory alone
//   server.pem, server.key                  the engine's
//   client-operate.pem, client-operate.key  a shell that may do everything
//   client-read.pem, client-read.key        a shell that may look
//   port                                    where the engine listens while it runs
//
// The directory has mode 0700, keys 0600: who may read the directory operates the engine. To let
// somebody only look, give him copies of ca.pem and client-read.*.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "actors/admin_peers.hpp"
#include "engine/result.hpp"

namespace botbox::admin {

// "admin" below a data directory.
std::filesystem::path admin_directory(const std::filesystem::path& data);

// A certificate and its key.
struct KeyPairFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};
std::filesystem::path authority_file(const std::filesystem::path& directory);
KeyPairFiles server_files(const std::filesystem::path& directory);
KeyPairFiles client_files(const std::filesystem::path& directory, actors::AdminRole role);

// What a running engine says about its port.
struct AdminAddress {
  std::uint16_t port = 0;
  std::string schema;   // actors::admin_schema() of the engine
  std::string version;  // of the engine

  bool operator==(const AdminAddress&) const = default;
};

// Whole or not at all.
Result<void> write_address(const std::filesystem::path& directory, const AdminAddress& address);
// kNotFound: no engine has listened there since the directory was made, or it ended orderly.
Result<AdminAddress> read_address(const std::filesystem::path& directory);
// At an orderly end. It is no error when there is none.
void remove_address(const std::filesystem::path& directory);

}  // namespace botbox::admin
