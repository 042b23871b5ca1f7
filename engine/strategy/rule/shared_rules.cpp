#include "engine/strategy/rule/shared_rules.hpp"

#include "engine/strategy/rule/view_inputs.hpp"

namespace botbox::rule {

bool RuleValues::read(const Program* program, std::span<double> slots) const {
  const auto found = layout_->find(program);
  if (found == layout_->end()) return false;
  for (std::size_t i = 0; i < found->second.size(); ++i) slots[i] = values_[found->second[i]];
  return true;
}

bool SharedRules::add(const std::shared_ptr<const Program>& program) {
  const auto [at, added] = programs_.try_emplace(program);
  if (!added) return false;
  at->second = builder_.merge(*program);
  layout_ = nullptr;
  return true;
}

void SharedRules::lay_out() {
  joined_ = builder_.program();
  auto layout = std::make_shared<RuleValues::Layout>();
  for (const auto& [program, values] : programs_) {
    std::vector<Slot>& slots = (*layout)[program.get()];
    slots.reserve(values.size());
    for (const Value value : values) slots.push_back(builder_.slot_of(value));
  }
  layout_ = std::move(layout);
}

std::shared_ptr<const RuleValues> SharedRules::evaluate(const MarketView& view) {
  if (layout_ == nullptr) lay_out();
  auto values = std::make_shared<RuleValues>();
  values->layout_ = layout_;
  values->values_.resize(joined_.slots());
  read_inputs(view, joined_, values->values_);
  joined_.run(values->values_);
  computations_ += joined_.code.size();
  return values;
}

}  // namespace botbox::rule
