#include "tools/config/server_settings.hpp"

#include <fmt/format.h>

#include "engine/webhook/ip_network.hpp"
#include "engine/webhook/source_rules.hpp"

namespace botbox::config {

void read_listen_address(SectionReader& reader, std::string& address) {
  const auto written = reader.text("address");
  if (!written) return;
  address = *written;
  if (!parse_ip(*written))
    reader.problem(*reader.find("address"), "address", "is not an address of this machine",
                   "write 127.0.0.1, 0.0.0.0 or ::");
}

std::vector<std::string> read_addresses(SectionReader& reader, std::string_view key) {
  std::vector<std::string> addresses;
  for (const ConfigNode& item : reader.list(key)) {
    if (item.text == "tradingview") {
      const auto& known = tradingview_addresses();
      addresses.insert(addresses.end(), known.begin(), known.end());
    } else if (const std::string problem = address_problem(item.text); problem.empty()) {
      addresses.push_back(item.text);
    } else {
      reader.problem(item, key, fmt::format("'{}' {}", item.text, problem),
                     "write 52.89.214.238, 10.0.0.0/8, ::1, 2001:db8::/32, * or tradingview");
    }
  }
  return addresses;
}

std::string read_path(SectionReader& reader, std::string_view key, const ReadContext& context) {
  const auto written = reader.text(key);
  if (!written) return {};
  const ConfigNode& node = *reader.find(key);
  const std::string path =
      node.from_environment() || written->starts_with('/') ? *written : context.folder + *written;
  if (!context.file_exists(path))
    reader.problem(node, key, fmt::format("there is no readable file {}", path),
                   "correct the path; it starts at the folder of this file");
  return path;
}

void read_certificate(SectionReader& reader, std::string& certificate, std::string& key,
                      const ReadContext& context) {
  certificate = read_path(reader, "certificate_file", context);
  key = read_path(reader, "key_file", context);
  if (certificate.empty() != key.empty())
    reader.problem(reader.node(), key.empty() ? "key_file" : "certificate_file",
                   "is missing: TLS takes a certificate and its key", "name both, or neither");
}

SecretSetting read_secret(SectionReader& reader, std::string_view variable, bool is_named,
                          std::string_view example_file, const ReadContext& context) {
  SecretSetting setting;
  const std::string fix = fmt::format("set BOTBOX__{}__{}__SECRET, or write secret_file = \"{}\"",
                                      variable, is_named ? "<its name>" : "NAME", example_file);
  if (const auto secret = reader.text("secret")) setting.secret = *secret;
  const ConfigNode* node = reader.find("secret");
  if (node != nullptr && !node->from_environment())
    reader.problem(*node, "secret", "must not stand in the configuration", fix);
  setting.file = read_path(reader, "secret_file", context);
  if (node == nullptr && reader.find("secret_file") == nullptr) reader.missing("secret_file", fix);
  if (node != nullptr && setting.secret.size() < 8 && node->from_environment())
    reader.problem(*node, "secret", "is too short", "take at least 8 characters, better 32");
  return setting;
}

}  // namespace botbox::config
