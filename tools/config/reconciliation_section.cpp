// [reconciliation]: how often the account is compared, and what is done about each kind of
// difference.
#include <algorithm>
#include <array>

#include "tools/config/sections.hpp"
#include "tools/config/value_text.hpp"

namespace botbox::config {
namespace {

constexpr std::array kDecisions{
    std::pair{std::string_view("wait"), DifferenceDecision::kWait},
    std::pair{std::string_view("adopt"), DifferenceDecision::kAdopt},
    std::pair{std::string_view("flatten"), DifferenceDecision::kFlatten},
    std::pair{std::string_view("ignore"), DifferenceDecision::kIgnore},
    std::pair{std::string_view("halt"), DifferenceDecision::kHalt},
};

// Orders of ours that went on while nobody listened are adopted always: nothing to choose.
bool is_configured(DifferenceKind kind) { return kind > DifferenceKind::kFillDiffers; }

void read_decisions(SectionReader& reader, ReconciliationRules& rules) {
  for (std::size_t i = 0; i < kDifferenceKinds; ++i) {
    const auto kind = static_cast<DifferenceKind>(i);
    rules.decisions[i] = default_decision(kind);
    if (!is_configured(kind)) continue;
    Choices<DifferenceDecision> choices;
    for (const auto& [name, decision] : kDecisions)
      if (is_configurable(kind, decision)) choices.emplace_back(name, decision);
    const std::string key = to_lower(to_string(kind));
    if (const auto decision = reader.choice(key, choices)) rules.decisions[i] = *decision;
  }
}

std::vector<std::string> texts(SectionReader& reader, std::string_view key) {
  std::vector<std::string> out;
  for (const ConfigNode& item : reader.list(key)) {
    if (item.kind == NodeKind::kText || item.kind == NodeKind::kLoose)
      out.push_back(item.text);
    else
      reader.problem(item, key, "must hold texts");
  }
  return out;
}

}  // namespace

ReconciliationSection read_reconciliation(const ConfigNode& table, ExchangeKind kind,
                                          ReadContext& context) {
  ReconciliationSection section;
  SectionReader reader(table, "reconciliation", context.problems);
  section.is_enabled = reader.boolean("enabled").value_or(is_real(kind));
  const DurationRange pause{Duration{5'000}, Duration{3'600'000}};
  section.interval = reader.duration("interval", pause).value_or(section.interval);
  section.confirm_after = reader.duration("confirm_after", {Duration{0}, Duration{300'000}})
                              .value_or(section.confirm_after);
  section.rules.holding_tolerance =
      reader.ratio("holding_tolerance", {.min = {}, .max = Decimal::from_units(100'000'000'000)})
          .value_or(section.rules.holding_tolerance);
  section.rules.leverage = reader.decimal(
      "expected_leverage", {.min = Decimal::from_int(1), .max = Decimal::from_int(125)});
  for (const std::string& written : texts(reader, "ignore_symbols")) {
    const Result<SymbolParts> parts = parse_symbol(written);
    if (parts) section.rules.ignored_symbols.push_back(parts->unified.value);
    if (!parts)
      reader.problem(*reader.find("ignore_symbols"), "ignore_symbols", parts.error().message,
                     parts.error().fix);
  }
  section.rules.ignored_ids = texts(reader, "ignore_client_ids");
  for (const std::string& prefix : section.rules.ignored_ids)
    if (prefix.empty())
      reader.problem(*reader.find("ignore_client_ids"), "ignore_client_ids",
                     "an empty prefix would ignore every order", "write the ids' first letters");
  read_decisions(reader, section.rules);
  reader.finish();
  return section;
}

}  // namespace botbox::config
