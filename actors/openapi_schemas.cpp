#include "actors/openapi_schemas.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <utility>

#include "engine/assert.hpp"
#include "storage/record_schema.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;

// A record that answers are made of: fields beside those of the record `base`, or instead of them.
struct RecordShape {
  std::string_view name;
  std::string_view base;  // "": none
  std::string_view fields;
};

// What a verb answers: fields, or one word.
struct AnswerShape {
  std::string_view verb;
  std::string_view answer;
};

struct StoredRecord {
  std::string_view name;
  Json (*schema)();
};
constexpr std::array kStoredRecords{
    StoredRecord{"BotConfig", storage::json_schema<BotConfig>},
    StoredRecord{"BotSnapshot", storage::json_schema<BotSnapshot>},
    StoredRecord{"PendingTrade", storage::json_schema<PendingTrade>},
    StoredRecord{"Signal", storage::json_schema<Signal>},
    StoredRecord{"OrderIntent", storage::json_schema<OrderIntent>},
    StoredRecord{"Trade", storage::json_schema<Trade>},
    StoredRecord{"BookedFill", storage::json_schema<storage::BookedFill>},
    StoredRecord{"Position", storage::json_schema<Position>},
    StoredRecord{"Event", storage::json_schema<Event>},
    StoredRecord{"DecisionTrace", storage::json_schema<DecisionTrace>},
    StoredRecord{"CycleRecord", storage::json_schema<CycleRecord>},
    StoredRecord{"Difference", storage::json_schema<Difference>},
    StoredRecord{"RolloutCaps", storage::json_schema<RolloutCaps>},
};

constexpr std::array kRecords{
    RecordShape{"Engine", "",
                "name:text version:text exchange:text is_paper:flag started_at:whole "
                "process:whole"},
    RecordShape{"Mode", "", "mode:text by:text at:moment detail:text live_trading:flag"},
    RecordShape{"BotCounts", "",
                "total:whole active:whole paused:whole quarantined:whole archived:whole "
                "evicted:whole"},
    RecordShape{"CycleNow", "",
                "number:whole at:moment took_ms:whole checked:whole failed:whole p50_ms:whole "
                "p99_ms:whole"},
    RecordShape{"Documents", "",
                "timestamp:text activeBotsCount:whole signalsGenerated:whole "
                "signalsAccepted:whole signalsRejected:whole tradesExecuted:whole "
                "tradesFailed:whole queueDepth:whole avgSignalLatency:number"},
    RecordShape{"SignalsNow", "",
                "generated:whole accepted:whole rejected:whole by_reason:{whole} window_ms:whole"},
    RecordShape{"QueueNow", "", "depth:whole? warn_over:whole unknown:whole? waiting:whole?"},
    RecordShape{"PositionsNow", "",
                "open:whole unrealized:amount realized:amount without_stop:whole dust:whole"},
    RecordShape{"EquityNow", "", "now:amount start:amount realized:amount"},
    RecordShape{"EquityPoint", "", "at:whole equity:amount realized:amount"},
    RecordShape{"Rollout", "", "live_bots:whole live_bots_max:whole? order_max:amount? by:text"},
    RecordShape{"LimiterWindow", "",
                "name:text length_ms:whole limit:whole used:whole others:whole percent:number"},
    RecordShape{"Limiter", "",
                "exchange:text? used:whole? limit:whole? percent:number? window:text? "
                "condition:text? paused:flag blocked_until:moment next_free_at:moment "
                "windows:[LimiterWindow]"},
    RecordShape{"DataNow", "", "oldest_age_ms:whole? series:whole?"},
    RecordShape{"Alert", "",
                "id:text kind:text severity:text state:text text:text subject:text at:moment "
                "told_at:moment cleared_at:moment count:whole"},
    RecordShape{"BotDecision", "",
                "reason:text decision:text message:text at:whole candle_close:whole"},
    RecordShape{"BotPosition", "",
                "side:text quantity:amount average:amount unrealized:amount? count:whole "
                "dust:whole"},
    RecordShape{"BotRow", "",
                "id:text name:text status:text note:text strategy:text symbol:text "
                "timeframe:text next_check_at:moment last_check_at:moment "
                "last_decision:BotDecision? position:BotPosition? pending:whole realized:amount "
                "fees:amount allocation:amount checks:whole signals:whole trades_completed:whole "
                "trades_failed:whole settings_version:whole"},
    RecordShape{"OpenPosition", "Position",
                "dust:flag profit:amount mark:amount? unrealized:amount?"},
    RecordShape{"ShownSnapshot", "BotSnapshot", "open_positions:[OpenPosition]"},
    RecordShape{"AlertSilence", "", "last_at:moment candles:whole? text:text"},
    RecordShape{"Lock", "",
                "bot:text scope:text reason:text state:text since:moment until:moment "
                "detail:text"},
    RecordShape{"BotPage", "BotRow",
                "state:text damage:text? config:BotConfig snapshot:ShownSnapshot locks:[Lock] "
                "pending:[PendingTrade] alerts:AlertSilence?"},
    RecordShape{"ChartCandle", "",
                "at:whole open:amount high:amount low:amount close:amount volume:amount"},
    RecordShape{"ChartMarker", "",
                "at:whole kind:text side:text price:amount trade:text reason?:text "
                "profit?:amount"},
    RecordShape{"ChartLine", "", "kind:text price:amount trade:text"},
    RecordShape{"DamagedTrace", "", "at:moment problem:text"},
    RecordShape{"ChartIndicator", "", "name:text points:[[number]]"},
    RecordShape{"TraceRow", "DecisionTrace", "explanation:text"},
    RecordShape{"SignalRow", "Signal", "group:text"},
    RecordShape{"SignalCounts", "",
                "since:whole pending:whole filtered:whole executed:whole failed:whole"},
    RecordShape{"Moment", "", "at:whole stage:text text:text"},
    RecordShape{"PositionRow", "Position",
                "dust:flag profit:amount mark:amount? unrealized:amount?"},
    RecordShape{"FillRow", "BookedFill", "bot:text position:text"},
    RecordShape{"CycleLatency", "",
                "cycle:whole at:whole duration_ms:whole checks:whole check_p50_ms:number? "
                "check_p99_ms:number? orders:whole order_p50_ms:number? order_p99_ms:number? "
                "commits:whole commit_p50_ms:number? commit_p99_ms:number?"},
    RecordShape{"ReasonCount", "", "reason:text count:whole"},
    RecordShape{"CoinBalance", "", "coin:text total:amount free:amount set_aside:amount"},
    RecordShape{"CachedSeries", "",
                "symbol:text timeframe:text candles:whole gaps:whole close:amount "
                "last_close_at:moment fetched_at:moment age_ms:whole"},
    RecordShape{"QueuedTrade", "Trade", "stage:text"},
    RecordShape{"SpreadBucket", "", "up_to:number? count:whole"},
    RecordShape{"Spread", "", "mean:number p50:number p99:number buckets:[SpreadBucket]"},
    RecordShape{"ActorRow", "",
                "name:text parent:text? mailbox:whole? bots?:whole in_memory?:whole "
                "evicted?:whole restarts?:whole status?:text failure?:text"},
    RecordShape{"HealthCheck", "", "name:text ok:flag detail:text"},
    RecordShape{"Switches", "",
                "mode:text live_trading:flag by:text at:moment rollout:RolloutCaps?"},
    RecordShape{"BotState", "", "id:text status:text"},
    RecordShape{"BotChange", "", "bot:text what:text detail:text"},
    RecordShape{"BotChanges", "", "bot:text changes:[BotChange]"},
};

constexpr std::array kAnswers{
    AnswerShape{"session", "role:text name:text anonymous:flag engine:Engine now_ms:whole"},
    AnswerShape{"overview",
                "now_ms:whole mode:Mode bots:BotCounts cycle:CycleNow cards:Documents "
                "signals:SignalsNow queue:QueueNow acceptance_rate:number? "
                "positions:PositionsNow equity:EquityNow rollout:Rollout? limiter:Limiter "
                "data:DataNow alerts:[Alert]"},
    AnswerShape{"documents", "Documents"},
    AnswerShape{"equity", "start:amount points:[EquityPoint]"},
    AnswerShape{"bots", "items:[BotRow] next:text? total:whole"},
    AnswerShape{"bot", "BotPage"},
    AnswerShape{"candles",
                "bot:text symbol:text timeframe:text candles:[ChartCandle] markers:[ChartMarker] "
                "lines:[ChartLine] indicators:[ChartIndicator]"},
    AnswerShape{"traces", "items:[TraceRow] next:text?"},
    AnswerShape{"why",
                "bot:text status:text candle_close:moment decision:text stage:text reason:text "
                "explanation:text note:text text:text trace:DecisionTrace "
                "earlier:[DecisionTrace] damaged:[DamagedTrace] signal:Signal? trade:Trade? "
                "position:Position? "
                "waiting:[Signal]"},
    AnswerShape{"signals", "items:[SignalRow] next:text? counts:SignalCounts"},
    AnswerShape{"signal",
                "signal:Signal trace:TraceRow? intent:OrderIntent? trade:Trade? fills:[FillRow] "
                "timeline:[Moment]"},
    AnswerShape{"intents", "items:[OrderIntent] next:text?"},
    AnswerShape{"trades", "items:[Trade] next:text?"},
    AnswerShape{"trade",
                "trade:Trade signal:Signal? intent:OrderIntent? position:Position? "
                "fills:[FillRow] timeline:[Moment]"},
    AnswerShape{"positions", "items:[PositionRow] next:text?"},
    AnswerShape{"fills", "items:[FillRow] next:text?"},
    AnswerShape{"events", "items:[Event] next:text?"},
    AnswerShape{"cycles", "items:[CycleRecord] next:text?"},
    AnswerShape{"latency", "items:[CycleLatency] next:text?"},
    AnswerShape{"locks", "items:[Lock] next:text?"},
    AnswerShape{"differences", "items:[Difference] next:text?"},
    AnswerShape{"alerts", "items:[Alert] next:text?"},
    AnswerShape{"reasons", "items:[ReasonCount] next:text? counted_from:moment is_complete:flag"},
    AnswerShape{"limiter", "Limiter"},
    AnswerShape{"balances", "as_of:moment items:[CoinBalance] next:text?"},
    AnswerShape{"cache", "hits:whole fetches:whole items:[CachedSeries] next:text?"},
    AnswerShape{"queue",
                "depth:whole unknown:whole recovering:whole stages:{whole} items:[QueuedTrade] "
                "next:text?"},
    AnswerShape{"journal",
                "commits:whole groups:whole last_batch:whole mailbox:whole? write_ms:Spread "
                "commits_per_group:Spread"},
    AnswerShape{"actors", "items:[ActorRow] next:text?"},
    AnswerShape{"rollout", "Rollout"},
    AnswerShape{"config", "toml:text"},
    AnswerShape{"metrics", "botbox_info:[any] botbox_bots:[any] botbox_cycles_total:number *:any"},
    AnswerShape{"health", "status:text checks:[HealthCheck]"},
    AnswerShape{"trigger", "cycle:whole found:whole"},
    AnswerShape{"mode", "Switches"},
    AnswerShape{"live", "Switches"},
    AnswerShape{"set_rollout", "Switches"},
    AnswerShape{"pause", "BotState"},
    AnswerShape{"resume", "BotState"},
    AnswerShape{"archive", "BotState"},
    AnswerShape{"create_bot", "BotChanges"},
    AnswerShape{"update_bot", "BotChanges"},
    AnswerShape{"reload", "changes:[BotChange] settings:[text] at_next_start:[text]"},
    AnswerShape{"check", "bot:text outcome:text reason:text message:text next_check_at:moment"},
    AnswerShape{"close", "bot:text closing:[text]"},
    AnswerShape{"close_all", "bots:whole positions:whole"},
    AnswerShape{"lift_locks", "bot:text locks:text"},
    AnswerShape{"lift_fleet_locks", "scope:text locks:text"},
    AnswerShape{"decide", "Difference"},
    AnswerShape{"cancel_trade", "id:text outcome:text"},
};

// freqtrade's: the fields that its own description calls needed, and those that FreqUI reads.
constexpr std::array kFreqtradeRecords{
    RecordShape{"FtOrder", "",
                "pair:text order_id:text status:text remaining:number amount:number "
                "filled:number safe_price:number cost:number ft_order_side:text ft_is_entry:flag "
                "order_type:text is_open:flag order_timestamp:whole order_filled_timestamp:whole"},
    RecordShape{"FtTrade", "",
                "trade_id:whole pair:text base_currency:text quote_currency:text is_open:flag "
                "is_short:flag exchange:text amount:number amount_requested:number "
                "stake_amount:number strategy:text timeframe:whole open_date:text "
                "open_timestamp:whole open_rate:number open_trade_value:number "
                "max_stake_amount:number enter_tag:text fee_open:number? fee_open_cost:number "
                "fee_open_currency:text fee_close:number? fee_close_cost:number "
                "fee_close_currency:text open_fill_date:text? open_fill_timestamp:whole? "
                "stop_loss_abs:number? stop_loss_ratio:number? stop_loss_pct:number? "
                "realized_profit_ratio:number? leverage:number funding_fees:number "
                "interest_rate:number liquidation_price:number? min_rate:number? "
                "max_rate:number? trading_mode:text close_date:text? close_timestamp:whole? "
                "close_rate:number? close_profit:number? close_profit_pct:number? "
                "close_profit_abs:number? profit_ratio:number? profit_pct:number? "
                "profit_abs:number? realized_profit:number exit_reason:text? "
                "has_open_orders:flag orders:[FtOrder] total_profit_abs?:number? "
                "total_profit_ratio?:number? current_rate?:number? "
                "stoploss_current_dist?:number? stoploss_current_dist_ratio?:number? "
                "stoploss_current_dist_pct?:number? stoploss_entry_dist?:number? "
                "stoploss_entry_dist_ratio?:number?"},
    RecordShape{"FtGroup", "",
                "profit:number profit_ratio:number profit_pct:number profit_abs:number "
                "count:whole"},
    RecordShape{"FtPairGroup", "FtGroup", "pair:text"},
    RecordShape{"FtEntryGroup", "FtGroup", "enter_tag:text"},
    RecordShape{"FtExitGroup", "FtGroup", "exit_reason:text"},
    RecordShape{"FtMixGroup", "FtGroup", "mix_tag:text"},
    RecordShape{"FtStretch", "",
                "date:text abs_profit:number rel_profit:number starting_balance:number "
                "fiat_value:number trade_count:whole"},
    RecordShape{"FtStretches", "",
                "data:[FtStretch] fiat_display_currency:text stake_currency:text"},
    RecordShape{"FtOrderTypes", "", "entry:text exit:text stoploss:text stoploss_on_exchange:flag"},
    RecordShape{"FtCurrency", "",
                "currency:text free:number balance:number used:number est_stake:number "
                "stake:text bot_owned:number est_stake_bot:number side:text leverage:number "
                "is_position:flag position:number is_bot_managed:flag"},
    RecordShape{"FtExitStats", "", "wins:whole draws:whole losses:whole"},
    RecordShape{"FtDurations", "", "wins:number? draws:number? losses:number?"},
    RecordShape{"FtLock", "",
                "id:whole active:flag pair:text side:text reason:text lock_time:text "
                "lock_timestamp:whole lock_end_time:text lock_end_timestamp:whole"},
};

constexpr std::array kFreqtradeAnswers{
    AnswerShape{"ft_version", "version:text"},
    AnswerShape{"ft_show_config",
                "version:text strategy_version:text api_version:number dry_run:flag "
                "trading_mode:text margin_mode:text short_allowed:flag available_capital:number "
                "trailing_stop:flag trailing_stop_positive:number? "
                "trailing_stop_positive_offset:number trailing_only_offset_is_reached:flag "
                "use_custom_stoploss:flag order_types:FtOrderTypes "
                "stake_currency:text stake_amount:text stake_currency_decimals:whole "
                "max_open_trades:whole minimal_roi:{number} stoploss:number "
                "stoploss_on_exchange:flag timeframe:text timeframe_ms:whole timeframe_min:whole "
                "exchange:text strategy:text force_entry_enable:flag exit_pricing:object "
                "entry_pricing:object bot_name:text state:text runmode:text "
                "position_adjustment_enable:flag max_entry_position_adjustment:whole"},
    AnswerShape{"ft_count", "current:whole max:whole total_stake:number"},
    AnswerShape{"ft_status", "[FtTrade]"},
    AnswerShape{"ft_trades", "trades:[FtTrade] trades_count:whole offset:whole total_trades:whole"},
    AnswerShape{"ft_trade", "FtTrade"},
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
                "best_pair_profit_abs:number winning_trades:whole losing_trades:whole "
                "profit_factor:number? winrate:number expectancy:number expectancy_ratio:number? "
                "max_drawdown:number max_drawdown_abs:number max_drawdown_start:text "
                "max_drawdown_start_timestamp:whole max_drawdown_end:text "
                "max_drawdown_end_timestamp:whole trading_volume:number "
                "bot_start_timestamp:whole bot_start_date:text"},
    AnswerShape{"ft_daily", "FtStretches"},
    AnswerShape{"ft_weekly", "FtStretches"},
    AnswerShape{"ft_monthly", "FtStretches"},
    AnswerShape{"ft_balance",
                "currencies:[FtCurrency] total:number total_bot:number symbol:text value:number "
                "value_bot:number stake:text note:text starting_capital:number "
                "starting_capital_ratio:number starting_capital_pct:number "
                "starting_capital_fiat:number starting_capital_fiat_ratio:number "
                "starting_capital_fiat_pct:number"},
    AnswerShape{"ft_performance", "[FtPairGroup]"},
    AnswerShape{"ft_entries", "[FtEntryGroup]"},
    AnswerShape{"ft_exits", "[FtExitGroup]"},
    AnswerShape{"ft_mix_tags", "[FtMixGroup]"},
    AnswerShape{"ft_stats", "exit_reasons:{FtExitStats} durations:FtDurations"},
    AnswerShape{"ft_whitelist", "whitelist:[text] length:whole method:[text]"},
    AnswerShape{"ft_blacklist",
                "blacklist:[text] blacklist_expanded:[text] errors:object length:whole "
                "method:[text]"},
    AnswerShape{"ft_locks", "lock_count:whole locks:[FtLock]"},
    AnswerShape{"ft_logs", "log_count:whole logs:[[any]]"},
    AnswerShape{"ft_health",
                "last_process:text? last_process_ts:whole? bot_start:text? bot_start_ts:whole? "
                "bot_startup:text? bot_startup_ts:whole?"},
    AnswerShape{"ft_pair_candles",
                "strategy:text pair:text timeframe:text timeframe_ms:whole columns:[text] "
                "all_columns:[text] data:[[any]] annotations:[any] length:whole "
                "buy_signals:whole sell_signals:whole enter_long_signals:whole "
                "exit_long_signals:whole enter_short_signals:whole exit_short_signals:whole "
                "last_analyzed:text last_analyzed_ts:whole data_start_ts:whole data_start:text "
                "data_stop:text data_stop_ts:whole"},
    AnswerShape{"ft_plot_config", "main_plot:{object} subplots:{object}"},
};

// Null: there is none of this name.
template <class Row, std::size_t a, std::size_t b>
const Row* row_named(const std::array<Row, a>& first, const std::array<Row, b>& second,
                     std::string_view Row::*key, std::string_view name) {
  for (const Row& row : first)
    if (row.*key == name) return &row;
  for (const Row& row : second)
    if (row.*key == name) return &row;
  return nullptr;
}

Json schema_of_word(std::string_view word);

void add_field(Json& schema, std::string_view field) {
  const std::size_t colon = field.find(':');
  ENGINE_ASSERT(colon != std::string_view::npos);
  std::string name(field.substr(0, colon));
  Json of_word = schema_of_word(field.substr(colon + 1));
  if (name == "*") {
    schema["additionalProperties"] = std::move(of_word);
    return;
  }
  const bool may_be_missing = name.ends_with('?');
  if (may_be_missing) name.pop_back();
  const bool is_another = !schema["properties"].contains(name);
  if (!may_be_missing && is_another) schema["required"].push_back(name);
  schema["properties"][name] = std::move(of_word);
}

void add_fields(Json& schema, std::string_view fields) {
  std::istringstream words{std::string(fields)};
  for (std::string field; words >> field;) add_field(schema, field);
}

Json schema_of_record(std::string_view name) {
  const RecordShape* shape = row_named(kRecords, kFreqtradeRecords, &RecordShape::name, name);
  if (shape != nullptr) {
    Json schema = shape->base.empty() ? schema_of_fields({}) : schema_of_record(shape->base);
    add_fields(schema, shape->fields);
    return schema;
  }
  const auto* const stored = std::ranges::find(kStoredRecords, name, &StoredRecord::name);
  ENGINE_ASSERT(stored != kStoredRecords.end());
  return stored->schema();
}

Json schema_of_plain_word(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes{
      {{"text", "string"},
       {"whole", "integer"},
       {"number", "number"},
       {"flag", "boolean"},
       {"amount", "string"}}};
  const auto* const type =
      std::ranges::find(kTypes, word, &std::pair<std::string_view, std::string_view>::first);
  ENGINE_ASSERT(type != kTypes.end());
  Json schema{{"type", type->second}};
  if (word == "amount") schema["pattern"] = storage::kAmountPattern;
  return schema;
}

Json schema_of_word(std::string_view word) {
  if (word.ends_with('?')) {
    word.remove_suffix(1);
    Json schema = schema_of_word(word);
    schema["type"] = Json::array({schema["type"], "null"});
    return schema;
  }
  const std::string_view inner = word.size() > 2 ? word.substr(1, word.size() - 2) : word;
  if (word.starts_with('[')) return {{"type", "array"}, {"items", schema_of_word(inner)}};
  if (word.starts_with('{'))
    return {{"type", "object"}, {"additionalProperties", schema_of_word(inner)}};
  if (word.front() >= 'A' && word.front() <= 'Z') return schema_of_record(word);
  if (word == "any") return Json::object();
  if (word == "object") return {{"type", "object"}, {"additionalProperties", true}};
  if (word == "moment") return {{"type", Json::array({"integer", "string", "null"})}};
  return schema_of_plain_word(word);
}

}  // namespace

Json schema_of_fields(std::string_view fields) {
  Json schema{{"type", "object"}, {"required", Json::array()}, {"properties", Json::object()}};
  add_fields(schema, fields);
  return schema;
}

Json answer_schema(std::string_view verb) {
  if (verb == "prometheus") return {{"type", "string"}};
  const AnswerShape* shape = row_named(kAnswers, kFreqtradeAnswers, &AnswerShape::verb, verb);
  if (shape == nullptr) return {{"type", "object"}};
  const bool is_word = shape->answer.find(':') == std::string_view::npos;
  return is_word ? schema_of_word(shape->answer) : schema_of_fields(shape->answer);
}

}  // namespace botbox::actors
