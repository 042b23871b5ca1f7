#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "actors/wall_clock.hpp"
#include "engine/decide.hpp"
#include "engine/execution/outcome.hpp"
#include "storage/codec.hpp"
#include "storage/reader.hpp"
#include "storage/rocksdb_store.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/output.hpp"
#include "tools/botbox/text_table.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;
using storage::Store;

// Everything that is known about one candle of one bot.
struct Story {
  storage::StoredBot bot;
  DecisionTrace trace;  // joined with its trade
  std::optional<Signal> signal;
  std::optional<Trade> trade;
  std::optional<Position> position;
};

Result<std::optional<Signal>> find_signal(const Store& store, const DecisionTrace& trace) {
  if (trace.signal.empty()) return std::nullopt;
  // A strategy's signal is created by the check that wrote the trace; of one from outside the trace
  // stands under the time of its arrival.
  const storage::Key own = storage::signal_key(trace.bot, trace.checked_at, trace.signal);
  BOTBOX_ASSIGN(std::optional<std::string> value, store.get(own));
  if (!value) {
    const storage::Key outside = storage::signal_key(trace.bot, trace.candle_close, trace.signal);
    BOTBOX_ASSIGN(value, store.get(outside));
  }
  if (!value) return std::nullopt;
  BOTBOX_ASSIGN(Signal signal, storage::decode<Signal>(*value));
  return std::optional(std::move(signal));
}

Result<Story> read_story(const Store& store, const WhyOptions& options, Timestamp now) {
  Story story;
  BOTBOX_ASSIGN(story.bot, storage::load_bot(store, {options.bot}));
  BOTBOX_ASSIGN(auto traces, storage::load_traces(store, {options.bot}, options.at, now, 1));
  if (traces.empty())
    return fail(
        ErrorCode::kNotFound,
        options.at.is_never()
            ? fmt::format("bot '{}' ({}) has not decided on any candle yet, after {} checks",
                          options.bot, to_string(story.bot.snapshot.status),
                          story.bot.snapshot.checks)
            : fmt::format("no trace of bot '{}' at or before {} is kept", options.bot,
                          to_iso8601(options.at)),
        {}, fmt::format("botbox inspect bot {} shows its state", options.bot));
  story.trace = std::move(traces.front());
  if (!story.trace.trade.empty()) {
    BOTBOX_ASSIGN(story.trade, storage::find_trade(store, story.trace.trade));
  }
  if (story.trade) {
    BOTBOX_ASSIGN(story.position,
                  storage::find_position(store, story.trade->bot, story.trade->position));
  }
  BOTBOX_ASSIGN(story.signal, find_signal(store, story.trace));
  story.trace = with_outcome(std::move(story.trace), story.trade);
  if (story.signal) story.signal = with_outcome(std::move(*story.signal), story.trade);
  return story;
}

template <class T>
Json json_or_null(const std::optional<T>& record) {
  return record ? storage::to_json(*record) : Json();
}

Json to_json(const Story& story) {
  return {{"bot", story.bot.id.value},
          {"status", to_string(story.bot.snapshot.status)},
          {"candle_close", to_iso8601(story.trace.candle_close)},
          {"decision", to_string(story.trace.decision)},
          {"stage", to_string(story.trace.stage)},
          {"reason", to_string(story.trace.reason)},
          {"explanation", explain(story.trace)},
          {"trace", storage::to_json(story.trace)},
          {"signal", json_or_null(story.signal)},
          {"trade", json_or_null(story.trade)},
          {"position", json_or_null(story.position)}};
}

std::string conditions_text(const std::vector<Condition>& conditions) {
  TextTable table(
      {{"condition"}, {"value", Align::kRight}, {"threshold", Align::kRight}, {"holds"}});
  for (const Condition& condition : conditions) {
    table.add({condition.name, fmt::format("{:.8g}", condition.value),
               fmt::format("{:.8g}", condition.threshold), condition.met ? "yes" : "no"});
    table.paint_last(3, condition.met ? Colour::kGreen : Colour::kDim);
  }
  return table.text();
}

std::string verdicts_text(const std::vector<Verdict>& verdicts) {
  TextTable table({{"gate"}, {"verdict"}, {"detail"}});
  for (const Verdict& verdict : verdicts) {
    table.add({verdict.gate, verdict.passed() ? "passed" : std::string(to_string(verdict.reason)),
               verdict.detail});
    table.paint_last(1, verdict.passed() ? Colour::kGreen : Colour::kRed);
  }
  return table.text();
}

std::string trade_text(const Trade& trade) {
  std::string text =
      fmt::format("trade      {} {} {} {}: {}, {} attempts{}\n", trade.id.value,
                  to_string(trade.direction), to_string(trade.quantity), trade.symbol.value,
                  painted(to_string(trade.status), colour_of_state(to_string(trade.status))),
                  trade.attempts, trade.outcome_unknown ? ", outcome unknown" : "");
  if (!trade.order_id.empty()) text += fmt::format("order      {}\n", trade.order_id.value);
  if (!trade.error_message.empty()) text += fmt::format("exchange   {}\n", trade.error_message);
  return text;
}

std::string position_text(const Position& position) {
  return fmt::format("position   {} {} {}, average {}, profit {}, fees {}{}\n",
                     to_string(position.status), to_string(position.side),
                     to_string(position.quantity), to_string(position.average_entry),
                     to_string(position.realised_profit), to_string(position.fees),
                     position.close_reason == ReasonCode::kNone
                         ? ""
                         : fmt::format(", {}", to_string(position.close_reason)));
}

std::string to_text(const Story& story) {
  const DecisionTrace& trace = story.trace;
  const BotConfig& config = story.bot.config;
  std::string text = fmt::format("{}: {} on {} {}, {}\n", story.bot.id.value, config.strategy.value,
                                 config.symbol.value, to_string(config.timeframe),
                                 to_string(story.bot.snapshot.status));
  text += fmt::format("candle     closed {}, checked {}\n", readable_time(trace.candle_close),
                      readable_time(trace.checked_at));
  const std::string_view decision = to_string(trace.decision);
  text += fmt::format("decision   {} ({})\n", painted(decision, colour_of_state(decision)),
                      to_string(trace.stage));
  if (trace.reason != ReasonCode::kNone)
    text += fmt::format("reason     {}\n", to_string(trace.reason));
  text += fmt::format("because    {}\n", explain(trace));
  if (story.signal)
    text += fmt::format("signal     {} {} at {}, score {:.3g}\n", story.signal->id.value,
                        to_string(story.signal->direction), to_string(story.signal->entry),
                        story.signal->score);
  if (story.trade) text += trade_text(*story.trade);
  if (story.position) text += position_text(*story.position);
  if (!trace.context_json.empty()) text += fmt::format("market     {}\n", trace.context_json);
  if (!trace.conditions.empty()) text += '\n' + conditions_text(trace.conditions);
  if (!trace.verdicts.empty()) text += '\n' + verdicts_text(trace.verdicts);
  return text;
}

Result<Story> open_story(const WhyOptions& options) {
  BOTBOX_ASSIGN(const auto store, storage::RocksDbStore::open_secondary(options.data));
  return read_story(*store, options, actors::WallClock().now());
}

}  // namespace

int run_why(const WhyOptions& options) {
  const Result<Story> story = open_story(options);
  if (!story) return report_error(story.error(), format_of(options.json));
  if (options.json)
    print_json(to_json(*story));
  else
    print_text(to_text(*story));
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
