#include "tools/config/environment.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <set>
#include <string_view>
#include <vector>

#include "tools/config/setting_names.hpp"
#include "tools/config/value_text.hpp"

namespace botbox::config {
namespace {

constexpr std::string_view kPrefix = "botbox__";
constexpr std::string_view kShortPrefix = "botbox_";

// Named as one of ours but for a '_': "BOTBOX_ENGINE__MODE".
bool lacks_underscore(std::string_view name) {
  return name.starts_with(kShortPrefix) && !name.starts_with(kPrefix) &&
         name.find("__") != std::string_view::npos;
}

// The lists of tables, and the key by which one of them is addressed.
struct AddressedList {
  std::string_view path;
  std::string_view id_key;
};
constexpr std::array<AddressedList, 7> kLists{{{"bot", "id"},
                                               {"api.token", "name"},
                                               {"exchange.limit", "name"},
                                               {"notify.webhook", "name"},
                                               {"paper.symbol", "symbol"},
                                               {"telegram.chat", "name"},
                                               {"webhook.source", "name"}}};

std::string_view id_key_of(std::string_view path) {
  for (const AddressedList& list : kLists)
    if (list.path == path) return list.id_key;
  return {};
}

// "rsi-btc" as a variable can spell it: "rsi_btc"; a symbol "BTC/USDT": "btcusdt".
std::string spelled(std::string_view id, std::string_view id_key) {
  std::string name;
  for (const char c : id) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) != 0) {
      name.push_back(static_cast<char>(std::tolower(letter)));
    } else if (id_key != "symbol") {
      name.push_back('_');
    }
  }
  return name;
}

class Override {
 public:
  Override(std::string_view variable, std::string_view value, ProblemList& problems)
      : place_{fmt::format("environment {}", variable), 0, 0}, value_(value), problems_(problems) {}

  // `rest` is what is left of the name, in lower case, below the table at `path`.
  void apply(ConfigNode& table, const std::string& path, std::string_view rest) {
    const std::size_t separator = rest.find("__");
    const std::string_view head = rest.substr(0, separator);
    if (head.empty()) return malformed();
    if (separator == std::string_view::npos) return set(table, path, head);
    const std::string_view name = path.empty() ? canonical_name(path, head) : head;
    const std::string below = path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
    const std::string_view tail = rest.substr(separator + 2);
    if (!id_key_of(below).empty()) return descend_list(table.find(name), below, tail);
    ConfigNode* child = table.find(name);
    if (child == nullptr) {
      ConfigNode made;
      made.key = made.written = std::string(name);
      made.key_place = made.place = place_;
      table.children.push_back(std::move(made));
      child = &table.children.back();
    }
    if (child->kind != NodeKind::kTable)
      return report(below, "is not a section of the file", "the name has one part too many");
    apply(*child, below, tail);
  }

 private:
  void set(ConfigNode& table, const std::string& path, std::string_view head) {
    if (path.empty())
      return report(std::string(head), "names no section", "write BOTBOX__SECTION__KEY");
    const std::string key(canonical_name(path, head));
    const ConfigNode* old = table.find(key);
    const bool lists_tables =
        old != nullptr && old->kind == NodeKind::kList && !id_key_of(path + "." + key).empty();
    if (lists_tables || (old != nullptr && old->kind == NodeKind::kTable))
      return report(path + "." + key, "is a section; one variable sets one value",
                    "add __ and the name of a key");
    table.erase(key);
    table.erase(excluded_by(key));
    ConfigNode value;
    value.kind = NodeKind::kLoose;
    value.key = key;
    value.written = std::string(head);
    value.text = value_;
    value.key_place = value.place = place_;
    table.children.push_back(std::move(value));
  }

  // Ids may hold "__" themselves, so the id is matched from the front; the longest one wins.
  void descend_list(ConfigNode* list, const std::string& path, std::string_view rest) {
    const std::string_view id_key = id_key_of(path);
    std::vector<ConfigNode*> matches;
    std::size_t longest = 0;
    std::vector<std::string> names;
    const bool usable = list != nullptr && list->kind == NodeKind::kList;
    for (ConfigNode& item : usable ? list->children : none_) {
      const ConfigNode* id = item.find(id_key);
      if (id == nullptr) continue;
      const std::string name = spelled(id->text, id_key);
      names.push_back(name);
      if (name.empty() || !rest.starts_with(name + "__") || name.size() < longest) continue;
      if (name.size() > longest) matches.clear();
      longest = name.size();
      matches.push_back(&item);
    }
    if (matches.size() == 1) return apply(*matches.front(), path, rest.substr(longest + 2));
    const std::string asked(rest.substr(0, rest.find("__")));
    if (matches.size() > 1)
      return report(path, fmt::format("'{}' fits more than one [[{}]]", asked, path),
                    "make the ids differ in more than '-' and '_'");
    const auto nearest = nearest_name(asked, names);
    report(path, fmt::format("there is no [[{}]] with {} '{}'", path, id_key, asked),
           nearest         ? fmt::format("did you mean {}?", *nearest)
           : names.empty() ? "the file has none"
                           : fmt::format("the file has: {}", fmt::join(names, ", ")));
  }

  void malformed() { report("", "has an empty part in its name", "write BOTBOX__SECTION__KEY"); }

  void report(std::string key, std::string message, std::string fix) {
    problems_.add(place_, std::move(key), std::move(message), std::move(fix));
  }

  Place place_;
  std::string value_;
  ProblemList& problems_;
  std::vector<ConfigNode> none_;
};

}  // namespace

Environment process_environment() {
  Environment found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name = to_lower(text.substr(0, equals));
    if (name.starts_with(kPrefix) || lacks_underscore(name))
      found.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

void apply_environment(ConfigNode& root, const Environment& environment, ProblemList& problems) {
  std::set<std::string> seen;
  for (const auto& [variable, value] : environment) {
    const std::string name = to_lower(variable);
    if (lacks_underscore(name))
      problems.add({"environment " + variable, 0, 0}, {}, "has only one '_' after BOTBOX",
                   "write BOTBOX__" + variable.substr(kShortPrefix.size()));
    if (!name.starts_with(kPrefix)) continue;
    if (!seen.insert(name).second) {
      problems.add({"environment " + variable, 0, 0}, {}, "is set twice, in different case",
                   "keep one");
      continue;
    }
    Override(variable, value, problems)
        .apply(root, {}, std::string_view(name).substr(kPrefix.size()));
  }
}

}  // namespace botbox::config
