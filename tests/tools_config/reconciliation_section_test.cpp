// [reconciliation]: what is taken, what is refused, and what holds where nothing is said.
#include "tests/tools_config/support.hpp"
#include "tools/config/masked_text.hpp"

namespace botbox::config::test {

TEST_CASE("reconciliation is on at a real venue and off on paper, unless it is said otherwise") {
  const std::string bot = good_config().substr(good_config().find("[[bot]]"));
  CHECK_FALSE(good(good_config()).reconciliation.is_enabled);
  CHECK(good("[exchange]\nkind = \"bybit-spot\"\n" + bot).reconciliation.is_enabled);
  CHECK(good("[reconciliation]\nenabled = true\n" + good_config()).reconciliation.is_enabled);
  CHECK_FALSE(good("[exchange]\nkind = \"bybit-spot\"\n[reconciliation]\nenabled = false\n" + bot)
                  .reconciliation.is_enabled);
}

TEST_CASE("every difference but dust waits for the operator unless a decision is configured") {
  const EngineConfig plain = good(good_config());
  for (std::size_t i = 0; i < kDifferenceKinds; ++i) {
    const auto kind = static_cast<DifferenceKind>(i);
    CHECK(plain.reconciliation.rules.decision(kind) ==
          (kind == DifferenceKind::kDust ? DifferenceDecision::kAdopt : DifferenceDecision::kWait));
  }
  const EngineConfig keeps = good("[reconciliation]\ndust = \"wait\"\n" + good_config());
  CHECK(keeps.reconciliation.rules.decision(DifferenceKind::kDust) == DifferenceDecision::kWait);
  CHECK(good(to_masked_text(keeps)).reconciliation == keeps.reconciliation);
  const EngineConfig config = good(
      "[reconciliation]\nexternal_position = \"flatten\"\nposition_closed = \"adopt\"\n"
      "position_mode = \"halt\"\nexternal_order = \"ignore\"\ninterval = \"1m\"\n"
      "position_larger = \"adopt\"\nconfirm_after = \"10s\"\n"
      "expected_leverage = 3\nholding_tolerance = \"1%\"\n"
      "ignore_symbols = [\"DOGEUSDT\"]\nignore_client_ids = [\"web-\"]\n" +
      good_config());
  const ReconciliationRules& rules = config.reconciliation.rules;
  CHECK(rules.decision(DifferenceKind::kExternalPosition) == DifferenceDecision::kFlatten);
  CHECK(rules.decision(DifferenceKind::kPositionClosed) == DifferenceDecision::kAdopt);
  CHECK(rules.decision(DifferenceKind::kPositionLarger) == DifferenceDecision::kAdopt);
  CHECK(rules.decision(DifferenceKind::kPositionMode) == DifferenceDecision::kHalt);
  CHECK(rules.decision(DifferenceKind::kExternalOrder) == DifferenceDecision::kIgnore);
  CHECK(rules.decision(DifferenceKind::kUnprotected) == DifferenceDecision::kWait);
  CHECK(config.reconciliation.interval == Duration{60'000});
  CHECK(config.reconciliation.confirm_after == Duration{10'000});
  CHECK(rules.leverage == Decimal::from_int(3));
  CHECK(rules.holding_tolerance == Decimal::literal("0.01"));
  CHECK(rules.ignored_symbols == std::vector<std::string>{"DOGE/USDT"});
  CHECK(rules.ignored_ids == std::vector<std::string>{"web-"});
  // What is shown is a configuration that says the same.
  CHECK(good(to_masked_text(config)).reconciliation == config.reconciliation);
}

TEST_CASE("a decision that cannot settle its kind is refused with those that can") {
  CHECK(problems_of("[reconciliation]\nposition_flipped = \"adopt\"\n" + good_config()) ==
        "conf/demo.toml:2:20: reconciliation.position_flipped: must be one of wait, flatten, "
        "ignore, halt, is 'adopt'\n");
  CHECK(problems_of("[reconciliation]\nsymbol_gone = \"flatten\"\n" + good_config()) ==
        "conf/demo.toml:2:15: reconciliation.symbol_gone: must be one of wait, ignore, halt, is "
        "'flatten'\n");
  CHECK(good("[reconciliation]\nholding_larger = \"adopt\"\n" + good_config())
            .reconciliation.rules.decision(DifferenceKind::kHoldingLarger) ==
        DifferenceDecision::kAdopt);
  CHECK(problems_of("[reconciliation]\nholding_larger = \"flatten\"\n" + good_config()) ==
        "conf/demo.toml:2:18: reconciliation.holding_larger: must be one of wait, adopt, ignore, "
        "halt, is 'flatten'\n");
}

TEST_CASE("leverage and margin mode of a linear venue are read, and written back") {
  const std::string bot = good_config().substr(good_config().find("[[bot]]"));
  const EngineConfig config =
      good("[exchange]\nkind = \"bybit-linear\"\nleverage = 3\nmargin_mode = \"isolated\"\n" + bot);
  CHECK(config.exchange.leverage == Decimal::from_int(3));
  CHECK(config.exchange.margin_mode == MarginMode::kIsolated);
  CHECK(good(to_masked_text(config)).exchange == config.exchange);
}

TEST_CASE("what is adopted always is no setting, and an empty prefix would ignore everything") {
  CHECK_FALSE(problems_of("[reconciliation]\nfills_missed = \"ignore\"\n" + good_config()).empty());
  CHECK_FALSE(
      problems_of("[reconciliation]\nignore_client_ids = [\"\"]\n" + good_config()).empty());
}

}  // namespace botbox::config::test
