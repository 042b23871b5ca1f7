#include "engine/strategy/rule/program.hpp"

#include <algorithm>
#include <utility>

#include "engine/assert.hpp"

namespace botbox::rule {
namespace {

double finite_or_unknown(double value) { return std::isfinite(value) ? value : kUnknown; }

double compared(bool holds, double a, double b) {
  if (!is_known(a) || !is_known(b)) return kUnknown;
  return holds ? 1 : 0;
}

double both(double a, double b) {
  if (a == 0 || b == 0) return 0;
  return is_known(a) && is_known(b) ? 1 : kUnknown;
}

double either(double a, double b) {
  if (is_met(a) || is_met(b)) return 1;
  return is_known(a) && is_known(b) ? 0 : kUnknown;
}

double chosen(double a, double b, double picked) {
  return is_known(a) && is_known(b) ? picked : kUnknown;
}

bool takes_two(Op op) {
  switch (op) {
    case Op::kConstant:
    case Op::kNegate:
    case Op::kAbs:
    case Op::kSqrt:
    case Op::kNot: return false;
    default: return true;
  }
}

// Equal in either order: written one way, so that `a + b` and `b + a` share a slot.
bool commutes(Op op) {
  switch (op) {
    case Op::kAdd:
    case Op::kMultiply:
    case Op::kMin:
    case Op::kMax:
    case Op::kEqual:
    case Op::kAnd:
    case Op::kOr: return true;
    default: return false;
  }
}

}  // namespace

double apply(Op op, double a, double b) {
  switch (op) {
    case Op::kConstant: return a;
    case Op::kAdd: return finite_or_unknown(a + b);
    case Op::kSubtract: return finite_or_unknown(a - b);
    case Op::kMultiply: return finite_or_unknown(a * b);
    case Op::kDivide: return finite_or_unknown(a / b);
    case Op::kNegate: return -a;
    case Op::kAbs: return std::fabs(a);
    case Op::kSqrt: return finite_or_unknown(std::sqrt(a));
    case Op::kMin: return chosen(a, b, std::min(a, b));
    case Op::kMax: return chosen(a, b, std::max(a, b));
    case Op::kLess: return compared(a < b, a, b);
    case Op::kLessEqual: return compared(a <= b, a, b);
    case Op::kEqual: return compared(a == b, a, b);
    case Op::kAnd: return both(a, b);
    case Op::kOr: return either(a, b);
    case Op::kNot: return 1 - a;
  }
  return kUnknown;
}

void Program::run(std::span<double> slots) const {
  std::size_t slot = inputs.size();
  for (const Instruction& step : code)
    slots[slot++] = step.op == Op::kConstant ? step.constant
                                             : rule::apply(step.op, slots[step.a], slots[step.b]);
}

Value ProgramBuilder::input(const Input& input) {
  const auto [at, added] = input_index_.try_emplace(input, static_cast<Slot>(inputs_.size()));
  if (added) inputs_.push_back(input);
  return {true, at->second};
}

Value ProgramBuilder::add(const Node& node) {
  const auto [at, added] = node_index_.try_emplace(node, static_cast<Slot>(nodes_.size()));
  if (added) nodes_.push_back(node);
  return {false, at->second};
}

// 0 and -0 are one.
Value ProgramBuilder::constant(double value) {
  ENGINE_ASSERT(is_known(value));
  return add({Op::kConstant, {}, {}, value == 0 ? 0.0 : value});
}

const double* ProgramBuilder::constant_of(Value value) const {
  if (value.is_input || nodes_[value.index].op != Op::kConstant) return nullptr;
  return &nodes_[value.index].constant;
}

Value ProgramBuilder::apply(Op op, Value a, Value b) {
  const double* const left = constant_of(a);
  const double* const right = takes_two(op) ? constant_of(b) : left;
  if (left != nullptr && right != nullptr)
    if (const double folded = rule::apply(op, *left, *right); is_known(folded))
      return constant(folded);
  if (op == Op::kAnd || op == Op::kOr) {
    if (a == b) return a;
    for (const auto& [known, other] : {std::pair{left, b}, std::pair{right, a}}) {
      if (known == nullptr) continue;
      const bool decides = is_met(*known) == (op == Op::kOr);
      return decides ? constant(*known) : other;
    }
  }
  if (!takes_two(op)) b = {};
  if (commutes(op) && b < a) std::swap(a, b);
  return add({op, a, b, 0});
}

std::vector<Value> ProgramBuilder::merge(const Program& program) {
  std::vector<Value> places;
  places.reserve(program.slots());
  for (const Input& one : program.inputs) places.push_back(input(one));
  for (const Instruction& step : program.code) {
    if (step.op == Op::kConstant) {
      places.push_back(constant(step.constant));
    } else {
      Value a = places[step.a];
      Value b = takes_two(step.op) ? places[step.b] : Value{};
      if (commutes(step.op) && b < a) std::swap(a, b);
      places.push_back(add({step.op, a, b, 0}));
    }
  }
  return places;
}

Slot ProgramBuilder::slot_of(Value value) const {
  return value.is_input ? value.index : static_cast<Slot>(inputs_.size()) + value.index;
}

Program ProgramBuilder::program() const {
  Program laid_out;
  laid_out.inputs = inputs_;
  laid_out.code.reserve(nodes_.size());
  for (const Node& node : nodes_) {
    Instruction step{node.op, 0, 0, node.constant};
    if (node.op != Op::kConstant) step.a = slot_of(node.a);
    if (takes_two(node.op)) step.b = slot_of(node.b);
    laid_out.code.push_back(step);
  }
  return laid_out;
}

}  // namespace botbox::rule
