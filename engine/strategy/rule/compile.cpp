#include "engine/strategy/rule/compile.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "engine/strategy/indicator_registry.hpp"
#include "engine/strategy/rule/syntax.hpp"

namespace botbox::rule {
namespace {

constexpr std::array<std::string_view, 8> kFields{"open",   "high", "low",  "close",
                                                  "volume", "hl2",  "hlc3", "ohlc4"};
constexpr std::array<std::string_view, 2> kClockNames{"hour", "weekday"};
constexpr std::array<std::string_view, 11> kFunctions{
    "abs",           "sqrt",   "min",     "max", "change", "crosses_above",
    "crosses_below", "rising", "falling", "any", "all"};
constexpr int kMostRepeats = 20;
constexpr std::size_t kMostSteps = 50'000;

template <class Names>
bool holds_name(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// How far back an expression is taken: candles of its own timeframe, and of the bot's.
struct Shift {
  int own = 0;
  int base = 0;
  bool is_none() const { return own == 0 && base == 0; }
};

struct Typed {
  Value value;
  bool is_condition = false;
};

std::string signature(const IndicatorDescription& row) {
  std::string text(row.name);
  text += '(';
  for (std::size_t i = 0; i < row.parameters.size(); ++i)
    text += fmt::format("{}{}", i > 0 ? ", " : "", row.parameters[i].name);
  return text + ')';
}

class Compiler {
 public:
  Compiler(std::string_view rule, const Scope& scope, ProgramBuilder& builder)
      : rule_(rule), scope_(scope), builder_(builder) {}

  Result<CompiledRule> whole(const Node& node) {
    BOTBOX_ASSIGN(const Typed typed, lower(node, {}));
    if (!typed.is_condition)
      return wrong(node, "this is a number, not a condition", "compare it: rsi(14) < 35");
    return CompiledRule{typed.value, std::move(comparisons_)};
  }

 private:
  tl::unexpected<Error> wrong(const Node& node, std::string message, std::string fix) const {
    return fail_at(rule_, node.at, std::move(message), std::move(fix));
  }

  Result<Typed> lower(const Node& node, Shift shift) {
    if (++steps_ > kMostSteps || builder_.size() > kLargestProgram)
      return wrong(node, "the rules are too much work", "split them, or repeat over fewer candles");
    switch (node.kind) {
      case NodeKind::kNumber: return Typed{builder_.constant(node.number)};
      case NodeKind::kText:
        return wrong(node, fmt::format("\"{}\" stands alone", node.text),
                     "a text is a timeframe, at the end of an argument list: ema(200, \"4h\")");
      case NodeKind::kName: return name(node, shift);
      case NodeKind::kCall: return call(node, shift);
      case NodeKind::kOutput: return output(node, shift);
      case NodeKind::kBack:
        return lower(node.children[0],
                     shifted(node.children[0], static_cast<int>(node.number), shift));
      case NodeKind::kUnary: return unary(node, shift);
      case NodeKind::kBinary: return binary(node, shift);
    }
    return wrong(node, "this is not understood", "");
  }

  // -- kinds of operands

  Result<Value> number(const Node& node, Shift shift) {
    BOTBOX_ASSIGN(const Typed typed, lower(node, shift));
    if (typed.is_condition)
      return wrong(node, "a number was expected, this is a condition", "take the comparison out");
    return typed.value;
  }
  Result<Value> condition(const Node& node, Shift shift) {
    BOTBOX_ASSIGN(const Typed typed, lower(node, shift));
    if (!typed.is_condition)
      return wrong(node, "a condition was expected, this is a number", "compare it: rsi(14) < 35");
    return typed.value;
  }
  Result<double> plain_number(const Node& node) {
    BOTBOX_ASSIGN(const Value value, number(node, {}));
    if (const double* known = builder_.constant_of(value)) return *known;
    return wrong(node, "this changes with the candle",
                 "write a number or a parameter of the strategy");
  }
  Result<int> whole_number(const Node& node, int least, int most) {
    BOTBOX_ASSIGN(const double value, plain_number(node));
    if (value < least || value > most || value != std::floor(value))
      return wrong(node, fmt::format("{} is not possible here", value),
                   fmt::format("write a whole number from {} to {}", least, most));
    return static_cast<int>(value);
  }

  // -- looking back

  // The timeframes, other than the bot's, that an expression reads; and whether it reads the bot's.
  struct Frames {
    std::set<Timeframe> higher;
    bool base = false;
  };
  void find_frames(const Node& node, Frames& frames) const {
    const bool has_timeframe = node.kind == NodeKind::kCall && !node.children.empty() &&
                               node.children.back().kind == NodeKind::kText;
    const auto parsed = has_timeframe ? Timeframe::parse(node.children.back().text)
                                      : Result<Timeframe>(scope_.timeframe);
    const bool reads = has_timeframe || node.kind == NodeKind::kName ||
                       (node.kind == NodeKind::kCall && find_indicator(node.text) != nullptr);
    if (reads && !is_parameter(node.text)) {
      if (parsed && *parsed != scope_.timeframe)
        frames.higher.insert(*parsed);
      else
        frames.base = true;
      return;
    }
    for (const Node& child : node.children) find_frames(child, frames);
  }
  // An expression of one higher timeframe is shifted by candles of that; all others by the bot's.
  Shift shifted(const Node& node, int candles, Shift shift) const {
    Frames frames;
    find_frames(node, frames);
    (frames.higher.size() == 1 && !frames.base ? shift.own : shift.base) += candles;
    return shift;
  }

  Result<Typed> read(const Node& node, Input input, Shift shift) {
    const bool is_base = input.timeframe == scope_.timeframe;
    const bool is_series = input.kind == InputKind::kIndicator || !is_base;
    const int most = is_series ? kMostBackIndicator : kMostBackCandle;
    if (shift.own + shift.base > most)
      return wrong(node, fmt::format("this looks {} candles back", shift.own + shift.base),
                   fmt::format("at most {} are possible {}", most,
                               is_series ? "for an indicator or another timeframe"
                                         : "for a number of the candle"));
    input.back = static_cast<std::uint16_t>(is_base ? shift.own + shift.base : shift.own);
    input.as_of = static_cast<std::uint16_t>(is_base ? 0 : shift.base);
    return Typed{builder_.input(input)};
  }

  Result<Timeframe> timeframe_of(const Node& text) const {
    const Result<Timeframe> parsed = Timeframe::parse(text.text);
    if (!parsed) return wrong(text, parsed.error().message, parsed.error().fix);
    if (*parsed < scope_.timeframe)
      return wrong(text,
                   fmt::format("{} is shorter than the bot's timeframe {}", text.text,
                               to_string(scope_.timeframe)),
                   "a rule reads the bot's timeframe and longer ones");
    return *parsed;
  }

  // -- names

  bool is_parameter(std::string_view name) const { return find_parameter(name) != nullptr; }
  const StrategyParameter* find_parameter(std::string_view name) const {
    for (const StrategyParameter& parameter : scope_.parameters)
      if (parameter.name == name) return &parameter;
    return nullptr;
  }

  Result<Typed> name(const Node& node, Shift shift) {
    if (const StrategyParameter* parameter = find_parameter(node.text))
      return Typed{builder_.constant(parameter->value)};
    if (holds_name(kFields, node.text)) return field(node, scope_.timeframe, shift);
    if (holds_name(kClockNames, node.text))
      return read(node,
                  {.timeframe = scope_.timeframe,
                   .kind = node.text == "hour" ? InputKind::kHour : InputKind::kWeekday},
                  shift);
    if (const IndicatorDescription* row = find_indicator(node.text))
      return wrong(node, fmt::format("{} is called with its parameters", node.text),
                   fmt::format("write {}", to_string(default_spec(*row))));
    if (holds_name(kFunctions, node.text))
      return wrong(node, fmt::format("{} is called with arguments", node.text), "");
    std::vector<std::string_view> known(kFields.begin(), kFields.end());
    known.insert(known.end(), kClockNames.begin(), kClockNames.end());
    for (const StrategyParameter& parameter : scope_.parameters) known.push_back(parameter.name);
    for (const IndicatorDescription& row : indicator_registry()) known.push_back(row.name);
    const std::string meant = suggestion(node.text, known);
    return wrong(node, fmt::format("'{}' is not known", node.text),
                 meant.empty() ? "use a number of the candle, an indicator or a parameter" : meant);
  }

  Result<Typed> field(const Node& node, Timeframe timeframe, Shift shift) {
    return read(
        node,
        {.timeframe = timeframe, .kind = InputKind::kCandle, .field = *parse_bar_input(node.text)},
        shift);
  }

  Result<Typed> call(const Node& node, Shift shift) {
    if (find_indicator(node.text) != nullptr) return indicator(node, nullptr, shift);
    if (holds_name(kFunctions, node.text)) return function(node, shift);
    if (holds_name(kFields, node.text)) {
      if (node.children.size() != 1 || node.children[0].kind != NodeKind::kText)
        return wrong(node, fmt::format("{} takes a timeframe or nothing", node.text),
                     fmt::format("write {0}, {0}[1] or {0}(\"4h\")", node.text));
      BOTBOX_ASSIGN(const Timeframe timeframe, timeframe_of(node.children[0]));
      return field(node, timeframe, shift);
    }
    std::vector<std::string_view> known(kFunctions.begin(), kFunctions.end());
    for (const IndicatorDescription& row : indicator_registry()) known.push_back(row.name);
    const std::string meant = suggestion(node.text, known);
    return wrong(node, fmt::format("'{}' is not known", node.text),
                 meant.empty() ? "indicators.md lists all indicators" : meant);
  }

  // -- indicators

  Result<Typed> output(const Node& node, Shift shift) {
    const Node& of = node.children[0];
    if (of.kind == NodeKind::kCall && find_indicator(of.text) != nullptr)
      return indicator(of, &node, shift);
    return wrong(node, fmt::format("'.{}' follows no indicator", node.text),
                 "write macd(12,26,9).histogram");
  }

  Result<std::size_t> output_index(const Node& node, const Node* named,
                                   const IndicatorDescription& row) const {
    std::vector<std::string_view> known;
    for (const IndicatorOutput& output : row.outputs) known.push_back(output.name);
    std::string all;
    for (const std::string_view name : known) all += fmt::format(" .{}", name);
    if (named == nullptr) {
      if (!row.must_name_output) return std::size_t{0};
      return wrong(node, fmt::format("{} has several outputs", row.name), "name one:" + all);
    }
    const auto found = std::find(known.begin(), known.end(), named->text);
    if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
    const std::string meant = suggestion(named->text, known);
    return wrong(*named, fmt::format("{} has no output '{}'", row.name, named->text),
                 meant.empty() ? "it has" + all : meant);
  }

  Result<void> argument(const Node& node, const IndicatorDescription& row, std::size_t index,
                        IndicatorSpec& spec) {
    BOTBOX_ASSIGN(const double value, plain_number(node));
    const IndicatorParameter& parameter = row.parameters[index];
    const bool possible = value >= parameter.min && value <= parameter.max &&
                          (!parameter.integer || value == std::floor(value));
    if (!possible)
      return wrong(node,
                   fmt::format("{} = {} is not possible in {}", parameter.name, value, row.name),
                   fmt::format("{} is {}{} to {}", parameter.name,
                               parameter.integer ? "a whole number from " : "", parameter.min,
                               parameter.max));
    set_parameter(spec, index, value);
    return {};
  }

  Result<Typed> indicator(const Node& node, const Node* named, Shift shift) {
    const IndicatorDescription& row = *find_indicator(node.text);
    Input input{.timeframe = scope_.timeframe, .kind = InputKind::kIndicator};
    input.spec = default_spec(row);
    std::span<const Node> arguments(node.children);
    if (!arguments.empty() && arguments.back().kind == NodeKind::kText) {
      BOTBOX_ASSIGN(input.timeframe, timeframe_of(arguments.back()));
      arguments = arguments.first(arguments.size() - 1);
    }
    if (!arguments.empty() && arguments[0].kind == NodeKind::kName &&
        holds_name(kFields, arguments[0].text)) {
      if (row.input == BarInput::kDefault)
        return wrong(arguments[0], fmt::format("{} reads whole candles", row.name),
                     fmt::format("take {} out", arguments[0].text));
      input.spec.input = *parse_bar_input(arguments[0].text);
      arguments = arguments.subspan(1);
    }
    if (!arguments.empty() && arguments[0].kind == NodeKind::kCall &&
        !holds_name(kFunctions, arguments[0].text))
      return wrong(arguments[0], fmt::format("{} cannot be computed of an expression", row.name),
                   "give it a number of the candle: open, high, low, close, volume, hl2, hlc3 or "
                   "ohlc4");
    if (arguments.size() > row.parameters.size())
      return wrong(arguments[row.parameters.size()],
                   fmt::format("{} takes {} parameters", row.name, row.parameters.size()),
                   fmt::format("write {}", signature(row)));
    for (std::size_t i = 0; i < arguments.size(); ++i)
      BOTBOX_TRY(argument(arguments[i], row, i, input.spec));
    if (const Result<void> valid = validate(input.spec); !valid)
      return wrong(node, valid.error().message, valid.error().fix);
    input.spec = normalised(input.spec);
    BOTBOX_ASSIGN(const std::size_t index, output_index(node, named, row));
    input.output = static_cast<std::uint8_t>(index);
    BOTBOX_ASSIGN(Typed typed, read(node, input, shift));
    typed.is_condition = row.outputs[index].unit == OutputUnit::kFlag;
    if (typed.is_condition) note(typed.value, builder_.constant(1), typed.value, shift);
    return typed;
  }

  // -- operators and functions

  void note(Value left, Value right, Value holds, Shift shift) {
    if (shift.is_none()) comparisons_.push_back({left, right, holds});
  }

  Result<Value> apply(const Node& node, Op op, Value a, Value b = {}) {
    const Value value = builder_.apply(op, a, b);
    const double* const left = builder_.constant_of(a);
    const double* const right = builder_.constant_of(b);
    if (op == Op::kDivide && right != nullptr && *right == 0)
      return wrong(node, "this divides by zero", "");
    if (left != nullptr && op == Op::kSqrt && *left < 0)
      return wrong(node, "a negative number has no root", "");
    return value;
  }

  Result<Typed> unary(const Node& node, Shift shift) {
    if (node.text == "not") {
      BOTBOX_ASSIGN(const Value value, condition(node.children[0], shift));
      return Typed{builder_.apply(Op::kNot, value), true};
    }
    BOTBOX_ASSIGN(const Value value, number(node.children[0], shift));
    return Typed{builder_.apply(Op::kNegate, value)};
  }

  Value compare(std::string_view symbol, Value a, Value b) {
    if (symbol == "<") return builder_.apply(Op::kLess, a, b);
    if (symbol == "<=") return builder_.apply(Op::kLessEqual, a, b);
    if (symbol == ">") return builder_.apply(Op::kLess, b, a);
    if (symbol == ">=") return builder_.apply(Op::kLessEqual, b, a);
    const Value equal = builder_.apply(Op::kEqual, a, b);
    return symbol == "==" ? equal : builder_.apply(Op::kNot, equal);
  }

  Result<Typed> binary(const Node& node, Shift shift) {
    const Node& left = node.children[0];
    const Node& right = node.children[1];
    if (node.text == "and" || node.text == "or") {
      BOTBOX_ASSIGN(const Value a, condition(left, shift));
      BOTBOX_ASSIGN(const Value b, condition(right, shift));
      return Typed{builder_.apply(node.text == "and" ? Op::kAnd : Op::kOr, a, b), true};
    }
    BOTBOX_ASSIGN(const Value a, number(left, shift));
    BOTBOX_ASSIGN(const Value b, number(right, shift));
    static const std::map<std::string_view, Op> kArithmetic{
        {"+", Op::kAdd}, {"-", Op::kSubtract}, {"*", Op::kMultiply}, {"/", Op::kDivide}};
    if (const auto found = kArithmetic.find(node.text); found != kArithmetic.end()) {
      BOTBOX_ASSIGN(const Value value, apply(node, found->second, a, b));
      return Typed{value};
    }
    const Value value = compare(node.text, a, b);
    note(a, b, value, shift);
    return Typed{value, true};
  }

  Result<void> expect(const Node& node, std::size_t arguments, std::string_view example) const {
    if (node.children.size() == arguments) return {};
    return wrong(node, fmt::format("{} takes {} arguments", node.text, arguments),
                 fmt::format("write {}", example));
  }

  Result<Typed> function(const Node& node, Shift shift) {
    if (node.text == "abs" || node.text == "sqrt") {
      BOTBOX_TRY(expect(node, 1, node.text == "abs" ? "abs(close - open)" : "sqrt(2)"));
      BOTBOX_ASSIGN(const Value value, number(node.children[0], shift));
      BOTBOX_ASSIGN(const Value result,
                    apply(node, node.text == "abs" ? Op::kAbs : Op::kSqrt, value));
      return Typed{result};
    }
    if (node.text == "min" || node.text == "max") return least_or_most(node, shift);
    if (node.text == "change") return change(node, shift);
    if (node.text == "crosses_above" || node.text == "crosses_below") return cross(node, shift);
    return repeated(node, shift);
  }

  Result<Typed> least_or_most(const Node& node, Shift shift) {
    if (node.children.size() < 2)
      return wrong(node, fmt::format("{} takes two numbers or more", node.text),
                   fmt::format("write {}(open, close)", node.text));
    BOTBOX_ASSIGN(Value value, number(node.children[0], shift));
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      BOTBOX_ASSIGN(const Value next, number(node.children[i], shift));
      value = builder_.apply(node.text == "min" ? Op::kMin : Op::kMax, value, next);
    }
    return Typed{value};
  }

  Result<Typed> change(const Node& node, Shift shift) {
    BOTBOX_TRY(expect(node, 2, "change(close, 12)"));
    BOTBOX_ASSIGN(const int candles, whole_number(node.children[1], 1, kMostBackCandle));
    BOTBOX_ASSIGN(const Value now, number(node.children[0], shift));
    BOTBOX_ASSIGN(const Value then,
                  number(node.children[0], shifted(node.children[0], candles, shift)));
    BOTBOX_ASSIGN(const Value ratio, apply(node, Op::kDivide, now, then));
    return Typed{builder_.apply(Op::kSubtract, ratio, builder_.constant(1))};
  }

  // From "not above" to above: meeting is no cross, to part again upwards is one.
  Result<Typed> cross(const Node& node, Shift shift) {
    BOTBOX_TRY(expect(node, 2, "crosses_above(ema(9), ema(21))"));
    const Node& left = node.children[0];
    const Node& right = node.children[1];
    const Shift before = shifted(node, 1, shift);
    BOTBOX_ASSIGN(const Value a, number(left, shift));
    BOTBOX_ASSIGN(const Value b, number(right, shift));
    BOTBOX_ASSIGN(const Value a_before, number(left, before));
    BOTBOX_ASSIGN(const Value b_before, number(right, before));
    const bool up = node.text == "crosses_above";
    const Value value = builder_.apply(Op::kAnd, compare(up ? "<=" : ">=", a_before, b_before),
                                       compare(up ? ">" : "<", a, b));
    note(a, b, value, shift);
    return Typed{value, true};
  }

  // rising and falling over n steps, any and all over n candles.
  Result<Typed> repeated(const Node& node, Shift shift) {
    const bool of_numbers = node.text == "rising" || node.text == "falling";
    BOTBOX_TRY(expect(node, 2,
                      of_numbers ? fmt::format("{}(close, 3)", node.text)
                                 : fmt::format("{}(close > open, 3)", node.text)));
    const Node& of = node.children[0];
    BOTBOX_ASSIGN(const int times, whole_number(node.children[1], 1, kMostRepeats));
    std::optional<Value> joined;
    for (int i = 0; i < times; ++i) {
      const Shift newer = shifted(of, i, shift);
      Value next;
      if (of_numbers) {
        BOTBOX_ASSIGN(const Value after, number(of, newer));
        BOTBOX_ASSIGN(const Value before, number(of, shifted(of, i + 1, shift)));
        next = compare(node.text == "rising" ? ">" : "<", after, before);
        if (i == 0) note(after, before, next, shift);
      } else {
        BOTBOX_ASSIGN(next, condition(of, newer));
      }
      joined =
          joined ? builder_.apply(node.text == "any" ? Op::kOr : Op::kAnd, *joined, next) : next;
    }
    return Typed{*joined, true};
  }

  std::string_view rule_;
  const Scope& scope_;
  ProgramBuilder& builder_;
  std::vector<Comparison> comparisons_;
  std::size_t steps_ = 0;
};

}  // namespace

Result<CompiledRule> compile(std::string_view rule, const Scope& scope, ProgramBuilder& builder) {
  BOTBOX_ASSIGN(const Node tree, parse(rule));
  return Compiler(rule, scope, builder).whole(tree);
}

std::vector<WarmUp> warm_up(const Program& program, Timeframe timeframe) {
  std::map<Timeframe, int> candles{{timeframe, 1}};
  for (const Input& input : program.inputs) {
    const int first = input.kind == InputKind::kIndicator ? botbox::warm_up(input.spec) : 1;
    int& needed = candles[input.timeframe];
    needed = std::max(needed, first + input.back + input.as_of);
    candles[timeframe] = std::max(candles[timeframe], 1 + input.as_of);
  }
  std::vector<WarmUp> all;
  all.reserve(candles.size());
  for (const auto& [frame, count] : candles) all.push_back({frame, count});
  return all;
}

bool is_reserved(std::string_view name) {
  return holds_name(kFields, name) || holds_name(kClockNames, name) ||
         holds_name(kFunctions, name) || find_indicator(name) != nullptr || name == "and" ||
         name == "or" || name == "not";
}

std::vector<std::string_view> function_names() { return {kFunctions.begin(), kFunctions.end()}; }

}  // namespace botbox::rule
