#include "actors/openapi_schemas.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <utility>

#include "engine/assert.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;

// What a verb answers: fields of the object itself, and of each row of its list `rows`.
struct AnswerShape {
  std::string_view verb;
  std::string_view fields;
  std::string_view list;  // "items"; "" and rows: the answer is the list
  std::string_view rows;
};

constexpr std::string_view kPageFields = "items:list next:text?";

constexpr std::array kShapes{
    AnswerShape{"session", "role:text name:text anonymous:flag engine:object now_ms:whole", "", ""},
    AnswerShape{"overview",
                "now_ms:whole mode:object bots:object cycle:object cards:object signals:object "
                "queue:object acceptance_rate:number? positions:object equity:object "
                "rollout:object? limiter:object? data:object? alerts:list",
                "", ""},
    AnswerShape{"documents",
                "timestamp:text activeBotsCount:whole signalsGenerated:whole signalsAccepted:whole "
                "signalsRejected:whole tradesExecuted:whole tradesFailed:whole queueDepth:whole "
                "avgSignalLatency:number",
                "", ""},
    AnswerShape{"equity", "points:list", "points", "at:whole equity:amount realized:amount"},
    AnswerShape{"bots", "items:list next:text? total:whole", "items",
                "id:text name:text status:text note:text strategy:text symbol:text timeframe:text "
                "next_check_at:moment last_check_at:moment last_decision:object? position:object? "
                "pending:whole realized:amount fees:amount allocation:amount checks:whole "
                "signals:whole trades_completed:whole trades_failed:whole settings_version:whole"},
    AnswerShape{"bot",
                "id:text status:text strategy:text symbol:text timeframe:text config:object "
                "snapshot:object locks:list pending:list position:object? realized:amount "
                "settings_version:whole",
                "", ""},
    AnswerShape{"candles",
                "bot:text symbol:text timeframe:text candles:list markers:list lines:list "
                "indicators:list",
                "candles",
                "at:whole open:amount high:amount low:amount close:amount volume:amount"},
    AnswerShape{"traces", kPageFields, "items",
                "bot:text candle_close:moment checked_at:moment signal:text trade:text stage:text "
                "decision:text reason:text explanation:text"},
    AnswerShape{"why", "trace:object explanation:text", "", ""},
    AnswerShape{"signals", "items:list next:text? counts:object", "items",
                "id:text source:text bot:text symbol:text direction:text timeframe:text "
                "candle_close:moment created_at:moment conditions:list score:number decision:text "
                "rejection_reason:text verdicts:list execution_status:text execution_reason:text "
                "group:text"},
    AnswerShape{"signal",
                "signal:object trace:object? intent:object? trade:object? fills:list timeline:list",
                "timeline", "at:whole stage:text text:text"},
    AnswerShape{"intents", kPageFields, "items",
                "key:text signal:text bot:text symbol:text side:text status:text order_id:text "
                "error_message:text created_at:moment updated_at:moment"},
    AnswerShape{"trades", kPageFields, "items",
                "id:text bot:text signal:text intent:text symbol:text direction:text side:text "
                "position:text quantity:amount entry:amount stop_loss:amount take_profit:amount "
                "status:text attempts:whole outcome_unknown:flag reason:text error_message:text "
                "created_at:moment updated_at:moment"},
    AnswerShape{"trade",
                "trade:object signal:object? intent:object? position:object? fills:list "
                "timeline:list",
                "timeline", "at:whole stage:text text:text"},
    AnswerShape{"positions", kPageFields, "items",
                "id:text bot:text symbol:text side:text status:text quantity:amount "
                "average_entry:amount stop_loss:amount take_profit:amount realised_profit:amount "
                "fees:amount opened_at:moment closed_at:moment close_reason:text dust:flag "
                "mark:amount? unrealized:amount?"},
    AnswerShape{"fills", kPageFields, "items",
                "bot:text position:text id:text client_id:text order_id:text symbol:text side:text "
                "price:amount quantity:amount fee:amount at:moment number:whole"},
    AnswerShape{"events", kPageFields, "items",
                "sequence:whole at:moment kind:text bot:text subject:text detail:text actor:text"},
    AnswerShape{"cycles", kPageFields, "items",
                "number:whole started_at:moment duration_ms:whole found:whole succeeded:whole "
                "failed:whole signals:whole"},
    AnswerShape{"latency", kPageFields, "items",
                "cycle:whole at:whole duration_ms:whole checks:whole check_p50_ms:number? "
                "check_p99_ms:number? orders:whole order_p50_ms:number? order_p99_ms:number? "
                "commits:whole commit_p50_ms:number? commit_p99_ms:number?"},
    AnswerShape{"locks", kPageFields, "items",
                "bot:text scope:text reason:text state:text since:moment until:moment detail:text"},
    AnswerShape{"differences", kPageFields, "items", "id:text"},
    AnswerShape{"alerts", kPageFields, "items",
                "kind:text severity:text state:text text:text subject:text at:moment "
                "told_at:moment "
                "cleared_at:moment count:whole"},
    AnswerShape{"reasons", "items:list next:text? counted_from:moment is_complete:flag", "items",
                "reason:text count:whole"},
    AnswerShape{"limiter",
                "exchange:text used:whole limit:whole percent:number condition:text paused:flag "
                "blocked_until:moment windows:list",
                "windows", "name:text length_ms:whole limit:whole used:whole percent:number"},
    AnswerShape{"cache", "hits:whole fetches:whole items:list next:text?", "items",
                "symbol:text timeframe:text candles:whole gaps:whole close:amount "
                "last_close_at:moment fetched_at:moment age_ms:whole"},
    AnswerShape{"queue", "depth:whole unknown:whole stages:object items:list next:text?", "", ""},
    AnswerShape{"journal",
                "commits:whole groups:whole last_batch:whole mailbox:whole? write_ms:object "
                "commits_per_group:object",
                "", ""},
    AnswerShape{"actors", kPageFields, "items", "name:text parent:text? mailbox:whole?"},
    AnswerShape{"rollout", "live_bots:whole live_bots_max:whole? order_max:amount? by:text", "",
                ""},
    AnswerShape{"config", "toml:text", "", ""},
    AnswerShape{"metrics", "botbox_info:list botbox_bots:list botbox_cycles_total:number", "", ""},
    AnswerShape{"health", "status:text checks:list", "checks", "name:text ok:flag detail:text"},
    AnswerShape{"trigger", "cycle:whole found:whole", "", ""},
    AnswerShape{"mode", "mode:text live_trading:flag by:text at:moment", "", ""},
    AnswerShape{"live", "mode:text live_trading:flag by:text at:moment", "", ""},
    AnswerShape{"set_rollout", "mode:text live_trading:flag by:text at:moment rollout:object?", "",
                ""},
    AnswerShape{"pause", "id:text status:text", "", ""},
    AnswerShape{"resume", "id:text status:text", "", ""},
    AnswerShape{"archive", "id:text status:text", "", ""},
    AnswerShape{"create_bot", "bot:text changes:list", "changes", "bot:text what:text detail:text"},
    AnswerShape{"update_bot", "bot:text changes:list", "changes", "bot:text what:text detail:text"},
    AnswerShape{"reload", "changes:list settings:list at_next_start:list", "changes",
                "bot:text what:text detail:text"},
    AnswerShape{"check", "bot:text outcome:text reason:text message:text next_check_at:moment", "",
                ""},
    AnswerShape{"close", "bot:text closing:list", "", ""},
    AnswerShape{"lift_locks", "bot:text locks:text", "", ""},
    AnswerShape{"lift_fleet_locks", "scope:text locks:text", "", ""},
    AnswerShape{"decide", "id:text", "", ""},
    AnswerShape{"cancel_trade", "id:text outcome:text", "", ""},
};

// freqtrade's: the fields that its own description calls needed, and those that FreqUI reads.
constexpr std::string_view kTradeFields =
    "trade_id:whole pair:text base_currency:text quote_currency:text is_open:flag is_short:flag "
    "exchange:text amount:number amount_requested:number stake_amount:number strategy:text "
    "timeframe:whole open_date:text open_timestamp:whole open_rate:number open_trade_value:number "
    "max_stake_amount:number enter_tag:text fee_open:number? fee_open_cost:number "
    "fee_open_currency:text fee_close:number? fee_close_cost:number fee_close_currency:text "
    "open_fill_date:text? open_fill_timestamp:whole? stop_loss_abs:number? "
    "stop_loss_ratio:number? stop_loss_pct:number? realized_profit_ratio:number? "
    "leverage:number funding_fees:number trading_mode:text "
    "close_date:text? close_timestamp:whole? close_rate:number? profit_ratio:number? "
    "profit_pct:number? profit_abs:number? realized_profit:number exit_reason:text? "
    "has_open_orders:flag orders:list";
constexpr std::string_view kGroupFields =
    "profit_ratio:number profit_pct:number profit_abs:number count:whole";
constexpr std::string_view kStretchFields =
    "date:text abs_profit:number rel_profit:number starting_balance:number fiat_value:number "
    "trade_count:whole";
constexpr std::string_view kStretches = "data:list fiat_display_currency:text stake_currency:text";

constexpr std::array kFreqtradeShapes{
    AnswerShape{"ft_version", "version:text", "", ""},
    AnswerShape{"ft_show_config",
                "version:text strategy_version:text api_version:number dry_run:flag "
                "trading_mode:text margin_mode:text short_allowed:flag available_capital:number "
                "trailing_stop:flag order_types:object "
                "stake_currency:text stake_amount:text stake_currency_decimals:whole "
                "max_open_trades:whole minimal_roi:object stoploss:number "
                "stoploss_on_exchange:flag timeframe:text timeframe_ms:whole timeframe_min:whole "
                "exchange:text strategy:text force_entry_enable:flag exit_pricing:object "
                "entry_pricing:object bot_name:text state:text runmode:text "
                "position_adjustment_enable:flag max_entry_position_adjustment:whole",
                "", ""},
    AnswerShape{"ft_count", "current:whole max:whole total_stake:number", "", ""},
    AnswerShape{"ft_status", "", "", kTradeFields},
    AnswerShape{"ft_trades", "trades:list trades_count:whole offset:whole total_trades:whole",
                "trades", kTradeFields},
    AnswerShape{"ft_trade", kTradeFields, "", ""},
    AnswerShape{"ft_profit",
                "profit_closed_coin:number profit_closed_percent_mean:number "
                "profit_closed_ratio_mean:number profit_closed_percent_sum:number "
                "profit_closed_ratio_sum:number profit_closed_percent:number "
                "profit_closed_ratio:number profit_closed_fiat:number profit_all_coin:number "
                "profit_all_percent_mean:number profit_all_ratio_mean:number "
                "profit_all_percent_sum:number profit_all_ratio_sum:number "
                "profit_all_percent:number profit_all_ratio:number profit_all_fiat:number "
                "trade_count:whole closed_trade_count:whole first_trade_date:text "
                "first_trade_humanized:text first_trade_timestamp:whole latest_trade_date:text "
                "latest_trade_humanized:text latest_trade_timestamp:whole avg_duration:text "
                "best_pair:text best_rate:number best_pair_profit_ratio:number "
                "best_pair_profit_abs:number "
                "winning_trades:whole losing_trades:whole profit_factor:number? winrate:number "
                "expectancy:number expectancy_ratio:number? max_drawdown:number "
                "max_drawdown_abs:number max_drawdown_start:text "
                "max_drawdown_start_timestamp:whole max_drawdown_end:text "
                "max_drawdown_end_timestamp:whole trading_volume:number "
                "bot_start_timestamp:whole bot_start_date:text",
                "", ""},
    AnswerShape{"ft_daily", kStretches, "data", kStretchFields},
    AnswerShape{"ft_weekly", kStretches, "data", kStretchFields},
    AnswerShape{"ft_monthly", kStretches, "data", kStretchFields},
    AnswerShape{"ft_balance",
                "currencies:list total:number total_bot:number symbol:text value:number "
                "value_bot:number stake:text note:text starting_capital:number "
                "starting_capital_ratio:number starting_capital_pct:number "
                "starting_capital_fiat:number starting_capital_fiat_ratio:number "
                "starting_capital_fiat_pct:number",
                "currencies",
                "currency:text free:number balance:number used:number est_stake:number stake:text "
                "bot_owned:number est_stake_bot:number "
                "side:text leverage:number is_position:flag position:number is_bot_managed:flag"},
    AnswerShape{"ft_performance", "", "",
                "pair:text profit:number profit_ratio:number profit_pct:number profit_abs:number "
                "count:whole"},
    AnswerShape{"ft_entries", "", "", kGroupFields},
    AnswerShape{"ft_exits", "", "", kGroupFields},
    AnswerShape{"ft_mix_tags", "", "", kGroupFields},
    AnswerShape{"ft_stats", "exit_reasons:object durations:object", "", ""},
    AnswerShape{"ft_whitelist", "whitelist:list length:whole method:list", "", ""},
    AnswerShape{"ft_blacklist",
                "blacklist:list blacklist_expanded:list errors:object length:whole method:list", "",
                ""},
    AnswerShape{"ft_locks", "lock_count:whole locks:list", "locks",
                "id:whole active:flag pair:text side:text reason:text lock_time:text "
                "lock_timestamp:whole lock_end_time:text lock_end_timestamp:whole"},
    AnswerShape{"ft_logs", "log_count:whole logs:list", "", ""},
    AnswerShape{"ft_health",
                "last_process:text? last_process_ts:whole? bot_start:text? bot_start_ts:whole? "
                "bot_startup:text? bot_startup_ts:whole?",
                "", ""},
    AnswerShape{"ft_pair_candles",
                "strategy:text pair:text timeframe:text timeframe_ms:whole columns:list data:list "
                "length:whole buy_signals:whole sell_signals:whole enter_long_signals:whole "
                "exit_long_signals:whole enter_short_signals:whole exit_short_signals:whole "
                "last_analyzed:text last_analyzed_ts:whole data_start_ts:whole data_start:text "
                "data_stop:text data_stop_ts:whole",
                "", ""},
    AnswerShape{"ft_plot_config", "main_plot:object subplots:object", "", ""},
};

Json schema_of_word(std::string_view word) {
  const bool or_null = word.ends_with('?');
  if (or_null) word.remove_suffix(1);
  if (word == "any") return Json::object();
  if (word == "moment") return {{"type", Json::array({"integer", "string", "null"})}};
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kTypes{
      {{"text", "string"},
       {"whole", "integer"},
       {"number", "number"},
       {"flag", "boolean"},
       {"object", "object"},
       {"list", "array"},
       {"amount", "string"}}};
  const auto* const type =
      std::ranges::find(kTypes, word, &std::pair<std::string_view, std::string_view>::first);
  ENGINE_ASSERT(type != kTypes.end());
  Json json{{"type", or_null ? Json::array({type->second, "null"}) : Json(type->second)}};
  if (word == "amount") json["pattern"] = R"(^-?[0-9]+(\.[0-9]+)?$)";
  return json;
}

const AnswerShape* shape_of(std::string_view verb) {
  for (const AnswerShape& shape : kShapes)
    if (shape.verb == verb) return &shape;
  for (const AnswerShape& shape : kFreqtradeShapes)
    if (shape.verb == verb) return &shape;
  return nullptr;
}

}  // namespace

Json schema_of_fields(std::string_view fields) {
  Json properties = Json::object();
  Json needed = Json::array();
  std::istringstream words{std::string(fields)};
  for (std::string field; words >> field;) {
    const std::size_t colon = field.find(':');
    ENGINE_ASSERT(colon != std::string::npos);
    properties[field.substr(0, colon)] = schema_of_word(std::string_view(field).substr(colon + 1));
    needed.push_back(field.substr(0, colon));
  }
  return {
      {"type", "object"}, {"required", std::move(needed)}, {"properties", std::move(properties)}};
}

Json answer_schema(std::string_view verb) {
  if (verb == "prometheus") return {{"type", "string"}};
  const AnswerShape* shape = shape_of(verb);
  if (shape == nullptr) return {{"type", "object"}};
  if (shape->list.empty() && !shape->rows.empty())
    return {{"type", "array"}, {"items", schema_of_fields(shape->rows)}};
  if (shape->fields.empty()) return {{"type", "object"}};
  Json json = schema_of_fields(shape->fields);
  if (!shape->list.empty())
    json["properties"][std::string(shape->list)]["items"] = schema_of_fields(shape->rows);
  return json;
}

}  // namespace botbox::actors
