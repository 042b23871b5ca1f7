// Program: rules as a flat list of instructions over numbers of closed candles.
//
// Slots are doubles. A slot that cannot be computed (not warm yet, nothing traded, divided by zero,
// a higher timeframe that is late) is unknown, held as NaN, and stays unknown through arithmetic
// and comparisons. Conditions are 1, 0 or unknown, joined after Kleene: false and unknown is false,
// true or unknown is true. What is unknown is never met.
//
// Equal instructions share a slot, so that what two rules have in common is computed once.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "engine/model/time.hpp"
#include "engine/strategy/indicators.hpp"

namespace botbox::rule {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
inline bool is_known(double value) { return !std::isnan(value); }
// Of a condition: true, and neither false nor unknown.
inline bool is_met(double value) { return value > 0.5; }

constexpr std::size_t kLargestProgram = 2'000;  // slots

enum class InputKind : std::uint8_t { kCandle, kIndicator, kHour, kWeekday };

// What a program reads: a number of a candle, or an output of an indicator. There is no way to name
// a candle that is not closed: `back` counts from the newest closed one into the past.
struct Input {
  Timeframe timeframe;
  InputKind kind = InputKind::kCandle;
  BarInput field = BarInput::kClose;  // kCandle
  IndicatorSpec spec;                 // kIndicator
  std::uint8_t output = 0;            // kIndicator
  std::uint16_t back = 0;             // candles of its own timeframe
  // Candles of the program's own timeframe: the input as it was then. Zero where both are the same.
  std::uint16_t as_of = 0;

  auto operator<=>(const Input&) const = default;
};

enum class Op : std::uint8_t {
  kConstant,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kNegate,
  kAbs,
  kSqrt,
  kMin,
  kMax,
  kLess,
  kLessEqual,
  kEqual,
  kAnd,
  kOr,
  kNot
};

using Slot = std::uint32_t;

struct Instruction {
  Op op = Op::kConstant;
  Slot a = 0;
  Slot b = 0;
  double constant = 0;

  auto operator<=>(const Instruction&) const = default;
};

// The value of one instruction.
double apply(Op op, double a, double b);

// A number's place in a program: of its inputs, or of its code.
struct Value {
  bool is_input = false;
  Slot index = 0;

  auto operator<=>(const Value&) const = default;
};

// Inputs fill the slots [0, inputs), code the slots after them, in an order in which it can be run.
struct Program {
  std::vector<Input> inputs;
  std::vector<Instruction> code;

  std::size_t slots() const { return inputs.size() + code.size(); }
  // Inputs are filled in; computes the rest.
  void run(std::span<double> slots) const;
};

// Collects inputs and instructions, each once. Inputs may be added at any time, so instructions
// name their operands as Values; program() lays them out.
class ProgramBuilder {
 public:
  Value input(const Input& input);
  Value constant(double value);  // known
  // Folds what is constant already, unless it would be unknown. `b` is ignored by operations of one
  // operand.
  Value apply(Op op, Value a, Value b = {});
  // Merges another program; returns where its slots are here.
  std::vector<Value> merge(const Program& program);

  // None: it depends on a candle.
  const double* constant_of(Value value) const;
  std::size_t size() const { return inputs_.size() + nodes_.size(); }

  Program program() const;
  Slot slot_of(Value value) const;  // in program()

 private:
  struct Node {
    Op op = Op::kConstant;
    Value a;
    Value b;
    double constant = 0;
    auto operator<=>(const Node&) const = default;
  };
  Value add(const Node& node);

  std::vector<Input> inputs_;
  std::vector<Node> nodes_;
  std::map<Input, Slot> input_index_;
  std::map<Node, Slot> node_index_;
};

}  // namespace botbox::rule
