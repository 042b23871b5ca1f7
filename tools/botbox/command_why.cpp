#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "actors/decision_story.hpp"
#include "actors/wall_clock.hpp"
#include "engine/decide.hpp"
#include "storage/rocksdb_store.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/output.hpp"
#include "tools/botbox/text_table.hpp"

namespace botbox::cli {
namespace {

using Story = actors::DecisionStory;

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
  std::string text = fmt::format(
      "trade      {} {} {} {}: {}, {} attempt{}{}\n", trade.id.value, to_string(trade.direction),
      to_string(trade.quantity), trade.symbol.value,
      painted(to_string(trade.status), colour_of_state(to_string(trade.status))), trade.attempts,
      trade.attempts == 1 ? "" : "s", trade.outcome_unknown ? ", outcome unknown" : "");
  if (!trade.order_id.empty()) text += fmt::format("order      {}\n", trade.order_id.value);
  if (!trade.error_message.empty()) text += fmt::format("exchange   {}\n", trade.error_message);
  return text;
}

std::string position_text(const Position& position) {
  return fmt::format(
      "position   {} {} {}, average {}, profit {}, fees {}{}{}\n", to_string(position.status),
      to_string(position.side), to_string(position.quantity), to_string(position.average_entry),
      to_string(position.realised_profit), to_string(position.fees),
      position.funding.is_zero() ? "" : fmt::format(", funding {}", to_string(position.funding)),
      position.close_reason == ReasonCode::kNone
          ? ""
          : fmt::format(", {}", to_string(position.close_reason)));
}

std::string waiting_text(const Signal& signal) {
  const Timestamp due = signal.execution_scheduled_at;
  return fmt::format("waits      {} {}{}\n", signal.id.value, to_string(signal.direction),
                     due.is_never() ? "" : ", to be executed at " + readable_time(due));
}

// Market and numbers on one line, what was ordered with which plan on the next.
std::string context_text(const std::string& context_json) {
  if (context_json.empty()) return {};
  auto context = nlohmann::ordered_json::parse(context_json, nullptr, false);
  if (!context.is_object() || !context.contains("payload"))
    return fmt::format("market     {}\n", context_json);
  const std::string payload = context["payload"].dump();
  context.erase("payload");
  const std::string market = context.empty() ? "" : fmt::format("market     {}\n", context.dump());
  return fmt::format("{}payload    {}\n", market, payload);
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
  if (const std::string note = actors::gap_note(story); !note.empty())
    text += fmt::format("note       {}\n", note);
  for (const actors::DamagedTrace& one : story.damaged)
    text +=
        fmt::format("damaged    {}: {}\n", readable_time(one.candle_close), to_string(one.problem));
  for (const DecisionTrace& one : story.earlier)
    text += fmt::format("before it  {} {} ({}), {}\n", readable_time(one.candle_close),
                        to_string(one.decision), to_string(one.stage), to_string(one.reason));
  if (story.signal)
    text += fmt::format("signal     {} {} at {}, score {:.3g}\n", story.signal->id.value,
                        direction_text(*story.signal), to_string(story.signal->entry),
                        story.signal->score);
  if (story.signal && !story.signal->execution_scheduled_at.is_never())
    text += fmt::format("scheduled  {}\n", readable_time(story.signal->execution_scheduled_at));
  if (story.trade) text += trade_text(*story.trade);
  if (story.position) text += position_text(*story.position);
  for (const Signal& signal : story.waiting) text += waiting_text(signal);
  text += context_text(trace.context_json);
  if (!trace.conditions.empty()) text += '\n' + conditions_text(trace.conditions);
  if (!trace.verdicts.empty()) text += '\n' + verdicts_text(trace.verdicts);
  return text;
}

Result<Story> open_story(const WhyOptions& options) {
  const Timestamp now = actors::WallClock().now();
  Timestamp at;
  if (!options.at.empty()) {
    BOTBOX_ASSIGN(at, parse_moment(options.at, now));
  }
  BOTBOX_ASSIGN(const auto store, storage::RocksDbStore::open_secondary(options.data));
  return actors::read_story(*store, {options.bot}, at, now);
}

}  // namespace

int run_why(const WhyOptions& options) {
  const Result<Story> story = open_story(options);
  if (!story) return report_error(story.error(), format_of(options.json));
  if (options.json)
    print_json(actors::to_json(*story));
  else
    print_text(to_text(*story));
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
