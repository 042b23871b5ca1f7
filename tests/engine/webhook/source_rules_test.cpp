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
  CHECK(matches_address("*", "not an address"));
  CHECK_FALSE(matches_address("1.2.3.4", "not an address"));
}

TEST_CASE("addresses of IPv6 are matched by what they are, not by how they are written") {
  CHECK(matches_address("::1", "0:0:0:0:0:0:0:1"));
  CHECK(matches_address("2001:DB8::1", "2001:db8:0:0::1"));
  CHECK(matches_address("2001:db8::/32", "2001:db8:ffff::5"));
  CHECK_FALSE(matches_address("2001:db8::/32", "2001:db9::5"));
  CHECK(matches_address("2001:db8:0:8000::/49", "2001:db8:0:ffff::1"));
  CHECK_FALSE(matches_address("2001:db8:0:8000::/49", "2001:db8:0:7fff::1"));
  CHECK(matches_address("::/0", "2001:db8::1"));
  CHECK(matches_address("fe80::/10", "fe80::1%eth0"));
  CHECK(matches_address("2001:db8::1/128", "[2001:db8::1]:4711"));
}

TEST_CASE("an IPv4 address in IPv6's cloak is the IPv4 address, and no network mixes the two") {
  CHECK(matches_address("::ffff:10.0.0.1", "10.0.0.1"));
  CHECK(matches_address("10.0.0.0/8", "::ffff:a01:203"));
  CHECK(matches_address("::ffff:10.0.0.0/104", "10.1.2.3"));
  CHECK_FALSE(matches_address("::ffff:10.0.0.0/104", "11.1.2.3"));
  CHECK_FALSE(matches_address("::/0", "10.1.2.3"));
  CHECK_FALSE(matches_address("::/0", "::ffff:10.1.2.3"));
  CHECK_FALSE(matches_address("0.0.0.0/0", "2001:db8::1"));
  CHECK_FALSE(matches_address("10.0.0.1", "::10.0.0.1"));
}

TEST_CASE("what is wrong with a pattern of addresses is said") {
  for (const char* good : {"*", "1.2.3.4", "1.2.3.0/24", "0.0.0.0/0", "::", "::1", "fe80::1",
                           "2001:db8::/32", "::/0", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::",
                           "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "::ffff:1.2.3.4/128"}) {
    CAPTURE(good);
    CHECK(address_problem(good).empty());
  }
  for (const char* bad : {"",
                          "1.2.3",
                          "1.2.3.4.5",
                          "1.2.3.256",
                          "1.2.3.4.",
                          "01.2.3.4",
                          "1.2.3.4 ",
                          "localhost",
                          ":",
                          ":::",
                          "1:",
                          ":1",
                          "1::2::3",
                          "1:2:3:4:5:6:7",
                          "1:2:3:4:5:6:7:8:9",
                          "1:2:3:4::5:6:7:8",
                          "12345::",
                          "g::",
                          "1.2.3.4::",
                          "::1.2.3",
                          "::1.2.3.4:5",
                          "[::1]",
                          "fe80::1%eth0",
                          "/8"}) {
    CAPTURE(bad);
    CHECK(address_problem(bad) == "is not an address");
  }
  for (const char* bad : {"1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/8/8", "1.2.3.4/x"}) {
    CAPTURE(bad);
    CHECK(address_problem(bad) == "has a prefix that is not a number from 0 to 32");
  }
  CHECK(address_problem("::1/129") == "has a prefix that is not a number from 0 to 128");
  CHECK(address_problem("::ffff:10.0.0.0/8") ==
        "is an IPv4 network in IPv6's form, whose prefix is 96 to 128");
}

TEST_CASE("a network that holds every public address is everybody") {
  for (const char* all : {"*", "0.0.0.0/0", "::/0", "2000::/3", "::ffff:0:0/96"})
    CHECK(is_everybody(all));
  for (const char* some :
       {"10.0.0.0/8", "128.0.0.0/1", "2001:db8::/32", "fc00::/7", "::1", "nobody"})
    CHECK_FALSE(is_everybody(some));
}

TEST_CASE("who changes the address inside a /64 of IPv6 has one budget of wrong secrets") {
  CHECK(budget_owner("2001:db8:1:2::1") == budget_owner("2001:db8:1:2:ffff::9"));
  CHECK(budget_owner("2001:db8:1:2::1") != budget_owner("2001:db8:1:3::1"));
  CHECK(budget_owner("1.2.3.4") != budget_owner("1.2.3.5"));
  CHECK(budget_owner("unknown") == "unknown");
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
  CHECK(client_address("::ffff:7f00:1", "", {}) == "127.0.0.1");
  CHECK(client_address("127.0.0.1", "9.9.9.9:4711, [::ffff:10.1.1.1]:80", proxies) == "9.9.9.9");
  CHECK(client_address("127.0.0.1", "10.1.1.1, unknown", proxies) == "unknown");
}

TEST_CASE("proxies may have addresses and networks of IPv6") {
  const std::vector<std::string> proxies{"fd00::/8", "::1"};
  CHECK(client_address("fd12::7", "2001:db8::5", proxies) == "2001:db8::5");
  CHECK(client_address("fd12::7", "9.9.9.9, fd00::1", proxies) == "9.9.9.9");
  CHECK(client_address("0:0::1", "[2001:db8::5]:443", proxies) == "2001:db8::5");
  CHECK(client_address("fe00::7", "9.9.9.9", proxies) == "fe00::7");
  CHECK(client_address("fe80::1%eth0", "", proxies) == "fe80::1");
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
