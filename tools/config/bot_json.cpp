#include "tools/config/bot_json.hpp"

#include <fmt/format.h>

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

}  // namespace

Result<std::string> bot_toml(std::string_view json) {
  TomlOfJson writer;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &writer))
    return fail(ErrorCode::kInvalidInput, "is not one JSON object without null", "bot",
                "send the names of [[bot]], or {\"toml\": TEXT}");
  return std::string(kHeader) + "\n" + writer.take();
}

std::string with_bot_header(const std::string& toml) {
  if (toml.find(kHeader) != std::string::npos) return toml;
  return std::string(kHeader) + "\n" + toml;
}

std::string id_in_bot_toml(const std::string& toml) {
  const auto root = parse_toml(with_bot_header(toml), "bot");
  if (!root) return {};
  const ConfigNode* bots = root->find("bot");
  if (bots == nullptr || bots->children.empty()) return {};
  const ConfigNode* id = bots->children.front().find("id");
  return id != nullptr ? id->text : std::string();
}

}  // namespace botbox::config
