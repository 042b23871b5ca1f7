#include "tools/config/masked_text.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/config/alerts_section.hpp"
#include "tools/config/value_text.hpp"

namespace botbox::config {
namespace {

enum class Defaults : std::uint8_t { kUnsaid, kSaid };  // of sections that hold nothing else

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string in_brackets(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + in_quotes(text);
  return "[" + out + "]";
}

// 0.02 is 2. A ratio is at most 1 and has 12 places, so this is exact.
Decimal percent_of(Decimal ratio) { return Decimal::from_units(ratio.units() * 100); }

class TomlWriter {
 public:
  void header(std::string_view line) {
    out_ += fmt::format("{}{}\n", out_.empty() ? "" : "\n", line);
  }
  // The only way a text gets out: the mask cannot be forgotten.
  void text(std::string_view key, std::string_view value) {
    line(key, is_secret_name(key) ? "\"***\"" : in_quotes(value));
  }
  void texts(std::string_view key, const std::vector<std::string>& values) {
    line(key, is_secret_name(key) ? "\"***\"" : in_brackets(values));
  }
  void optional_text(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  void boolean(std::string_view key, bool value) { line(key, value ? "true" : "false"); }
  void wholes(std::string_view key, const std::vector<std::int64_t>& values) {
    line(key, fmt::format("[{}]", fmt::join(values, ", ")));
  }
  template <class T>
  void whole(std::string_view key, T value) {
    line(key, fmt::format("{}", value));
  }
  // In quotes: a TOML float is a double, and this is money.
  void decimal(std::string_view key, Decimal value) { text(key, to_string(value)); }
  void duration(std::string_view key, Duration value) { text(key, duration_text(value)); }
  void number(std::string_view key, double value) { line(key, fmt::format("{}", value)); }

  std::string take() { return std::move(out_); }

 private:
  void line(std::string_view key, std::string_view value) {
    out_ += fmt::format("{} = {}\n", key, value);
  }
  std::string out_;
};

void write_engine(TomlWriter& out, const EngineSection& engine) {
  out.header("[engine]");
  out.text("name", engine.name);
  if (engine.data_dir) out.text("data_dir", *engine.data_dir);
  out.text("log_level", to_string(engine.log_level));
  if (!engine.log_file.empty()) {
    out.text("log_file", engine.log_file);
    out.whole("log_file_mib", engine.log_file_mib);
    out.whole("log_files_kept", engine.log_files_kept);
  }
  out.text("mode", to_lower(to_string(engine.initial_mode)));
  out.boolean("dry_run", engine.dry_run);
  out.boolean("live_trading", engine.live_trading);
  if (engine.max_open_positions != UINT32_MAX)
    out.whole("max_open_positions", engine.max_open_positions);
  out.duration("check_deadline", engine.check_deadline);
  out.whole("batch", engine.batch);
  out.duration("evict_idle", engine.evict_idle);
  out.duration("freshness_max", engine.freshness_max);
  out.duration("signal_age_max", engine.signal_age_max);
  out.whole("disk_free_min_mib", engine.disk_free_min_mib);
  out.whole("disk_free_clear_mib", engine.disk_free_clear_mib);
  out.duration("bookmark_every", engine.bookmark_every);
  out.whole("bookmarks_kept", engine.bookmarks_kept);
  out.header("[engine.restart]");
  out.duration("first_delay", engine.restart.first_delay);
  out.duration("longest_delay", engine.restart.longest_delay);
  out.whole("failures_to_quarantine", engine.restart.failures_to_quarantine);
  out.duration("quarantine_window", engine.restart.quarantine_window);
}

void write_exchange(TomlWriter& out, const ExchangeSection& exchange) {
  out.header("[exchange]");
  out.text("kind", to_string(exchange.kind));
  out.optional_text("url", exchange.url);
  out.optional_text("api_key", exchange.api_key);
  out.optional_text("api_secret", exchange.api_secret);
  if (is_real(exchange.kind)) {
    if (exchange.url.empty()) out.text("network", to_string(exchange.network));
    out.optional_text("credentials_file", exchange.credentials_file);
    out.optional_text("proxy", without_credentials(exchange.proxy));
    out.optional_text("ca_file", exchange.ca_file);
    out.duration("connect_timeout", exchange.connect_timeout);
    out.duration("request_timeout", exchange.request_timeout);
    if (exchange.leverage) out.decimal("leverage", *exchange.leverage);
    if (exchange.margin_mode) out.text("margin_mode", to_string(*exchange.margin_mode));
  }
  out.whole("ceiling_percent", exchange.limiter.ceiling_percent);
  out.whole("alert_percent", exchange.limiter.alert_percent);
  out.whole("alert_clear_percent", exchange.limiter.alert_clear_percent);
  out.duration("alert_for", exchange.limiter.alert_for);
  out.whole("pause_percent", exchange.limiter.pause_percent);
  out.whole("protective_percent", exchange.limiter.protective_percent);
  out.whole("breaker_failures", exchange.breaker.failures_to_open);
  out.duration("breaker_delay", exchange.breaker.first_delay);
  if (exchange.limits_are_the_venues) return;
  for (const LimitWindow& window : exchange.limiter.windows) {
    out.header("[[exchange.limit]]");
    out.text("name", window.name);
    out.duration("window", window.length);
    out.whole("limit", window.limit);
    out.text("counts", window.kind == LimitKind::kOrders ? "orders" : "weight");
  }
}

void write_reconciliation(TomlWriter& out, const ReconciliationSection& section) {
  out.header("[reconciliation]");
  out.boolean("enabled", section.is_enabled);
  out.duration("interval", section.interval);
  out.duration("confirm_after", section.confirm_after);
  out.decimal("holding_tolerance", section.rules.holding_tolerance);
  if (section.rules.leverage) out.decimal("expected_leverage", *section.rules.leverage);
  if (!section.rules.ignored_symbols.empty())
    out.texts("ignore_symbols", section.rules.ignored_symbols);
  if (!section.rules.ignored_ids.empty()) out.texts("ignore_client_ids", section.rules.ignored_ids);
  for (std::size_t i = 0; i < kDifferenceKinds; ++i)
    if (section.rules.decisions[i] != default_decision(static_cast<DifferenceKind>(i)))
      out.text(to_lower(kDifferenceNames[i]), to_lower(to_string(section.rules.decisions[i])));
}

// Only what is set: an absent key reads as its default.
void set_decimal(TomlWriter& out, std::string_view key, Decimal value) {
  if (!value.is_zero()) out.decimal(key, value);
}

void write_paper(TomlWriter& out, const PaperSection& paper) {
  out.header("[paper]");
  out.text("feed", to_string(paper.feed));
  out.whole("seed", paper.seed);
  out.decimal("start_balance", paper.start_balance.value);
  out.decimal("fee_maker", paper.fee_maker);
  out.decimal("fee_taker", paper.fee_taker);
  out.decimal("slippage", paper.slippage);
  out.decimal("participation", paper.participation);
  for (const PaperSymbol& listed : paper.symbols) {
    out.header("[[paper.symbol]]");
    out.text("symbol", listed.symbol.unified.value);
    if (listed.price.is_positive()) out.decimal("price", listed.price.value);
    out.decimal("volatility", listed.volatility);
    out.decimal("tick", listed.tick.value);
    out.decimal("lot", listed.lot.value);
    out.decimal("min_notional", listed.min_notional.value);
    out.whole("leverage", listed.leverage);
    set_decimal(out, "funding", listed.funding);
    if (!listed.funding_csv.empty()) out.text("funding_csv", listed.funding_csv);
    out.decimal("minute_volume", listed.minute_volume.value);
    if (listed.csv.empty()) continue;
    out.texts("csv", listed.csv);
    if (listed.csv_timeframe) out.text("csv_timeframe", to_string(*listed.csv_timeframe));
    if (!listed.csv_venue.empty()) out.text("csv_venue", listed.csv_venue);
  }
}

// Only what is set.
void set_duration(TomlWriter& out, std::string_view key, Duration value) {
  if (value > Duration{0}) out.duration(key, value);
}

void write_pause(TomlWriter& out, const std::string& name, const PauseRule& rule) {
  if (rule.trades == 0) return;
  out.decimal(name, rule.limit);
  out.whole(name + "_trades", rule.trades);
  out.duration(name + "_lookback", rule.lookback);
  out.duration(name + "_pause", rule.pause);
}

void write_guards(TomlWriter& out, std::string_view header, const GuardPlan& guards) {
  out.header(header);
  set_decimal(out, "daily_loss", guards.daily_loss);
  write_pause(out, "drawdown", guards.drawdown);
  write_pause(out, "low_profit", guards.low_profit);
  if (guards.streak.trades > 0) {
    out.whole("losing_streak", guards.streak.trades);
    out.duration("losing_streak_pause", guards.streak.pause);
  }
  if (guards.stops.trades > 0) {
    out.whole("stop_losses", guards.stops.trades);
    out.duration("stop_losses_lookback", guards.stops.lookback);
    out.duration("stop_losses_pause", guards.stops.pause);
  }
}

void write_risk(TomlWriter& out, const RiskSection& risk) {
  const FleetLimits& limits = risk.limits;
  out.header("[risk]");
  if (limits.per_symbol != UINT32_MAX) out.whole("max_per_symbol", limits.per_symbol);
  if (limits.per_direction != UINT32_MAX) out.whole("max_per_direction", limits.per_direction);
  set_decimal(out, "allocation", limits.allocation.value);
  set_decimal(out, "base_exposure", limits.base_exposure.value);
  set_decimal(out, "correlation", limits.correlation);
  out.whole("correlation_candles", limits.correlation_candles);
  out.decimal("max_leverage", risk.max_leverage);
  if (risk.guards.fleet.is_on()) write_guards(out, "[risk.guards]", risk.guards.fleet);
  if (risk.guards.symbol.is_on()) write_guards(out, "[risk.symbol_guards]", risk.guards.symbol);
}

void write_sizing(TomlWriter& out, const RiskPlan& plan) {
  constexpr std::array<std::string_view, 4> kKinds{"stake", "equity", "risk", "atr"};
  const SizingPlan& sizing = plan.sizing;
  out.header("[bot.sizing]");
  out.text("kind", kKinds[static_cast<std::size_t>(sizing.kind)]);
  if (sizing.kind != SizingKind::kStake) out.decimal("ratio", sizing.ratio);
  out.decimal("atr_multiple", sizing.atr_multiple);
  out.decimal("leverage", sizing.leverage);
  set_decimal(out, "kelly", sizing.kelly.fraction);
  out.whole("kelly_trades", sizing.kelly.min_trades);
  out.duration("kelly_lookback", sizing.kelly.lookback);
  out.whole("atr_period", plan.atr_period);
}

void write_level(TomlWriter& out, const std::string& prefix, const LevelPlan& level) {
  if (level.kind == LevelKind::kAtr) out.decimal(prefix + "atr", level.value);
  if (level.kind == LevelKind::kSwing) out.whole(prefix + "swing", level.candles);
  if (level.kind == LevelKind::kPrice) out.decimal(prefix + "price", level.value);
}

void write_exits(TomlWriter& out, const ExitPlan& exits) {
  out.header("[bot.exits]");
  write_level(out, "stop_", exits.stop);
  write_level(out, "target_", exits.target);
  set_decimal(out, "trailing", exits.trailing.distance);
  set_decimal(out, "trailing_atr", exits.trailing.atr_multiple);
  set_decimal(out, "trailing_from", exits.trailing.activation);
  set_decimal(out, "break_even_at", exits.break_even_at);
  set_decimal(out, "break_even_offset", exits.break_even_offset);
  set_duration(out, "time_stop", exits.time_stop);
  out.boolean("on_reversal", exits.on_reversal);
  for (const PartialExit& partial : exits.partials) {
    out.header("[[bot.exits.partial]]");
    out.decimal("at", partial.profit);
    out.decimal("close", partial.share);
  }
  if (exits.roi.empty()) return;
  out.header("[bot.exits.minimal_roi]");
  for (const RoiStep& step : exits.roi)
    out.decimal(std::to_string(step.after.count() / 60'000), step.ratio);
}

void write_plan(TomlWriter& out, const RiskPlan& plan) {
  write_sizing(out, plan);
  if (plan.exits != ExitPlan{}) write_exits(out, plan.exits);
  if (plan.scaling.levels > 0) {
    out.header("[bot.scaling]");
    out.whole("levels", plan.scaling.levels);
    out.decimal("deviation", plan.scaling.deviation);
    out.decimal("deviation_scale", plan.scaling.deviation_scale);
    out.decimal("size_scale", plan.scaling.size_scale);
  }
  if (plan.guards.is_on()) write_guards(out, "[bot.guards]", plan.guards);
}

void write_webhook(TomlWriter& out, const WebhookSection& webhook) {
  out.header("[webhook]");
  out.text("address", webhook.address);
  out.whole("port", webhook.port);
  out.optional_text("certificate_file", webhook.certificate_file);
  out.optional_text("key_file", webhook.key_file);
  if (!webhook.trusted_proxies.empty()) out.texts("trusted_proxies", webhook.trusted_proxies);
  out.duration("delay_max", webhook.delay_max);
  for (const WebhookSourceSection& source : webhook.sources) {
    out.header("[[webhook.source]]");
    out.text("name", source.name);
    out.optional_text("secret", source.secret);
    out.optional_text("secret_file", source.secret_file);
    if (!source.addresses.empty()) out.texts("addresses", source.addresses);
    if (!source.bots.empty()) out.texts("bots", source.bots);
    out.whole("per_minute", source.per_minute);
    if (source.mapping.empty()) continue;
    out.header("[webhook.source.mapping]");
    for (const auto& [meaning, field] : source.mapping) out.text(meaning, field);
  }
}

void write_api(TomlWriter& out, const ApiSection& api) {
  out.header("[api]");
  out.text("address", api.address);
  out.whole("port", api.port);
  out.optional_text("certificate_file", api.certificate_file);
  out.optional_text("key_file", api.key_file);
  if (!api.hosts.empty()) out.texts("hosts", api.hosts);
  if (!api.origins.empty()) out.texts("origins", api.origins);
  out.text("anonymous", to_string(api.anonymous));
  for (const ApiTokenSection& token : api.tokens) {
    out.header("[[api.token]]");
    out.text("name", token.name);
    out.text("role", to_string(token.role));
    out.optional_text("secret", token.secret);
    out.optional_text("secret_file", token.secret_file);
  }
}

void write_levels(TomlWriter& out, const std::string& header, const NoticeLevels& levels) {
  out.header(header);
  for (std::size_t kind = 0; kind < kNoticeKinds; ++kind)
    out.text(to_string(static_cast<NoticeKind>(kind)), to_string(levels.by_kind[kind]));
}

// Scheme and host: what follows may be a secret.
std::string shown_address(const std::string& url) {
  const std::size_t slash = url.find('/', url.find("://") == url.npos ? 0 : url.find("://") + 3);
  return slash == url.npos ? url : url.substr(0, slash + 1) + "***";
}

void write_notify(TomlWriter& out, const NotifySection& notify) {
  out.header("[notify]");
  out.duration("age_max", notify.age_max);
  write_levels(out, "[notify.levels]", notify.levels);
  for (const NotifyWebhookSection& webhook : notify.webhooks) {
    out.header("[[notify.webhook]]");
    out.text("name", webhook.name);
    out.text("shape", to_string(webhook.shape));
    out.optional_text("url", shown_address(webhook.url));
    out.optional_text("url_file", webhook.url_file);
    out.optional_text("secret", webhook.secret);
    out.optional_text("secret_file", webhook.secret_file);
    write_levels(out, "[notify.webhook.levels]", webhook.levels);
    if (webhook.templates.empty()) continue;
    out.header("[notify.webhook.templates]");
    for (const auto& [kind, text] : webhook.templates) out.text(to_string(kind), text);
  }
}

void write_telegram(TomlWriter& out, const TelegramSection& telegram) {
  out.header("[telegram]");
  out.boolean("enabled", telegram.is_enabled);
  out.boolean("commands", telegram.has_commands);
  out.text("url", telegram.url);
  out.optional_text("token", telegram.token);
  out.optional_text("token_file", telegram.token_file);
  out.optional_text("proxy", without_credentials(telegram.proxy));
  for (const TelegramChatSection& chat : telegram.chats) {
    out.header("[[telegram.chat]]");
    out.text("name", chat.name);
    out.whole("id", chat.id);
    out.text("role", to_string(chat.role));
    if (!chat.users.empty()) out.wholes("users", chat.users);
    write_levels(out, "[telegram.chat.levels]", chat.levels);
  }
}

void write_side(TomlWriter& out, const std::string& name, const rule::SideDefinition& side) {
  if (!side.is_traded()) return;
  out.header("[strategy." + name + "]");
  out.number("threshold", side.threshold);
  out.optional_text("require", side.require);
  out.optional_text("exit", side.exit);
  for (const rule::FactorDefinition& factor : side.factors) {
    out.header("[[strategy." + name + ".factor]]");
    out.text("name", factor.name);
    out.number("weight", factor.weight);
    out.text("when", factor.when);
  }
}

void write_strategy(TomlWriter& out, const rule::StrategyDefinition& strategy) {
  out.header("[[strategy]]");
  out.text("name", strategy.name);
  out.optional_text("description", strategy.description);
  if (!strategy.regimes.empty()) out.texts("regimes", strategy.regimes);
  for (const ParameterSchema& parameter : strategy.parameters) {
    out.header("[strategy.parameters." + parameter.name + "]");
    out.number("default", parameter.default_value);
    out.number("min", parameter.min);
    out.number("max", parameter.max);
    out.boolean("integer", parameter.integer);
    out.optional_text("help", parameter.help);
  }
  write_side(out, "long", strategy.long_side);
  write_side(out, "short", strategy.short_side);
}

void write_bot(TomlWriter& out, const BotConfig& bot) {
  out.header("[[bot]]");
  out.text("id", bot.id.value);
  out.text("name", bot.name);
  out.text("strategy", bot.strategy.value);
  out.text("symbol", bot.symbol.value);
  out.text("market", to_string(bot.market));
  out.text("timeframe", to_string(bot.timeframe));
  out.duration("check_interval", bot.check_interval);
  for (const CheckPace& pace : bot.pace) {
    out.duration("check_interval_min", pace.fastest);
    out.duration("check_interval_max", pace.slowest);
  }
  out.text("status", to_lower(to_string(bot.status)));
  out.decimal("allocation", bot.allocation.value);
  if (bot.stake_kind == StakeKind::kFixed) {
    set_decimal(out, "stake_amount", bot.stake);
  } else {
    out.text("stake_percent", to_string(percent_of(bot.stake)) + "%");
  }
  out.decimal("stop_loss", bot.stop_loss_ratio);
  out.decimal("take_profit", bot.take_profit_ratio);
  out.whole("max_open_positions", bot.max_open_positions);
  out.duration("cooldown_bot", bot.cooldown_bot);
  out.duration("cooldown_symbol", bot.cooldown_symbol);
  out.texts("allow_list", bot.allow_list);
  out.texts("block_list", bot.block_list);
  if (!bot.plan.empty()) write_plan(out, bot.plan.front());
  if (bot.parameters.empty()) return;
  out.header("[bot.parameters]");
  for (const StrategyParameter& parameter : bot.parameters)
    out.number(parameter.name, parameter.value);
}

void write_retention(TomlWriter& out, const RetentionSection& retention) {
  out.header("[retention]");
  out.duration("signals", retention.signals);
  out.duration("events", retention.events);
  out.duration("traces", retention.traces);
  out.duration("cycles", retention.cycles);
  out.whole("signals_max_mib", retention.signals_max_mib);
  out.whole("events_max_mib", retention.events_max_mib);
  out.whole("traces_max_mib", retention.traces_max_mib);
}

void write_rollout(TomlWriter& out, const RolloutCaps& caps) {
  out.header("[rollout]");
  if (caps.live_bots != UINT32_MAX) out.whole("live_bots", caps.live_bots);
  if (caps.order.is_positive()) out.decimal("order_notional", caps.order.value);
}

void write_alert(TomlWriter& out, const AlertSetting& setting, const AlertThreshold& one) {
  const auto level = [&](std::string_view key, double value) {
    if (setting.unit == AlertUnit::kDuration)
      out.duration(key, Duration{static_cast<std::int64_t>(value)});
    else if (setting.unit != AlertUnit::kNothing)
      out.number(key, value);
  };
  level("above", one.raise_above);
  level("clear", one.clear_at);
  out.duration("for", one.patience);
}

void write_alerts(TomlWriter& out, const AlertThresholds& thresholds, Defaults defaults) {
  const AlertThresholds usual;
  for (const AlertSetting& setting : kAlertSettings) {
    const AlertThreshold& one = thresholds.*setting.threshold;
    const bool is_whole = defaults == Defaults::kSaid;
    if (!is_whole && one == usual.*setting.threshold) continue;
    out.header(fmt::format("[alerts.{}]", setting.name));
    if (is_whole || !one.is_on) out.boolean("enabled", one.is_on);
    if (is_whole || one.is_on) write_alert(out, setting, one);
  }
}

void write_admin(TomlWriter& out, const AdminSection& admin) {
  out.header("[admin]");
  out.boolean("enabled", admin.is_enabled);
  out.whole("port", admin.port);
}

std::string text_of(const EngineConfig& config, Defaults defaults) {
  const bool is_whole = defaults == Defaults::kSaid;
  TomlWriter out;
  write_engine(out, config.engine);
  if (is_whole || config.risk != RiskSection{}) write_risk(out, config.risk);
  write_exchange(out, config.exchange);
  write_reconciliation(out, config.reconciliation);
  if (config.rollout.are_set()) write_rollout(out, config.rollout);
  write_alerts(out, config.alerts, defaults);
  write_paper(out, config.paper);
  if (is_whole || config.retention != RetentionSection{}) write_retention(out, config.retention);
  if (config.webhook) write_webhook(out, *config.webhook);
  if (config.api) write_api(out, *config.api);
  if (is_whole || config.admin != AdminSection{}) write_admin(out, config.admin);
  if (is_whole || config.notify != NotifySection{}) write_notify(out, config.notify);
  if (config.telegram) write_telegram(out, *config.telegram);
  for (const rule::StrategyDefinition& strategy : config.strategies) write_strategy(out, strategy);
  for (const BotConfig& bot : config.bots) write_bot(out, bot);
  return out.take();
}

}  // namespace

std::string to_masked_text(const EngineConfig& config) {
  return text_of(config, Defaults::kUnsaid);
}

std::string to_comparable_text(const EngineConfig& config) {
  return text_of(config, Defaults::kSaid);
}

}  // namespace botbox::config
