// SharedRules and RuleValues: the rules of all bots on one series, evaluated once per candle.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/strategy/rule/program.hpp"

namespace botbox::rule {

// Immutable: every slot of every registered program, on one view.
class RuleValues {
 public:
  // Copies the program's slots. False: it is not among these, nothing was written.
  bool read(const Program* program, std::span<double> slots) const;

 private:
  friend class SharedRules;
  using Layout = std::map<const Program*, std::vector<Slot>>;
  std::shared_ptr<const Layout> layout_;
  std::vector<double> values_;
};

// One owner. Programs are known by their address and kept alive.
class SharedRules {
 public:
  // False: it was registered already.
  bool add(const std::shared_ptr<const Program>& program);
  bool empty() const { return programs_.empty(); }
  // Different inputs and instructions, over all programs.
  std::size_t distinct() const { return builder_.size(); }

  std::shared_ptr<const RuleValues> evaluate(const MarketView& view);
  // How many instructions were computed so far.
  std::uint64_t computations() const { return computations_; }

 private:
  void lay_out();

  ProgramBuilder builder_;
  std::map<std::shared_ptr<const Program>, std::vector<Value>> programs_;
  std::shared_ptr<const RuleValues::Layout> layout_;  // null: to be made
  Program joined_;
  std::uint64_t computations_ = 0;
};

}  // namespace botbox::rule
