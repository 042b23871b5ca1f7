#include "engine/strategy/rule/syntax.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace botbox::rule {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

enum class TokenKind : std::uint8_t { kEnd, kNumber, kText, kName, kSymbol };
struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  std::size_t at = 0;
  double number = 0;
};

class Lexer {
 public:
  explicit Lexer(std::string_view rule) : rule_(rule) {}

  Result<Token> next() {
    while (at_ < rule_.size() && std::string_view(" \t\r\n").find(rule_[at_]) != rule_.npos) ++at_;
    if (at_ == rule_.size()) return Token{TokenKind::kEnd, "", at_, 0};
    const char c = rule_[at_];
    if (is_digit(c) || (c == '.' && at_ + 1 < rule_.size() && is_digit(rule_[at_ + 1])))
      return number();
    if (is_letter(c)) return name();
    if (c == '"' || c == '\'') return text(c);
    return symbol();
  }

 private:
  Result<Token> number() {
    Token token{TokenKind::kNumber, "", at_, 0};
    const auto [end, error] =
        std::from_chars(rule_.data() + at_, rule_.data() + rule_.size(), token.number);
    if (error != std::errc{} || !std::isfinite(token.number))
      return fail_at(rule_, at_, "this number is too large", "write a smaller one");
    at_ = static_cast<std::size_t>(end - rule_.data());
    if (at_ < rule_.size() && rule_[at_] == '%')
      return fail_at(rule_, at_, "percent is not understood", "write 0.03 for 3 %");
    token.text = rule_.substr(token.at, at_ - token.at);
    return token;
  }
  Token name() {
    Token token{TokenKind::kName, "", at_, 0};
    while (at_ < rule_.size() && (is_letter(rule_[at_]) || is_digit(rule_[at_]))) ++at_;
    token.text = rule_.substr(token.at, at_ - token.at);
    return token;
  }
  Result<Token> text(char quote) {
    const std::size_t end = rule_.find(quote, at_ + 1);
    if (end == rule_.npos)
      return fail_at(rule_, at_, "this text does not end", "close it with a quote, as in \"4h\"");
    Token token{TokenKind::kText, std::string(rule_.substr(at_ + 1, end - at_ - 1)), at_, 0};
    at_ = end + 1;
    return token;
  }
  Result<Token> symbol() {
    constexpr std::array<std::string_view, 16> kSymbols{"<=", ">=", "==", "!=", "<", ">", "+", "-",
                                                        "*",  "/",  "(",  ")",  "[", "]", ",", "."};
    for (const std::string_view known : kSymbols) {
      if (!rule_.substr(at_).starts_with(known)) continue;
      Token token{TokenKind::kSymbol, std::string(known), at_, 0};
      at_ += known.size();
      return token;
    }
    const char c = rule_[at_];
    std::string fix = "take it out";
    if (c == '&') fix = "write and";
    if (c == '|') fix = "write or";
    if (c == '!') fix = "write not";
    if (c == '=') fix = "write == to compare";
    const bool plain = c > ' ' && c < 0x7F;
    return fail_at(
        rule_, at_,
        plain ? fmt::format("'{}' is not understood", c) : "this character is not understood", fix);
  }

  std::string_view rule_;
  std::size_t at_ = 0;
};

class Parser {
 public:
  explicit Parser(std::string_view rule) : rule_(rule), lexer_(rule) {}

  Result<Node> whole() {
    BOTBOX_TRY(advance());
    BOTBOX_ASSIGN(Node node, any());
    if (token_.kind != TokenKind::kEnd)
      return unexpected("the rule goes on", "join two conditions with and, or or");
    return node;
  }

 private:
  Result<void> advance() {
    BOTBOX_ASSIGN(token_, lexer_.next());
    return {};
  }
  bool is(std::string_view text) const {
    return (token_.kind == TokenKind::kSymbol || token_.kind == TokenKind::kName) &&
           token_.text == text;
  }
  tl::unexpected<Error> unexpected(std::string_view what, std::string fix) const {
    return fail_at(rule_, token_.at,
                   token_.kind == TokenKind::kEnd ? "the rule ends too early"
                                                  : fmt::format("{} with '{}'", what, token_.text),
                   std::move(fix));
  }
  Result<void> expect(std::string_view symbol) {
    if (!is(symbol)) return unexpected("it goes on", fmt::format("write {} here", symbol));
    return advance();
  }

  // Left-associative operators of one precedence; `next` reads what stands between them.
  template <class Next>
  Result<Node> chain(std::initializer_list<std::string_view> operators, Next next) {
    BOTBOX_ASSIGN(Node left, (this->*next)());
    while (std::any_of(operators.begin(), operators.end(), [&](auto o) { return is(o); })) {
      Node node{NodeKind::kBinary, token_.text, 0, token_.at, {}};
      BOTBOX_TRY(advance());
      BOTBOX_ASSIGN(Node right, (this->*next)());
      node.children.push_back(std::move(left));
      node.children.push_back(std::move(right));
      left = std::move(node);
      if (++length_ > kLongestRule) return fail_at(rule_, token_.at, "the rule is too long", "");
    }
    return left;
  }
  Result<Node> any() {
    if (++depth_ > kDeepestRule)
      return fail_at(rule_, token_.at, "this is nested too deeply",
                     fmt::format("at most {} levels: split the rule", kDeepestRule));
    auto node = chain({"or"}, &Parser::all);
    --depth_;
    return node;
  }
  Result<Node> all() { return chain({"and"}, &Parser::negation); }
  Result<Node> negation() { return prefixed("not", &Parser::comparison, &Parser::negation); }
  Result<Node> comparison() {
    BOTBOX_ASSIGN(Node node, chain_once());
    if (is("<") || is("<=") || is(">") || is(">=") || is("==") || is("!="))
      return unexpected("a second comparison begins", "write a < b and b < c");
    return node;
  }
  Result<Node> chain_once() {
    BOTBOX_ASSIGN(Node left, sum());
    for (const std::string_view symbol : {"<", "<=", ">", ">=", "==", "!="}) {
      if (!is(symbol)) continue;
      Node node{NodeKind::kBinary, token_.text, 0, token_.at, {}};
      BOTBOX_TRY(advance());
      BOTBOX_ASSIGN(Node right, sum());
      node.children = {std::move(left), std::move(right)};
      return node;
    }
    return left;
  }
  Result<Node> sum() { return chain({"+", "-"}, &Parser::term); }
  Result<Node> term() { return chain({"*", "/"}, &Parser::unary); }
  Result<Node> unary() { return prefixed("-", &Parser::value, &Parser::unary); }
  template <class Read>
  Result<Node> prefixed(std::string_view sign, Read plain, Read again) {
    if (!is(sign)) return (this->*plain)();
    Node node{NodeKind::kUnary, token_.text, 0, token_.at, {}};
    BOTBOX_TRY(advance());
    if (++depth_ > kDeepestRule) return fail_at(rule_, node.at, "too many signs", "take some out");
    BOTBOX_ASSIGN(Node child, (this->*again)());
    --depth_;
    node.children.push_back(std::move(child));
    return node;
  }

  Result<Node> value() {
    BOTBOX_ASSIGN(Node node, atom());
    if (is(".")) {
      BOTBOX_TRY(advance());
      if (token_.kind != TokenKind::kName)
        return unexpected("it goes on", "write the name of an output after the point");
      node = Node{NodeKind::kOutput, token_.text, 0, token_.at, {std::move(node)}};
      BOTBOX_TRY(advance());
    }
    if (is("[")) {
      const std::size_t at = token_.at;
      BOTBOX_TRY(advance());
      if (token_.kind != TokenKind::kNumber || token_.number != std::floor(token_.number) ||
          token_.number > 10'000)
        return unexpected("it goes on", "write how many candles back: [1] is the one before");
      node = Node{NodeKind::kBack, "", token_.number, at, {std::move(node)}};
      BOTBOX_TRY(advance());
      BOTBOX_TRY(expect("]"));
    }
    if (is("."))
      return unexpected("it goes on", "name the output first: macd(12,26,9).histogram[1]");
    return node;
  }
  Result<Node> atom() {
    Node node{NodeKind::kNumber, token_.text, token_.number, token_.at, {}};
    switch (token_.kind) {
      case TokenKind::kNumber: break;
      case TokenKind::kText: node.kind = NodeKind::kText; break;
      case TokenKind::kName:
        if (is("and") || is("or") || is("not"))
          return unexpected("a value was expected", "write a condition on both sides");
        return named();
      default:
        if (!is("("))
          return unexpected("a value was expected", "write a number, a price or an indicator");
        BOTBOX_TRY(advance());
        BOTBOX_ASSIGN(node, any());
        BOTBOX_TRY(expect(")"));
        return node;
    }
    BOTBOX_TRY(advance());
    return node;
  }
  Result<Node> named() {
    Node node{NodeKind::kName, token_.text, 0, token_.at, {}};
    BOTBOX_TRY(advance());
    if (!is("(")) return node;
    node.kind = NodeKind::kCall;
    BOTBOX_TRY(advance());
    while (!is(")")) {
      if (!node.children.empty()) BOTBOX_TRY(expect(","));
      BOTBOX_ASSIGN(Node argument, any());
      node.children.push_back(std::move(argument));
    }
    BOTBOX_TRY(advance());
    return node;
  }

  std::string_view rule_;
  Lexer lexer_;
  Token token_;
  int depth_ = 0;
  std::size_t length_ = 0;
};

// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

tl::unexpected<Error> fail_at(std::string_view rule, std::size_t at, std::string message,
                              std::string fix) {
  const std::string_view before = rule.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n');
  const std::size_t column = start == before.npos ? at + 1 : at - start;
  return fail(ErrorCode::kInvalidInput, std::move(message), fmt::format("{}:{}", line, column),
              std::move(fix));
}

RulePlace place_of(const Error& error) {
  RulePlace place;
  const std::string_view text = error.place;
  const char* const end = text.data() + text.size();
  const auto line = std::from_chars(text.data(), end, place.line);
  if (line.ptr != end) std::from_chars(line.ptr + 1, end, place.column);
  return place;
}

std::string suggestion(std::string_view written, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, written.size() / 3 + 1);
  for (const std::string_view name : known)
    if (const std::size_t d = distance(written, name); d < least) {
      least = d;
      best = name;
    }
  return best.empty() ? "" : fmt::format("did you mean {}?", best);
}

Result<Node> parse(std::string_view rule) {
  if (rule.size() > kLongestRule)
    return fail_at(rule, kLongestRule, "the rule is too long",
                   fmt::format("at most {} characters: split it", kLongestRule));
  return Parser(rule).whole();
}

}  // namespace botbox::rule
