// What sections of servers have in common: addresses, files beside the configuration, secrets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/config/sections.hpp"

namespace botbox::config {

// An address of this machine to listen on; a problem when it is none.
void read_listen_address(SectionReader& reader, std::string& address);

// A path of the file starts at the file. A problem when nothing is there.
std::string read_path(SectionReader& reader, std::string_view key, const ReadContext& context);

// Addresses and networks; "tradingview" stands for its senders.
std::vector<std::string> read_addresses(SectionReader& reader, std::string_view key);

// Certificate and key, both or neither.
void read_certificate(SectionReader& reader, std::string& certificate, std::string& key,
                      const ReadContext& context);

struct SecretSetting {
  std::string secret;  // from the environment only
  std::string file;    // else its first line; for the owner alone
};
// `variable` is how the environment calls the list: "WEBHOOK__SOURCE". Secrets do not belong into a
// file that is copied, shown and versioned.
SecretSetting read_secret(SectionReader& reader, std::string_view variable, bool is_named,
                          std::string_view example_file, const ReadContext& context);

}  // namespace botbox::config
