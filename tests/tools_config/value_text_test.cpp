#include "tools/config/value_text.hpp"

#include <doctest/doctest.h>

#include <random>
#include <utility>

namespace botbox::config {

TEST_CASE("a duration is read from units in descending order, or from whole seconds") {
  const std::pair<const char*, std::int64_t> table[] = {
      {"250ms", 250},      {"30s", 30'000},       {"5m", 300'000}, {"1h30m", 5'400'000},
      {"2d", 172'800'000}, {"1m5s250ms", 65'250}, {"0s", 0},       {"45", 45'000},
      {"90m", 5'400'000},  {"1d1ms", 86'400'001},
  };
  for (const auto& [text, ms] : table) {
    CAPTURE(text);
    const Result<Duration> duration = parse_duration(text);
    REQUIRE(duration);
    CHECK(duration->count() == ms);
  }
}

TEST_CASE("what is not a duration is refused") {
  for (const char* text : {"", "s", "-5s", "5 m", "5M", "5m5m", "5s1m", "0.5s", "1h30", "m5",
                           "9999999999999999999s", "99999d", "5sec", "+5s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("every duration survives being written and read") {
  const unsigned seed = 20240607;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    const Duration duration{static_cast<std::int64_t>(random() % (3650ULL * 86'400'000ULL))};
    CAPTURE(duration.count());
    CHECK(parse_duration(duration_text(duration)) == duration);
  }
  CHECK(duration_text(Duration{0}) == "0s");
  CHECK(duration_text(Duration{5'400'000}) == "1h30m");
}

TEST_CASE("percent and plain ratios mean the same, exactly") {
  CHECK(parse_ratio("2%") == Decimal::literal("0.02"));
  CHECK(parse_ratio("0.02") == Decimal::literal("0.02"));
  CHECK(parse_ratio("0.1 %") == Decimal::literal("0.001"));
  CHECK(parse_ratio("-3%") == Decimal::literal("-0.03"));
  for (const char* text : {"", "%", "two", "2%%", "2 percent", "nan"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ratio(text));
  }
}

TEST_CASE("the nearest name is offered only when it may have been meant") {
  const std::vector<std::string> names{"check_interval", "check_deadline", "id", "symbol"};
  CHECK(nearest_name("chek_interval", names) == "check_interval");
  CHECK(nearest_name("check_intreval", names) == "check_interval");
  CHECK(nearest_name("Symbol", names) == "symbol");
  CHECK(nearest_name("symbl", names) == "symbol");
  CHECK(nearest_name("di", names) == "id");
  CHECK_FALSE(nearest_name("colour", names));
  CHECK_FALSE(nearest_name("", names));
}

TEST_CASE("a proxy is an http, https or socks5h address, with or without credentials and port") {
  for (const auto* good : {"http://127.0.0.1:3128", "https://proxy.example", "socks5h://host:1080/",
                           "http://user:pa%20ss@host:8080", "http://user:a@b@host:8080",
                           "http://[::1]:3128", "http://***@host:8080"})
    CHECK_MESSAGE(proxy_problem(good).empty(), good, ": ", proxy_problem(good));
  for (const auto* bad :
       {"", "127.0.0.1:3128", "socks4://host:1080", "HTTP://host", "http://", "http://:3128",
        "http://user@", "http://host:", "http://host:0", "http://host:65536", "http://host:80x",
        "http://host:80/path", "http://host?x", "http://ho st:80", "http://host:80\n",
        "http://[::1:3128", "http:/host"})
    CHECK_MESSAGE(!proxy_problem(bad).empty(), bad);
}

TEST_CASE("what is wrong with a proxy is told without its password") {
  CHECK(proxy_problem("ftp://user:hush@host").find("hush") == std::string::npos);
  CHECK(without_credentials("http://user:hush@host:8080") == "http://***@host:8080");
  CHECK(without_credentials("http://user:a@hush@host") == "http://***@host");
  CHECK(without_credentials("socks5h://host:1080") == "socks5h://host:1080");
  CHECK(without_credentials("") == "");
}

TEST_CASE("names of secrets are known by any of four parts") {
  for (const char* name : {"api_secret", "TELEGRAM_TOKEN", "password", "api_key", "my_api_key_2"})
    CHECK_MESSAGE(is_secret_name(name), name);
  for (const char* name : {"key", "id", "name", "symbol"})
    CHECK_FALSE_MESSAGE(is_secret_name(name), name);
}

}  // namespace botbox::config
