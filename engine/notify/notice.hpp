// Notice: one line that people are told, made from a stored event.
//
// The text of a line is a function of the event and of the records that it names; nothing secret is
// in any of them (redact.hpp is a second net).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/event.hpp"
#include "engine/model/position.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/trade.hpp"

namespace botbox {

enum class NoticeKind : std::uint8_t {
  kSignal,          // a signal was accepted
  kOrderPlaced,     // the exchange has executed the order
  kOrderFailed,     // it has not, for good
  kOrderSkipped,    // a gate, de-duplication or a switch stood between signal and order
  kPositionOpened,  // by its first fill
  kPositionClosed,  // with its profit
  kAlert,           // raised or cleared
  kStatus,          // engine and bots switched, locks, what was refused to whom
};
inline constexpr std::size_t kNoticeKinds = 8;
// As the configuration writes them: "order_placed".
std::string_view to_string(NoticeKind kind);
std::optional<NoticeKind> parse_notice_kind(std::string_view name);

enum class NoticeLevel : std::uint8_t { kOff, kSilent, kOn };
constexpr std::string_view to_string(NoticeLevel level) {
  switch (level) {
    case NoticeLevel::kOff: return "off";
    case NoticeLevel::kSilent: return "silent";
    case NoticeLevel::kOn: return "on";
  }
  return "?";
}

// How loudly each kind is told. What a fleet does all day is silent, what it does not do is off.
struct NoticeLevels {
  std::array<NoticeLevel, kNoticeKinds> by_kind{
      NoticeLevel::kSilent, NoticeLevel::kSilent, NoticeLevel::kOn, NoticeLevel::kOff,
      NoticeLevel::kSilent, NoticeLevel::kOn,     NoticeLevel::kOn, NoticeLevel::kOn};

  NoticeLevel operator[](NoticeKind kind) const { return by_kind[static_cast<std::size_t>(kind)]; }
  NoticeLevel& operator[](NoticeKind kind) { return by_kind[static_cast<std::size_t>(kind)]; }
  bool operator==(const NoticeLevels&) const = default;
};

// The kinds of the events that alerts and their ends are recorded as: subject the alert's kind,
// detail its text.
inline constexpr std::string_view kAlertEvent = "alert.raised";
inline constexpr std::string_view kAlertEndEvent = "alert.cleared";

// Empty: nobody is told of such events.
std::optional<NoticeKind> notice_kind(const Event& event);

// What the store knows of an event's subject; what is empty is left out of the line.
struct NoticeFacts {
  std::optional<Signal> signal;
  std::optional<Trade> trade;
  std::optional<Position> position;
};

struct Notice {
  std::uint64_t sequence = 0;  // of its event
  Timestamp at;
  NoticeKind kind = NoticeKind::kStatus;
  std::string bot;    // empty: not about one bot
  std::string text;   // one line, at most kNoticeBytesMax
  std::string event;  // its kind: "position.closed"
  // Events before it that its reader was to be told of, and is not: they were too old, too many, or
  // refused. Whoever sends it says so; digests say it in their text instead.
  std::uint64_t left_out = 0;

  // The same before and after a crash: whoever gets a notice twice can tell.
  std::string id() const;
};
inline constexpr std::size_t kNoticeBytesMax = 500;

// notice_kind(event) must not be empty.
Notice make_notice(const Event& event, const NoticeFacts& facts);

}  // namespace botbox
