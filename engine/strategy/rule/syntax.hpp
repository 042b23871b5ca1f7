// The language of rules, as a tree: `rsi(14) < 35 and close > ema(200, "4h")`.
//
//   rule    = and ("or" and)*          and  = not ("and" not)*        not = "not"* compare
//   compare = sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)?
//   sum     = term (("+" | "-") term)* term = unary (("*" | "/") unary)*
//   unary   = "-"* value               value = atom ("." output)? ("[" candles "]")?
//   atom    = number | "text" | name | name "(" arguments ")" | "(" rule ")"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.hpp"

namespace botbox::rule {

constexpr std::size_t kLongestRule = 2'000;  // characters
constexpr int kDeepestRule = 32;             // of parentheses, calls and signs

enum class NodeKind : std::uint8_t {
  kNumber,  // number
  kText,    // text, without quotes
  kName,    // text: a number of the candle
  kCall,    // text: what is called; children: arguments
  kOutput,  // text: which output of the child
  kBack,    // number: candles back; one child
  kUnary,   // text: "-" or "not"
  kBinary,  // text: the operator; two children
};

struct Node {
  NodeKind kind = NodeKind::kNumber;
  std::string text;
  double number = 0;
  std::size_t at = 0;  // where it stands in the rule, from 0
  std::vector<Node> children;
};

// The error's place is "line:column" in the rule, both from 1; its fix says what to write.
Result<Node> parse(std::string_view rule);

struct RulePlace {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};
// Where in its rule an error of this folder stands.
RulePlace place_of(const Error& error);

// An error at a character of the rule.
tl::unexpected<Error> fail_at(std::string_view rule, std::size_t at, std::string message,
                              std::string fix);

// "did you mean x?" or nothing.
std::string suggestion(std::string_view written, const std::vector<std::string_view>& known);

}  // namespace botbox::rule
