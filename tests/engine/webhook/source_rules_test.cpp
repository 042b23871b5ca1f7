#include "engine/webhook/source_rules.hpp"

#include <doctest/doctest.h>

namespace botbox {

TEST_CASE("a secret is the same only when every byte is") {
  CHECK(is_same_secret("abc", "abc"));
  for (const char* other : {"", "ab", "abcd", "abcabc", "abC", "xbc"})
    CHECK_FALSE(is_same_secret(other, "abc"));
  CHECK_FALSE(is_same_secret("", ""));
  CHECK_FALSE(is_same_secret("a", ""));
}

TEST_CASE("addresses are matched alone, by network and by star") {
  CHECK(matches_address("52.89.214.238", "52.89.214.238"));
  CHECK(matches_address("52.89.214.238", "::ffff:52.89.214.238"));
  CHECK_FALSE(matches_address("52.89.214.238", "52.89.214.23"));
  CHECK(matches_address("10.0.0.0/8", "10.255.1.2"));
  CHECK_FALSE(matches_address("10.0.0.0/8", "11.0.0.1"));
  CHECK(matches_address("0.0.0.0/0", "1.2.3.4"));
  CHECK(matches_address("192.168.1.128/25", "192.168.1.200"));
  CHECK_FALSE(matches_address("192.168.1.128/25", "192.168.1.100"));
  CHECK(matches_address("*", "::1"));
  CHECK(matches_address("::1", "::1"));
  CHECK_FALSE(matches_address("::1", "1.2.3.4"));
  for (const char* good : {"*", "1.2.3.4", "1.2.3.0/24", "::1", "fe80::1"})
    CHECK(is_address_pattern(good));
  for (const char* bad :
       {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4/33", "localhost", "1.2.3.4/"})
    CHECK_FALSE(is_address_pattern(bad));
}

TEST_CASE("only a trusted proxy may say who asks, and only about the last hop it saw") {
  const std::vector<std::string> proxies{"127.0.0.1", "10.0.0.0/8"};
  CHECK(client_address("1.2.3.4", "", proxies) == "1.2.3.4");
  CHECK(client_address("1.2.3.4", "9.9.9.9", proxies) == "1.2.3.4");
  CHECK(client_address("127.0.0.1", "9.9.9.9", proxies) == "9.9.9.9");
  CHECK(client_address("127.0.0.1", "52.89.214.238, 9.9.9.9", proxies) == "9.9.9.9");
  CHECK(client_address("127.0.0.1", "9.9.9.9, 10.1.1.1", proxies) == "9.9.9.9");
  CHECK(client_address("127.0.0.1", "10.1.1.1", proxies) == "10.1.1.1");
  CHECK(client_address("127.0.0.1", "", proxies) == "127.0.0.1");
  CHECK(client_address("127.0.0.1", "9.9.9.9", {}) == "127.0.0.1");
  CHECK(client_address("::ffff:127.0.0.1", "9.9.9.9", proxies) == "9.9.9.9");
}

TEST_CASE("a source signals the bots on its list, by id or by star, and without a list all") {
  CHECK(may_signal({}, "any-bot"));
  const std::vector<std::string> bots{"scalper", "trend-*"};
  for (const char* bot : {"scalper", "trend-", "trend-btc"}) CHECK(may_signal(bots, bot));
  for (const char* bot : {"", "scalpe", "scalper2", "trend", "my-trend-btc", "*", "trend_btc"})
    CHECK_FALSE(may_signal(bots, bot));
  CHECK(may_signal({"*"}, "any-bot"));
  for (const char* good : {"scalper", "trend-*", "*", "a_1"}) CHECK(is_bot_pattern(good));
  for (const char* bad : {"", "Trend", "a b", "a,b", "BTC/USDT"}) CHECK_FALSE(is_bot_pattern(bad));
  CHECK_FALSE(is_bot_pattern(std::string(65, 'a')));
}

TEST_CASE("a secret is taken out of a text wherever it stands") {
  CHECK(without_secret("a key b", "key") == "a *** b");
  CHECK(without_secret("keykey", "key") == "******");
  CHECK(without_secret("kekey", "key") == "ke***");
  CHECK(without_secret("nothing", "key") == "nothing");
  CHECK(without_secret("", "key").empty());
  CHECK(without_secret("a text", "") == "a text");
  CHECK(without_secret("cut 0123456789", "0123456789abcdef") == "cut ***");
  CHECK(without_secret("0123456789abcdef 01234567", "0123456789abcdef") == "*** ***");
  CHECK(without_secret("cut 0123456", "0123456789abcdef") == "cut 0123456");
}

TEST_CASE("a budget lets a burst through and then its share of time") {
  AlertBudget budget(3);
  const Timestamp start{1'000'000};
  CHECK(budget.take(start));
  CHECK(budget.take(start));
  CHECK(budget.take(start));
  CHECK_FALSE(budget.take(start));
  CHECK_FALSE(budget.take(start + Duration{19'999}));
  CHECK(budget.take(start + Duration{20'000}));
  CHECK_FALSE(budget.take(start + Duration{20'000}));
  CHECK(budget.take(start + Duration{200'000}));
  AlertBudget unlimited(0);
  for (int i = 0; i < 1000; ++i) CHECK(unlimited.take(start));
}

}  // namespace botbox
