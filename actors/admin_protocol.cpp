#include "actors/admin_protocol.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace botbox::actors {
namespace {

// Writes down what an inspect() shows: the name of the type and the type of each field.
class LayoutWriter {
 public:
  using result_type = void;

  template <class... Fields>
  void operator()(const Fields&... fields) {
    (write(fields), ...);
  }
  const std::string& text() const { return text_; }

 private:
  void write(const caf::meta::type_name_t& name) { text_ += fmt::format("{}:", name.value); }
  void write(bool) { text_ += "bool,"; }
  void write(const std::string&) { text_ += "text,"; }

  std::string text_;
};

// FNV-1a, 64 bits (Fowler, Noll, Vo). It tells releases apart; nobody is kept out by it.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

std::string layout() {
  LayoutWriter writer;
  AdminRequest request;
  AdminAnswer answer;
  inspect(writer, request);
  inspect(writer, answer);
  return fmt::format("{}caf {}", writer.text(), CAF_VERSION);
}

}  // namespace

const std::string& admin_schema() {
  static const std::string schema = fmt::format("{:016x}", hash_of(layout()));
  return schema;
}

void add_admin_protocol(caf::actor_system_config& config, const std::string& schema) {
  config.add_message_type<AdminRequest>("botbox.AdminRequest." + schema);
  config.add_message_type<AdminAnswer>("botbox.AdminAnswer." + schema);
  config.set("middleman.app-identifiers", std::vector<std::string>{"botbox-admin-" + schema});
}

}  // namespace botbox::actors
