// Everything that is known about one candle of one bot: why it did, or did not, trade.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "engine/model/event.hpp"
#include "engine/model/position.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/trace.hpp"
#include "engine/model/trade.hpp"
#include "storage/reader.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

inline constexpr std::size_t kEarlierMax = 8;

// A decision whose row, or whose trade's row, cannot be read.
struct DamagedTrace {
  Timestamp candle_close;
  Error problem;
};

struct DecisionStory {
  storage::StoredBot bot;
  DecisionTrace trace;  // joined with its trade
  // On the same candle before it, newest first, joined as well: an alert comes when it comes, and
  // may be one of several. At most kEarlierMax.
  std::vector<DecisionTrace> earlier;
  // Of the same candle, newest first; may be newer than the trace.
  std::vector<DamagedTrace> damaged;
  std::optional<Signal> signal;
  std::optional<Trade> trade;
  std::optional<Position> position;
  // Signals from outside that the bot has not decided yet: those of a later time, and those that
  // have just come. In the order of arrival.
  std::vector<Signal> waiting;
  // The newest word since then that the bot's market could not be looked at; of stories about the
  // newest candle.
  std::optional<Event> failed_look;
  Timestamp asked_at;  // "never": about the newest
};

// Of the newest candle that closed at or before `at`; "never": of the newest one. kNotFound: no
// such bot, or nothing is kept of such a candle. Where several decisions are kept of the candle,
// those that can be read are told, and the damaged ones named; kCorruption: none can be read.
Result<DecisionStory> read_story(const storage::Store& store, const BotId& bot, Timestamp at,
                                 Timestamp now);

// Empty; or that candles closed after the story's until the moment that was asked about, and
// nothing is kept of them: nobody may take the story for one about that moment. Or, asked about the
// newest, that a later check failed.
std::string gap_note(const DecisionStory& story);

// The story in lines, for chats and terminals: the decision and its reason, what was decided before
// it on that candle, what each condition of the strategy measured, the gate that refused.
std::string story_text(const DecisionStory& story);

// With that text, and the records in full.
nlohmann::ordered_json to_json(const DecisionStory& story);

}  // namespace botbox::actors
