#include "tools/config/toml_document.hpp"

// toml++ 3.3 asserts that a value begins where "a = [}" has none, and with NDEBUG goes on to say so
// as an error. A typing error in a config must not abort the process: no assertions, in any build.
// (With NDEBUG they would become assumptions for the optimiser, hence the #undef.)
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <tuple>

namespace botbox::config {
namespace {

class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, const std::string& file) : file_(file) {
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t end = std::min(text.find('\n', from), text.size());
      lines_.push_back(text.substr(from, end - from));
      from = end + 1;
    }
  }

  ConfigNode build(const toml::node& from) const {
    ConfigNode node;
    node.place = place(from.source());
    node.key_place = node.place;
    if (const auto* table = from.as_table()) {
      node.kind = NodeKind::kTable;
      for (const auto& [key, value] : *table) {
        ConfigNode child = build(value);
        child.key = child.written = std::string(key.str());
        if (key.source().begin.line > 0) child.key_place = place(key.source());
        node.children.push_back(std::move(child));
      }
      // toml++ sorts by name; problems and spreads go by the order in which the user wrote.
      std::stable_sort(node.children.begin(), node.children.end(),
                       [](const auto& a, const auto& b) {
                         return std::tie(a.key_place.line, a.key_place.column) <
                                std::tie(b.key_place.line, b.key_place.column);
                       });
    } else if (const auto* list = from.as_array()) {
      node.kind = NodeKind::kList;
      for (const auto& value : *list) node.children.push_back(build(value));
    } else {
      build_scalar(from, node);
    }
    return node;
  }

 private:
  Place place(const toml::source_region& source) const {
    return {file_, static_cast<std::uint32_t>(source.begin.line),
            static_cast<std::uint32_t>(source.begin.column)};
  }

  // Where the text begins; a line break right after three quotes is not part of it.
  Place inside_quotes(Place at) const {
    if (at.line == 0 || at.line > lines_.size() || at.column == 0) return at;
    const std::string_view line = lines_[at.line - 1];
    std::string_view rest = line.substr(std::min<std::size_t>(at.column - 1, line.size()));
    const bool is_long = rest.starts_with("\"\"\"") || rest.starts_with("'''");
    at.column += is_long ? 3 : 1;
    rest.remove_prefix(std::min<std::size_t>(is_long ? 3 : 1, rest.size()));
    if (is_long && (rest.empty() || rest == "\r")) at = {at.file, at.line + 1, 1};
    return at;
  }

  void build_scalar(const toml::node& from, ConfigNode& node) const {
    if (const auto* text = from.as_string()) {
      node.kind = NodeKind::kText;
      node.text = text->get();
      node.text_place = inside_quotes(node.place);
    } else if (const auto* whole = from.as_integer()) {
      node.kind = NodeKind::kInteger;
      node.text = fmt::format("{}", whole->get());
    } else if (const auto* number = from.as_floating_point()) {
      node.kind = NodeKind::kFloat;
      node.text = exact_text(*number);
    } else if (const auto* boolean = from.as_boolean()) {
      node.kind = NodeKind::kBoolean;
      node.text = boolean->get() ? "true" : "false";
    } else {
      node.kind = NodeKind::kDate;
    }
  }

  // toml++ hands out a double, which keeps 17 digits at best; money is read from the digits that
  // the user wrote. If those cannot be found again (a line with multi-byte characters before the
  // number), the shortest text of that double stands in: it is the same number for up to 15 digits.
  std::string exact_text(const toml::value<double>& number) const {
    const double value = number.get();
    const std::string shortest = fmt::format("{}", value);
    const toml::source_position begin = number.source().begin;
    if (!std::isfinite(value) || begin.line == 0 || begin.line > lines_.size()) return shortest;
    const std::string_view line = lines_[begin.line - 1];
    if (begin.column == 0 || begin.column > line.size()) return shortest;
    std::string digits;
    for (const char c : line.substr(begin.column - 1)) {
      if (c == '_' || (c == '+' && digits.empty())) continue;
      if (std::string_view("0123456789.eE+-").find(c) == std::string_view::npos) break;
      digits.push_back(c);
    }
    double again = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), again);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    return whole && !(again < value) && !(again > value) ? digits : shortest;
  }

  const std::string& file_;
  std::vector<std::string_view> lines_;
};

}  // namespace

tl::expected<ConfigNode, ConfigProblem> parse_toml(std::string_view text, const std::string& file) {
  const toml::parse_result parsed = toml::parse(text, std::string_view(file));
  if (!parsed) {
    const toml::source_position at = parsed.error().source().begin;
    ConfigProblem problem;
    problem.file = file;
    problem.line = static_cast<std::uint32_t>(at.line);
    problem.column = static_cast<std::uint32_t>(at.column);
    problem.message = fmt::format("is not TOML: {}", parsed.error().description());
    problem.fix = "texts stand in quotes, each key once, tables begin with [name] or [[name]]";
    return tl::unexpected<ConfigProblem>(std::move(problem));
  }
  return TreeBuilder(text, file).build(parsed.table());
}

}  // namespace botbox::config
