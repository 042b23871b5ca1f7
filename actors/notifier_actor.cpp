#include "actors/notifier_actor.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/event_notice.hpp"
#include "actors/turn_commit.hpp"
#include "engine/notify/alert_ends.hpp"
#include "engine/notify/alert_severity.hpp"
#include "engine/notify/redact.hpp"
#include "engine/short_text.hpp"
#include "storage/codec.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {
namespace {

constexpr std::size_t kRepliesMax = 32;
constexpr Duration kReplyPatience{60'000};
constexpr Duration kRefusedDelay{60'000};
constexpr std::uint32_t kFailuresToTell = 3;
constexpr std::size_t kStandingMax = 10'000;
constexpr std::uint32_t kRefusalsMax = 5;  // of one notice; then it is left out

void leave_out(storage::OutboxRow& row, std::uint64_t events) {
  row.left_out += events;
  row.untold += events;
}

std::string condition_of(std::string_view kind, std::string_view subject) {
  return fmt::format("{}\n{}", kind, subject);
}

// Of what began before this process nobody knows whether it was told: only the end of something
// critical is then told at any rate.
std::string end_budget(std::string_view ended, bool was_told) {
  if (is_critical_alert(ended)) return fmt::format("end of {}", ended);
  return was_told ? "end" : "";
}

}  // namespace

struct NotifierActor::Composed {
  std::optional<OutgoingMessage> message;  // empty: nothing to tell
  storage::OutboxRow after;                // once it is delivered
};

NotifierActor::NotifierActor(caf::actor_config& config, const Clock& clock, NotifierParts parts,
                             NotifierSettings settings)
    : caf::event_based_actor(config), clock_(clock), parts_(std::move(parts)), settings_(settings) {
  for (NotifierOutlet& how : parts_.outlets) outlets_.push_back({.how = std::move(how)});
  parts_.outlets.clear();
}

void NotifierActor::on_exit() {
  outlets_.clear();
  parts_.sender = nullptr;
  parts_.journal = nullptr;
  parts_.observer = nullptr;
}

caf::behavior NotifierActor::make_behavior() {
  on_tick();
  return {[this](TickNow) { on_tick(); }, [this](const AlertRaised& alert) { on_alert(alert); },
          [this](const OutletAnswered& answered) { on_sent(answered); },
          [this](const SayInChat& words) {
            const std::string name = telegram_outlet_name(words.chat);
            for (std::size_t i = 0; i < outlets_.size(); ++i) {
              if (outlets_[i].how.name != name) continue;
              if (outlets_[i].replies.size() < kRepliesMax)
                outlets_[i].replies.push_back({words.text, clock_.now()});
              serve(i);
            }
          }};
}

// A new outlet begins at the end of the log. False: the store does not answer now.
bool NotifierActor::place(Outlet& outlet) {
  const auto stored = storage::find_outbox(parts_.store, outlet.how.name);
  const auto newest = storage::load_newest_events(parts_.store, 1);
  if (!stored || !newest) return false;
  if (*stored) {
    outlet.row = **stored;
    outlet.saved = outlet.row.next_event;
    outlet.saved_at = clock_.now();
  } else {
    outlet.row.next_event = newest->empty() ? 1 : newest->front().sequence + 1;
    save(outlet);
  }
  return true;
}

void NotifierActor::on_tick() {
  if (!is_placed_)
    is_placed_ = std::ranges::all_of(outlets_, [this](Outlet& outlet) { return place(outlet); });
  if (is_placed_)
    for (std::size_t i = 0; i < outlets_.size(); ++i) serve(i);
  if (const std::uint64_t counted = alerts_.take_counted(clock_.now()); counted > 0)
    record_alert(kAlertEvent, "alerts.more",
                 fmt::format("{} more alerts within a minute", counted));
  delayed_send(this, settings_.interval, TickNow{});
}

void NotifierActor::on_alert(const AlertRaised& alert) {
  const std::string_view ended = alert_ended_by(alert.kind, alert.text);
  if (ended.empty())
    on_begin(alert);
  else
    on_end(alert, ended);
}

// What has changed since it was last said is news, however lately that was.
void NotifierActor::on_begin(const AlertRaised& alert) {
  if (standing_.size() >= kStandingMax) standing_.clear();
  const auto [condition, is_new] =
      standing_.try_emplace(condition_of(alert.kind, alert.subject), false);
  if (is_new) alerts_.forget(alert.kind);
  const AlertTaken taken =
      alerts_.take(alert.kind, alert.text, clock_.now(),
                   is_critical_alert(alert.kind) ? alert.kind : std::string_view());
  if (taken != AlertTaken::kCounted) condition->second = true;
  if (taken == AlertTaken::kRecord) record_alert(kAlertEvent, alert.kind, alert.text);
}

void NotifierActor::on_end(const AlertRaised& alert, std::string_view ended) {
  const auto condition = standing_.extract(condition_of(ended, alert.subject));
  if (condition) {
    if (!condition.mapped()) return alerts_.count(clock_.now());
    alerts_.forget(alert.kind);
  }
  const std::string budget = end_budget(ended, static_cast<bool>(condition));
  if (alerts_.take(alert.kind, alert.text, clock_.now(), budget) == AlertTaken::kRecord)
    record_alert(kAlertEndEvent, alert.kind, alert.text);
}

void NotifierActor::record_alert(std::string_view event, const std::string& kind,
                                 const std::string& text) {
  storage::WriteOps rows;
  note(rows, {.at = clock_.now(),
              .kind = std::string(event),
              .bot = {},
              .subject = kind,
              .detail = short_text(redacted(text)),
              .actor = "engine"});
  commit(std::move(rows));
}

void NotifierActor::commit(storage::WriteOps rows) {
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "notifier";
  commit->epoch = parts_.epoch;
  commit->turn = ++turn_;
  commit->at = clock_.now();
  commit->always = std::move(rows);
  send(parts_.journal, CommitRequest{std::move(commit), nullptr});
}

void NotifierActor::save(Outlet& outlet) {
  outlet.row.changed_at = outlet.saved_at = clock_.now();
  outlet.saved = outlet.row.next_event;
  storage::WriteOps rows;
  rows.puts.push_back({storage::outbox_key(outlet.how.name), storage::encode_outbox(outlet.row)});
  commit(std::move(rows));
}

void NotifierActor::serve(std::size_t index) {
  Outlet& outlet = outlets_[index];
  const Timestamp now = clock_.now();
  if (!is_placed_ || outlet.is_under_way || now < outlet.next_try ||
      outlet.how.pace->free_at(outlet.how.name, now) > now)
    return;
  if (say(index)) return;
  Composed composed = compose(outlet);
  outlet.after = composed.after;
  outlet.telling = composed.message ? composed.message->notice.left_out : 0;
  if (composed.message) return dispatch(index, std::move(*composed.message));
  outlet.row = composed.after;
  if (outlet.row.next_event != outlet.saved && now - outlet.saved_at >= settings_.save_every)
    save(outlet);
}

// True: an answer is on its way.
bool NotifierActor::say(std::size_t index) {
  Outlet& outlet = outlets_[index];
  while (!outlet.replies.empty() && clock_.now() - outlet.replies.front().said_at >= kReplyPatience)
    outlet.replies.pop_front();
  outlet.is_reply = !outlet.replies.empty();
  if (!outlet.is_reply) return false;
  dispatch(
      index,
      {.text = outlet.replies.front().text, .is_silent = false, .notice = {}, .now = clock_.now()});
  return true;
}

void NotifierActor::dispatch(std::size_t index, OutgoingMessage message) {
  Outlet& outlet = outlets_[index];
  outlet.is_under_way = true;
  message.now = clock_.now();
  const Permit permit = outlet.how.pace->take(outlet.how.name, message.now);
  parts_.sender->send(permit, outlet.how.request(message),
                      [to = caf::actor(this), index,
                       read = outlet.how.read](const Result<exchange::HttpResponse>& response) {
                        caf::anon_send(to, OutletAnswered{index, read(response)});
                      });
}

void NotifierActor::skip_what_is_too_far(storage::OutboxRow& row) const {
  const auto newest = storage::load_newest_events(parts_.store, 1);
  if (!newest || newest->empty()) return;
  const std::uint64_t first =
      newest->front().sequence - std::min(newest->front().sequence - 1, settings_.behind_max);
  if (row.next_event >= first) return;
  leave_out(row, first - row.next_event);
  row.next_event = first;
}

// Changes nothing of the outlet: if the message is not delivered, the next one counts the same
// again.
NotifierActor::Composed NotifierActor::compose(const Outlet& outlet) const {
  Composed composed{.message = {}, .after = outlet.row};
  storage::OutboxRow& after = composed.after;
  skip_what_is_too_far(after);
  const auto events = storage::load_events(parts_.store, after.next_event, settings_.portion);
  if (!events) return composed;
  const Timestamp now = clock_.now();
  Digest digest(outlet.how.digest_units);
  for (const Event& event : *events) {
    // Dropped from the log before it was told (retention).
    if (event.sequence > after.next_event) leave_out(after, event.sequence - after.next_event);
    const std::optional<NoticeKind> kind = notice_kind(event);
    const NoticeLevel level = kind ? outlet.how.levels[*kind] : NoticeLevel::kOff;
    if (level != NoticeLevel::kOff && now - event.at > settings_.age_max) {
      leave_out(after, 1);
    } else if (level != NoticeLevel::kOff) {
      Notice notice = notice_of(parts_.store, event);
      if (outlet.how.digest_units == 0) {
        after.next_event = event.sequence + 1;
        notice.left_out = std::exchange(after.untold, 0);
        composed.message = {.text = notice.text,
                            .is_silent = level == NoticeLevel::kSilent,
                            .notice = std::move(notice),
                            .now = now};
        return composed;
      }
      if (!digest.add(notice, level)) break;
    }
    after.next_event = event.sequence + 1;
  }
  if (digest.empty()) return composed;
  if (after.untold > 0) digest.add_left_out(std::exchange(after.untold, 0), "they were too old");
  composed.message = {
      .text = digest.text(), .is_silent = !digest.is_loud(), .notice = {}, .now = now};
  return composed;
}

void NotifierActor::on_sent(const OutletAnswered& sent) {
  Outlet& outlet = outlets_[sent.outlet];
  outlet.is_under_way = false;
  if (sent.outcome.kind != exchange::DeliveryOutcome::Kind::kDelivered)
    return on_failure(outlet, sent.outcome);
  if (std::exchange(outlet.is_told_failing, false))
    send(parts_.observer,
         AlertRaised{"notify.working", outlet.how.name + " is reached again", outlet.how.name});
  outlet.failures = 0;
  ++outlet.row.delivered;
  if (outlet.is_reply) {
    outlet.replies.pop_front();
  } else {
    outlet.after.delivered = outlet.row.delivered;
    outlet.row = outlet.after;
    save(outlet);
  }
  serve(sent.outlet);
}

void NotifierActor::on_failure(Outlet& outlet, const exchange::DeliveryOutcome& outcome) {
  const Timestamp now = clock_.now();
  const bool is_refused = outcome.kind == exchange::DeliveryOutcome::Kind::kRefused;
  Duration wait = delivery_retry_delay(++outlet.failures, outlet.how.name);
  if (outcome.retry_after) {
    wait = std::max(wait, *outcome.retry_after);
    outlet.how.pace->stop(outlet.how.name, now + *outcome.retry_after, now);
  }
  if (is_refused && !outlet.is_reply) wait = std::max(wait, kRefusedDelay);
  outlet.next_try = now + wait;
  if (outlet.failures >= kFailuresToTell && !std::exchange(outlet.is_told_failing, true))
    send(parts_.observer,
         AlertRaised{"notify.failing", redacted(outcome.problem), outlet.how.name});
  if (is_refused && outlet.is_reply) outlet.replies.pop_front();
  if (!is_refused || outlet.is_reply || outlet.how.digest_units > 0 ||
      outlet.failures < kRefusalsMax)
    return;
  // A program that does not take this one may take the next.
  outlet.after.delivered = outlet.row.delivered;
  outlet.row = outlet.after;
  outlet.row.untold += outlet.telling;
  leave_out(outlet.row, 1);
  outlet.failures = 0;
  outlet.next_try = now;
  save(outlet);
}

}  // namespace botbox::actors
