// Whatever stands in the file, reading it ends in a config or in problems that say something.
#include <random>

#include "tests/tools_config/support.hpp"

namespace botbox::config::test {

const std::string kSeedText =
    good_config() +
    "stoploss = -0.02\npair_whitelist = [\"*/USDT\"]\ncount = 3\n"
    "spread = { rsi_period = [7, 21] }\n[bot.parameters]\noversold = 33.5\n"
    "[bot_defaults]\ncooldown = \"1m30s\"\n[engine]\nmax_open_trades = 4\n[engine.restart]\n"
    "first_delay = 1\n[exchange]\nkind = \"paper-http\"\nurl = \"http://127.0.0.1:1\"\n"
    "[[exchange.limit]]\nname = \"a\"\nwindow = \"1m\"\nlimit = 5\n";

constexpr std::uint64_t kRounds = 3000;

void check_ends_well(const std::string& text) {
  CAPTURE(text);
  const ConfigResult result = parse(text, {{"BOTBOX__BOT__RSI_BTC__ALLOCATION", "900"}});
  if (result) return;
  CHECK_FALSE(result.error().empty());
  for (const ConfigProblem& problem : result.error()) {
    CHECK_FALSE(problem.message.empty());
    CHECK_FALSE(problem.file.empty());
  }
}

TEST_CASE("a file cut off anywhere is read or refused with words") {
  for (std::size_t length = 0; length <= kSeedText.size(); ++length)
    check_ends_well(kSeedText.substr(0, length));
}

TEST_CASE("a bracket that closes what was not opened is a syntax error, not an abort") {
  CHECK(problems_of("a = [}\n").starts_with("conf/demo.toml:1:6: is not TOML: "));
}

TEST_CASE("a file with scrambled bytes is read or refused with words") {
  const unsigned seed = 20240608;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::string_view alphabet = "[]{}=\"'.,#-_+%:/\\\n\t 0179aeinftzTZ\x01\x80\xc3\xff";
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    std::string text = kSeedText;
    for (std::uint64_t change = 0; change < 1 + round % 4; ++change) {
      const std::size_t at = random() % text.size();
      const char byte = alphabet[random() % alphabet.size()];
      if (random() % 2 == 0) {
        text[at] = byte;
      } else {
        text.insert(at, 1 + random() % 3, byte);
      }
    }
    check_ends_well(text);
  }
}

TEST_CASE("every value of the wrong kind is refused without harm") {
  const char* values[] = {"1",         "-1",         "1.5",  "nan",          "inf",
                          "true",      "\"x\"",      "[]",   "[[1], {a=1}]", "{}",
                          "{ a = 1 }", "2024-01-01", "\"\"", "0x10",         "9223372036854775807"};
  std::size_t lines = 0;
  for (std::size_t from = 0; from < kSeedText.size();) {
    const std::size_t end = kSeedText.find('\n', from);
    const std::string line = kSeedText.substr(from, end - from);
    const std::size_t equals = line.find(" = ");
    if (equals != std::string::npos && !line.starts_with('[')) {
      for (const char* value : values)
        check_ends_well(kSeedText.substr(0, from) + line.substr(0, equals + 3) + value +
                        kSeedText.substr(end));
      ++lines;
    }
    from = end + 1;
  }
  CHECK(lines == 21);
}

}  // namespace botbox::config::test
