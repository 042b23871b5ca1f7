// The equity curve remembers as much as it must, and no more with the time.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

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

// Each brings 1, so many on each of three days.
void write_three_days(storage::Store& store) {
  constexpr Duration kDay{86'400'000};
  int number = 0;
  std::int64_t day = 0;
  for (const int closings : {7, 50, 30}) {
    for (int i = 0; i < closings; ++i) {
      Position position = closed_position(number++, "1");
      position.closed_at = kFirstClosing + day * kDay + i * kBetweenClosings;
      write_closed(store, position, false);
    }
    ++day;
  }
}

bool has_step(const std::vector<EquityStep>& steps, const char* realised) {
  return std::ranges::find(steps, Notional::literal(realised), &EquityStep::realised) !=
         steps.end();
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

TEST_CASE("what was realised by the end of a day is exact, however few steps are shown or kept") {
  storage::MemoryStore store;
  storage::test::must(storage::open_directory(store, {"test"}));
  write_three_days(store);
  EquityCurve whole(store);
  const std::vector<EquityStep> shown = storage::test::must(whole.steps(8));
  CHECK(shown.size() <= 8);
  EquityCurve bounded(store, {.steps = 10});
  const std::vector<EquityStep> kept = storage::test::must(bounded.steps(0));
  CHECK(kept.size() < 20);
  for (const char* realised : {"7", "57", "87"}) {
    CAPTURE(realised);
    CHECK(has_step(shown, realised));
    CHECK(has_step(kept, realised));
  }
}

TEST_CASE("a position is remembered from the last time that it was closed") {
  storage::MemoryStore store;
  storage::test::must(storage::open_directory(store, {"test"}));
  EquityCurve curve(store, {.reopened_within = 5 * kBetweenClosings});
  CHECK(storage::test::must(curve.steps(0)).empty());
  const auto close = [&](int number, const char* profit, int minute) {
    Position position = closed_position(number, profit);
    position.closed_at = kFirstClosing + minute * kBetweenClosings;
    write_closed(store, position, true);
    return storage::test::must(curve.steps(0)).back().realised;
  };
  CHECK(close(1, "5", 1) == Notional::literal("5"));
  CHECK(close(1, "3", 4) == Notional::literal("3"));
  CHECK(close(2, "10", 7) == Notional::literal("13"));
  CHECK(close(1, "4", 8) == Notional::literal("14"));
}

}  // namespace botbox::actors
