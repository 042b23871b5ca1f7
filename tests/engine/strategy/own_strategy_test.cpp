// The example of engine/strategy/README.md: a strategy of one's own in C++.
#include <doctest/doctest.h>

#include "engine/strategy/strategy.hpp"
#include "tests/support/builders.hpp"

using namespace botbox;

namespace {

class SmaSlope final : public Strategy {
 public:
  static StrategySchema schema() {
    return {.name = "sma_slope",
            .description = "Long while the average rises",
            .parameters = {{"period", 20, 2, 400, true, "candles of the average"}},
            .ordered = {}};
  }
  std::vector<IndicatorSpec> indicators(const BotConfig& config) const override {
    return {{IndicatorKind::kSma, static_cast<int>(parameter(config, "period", 20)), 0}};
  }
  Evaluation evaluate(const MarketView& market, const BotConfig& config,
                      const Position* position) const override {
    const auto average = market.indicators->history(indicators(config).front());
    Evaluation evaluation;
    if (average.size() < 2 || !average[1].ready) return evaluation;
    evaluation.warm = true;
    const double now = average[0].value(), before = average[1].value();
    const bool rises = now > before;
    evaluation.conditions = {{"the average rises", now, before, rises}};
    if (position == nullptr && rises) evaluation.proposal = Proposal{Direction::kLong, 1};
    if (position != nullptr && !rises) evaluation.proposal = Proposal{Direction::kClose, 1};
    return evaluation;
  }
};

}  // namespace

TEST_CASE("a strategy of one's own needs a class, a schema and a line in the catalogue") {
  StrategyCatalogue catalogue = StrategyCatalogue::standard();
  catalogue.add(SmaSlope::schema(), std::make_shared<SmaSlope>());
  const auto strategy = catalogue.find({"sma_slope"});
  REQUIRE(strategy != nullptr);
  CHECK(catalogue.id_of("sma_slope") == StrategyId{"sma_slope"});
  const BotConfig bot = testing::a_config({.parameters = {{"period", 2}}});
  const Position open = testing::a_position({.side = PositionSide::kLong});
  const auto after = [&](const std::vector<double>& closes, const Position* position) {
    const MarketNeeds needs = strategy->needs(bot);
    return strategy->evaluate(
        testing::a_view(testing::candles_closing_at(closes), needs.indicators), bot, position);
  };
  CHECK_FALSE(after({1, 2}, nullptr).warm);
  CHECK(after({1, 2, 3}, nullptr).proposal->direction == Direction::kLong);
  CHECK_FALSE(after({1, 2, 3}, &open).proposal.has_value());
  CHECK(after({3, 2, 1}, &open).proposal->direction == Direction::kClose);
}
