#include "engine/notify/notice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/assert.hpp"
#include "engine/notify/redact.hpp"
#include "engine/short_text.hpp"

namespace botbox {
namespace {

constexpr std::array<std::string_view, kNoticeKinds> kKindNames{
    "signal",          "order_placed",    "order_failed", "order_skipped",
    "position_opened", "position_closed", "alert",        "status"};

struct KindOfEvent {
  std::string_view event;
  NoticeKind kind;
};
constexpr std::array kOfEvents{
    KindOfEvent{"signal.accepted", NoticeKind::kSignal},
    KindOfEvent{"signal.rejected", NoticeKind::kOrderSkipped},
    KindOfEvent{"intent.blocked", NoticeKind::kOrderSkipped},
    KindOfEvent{"intent.dedup_skipped", NoticeKind::kOrderSkipped},
    KindOfEvent{"trade.dedup_skipped", NoticeKind::kOrderSkipped},
    KindOfEvent{"trade.overtaken", NoticeKind::kOrderSkipped},
    KindOfEvent{"trade.completed", NoticeKind::kOrderPlaced},
    KindOfEvent{"trade.failed", NoticeKind::kOrderFailed},
    KindOfEvent{"position.opened", NoticeKind::kPositionOpened},
    KindOfEvent{"position.closed", NoticeKind::kPositionClosed},
    KindOfEvent{kAlertEvent, NoticeKind::kAlert},
    KindOfEvent{kAlertEndEvent, NoticeKind::kAlert},
    KindOfEvent{"engine.mode", NoticeKind::kStatus},
    KindOfEvent{"engine.rollout", NoticeKind::kStatus},
    KindOfEvent{"engine.reconciled", NoticeKind::kStatus},
    KindOfEvent{"bot.status", NoticeKind::kStatus},
    KindOfEvent{"risk.locked", NoticeKind::kStatus},
    KindOfEvent{"risk.lifted", NoticeKind::kStatus},
    KindOfEvent{"operator.refused", NoticeKind::kStatus},
    KindOfEvent{"directory.restored", NoticeKind::kStatus},
    KindOfEvent{"directory.loss_accepted", NoticeKind::kStatus},
};

std::string quote_of(std::string_view symbol) {
  const std::size_t slash = symbol.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view rest = symbol.substr(slash + 1);
  return std::string(rest.substr(0, rest.find(':')));
}

// Money with two places, a price or quantity as it is: a line is read on a phone.
std::string money(Notional amount) {
  const std::string text =
      to_string(round_to_step(amount.value, Decimal::literal("0.01"), Rounding::kHalfEven));
  return fmt::format("{}{}", amount.is_positive() ? "+" : "", text);
}

std::string profit_text(const Position& position) {
  const Notional profit = net_profit(position);
  std::string text = fmt::format("{} {}", money(profit), quote_of(position.symbol.value));
  const auto staked = notional(position.average_entry, position.total_entered, Rounding::kHalfEven);
  if (!staked || !staked->is_positive()) return text;
  const auto ratio = divide(profit.value, staked->value, Rounding::kHalfEven);
  if (!ratio) return text;
  const auto percent = multiply(*ratio, Decimal::from_int(100), Rounding::kHalfEven);
  return percent ? text + fmt::format(" ({} %)", money({*percent})) : text;
}

std::string close_text(const Event& event, const NoticeFacts& facts) {
  if (!facts.position) return "position closed: " + event.detail;
  const Position& position = *facts.position;
  return fmt::format("{} {} closed ({}): {}, after {}", position.symbol.value,
                     to_string(position.side), to_string(position.close_reason),
                     profit_text(position), humanize(position.closed_at - position.opened_at));
}

std::string order_text(const Event& event, const NoticeFacts& facts, std::string_view what) {
  if (!facts.trade) return fmt::format("order {}: {}", what, event.detail);
  const Trade& trade = *facts.trade;
  std::string text(to_string(trade.side));
  // Of a close whose entry bought nothing there is none.
  if (!trade.quantity.is_zero()) text += " " + to_string(trade.quantity);
  text += fmt::format(" {} {}", trade.symbol.value, what);
  if (trade.direction == Direction::kClose) text += " (CLOSE)";
  if (trade.status == TradeStatus::kFailed)
    text += fmt::format(": {}{}{}", to_string(trade.reason),
                        trade.error_message.empty() ? "" : ", ", trade.error_message);
  return text;
}

std::string signal_text(const Event& event, const NoticeFacts& facts) {
  if (!facts.signal) return "signal " + event.detail;
  const Signal& signal = *facts.signal;
  std::string text = fmt::format("signal {} {}", to_string(signal.direction), signal.symbol.value);
  if (!signal.entry.is_zero()) text += fmt::format(" at {}", to_string(signal.entry));
  if (!signal.stop_loss.is_zero()) text += fmt::format(", stop {}", to_string(signal.stop_loss));
  if (!signal.take_profit.is_zero())
    text += fmt::format(", target {}", to_string(signal.take_profit));
  return text;
}

std::string skip_text(const Event& event, const NoticeFacts& facts) {
  if (event.kind == "intent.blocked")
    return fmt::format("order skipped: {}", to_string(ReasonCode::kOrderBlockedLiveTrading));
  if (facts.trade) return order_text(event, facts, "skipped");
  if (!facts.signal) return "order skipped: " + event.detail;
  const Signal& signal = *facts.signal;
  // Of an alert that was not understood nothing is known but why.
  if (!has_direction(signal))
    return fmt::format("alert refused: {}{}{}", event.detail, signal.verdicts.empty() ? "" : ", ",
                       signal.verdicts.empty() ? "" : signal.verdicts.front().detail);
  std::string what(to_string(signal.direction));
  if (!signal.symbol.value.empty()) what += " " + signal.symbol.value;
  return fmt::format("{} skipped: {}", what, event.detail);
}

std::string text_of(const Event& event, NoticeKind kind, const NoticeFacts& facts) {
  switch (kind) {
    case NoticeKind::kSignal: return signal_text(event, facts);
    case NoticeKind::kOrderPlaced: return order_text(event, facts, "placed");
    case NoticeKind::kOrderFailed: return order_text(event, facts, "failed");
    case NoticeKind::kOrderSkipped: return skip_text(event, facts);
    case NoticeKind::kPositionOpened:
      return facts.position
                 ? fmt::format("{} opened: {}", facts.position->symbol.value, event.detail)
                 : "position opened: " + event.detail;
    case NoticeKind::kPositionClosed: return close_text(event, facts);
    case NoticeKind::kAlert:
      return fmt::format("{} {}: {}", event.kind == kAlertEndEvent ? "CLEARED" : "ALERT",
                         event.subject, event.detail);
    case NoticeKind::kStatus:
      return fmt::format("{} {}{}{}, by {}", event.kind, event.subject,
                         event.detail.empty() ? "" : ": ", event.detail,
                         event.actor.empty() ? "engine" : event.actor);
  }
  return event.kind;
}

// One line of valid UTF-8 as far as a cut is concerned.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  if (text.size() <= kNoticeBytesMax) return text;
  return short_text(text, kNoticeBytesMax - 3) + "...";
}

}  // namespace

std::string_view to_string(NoticeKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

std::optional<NoticeKind> parse_notice_kind(std::string_view name) {
  const auto* const found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<NoticeKind>(found - kKindNames.begin());
}

std::optional<NoticeKind> notice_kind(const Event& event) {
  const auto* const found = std::ranges::find(kOfEvents, event.kind, &KindOfEvent::event);
  return found == kOfEvents.end() ? std::nullopt : std::optional(found->kind);
}

std::string Notice::id() const { return fmt::format("event-{}", sequence); }

Notice make_notice(const Event& event, const NoticeFacts& facts) {
  const std::optional<NoticeKind> kind = notice_kind(event);
  ENGINE_ASSERT(kind.has_value());
  std::string text = redacted(text_of(event, *kind, facts));
  if (!event.bot.empty() && event.bot.value != event.subject) text = event.bot.value + ": " + text;
  return {.sequence = event.sequence,
          .at = event.at,
          .kind = *kind,
          .bot = event.bot.value,
          .text = one_line(std::move(text)),
          .event = event.kind};
}

}  // namespace botbox
