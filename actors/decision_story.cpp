#include "actors/decision_story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>

#include "actors/record_pages.hpp"
#include "actors/record_rows.hpp"
#include "actors/turn_commit.hpp"
#include "engine/decide.hpp"
#include "engine/execution/outcome.hpp"
#include "storage/codec.hpp"
#include "storage/event_head.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;
using storage::Store;

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

Result<std::vector<Signal>> waiting_signals(const Store& store, const BotId& bot) {
  std::vector<Signal> waiting;
  BOTBOX_TRY(storage::visit_all<Signal>(store, storage::Kind::kInbox,
                                        [&](std::string_view, Signal&& signal) {
                                          if (signal.bot == bot)
                                            waiting.push_back(std::move(signal));
                                        }));
  return waiting;
}

std::string failure_text(const Event& failed) {
  return fmt::format("a check failed at {}: {}", to_iso8601(failed.at), failed.detail);
}

// As far back as `since`, and no further than a page of the log may go.
Result<std::optional<Event>> find_failed_look(const Store& store, const BotConfig& config,
                                              Timestamp since) {
  using storage::HeadVerdict;
  const std::string series = series_text(config.symbol, config.timeframe);
  std::optional<Event> found;
  std::size_t walked = 0;
  BOTBOX_TRY(storage::visit_events(
      store, {.kind = storage::Kind::kEvent, .prefix = {}, .from = {}, .reverse = true},
      [&](const storage::EventHead& head) {
        if (++walked > kPageEventsMax || head.at < since) return HeadVerdict::kEnd;
        return head.kind == kCheckFailedEvent && head.subject == series ? HeadVerdict::kRead
                                                                        : HeadVerdict::kSkip;
      },
      [&](Event&& event) {
        found = std::move(event);
        return false;
      }));
  return found;
}

Result<DecisionStory> nothing_decided(const Store& store, const storage::StoredBot& bot,
                                      Timestamp at) {
  const std::string fix = fmt::format("botbox inspect bot {} shows its state", bot.id.value);
  if (!at.is_never())
    return fail(
        ErrorCode::kNotFound,
        fmt::format("no trace of bot '{}' at or before {} is kept", bot.id.value, to_iso8601(at)),
        {}, fix);
  BOTBOX_ASSIGN(const auto failed, find_failed_look(store, bot.config, {}));
  return fail(ErrorCode::kNotFound,
              fmt::format("bot '{}' ({}) has not decided on any candle yet, after {} checks{}",
                          bot.id.value, to_string(bot.snapshot.status), bot.snapshot.checks,
                          failed ? "; " + failure_text(*failed) : ""),
              {}, fix);
}

std::string gates_line(const std::vector<Verdict>& verdicts) {
  const auto refused = std::ranges::find_if(verdicts, [](const Verdict& v) { return !v.passed(); });
  if (refused == verdicts.end())
    return verdicts.empty() ? "" : fmt::format("\nall {} gates passed", verdicts.size());
  return fmt::format("\nrefused by gate {}: {}{}{}", refused->gate, to_string(refused->reason),
                     refused->detail.empty() ? "" : ", ", refused->detail);
}

// Without the order and its plan, which are records of their own.
std::string market_line(const std::string& context_json) {
  Json context = Json::parse(context_json, nullptr, false);
  if (!context.is_object()) return {};
  context.erase("payload");
  if (context.empty()) return {};
  return "\nmarket " + context.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The newest trace that can be read, of the candle of the newest row, and those before it.
Result<void> take_traces(std::vector<storage::StoredTrace> rows, DecisionStory& story) {
  const Timestamp begin = story.bot.config.timeframe.floor(rows.front().candle_close);
  std::vector<DecisionTrace> readable;
  for (storage::StoredTrace& row : rows) {
    if (row.candle_close < begin) break;
    if (row.trace)
      readable.push_back(std::move(*row.trace));
    else
      story.damaged.push_back({row.candle_close, std::move(row.trace).error()});
  }
  if (readable.empty()) return tl::unexpected<Error>(story.damaged.front().problem);
  story.trace = std::move(readable.front());
  story.earlier.assign(std::make_move_iterator(readable.begin() + 1),
                       std::make_move_iterator(readable.end()));
  return {};
}

// One whose trade cannot be read stays as it was decided.
Result<void> join_earlier(const Store& store, DecisionStory& story) {
  for (DecisionTrace& one : story.earlier) {
    Result<DecisionTrace> joined = with_stored_outcome(store, one);
    if (joined) {
      one = std::move(*joined);
      continue;
    }
    const ErrorCode code = joined.error().code;
    if (code != ErrorCode::kCorruption && code != ErrorCode::kNewerData)
      return tl::unexpected<Error>(std::move(joined).error());
    story.damaged.push_back({one.candle_close, std::move(joined).error()});
  }
  std::ranges::stable_sort(story.damaged, std::ranges::greater{}, &DamagedTrace::candle_close);
  return {};
}

template <class T>
Json json_or_null(const std::optional<T>& record) {
  return record ? storage::to_json(*record) : Json();
}

}  // namespace

Result<DecisionStory> read_story(const Store& store, const BotId& bot, Timestamp at,
                                 Timestamp now) {
  DecisionStory story;
  story.asked_at = at;
  BOTBOX_ASSIGN(story.bot, storage::load_bot(store, bot));
  BOTBOX_ASSIGN(story.waiting, waiting_signals(store, bot));
  BOTBOX_ASSIGN(auto traces, storage::load_stored_traces(store, bot, at, now, 1 + kEarlierMax));
  if (traces.empty()) return nothing_decided(store, story.bot, at);
  BOTBOX_TRY(take_traces(std::move(traces), story));
  BOTBOX_TRY(join_earlier(store, story));
  if (at.is_never()) {
    BOTBOX_ASSIGN(story.failed_look,
                  find_failed_look(store, story.bot.config, story.trace.checked_at));
  }
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

std::string gap_note(const DecisionStory& story) {
  const Timestamp at = story.asked_at;
  const Timestamp next = story.trace.candle_close + Duration{story.bot.config.timeframe.ms()};
  if (at.is_never()) return story.failed_look ? failure_text(*story.failed_look) : std::string();
  if (next > at) return {};
  return fmt::format("nothing later by {} is kept: this is the decision before", to_iso8601(at));
}

std::string story_text(const DecisionStory& story) {
  const DecisionTrace& trace = story.trace;
  std::string text =
      fmt::format("{} at {}: {}, {}\n{}", story.bot.id.value, to_iso8601(trace.candle_close),
                  to_string(trace.decision), to_string(trace.reason), explain(trace));
  // Of a failed order the message has the exchange's words already.
  if (trace.decision != DecisionType::kFailed && !trace.exchange_error_snippet.empty())
    text += "\nbecause " + trace.exchange_error_snippet;
  if (const std::string note = gap_note(story); !note.empty()) text += '\n' + note;
  for (const DamagedTrace& one : story.damaged)
    text += fmt::format("\ncannot be read, at {}: {}", to_iso8601(one.candle_close),
                        to_string(one.problem));
  for (const DecisionTrace& one : story.earlier)
    text += fmt::format("\nbefore it, at {}: {}, {}", to_iso8601(one.candle_close),
                        to_string(one.decision), to_string(one.reason));
  for (const Condition& condition : trace.conditions)
    text += fmt::format("\n{}: {:.6g} against {:.6g}, {}", condition.name, condition.value,
                        condition.threshold, condition.met ? "holds" : "does not hold");
  text += gates_line(trace.verdicts) + market_line(trace.context_json);
  if (!story.waiting.empty())
    text += story.waiting.size() == 1 ? "\n1 signal waits"
                                      : fmt::format("\n{} signals wait", story.waiting.size());
  return text;
}

Json to_json(const DecisionStory& story) {
  Json waiting = Json::array();
  for (const Signal& signal : story.waiting) waiting.push_back(storage::to_json(signal));
  Json earlier = Json::array();
  for (const DecisionTrace& one : story.earlier) earlier.push_back(storage::to_json(one));
  Json damaged = Json::array();
  for (const DamagedTrace& one : story.damaged)
    damaged.push_back({{"at", to_iso8601(one.candle_close)}, {"problem", to_string(one.problem)}});
  return {{"bot", story.bot.id.value},
          {"status", to_string(story.bot.snapshot.status)},
          {"candle_close", to_iso8601(story.trace.candle_close)},
          {"decision", to_string(story.trace.decision)},
          {"stage", to_string(story.trace.stage)},
          {"reason", to_string(story.trace.reason)},
          {"explanation", explain(story.trace)},
          {"note", gap_note(story)},
          {"text", story_text(story)},
          {"trace", storage::to_json(story.trace)},
          {"earlier", std::move(earlier)},
          {"damaged", std::move(damaged)},
          {"signal", json_or_null(story.signal)},
          {"trade", json_or_null(story.trade)},
          {"position", json_or_null(story.position)},
          {"waiting", std::move(waiting)}};
}

}  // namespace botbox::actors
