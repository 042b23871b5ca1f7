#include "tools/config/bot_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "tools/config/toml_document.hpp"

namespace botbox::config {
namespace {

constexpr std::string_view kHeader = "[[bot]]";
constexpr std::size_t kDepthMax = 8;

// Writes TOML while it reads, so that numbers stay the text that they are.
class TomlOfJson : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::string take() { return std::move(out_); }

  bool null() override { return false; }  // TOML has none
  bool boolean(bool value) override { return put(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return put(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return put(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return put(text); }
  bool string(string_t& value) override { return put(quoted(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    if (open_.size() >= kDepthMax) return false;
    if (!open_.empty()) begin_value();
    if (!open_.empty()) out_ += "{ ";
    open_.push_back({true, true});
    return true;
  }
  bool key(string_t& name) override {
    if (open_.size() > 1 && !open_.back().is_empty) out_ += ", ";
    open_.back().is_empty = false;
    out_ += quoted(name) + " = ";
    return true;
  }
  bool end_object() override {
    open_.pop_back();
    if (!open_.empty()) out_ += " }";
    end_value();
    return true;
  }
  bool start_array(std::size_t) override {
    if (open_.empty() || open_.size() >= kDepthMax) return false;
    begin_value();
    out_ += "[";
    open_.push_back({false, true});
    return true;
  }
  bool end_array() override {
    open_.pop_back();
    out_ += "]";
    end_value();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  struct Open {
    bool is_object = false;
    bool is_empty = true;
  };

  static std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\')
        out += fmt::format("\\{}", c);
      else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
        out += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
      else
        out += c;
    }
    return out + "\"";
  }

  void begin_value() {
    if (open_.empty() || open_.back().is_object) return;
    if (!open_.back().is_empty) out_ += ", ";
    open_.back().is_empty = false;
  }
  // A setting of the bot itself ends its line.
  void end_value() {
    if (open_.size() == 1) out_ += "\n";
  }
  bool put(const std::string& value) {
    if (open_.empty()) return false;
    begin_value();
    out_ += value;
    end_value();
    return true;
  }

  std::string out_;
  std::vector<Open> open_;
};

// By the line of the header that was put in front.
void move_up(ConfigNode& node) {
  for (Place* place : {&node.place, &node.key_place, &node.text_place})
    if (place->line > 0) --place->line;
  for (ConfigNode& child : node.children) move_up(child);
}

// As TOML says, whatever stands in comments and texts: "[bot.exits]" alone is no header.
bool has_header(const ConfigNode& root) {
  const ConfigNode* bots = root.find("bot");
  return bots != nullptr && bots->kind == NodeKind::kList;
}

// Where the line behind this one begins; `line` counts from 1.
std::size_t end_of_line(const std::string& text, std::uint32_t line) {
  std::size_t at = 0;
  for (; line > 0 && at < text.size(); --line)
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  return at;
}

// Null: the text of one [[bot]] gives none.
const ConfigNode* id_in(const ConfigNode& root) {
  const ConfigNode* bots = root.find("bot");
  return bots != nullptr && !bots->children.empty() ? bots->children.front().find("id") : nullptr;
}

}  // namespace

Result<std::string> bot_toml(std::string_view json) {
  TomlOfJson writer;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &writer))
    return fail(ErrorCode::kInvalidInput, "is not one JSON object without null", "bot",
                "send the names of [[bot]], or {\"toml\": TEXT}");
  return std::string(kHeader) + "\n" + writer.take();
}

tl::expected<ConfigNode, ConfigProblem> parse_bot_toml(const std::string& toml,
                                                       const std::string& file) {
  auto as_given = parse_toml(toml, file);
  if (!as_given || has_header(*as_given)) return as_given;
  auto root = parse_toml(std::string(kHeader) + "\n" + toml, file);
  if (root)
    move_up(*root);
  else if (root.error().line > 0)
    --root.error().line;
  return root;
}

Result<std::string> id_in_bot_toml(const std::string& toml) {
  const auto root = parse_bot_toml(toml, "bot");
  if (!root)
    return fail(ErrorCode::kInvalidInput, to_string(root.error()), "toml", "nothing was changed");
  const ConfigNode* id = id_in(*root);
  if (id == nullptr || id->text.empty())
    return fail(ErrorCode::kInvalidInput, "is missing", "id", "write id = \"my-bot\"");
  return id->text;
}

NamedBotToml with_id(std::string toml, const std::string& id) {
  const auto root = parse_bot_toml(toml, "bot");
  if (!root || id_in(*root) != nullptr) return {std::move(toml)};
  const ConfigNode* const bots = root->find("bot");
  if (bots == nullptr || bots->children.empty()) return {std::move(toml)};
  const std::string line = fmt::format("id = \"{}\"\n", id);
  const std::uint32_t header = bots->children.front().place.line;
  if (header == 0) return {line + toml, 1};  // it was put in front, and is not the author's
  // "bot = [{...}]" is one as well, and has no line for it.
  const std::size_t begin = toml.find_first_not_of(" \t", end_of_line(toml, header - 1));
  if (begin == std::string::npos || toml.compare(begin, 2, "[[") != 0) return {std::move(toml)};
  if (!toml.ends_with('\n')) toml += "\n";
  toml.insert(end_of_line(toml, header), line);
  return {std::move(toml), header + 1};
}

}  // namespace botbox::config
