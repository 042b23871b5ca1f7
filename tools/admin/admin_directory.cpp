#include "tools/admin/admin_directory.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace botbox::admin {
namespace {

KeyPairFiles pair(const std::filesystem::path& directory, const std::string& name) {
  return {.certificate = directory / (name + ".pem"), .key = directory / (name + ".key")};
}

std::filesystem::path address_file(const std::filesystem::path& directory) {
  return directory / "port";
}

}  // namespace

std::filesystem::path admin_directory(const std::filesystem::path& data) { return data / "admin"; }

std::filesystem::path authority_file(const std::filesystem::path& directory) {
  return directory / "ca.pem";
}

KeyPairFiles server_files(const std::filesystem::path& directory) {
  return pair(directory, "server");
}

KeyPairFiles client_files(const std::filesystem::path& directory, actors::AdminRole role) {
  return pair(directory, fmt::format("client-{}", actors::to_string(role)));
}

Result<void> write_address(const std::filesystem::path& directory, const AdminAddress& address) {
  const nlohmann::ordered_json document = {
      {"port", address.port}, {"schema", address.schema}, {"version", address.version}};
  const std::filesystem::path file = address_file(directory);
  std::filesystem::path fresh = file;
  fresh += ".new";
  std::ofstream out(fresh, std::ios::trunc);
  out << document.dump() << '\n';
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(fresh, file, error);
  if (!out || error) return fail(ErrorCode::kIo, "cannot be written", file.string());
  return {};
}

Result<AdminAddress> read_address(const std::filesystem::path& directory) {
  const std::filesystem::path file = address_file(directory);
  std::ifstream in(file);
  if (!in)
    return fail(ErrorCode::kNotFound, "no engine listens here", file.string(),
                "start one: botbox run --config FILE --data DIR");
  std::stringstream text;
  text << in.rdbuf();
  const auto document = nlohmann::json::parse(text.str(), nullptr, false);
  if (!document.is_object() || !document.contains("port") ||
      !document["port"].is_number_unsigned() || document["port"] > UINT16_MAX)
    return fail(ErrorCode::kCorruption, "is not what an engine writes", file.string(),
                "start the engine again");
  const auto text_of = [&](const char* key) {
    const auto found = document.find(key);
    return found != document.end() && found->is_string() ? found->get<std::string>()
                                                         : std::string{};
  };
  return AdminAddress{.port = document["port"].get<std::uint16_t>(),
                      .schema = text_of("schema"),
                      .version = text_of("version")};
}

void remove_address(const std::filesystem::path& directory) {
  std::error_code ignored;
  std::filesystem::remove(address_file(directory), ignored);
}

}  // namespace botbox::admin
