// The equity curve remembers as much as it must, and no more with the time.
#include <doctest/doctest.h>

#include "actors/equity_curve.hpp"
#include "storage/codec.hpp"
#include "tests/storage/support.hpp"

namespace botbox::actors {
namespace {

constexpr Timestamp kFirstClosing{1'716'000'000'000};
constexpr Duration kBetweenClosings{60'000};

Position closed_position(int number, const char* profit) {
  Position position{};
  position.id.value = "p" + std::to_string(number);
  position.bot.value = "bot";
  position.status = PositionStatus::kClosed;
  position.realised_profit = Notional::literal(profit);
  position.closed_at = kFirstClosing + number * kBetweenClosings;
  return position;
}

void write_closed(storage::Store& store, const Position& position, bool is_told) {
  std::vector<storage::Put> puts{
      {storage::position_key(position.bot, position.id), storage::encode(position)}};
  if (is_told)
    storage::append_event(puts, storage::test::must(storage::read_directory(store)),
                          {.at = position.closed_at,
                           .kind = "position.closed",
                           .bot = position.bot,
                           .subject = position.id.value});
  storage::test::write_next(store, std::move(puts));
}

}  // namespace

TEST_CASE("a long history makes a curve of bounded length that ends where all its steps would") {
  storage::MemoryStore store;
  storage::test::must(storage::open_directory(store, {"test"}));
  for (int number = 0; number < 40; ++number)
    write_closed(store, closed_position(number, "1"), false);
  EquityCurve curve(store, {.steps = 8, .reopened_within = 5 * kBetweenClosings});
  const std::vector<EquityStep> steps = storage::test::must(curve.steps(0));
  CHECK(steps.size() <= 8);
  CHECK(steps.back().realised == Notional::literal("40"));
  CHECK(steps.back().at == kFirstClosing + 39 * kBetweenClosings);
  for (std::size_t i = 1; i < steps.size(); ++i) {
    CHECK(steps[i].at > steps[i - 1].at);
    CHECK(steps[i].realised > steps[i - 1].realised);
  }
  CHECK(curve.remembered() == 6);
}

TEST_CASE("a position that was closed once more is counted once") {
  storage::MemoryStore store;
  storage::test::must(storage::open_directory(store, {"test"}));
  EquityCurve curve(store);
  CHECK(storage::test::must(curve.steps(0)).empty());
  write_closed(store, closed_position(1, "5"), true);
  CHECK(storage::test::must(curve.steps(0)).back().realised == Notional::literal("5"));
  write_closed(store, closed_position(2, "10"), true);
  Position again = closed_position(1, "3");
  again.closed_at = kFirstClosing + 3 * kBetweenClosings;
  write_closed(store, again, true);
  CHECK(storage::test::must(curve.steps(0)).back().realised == Notional::literal("13"));
  CHECK(curve.remembered() == 2);
}

}  // namespace botbox::actors
