// Who received how much funding, and which fill tells it.
#include "exchange/venue/funding_book.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "tests/support/seeded_runs.hpp"

namespace botbox::exchange::testing {
namespace {

const Symbol kFundedSymbol{"BTC/USDT:USDT"};
constexpr Timestamp kFundedDay{1'704'067'200'000};  // 2024-01-01

VenueExecution funded_fill(const std::string& id, OrderSide side, std::string_view quantity,
                           Duration after) {
  VenueExecution fill;
  fill.id = {id};
  fill.symbol = kFundedSymbol;
  fill.side = side;
  fill.quantity = Quantity::literal(quantity);
  fill.at = kFundedDay + after;
  return fill;
}

VenueFunding payment_of(const std::string& id, std::string_view amount, Duration after) {
  return {id, kFundedSymbol, Decimal::literal(amount), {"USDT"}, kFundedDay + after};
}

// The fill happens; what must be asked for it is answered by `list`, which is complete.
std::string told_by(FundingBook& book, const std::string& position, const VenueExecution& fill,
                    const std::vector<VenueFunding>& list) {
  book.on_fill({position}, fill);
  if (const auto query = book.missing({position}, fill)) {
    std::vector<VenueFunding> found;
    for (const VenueFunding& each : list)
      if (each.at >= query->from && each.at <= query->to) found.push_back(each);
    book.on_payments(*query, found, true);
    CHECK_FALSE(book.missing({position}, fill).has_value());
  }
  return to_string(book.take({position}, fill));
}

}  // namespace

TEST_CASE("shares of a payment add up to it to the last decimal") {
  CHECK(split_funding(Decimal::literal("-0.01"), std::vector<Decimal>(3, Decimal::from_int(2))) ==
        std::vector<Decimal>{Decimal::literal("-0.003333333334"),
                             Decimal::literal("-0.003333333333"),
                             Decimal::literal("-0.003333333333")});
  botbox::testing::SeededRuns runs;
  CAPTURE(runs.seed());
  for (int run = 0; run < 500; ++run) {
    const Decimal amount =
        Decimal::from_units(runs.between(-1'000'000'000'000'000, 1'000'000'000'000'000));
    std::vector<Decimal> open;
    for (std::int64_t i = runs.between(1, 7); i > 0; --i)
      open.push_back(Decimal::from_units(runs.between(1, 1'000'000'000'000'000)));
    const std::vector<Decimal> shares = split_funding(amount, open);
    REQUIRE(shares.size() == open.size());
    Decimal sum;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      sum += shares[i];
      CHECK(abs(shares[i]) <= abs(amount));
      CHECK((shares[i].is_zero() || shares[i].is_negative() == amount.is_negative()));
      // Whoever holds more has no less, but for what does not divide.
      if (i > 0 && open[i] >= open[0])
        CHECK(abs(shares[i]) + Decimal::from_units(7) >= abs(shares[0]));
    }
    CHECK(to_string(sum) == to_string(amount));
  }
}

TEST_CASE("a payment is told by the first fill after it, and by no other") {
  FundingBook book;
  const std::vector<VenueFunding> list{payment_of("p", "-0.02", std::chrono::hours(8))};
  const VenueExecution entry = funded_fill("1", OrderSide::kBuy, "3", std::chrono::hours(7));
  book.on_fill({"a"}, entry);
  CHECK_FALSE(book.missing({"a"}, entry).has_value());
  CHECK(to_string(book.take({"a"}, entry)) == "0");
  CHECK(told_by(book, "a",
                funded_fill("2", OrderSide::kSell, "1",
                            std::chrono::hours(7) + std::chrono::minutes(59)),
                list) == "0");
  CHECK(told_by(book, "a",
                funded_fill("3", OrderSide::kSell, "1",
                            std::chrono::hours(8) + std::chrono::minutes(2)),
                list) == "-0.02");
  const VenueExecution last =
      funded_fill("4", OrderSide::kSell, "1", std::chrono::hours(8) + std::chrono::minutes(3));
  CHECK_FALSE(book.missing({"a"}, last).has_value());
  CHECK(told_by(book, "a", last, list) == "0");
}

TEST_CASE("a payment that comes late is told by the next fill") {
  FundingBook book;
  book.on_fill({"a"}, funded_fill("1", OrderSide::kBuy, "3", std::chrono::hours(7)));
  const VenueExecution first =
      funded_fill("2", OrderSide::kSell, "1", std::chrono::hours(8) + std::chrono::seconds(2));
  book.on_fill({"a"}, first);
  const auto query = book.missing({"a"}, first);
  REQUIRE(query.has_value());
  book.on_payments(*query, {}, false);
  CHECK(book.missing({"a"}, first).has_value());  // it may still come
  CHECK(to_string(book.take({"a"}, first)) == "0");
  CHECK(told_by(book, "a",
                funded_fill("3", OrderSide::kSell, "1",
                            std::chrono::hours(8) + std::chrono::minutes(5)),
                {payment_of("p", "-0.02", std::chrono::hours(8))}) == "-0.02");
}

TEST_CASE("who shares a symbol shares its payments, and who is gone before does not") {
  FundingBook book;
  const std::vector<VenueFunding> list{payment_of("p", "-0.04", std::chrono::hours(8)),
                                       payment_of("q", "-0.03", std::chrono::hours(16))};
  book.on_fill({"a"}, funded_fill("1", OrderSide::kBuy, "1", std::chrono::hours(7)));
  book.on_fill({"b"}, funded_fill("2", OrderSide::kBuy, "3",
                                  std::chrono::hours(7) + std::chrono::minutes(1)));
  book.on_fill({"c"}, funded_fill("3", OrderSide::kBuy, "5",
                                  std::chrono::hours(7) + std::chrono::minutes(2)));
  CHECK(told_by(book, "c",
                funded_fill("4", OrderSide::kSell, "5",
                            std::chrono::hours(7) + std::chrono::minutes(3)),
                list) == "0");
  CHECK(told_by(book, "a",
                funded_fill("5", OrderSide::kSell, "1",
                            std::chrono::hours(8) + std::chrono::minutes(1)),
                list) == "-0.01");
  CHECK(told_by(book, "b", funded_fill("6", OrderSide::kSell, "3", std::chrono::hours(17)), list) ==
        "-0.06");
}

TEST_CASE("who enters at the hour tells its payment when nobody else held the symbol") {
  const std::vector<VenueFunding> list{payment_of("p", "-0.02", std::chrono::hours(8))};
  const VenueExecution entry =
      funded_fill("1", OrderSide::kBuy, "1", std::chrono::hours(8) + std::chrono::seconds(5));
  const VenueExecution exit =
      funded_fill("2", OrderSide::kSell, "1", std::chrono::hours(8) + std::chrono::minutes(5));
  FundingBook alone;
  CHECK(told_by(alone, "a", entry, list) == "0");
  CHECK_FALSE(alone
                  .missing({"a"}, funded_fill("1b", OrderSide::kSell, "1",
                                              std::chrono::hours(8) + std::chrono::seconds(19)))
                  .has_value());
  CHECK(told_by(alone, "a", exit, list) == "-0.02");
  FundingBook second;
  second.on_fill({"b"}, funded_fill("0", OrderSide::kBuy, "1", std::chrono::hours(7)));
  CHECK(told_by(second, "a", entry, list) == "0");
  CHECK(told_by(second, "a", exit, list) == "0");
  CHECK(told_by(second, "b", funded_fill("3", OrderSide::kSell, "1", std::chrono::hours(9)),
                list) == "-0.02");
}

TEST_CASE("a restart tells what was not booked, and nothing twice") {
  const std::vector<VenueFunding> list{payment_of("p", "-0.02", std::chrono::hours(8)),
                                       payment_of("q", "-0.03", std::chrono::hours(16))};
  const VenueExecution entry = funded_fill("1", OrderSide::kBuy, "3", std::chrono::hours(7));
  const VenueExecution first = funded_fill("2", OrderSide::kSell, "1", std::chrono::hours(9));
  const VenueExecution second = funded_fill("3", OrderSide::kSell, "2", std::chrono::hours(17));
  FundingBook unbooked;
  unbooked.recall({"a"}, {{entry, {}}});
  CHECK(told_by(unbooked, "a", first, list) == "-0.02");
  FundingBook booked;
  booked.recall({"a"}, {{entry, {}}, {first, Notional::literal("-0.02")}});
  CHECK(told_by(booked, "a", second, list) == "-0.03");
}

TEST_CASE("of an old position only the last days are gone through, from one fill to another") {
  const auto days = [](int count) { return std::chrono::hours(24 * count); };
  FundingBook book;
  const Duration cut = days(10) + std::chrono::minutes(61);
  // One of the first seconds of its hour left the payment to the fill after it.
  const Duration early = days(12) + std::chrono::hours(8) + std::chrono::seconds(3);
  book.recall({"a"},
              {{funded_fill("1", OrderSide::kBuy, "3", std::chrono::hours(7)), {}},
               {funded_fill("2", OrderSide::kSell, "1", cut), Notional::literal("-0.3")},
               {funded_fill("3", OrderSide::kSell, "0.5", early), {}},
               {funded_fill("4", OrderSide::kSell, "0.5", days(20)), Notional::literal("-0.12")}});
  const VenueExecution last =
      funded_fill("5", OrderSide::kSell, "1", days(21) + std::chrono::hours(1));
  book.on_fill({"a"}, last);
  const auto query = book.missing({"a"}, last);
  REQUIRE(query.has_value());
  CHECK(query->from == kFundedDay + cut);
  // One of before is told by mistake; it was told by the fill that ended that time.
  book.on_payments(
      *query,
      {payment_of("o", "-0.3", days(9)), payment_of("l", "-0.02", days(12) + std::chrono::hours(8)),
       payment_of("p", "-0.1", days(15)), payment_of("q", "-0.07", days(21))},
      true);
  CHECK(to_string(book.take({"a"}, last)) == "-0.07");
}

TEST_CASE("of an hour that does not pay nothing is asked, of the paying one before it it is") {
  FundingBook book;
  book.on_fill({"a"}, funded_fill("1", OrderSide::kBuy, "3", std::chrono::hours(7)));
  book.on_times({{kFundedSymbol, kFundedDay + std::chrono::minutes(485),
                  kFundedDay + std::chrono::hours(16)}});
  const VenueExecution first =
      funded_fill("2", OrderSide::kSell, "1", std::chrono::hours(9) + std::chrono::seconds(3));
  book.on_fill({"a"}, first);
  const auto query = book.missing({"a"}, first);
  REQUIRE(query.has_value());
  CHECK(full_hour(query->to) == kFundedDay + std::chrono::hours(8));
  const VenueFunding eight = payment_of("p", "-0.02", std::chrono::hours(8));
  book.on_payments(*query, {eight}, true);
  CHECK_FALSE(book.missing({"a"}, first).has_value());
  CHECK(to_string(book.take({"a"}, first)) == "-0.02");
  // What was paid against the venue's word is in the next answer, and told then.
  CHECK(told_by(book, "a", funded_fill("3", OrderSide::kSell, "2", std::chrono::hours(17)),
                {eight, payment_of("q", "-0.01", std::chrono::hours(9)),
                 payment_of("r", "-0.03", std::chrono::hours(16))}) == "-0.04");
}

TEST_CASE("a named payment is owed to who held the symbol when its hour came, until it is listed") {
  const auto at = [](int hour, int second) {
    return std::chrono::hours(hour) + std::chrono::seconds(second);
  };
  FundingBook book;
  book.on_times({{kFundedSymbol, kFundedDay + at(7, 0), kFundedDay + at(8, 0)}});
  book.on_fill({"a"}, funded_fill("1", OrderSide::kBuy, "3", at(7, 30)));
  const VenueExecution last = funded_fill("2", OrderSide::kSell, "3", at(8, 5));
  book.on_fill({"a"}, last);
  const auto query = book.missing({"a"}, last);
  REQUIRE(query.has_value());
  CHECK_FALSE(book.unlisted({"a"}, last).has_value());  // nothing was asked yet
  book.on_payments(*query, {}, false);
  CHECK_FALSE(book.unlisted({"a"}, last).has_value());  // it may still come
  book.on_payments(*query, {}, true);
  CHECK(book.unlisted({"a"}, last) == kFundedDay + at(8, 0));
  // Who came after the hour is owed nothing by its list.
  book.on_fill({"b"}, funded_fill("3", OrderSide::kBuy, "1", at(8, 40)));
  const VenueExecution late = funded_fill("4", OrderSide::kSell, "1", at(8, 50));
  book.on_fill({"b"}, late);
  CHECK_FALSE(book.unlisted({"b"}, late).has_value());
  book.on_payments(*query, {payment_of("p", "-0.02", at(8, 0))}, true);
  CHECK_FALSE(book.unlisted({"a"}, last).has_value());
}

TEST_CASE("what a venue does not list any more stays told") {
  const auto days = [](int count) { return std::chrono::hours(24 * count); };
  FundingBook book;
  book.recall({"a"},
              {{funded_fill("1", OrderSide::kBuy, "3", std::chrono::hours(7)), {}},
               {funded_fill("2", OrderSide::kSell, "1", days(1)), Notional::literal("-0.3")}});
  CHECK(told_by(book, "a",
                funded_fill("3", OrderSide::kSell, "2", days(100) + std::chrono::hours(1)),
                {payment_of("p", "-0.07", days(100))}) == "-0.07");
}

TEST_CASE("for a position that only shares nothing is asked from its beginning on") {
  const auto days = [](int count) { return std::chrono::hours(24 * count); };
  FundingBook book;
  book.recall({"b"}, {{funded_fill("1", OrderSide::kBuy, "1", std::chrono::hours(1)), {}},
                      {funded_fill("2", OrderSide::kSell, "1", days(5)), {}}});
  book.recall({"a"}, {{funded_fill("3", OrderSide::kBuy, "3", days(4)), {}}});
  const VenueExecution last =
      funded_fill("4", OrderSide::kSell, "3", days(5) + std::chrono::hours(9));
  book.on_fill({"a"}, last);
  const auto query = book.missing({"a"}, last);
  REQUIRE(query.has_value());
  CHECK(query->from == kFundedDay + days(4) - kFundingSlack);
  book.on_payments(*query,
                   {payment_of("p", "-0.04", days(4) + std::chrono::hours(8)),
                    payment_of("q", "-0.03", days(5) + std::chrono::hours(8))},
                   true);
  CHECK(to_string(book.take({"a"}, last)) == "-0.06");
}

TEST_CASE("positions that are over are forgotten, also of symbols that are not traded any more") {
  FundingBook book;
  VenueExecution other = funded_fill("1", OrderSide::kBuy, "1", std::chrono::hours(1));
  other.symbol = {"ETH/USDT:USDT"};
  book.on_fill({"b"}, other);
  other = funded_fill("2", OrderSide::kSell, "1", std::chrono::hours(2));
  other.symbol = {"ETH/USDT:USDT"};
  book.on_fill({"b"}, other);
  book.on_fill({"a"}, funded_fill("3", OrderSide::kBuy, "1", std::chrono::hours(50)));
  const VenueExecution last = funded_fill("4", OrderSide::kSell, "1", std::chrono::hours(52));
  book.on_fill({"a"}, last);
  const auto query = book.missing({"a"}, last);
  REQUIRE(query.has_value());
  CHECK(query->from == kFundedDay + std::chrono::hours(50) - kFundingSlack);
}

TEST_CASE("an older position that is taken over later leaves no gap in what was asked") {
  FundingBook book;
  const std::vector<VenueFunding> list{payment_of("p", "-0.02", std::chrono::hours(8)),
                                       payment_of("q", "-0.03", std::chrono::hours(16)),
                                       payment_of("r", "-0.05", std::chrono::hours(24))};
  book.on_fill({"b"}, funded_fill("1", OrderSide::kBuy, "1", std::chrono::hours(20)));
  CHECK(told_by(book, "b", funded_fill("2", OrderSide::kSell, "1", std::chrono::hours(21)), list) ==
        "0");
  book.recall({"a"}, {{funded_fill("3", OrderSide::kBuy, "3", std::chrono::hours(7)), {}}});
  CHECK(told_by(book, "a", funded_fill("4", OrderSide::kSell, "1", std::chrono::hours(9)), list) ==
        "-0.02");
  CHECK(told_by(book, "a", funded_fill("5", OrderSide::kSell, "2", std::chrono::hours(21)), list) ==
        "-0.03");
}

}  // namespace botbox::exchange::testing
