// [alerts]: what is taken, what follows where less is said, and what is refused.
#include "tools/config/alerts_section.hpp"
#include "tests/tools_config/support.hpp"
#include "tools/config/masked_text.hpp"

namespace botbox::config::test {
namespace {

AlertThresholds alerts(const std::string& text) { return good(text + good_config()).alerts; }

}  // namespace

TEST_CASE("without a word the documents' thresholds hold") {
  const AlertThresholds plain = alerts("");
  CHECK(plain == AlertThresholds{});
  CHECK(plain.cycle == AlertThreshold{10'000, 8'000});
  CHECK(plain.queue_depth.raise_above == 50);
  CHECK(plain.outcome_unknown.patience == Duration{60'000});
  CHECK(plain.data_age.raise_above == 300'000);
  CHECK(plain.clock_offset.raise_above == 500);
  CHECK_FALSE(plain.memory.is_on);
}

TEST_CASE("every threshold can be set, cleared elsewhere, waited for and switched off") {
  for (const AlertSetting& setting : kAlertSettings) {
    CAPTURE(setting.name);
    const std::string header = "[alerts." + std::string(setting.name) + "]\n";
    const std::string value = setting.unit == AlertUnit::kDuration ? "\"20s\""
                              : setting.unit == AlertUnit::kRatio  ? "\"20%\""
                                                                   : "20";
    const std::string lower = setting.unit == AlertUnit::kDuration ? "\"7s\""
                              : setting.unit == AlertUnit::kRatio  ? "\"7%\""
                                                                   : "7";
    std::string text = header + "for = \"3s\"\n";
    if (setting.unit != AlertUnit::kNothing)
      text += "above = " + value + "\nclear = " + lower + "\n";
    const AlertThreshold set = alerts(text).*setting.threshold;
    CHECK(set.patience == Duration{3'000});
    CHECK(set.is_on);
    const double unit = setting.unit == AlertUnit::kDuration ? 1'000
                        : setting.unit == AlertUnit::kRatio  ? 0.01
                                                             : 1;
    if (setting.unit != AlertUnit::kNothing) {
      CHECK(set.raise_above == doctest::Approx(20 * unit));
      CHECK(set.clear_at == doctest::Approx(7 * unit));
    }
    CHECK_FALSE((alerts(header + "enabled = false\n").*setting.threshold).is_on);
    // What is shown is a configuration that says the same.
    const EngineConfig config = good(text + good_config());
    CHECK(good(to_masked_text(config)).alerts == config.alerts);
    const EngineConfig off = good(header + "enabled = false\n" + good_config());
    CHECK((good(to_masked_text(off)).alerts.*setting.threshold).is_on == false);
  }
}

TEST_CASE("where only the upper level is said, the lower one follows in proportion") {
  CHECK(alerts("[alerts.queue_depth]\nabove = 10\n").queue_depth.clear_at == 8);
  CHECK(alerts("[alerts.cycle]\nabove = \"5s\"\n").cycle.clear_at == 4'000);
  CHECK(alerts("[alerts.memory]\nabove = 1000\n").memory ==
        AlertThreshold{1'000, 900, Duration{60'000}, true});
  CHECK(alerts("[alerts.check_failures]\nabove = \"4%\"\n").check_failures.clear_at ==
        doctest::Approx(0.02));
}

TEST_CASE("thresholds that cannot be meant are refused with their place") {
  CHECK(problems_of("[alerts.queue_depth]\nabove = 10\nclear = 11\n" + good_config()) ==
        "conf/demo.toml:3:9: alerts.queue_depth.clear: is higher than above: the alert would end "
        "while its cause stands (make it at most above, better a fifth less)\n");
  CHECK(problems_of("[alerts.queue_depth]\nclear = 51\n" + good_config()).find("higher") !=
        std::string::npos);
  CHECK(alerts("[alerts.queue_depth]\nabove = 10\nclear = 10\n").queue_depth.clear_at == 10);
  CHECK(problems_of("[alerts.outcome_unknown]\nabove = 3\n" + good_config()).find("unknown key") !=
        std::string::npos);
  CHECK(
      problems_of("[alerts.check_failures]\nabove = \"101%\"\n" + good_config()).find("between") !=
      std::string::npos);
  CHECK(
      problems_of("[alerts.cycel]\nabove = \"5s\"\n" + good_config()).find("did you mean cycle") !=
      std::string::npos);
  CHECK(problems_of("[alerts.memory]\nenabled = true\n" + good_config()).find("above = 2048") !=
        std::string::npos);
  CHECK(problems_of("[alerts.mailbox]\nabove = 0\n" + good_config()).find("between") !=
        std::string::npos);
}

TEST_CASE("caps of the rollout are none unless they are set, and are shown as they were set") {
  CHECK_FALSE(good(good_config()).rollout.are_set());
  const EngineConfig config =
      good("[rollout]\nlive_bots = 5\norder_notional = \"12.50\"\n" + good_config());
  CHECK(config.rollout == RolloutCaps{.live_bots = 5, .order = Notional::literal("12.5")});
  CHECK(good(to_masked_text(config)).rollout == config.rollout);
  CHECK(good("[rollout]\nlive_bots = 0\n" + good_config()).rollout.live_bots == 0);
  CHECK_FALSE(problems_of("[rollout]\norder_notional = 0\n" + good_config()).empty());
  CHECK_FALSE(problems_of("[rollout]\nlive_bots = -1\n" + good_config()).empty());
}

TEST_CASE("the environment sets a threshold as any other value") {
  const auto set = parse(good_config(), {{"BOTBOX__ALERTS__QUEUE_DEPTH__ABOVE", "7"}});
  REQUIRE(set.has_value());
  CHECK(set->alerts.queue_depth.raise_above == 7);
}

TEST_CASE("the limiter's alert has its levels in [exchange], ten percent apart unless said") {
  CHECK(good(good_config()).exchange.limiter.alert_clear_percent == 50);
  CHECK(good("[exchange]\nalert_percent = 40\n" + good_config())
            .exchange.limiter.alert_clear_percent == 30);
  CHECK(problems_of("[exchange]\nalert_percent = 40\nalert_clear_percent = 41\n" + good_config())
            .find("higher than alert_percent 40") != std::string::npos);
  CHECK(good(good_config()).exchange.limiter.alert_for == Duration{10'000});
  const EngineConfig at_once = good("[exchange]\nalert_for = \"0s\"\n" + good_config());
  CHECK(at_once.exchange.limiter.alert_for == Duration{0});
  CHECK(good(to_masked_text(at_once)).exchange == at_once.exchange);
  const EngineConfig breaker =
      good("[exchange]\nbreaker_failures = 3\nbreaker_delay = \"2s\"\n" + good_config());
  CHECK(breaker.exchange.breaker.failures_to_open == 3);
  CHECK(breaker.exchange.breaker.first_delay == Duration{2'000});
  CHECK(good(to_masked_text(breaker)).exchange == breaker.exchange);
}

}  // namespace botbox::config::test
