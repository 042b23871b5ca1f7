// The notifier: tells people and programs what the event log says. Nothing waits for it.
//
// The log is the queue: each outlet has a durable mark in it (storage/outbox.hpp), which moves on
// when what lies before it was delivered. So what was durable when the process died is told by the
// next one; what was delivered and not yet marked is told again, under the same id. An outlet that
// cannot be reached holds back nobody else and costs no memory; what it missed comes when it is
// back, but for what is older than NotifierSettings::age_max, further behind than behind_max or no
// longer in the log. That is counted, and the next message that is delivered says how many: the
// count is kept with the mark. (A program, told one by one, sees it in the numbers of the events.)
//
// Alerts and their ends become events first ("alert.raised", "alert.cleared"), and go the same way.
// In a storm so many a minute are told and the others counted; each critical kind, and the ends of
// what was told, are bounded by themselves, so that a storm of lesser ones never hides them.
#pragma once

#include <caf/event_based_actor.hpp>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/notifier_outlet.hpp"
#include "actors/protocol.hpp"
#include "engine/clock.hpp"
#include "engine/notify/alert_book.hpp"
#include "engine/notify/digest.hpp"
#include "exchange/http/http_sender.hpp"
#include "storage/outbox.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

// An answer in a chat: sent before any notice, not kept over a restart. Dropped when the chat is no
// outlet, when too many wait, or when it could not be delivered for a minute.
struct SayInChat {
  std::int64_t chat = 0;
  std::string text;
};

// To itself, from the sender's thread.
struct OutletAnswered {
  std::size_t outlet = 0;
  exchange::DeliveryOutcome outcome;
};

struct NotifierSettings {
  Duration interval{200};              // between two looks at the log
  Duration age_max{86'400'000};        // older events are not told
  std::uint64_t behind_max = 200'000;  // events; what lies further back is not told
  std::size_t portion = 5'000;         // events read at once
  Duration save_every{30'000};         // a mark that moved without a message
};

struct NotifierParts {
  const storage::Store& store;
  caf::actor journal;
  caf::actor observer;  // gets AlertRaised of outlets that cannot be reached
  storage::Epoch epoch;
  std::shared_ptr<exchange::HttpSender> sender;
  std::vector<NotifierOutlet> outlets;
};

class NotifierActor : public caf::event_based_actor {
 public:
  NotifierActor(caf::actor_config& config, const Clock& clock, NotifierParts parts,
                NotifierSettings settings);
  const char* name() const override { return "notifier"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  struct Reply {
    std::string text;
    Timestamp said_at;
  };
  struct Outlet {
    NotifierOutlet how;
    storage::OutboxRow row;   // as far as delivered
    Timestamp saved_at;       // when the row was last written
    std::uint64_t saved = 0;  // its next_event then
    bool is_under_way = false;
    bool is_reply = false;      // what is under way
    storage::OutboxRow after;   // the row once it is delivered
    std::uint64_t telling = 0;  // of what is left out, what the notice under way says
    std::uint32_t failures = 0;
    bool is_told_failing = false;
    Timestamp next_try;
    std::deque<Reply> replies;
  };
  struct Composed;

  bool place(Outlet& outlet);
  void on_tick();
  void on_alert(const AlertRaised& alert);
  void on_sent(const OutletAnswered& sent);
  void on_failure(Outlet& outlet, const exchange::DeliveryOutcome& outcome);
  void serve(std::size_t index);
  bool say(std::size_t index);
  Composed compose(const Outlet& outlet) const;
  void dispatch(std::size_t index, OutgoingMessage message);
  void skip_what_is_too_far(storage::OutboxRow& row) const;
  void save(Outlet& outlet);
  void on_begin(const AlertRaised& alert);
  void on_end(const AlertRaised& alert, std::string_view ended);
  void record_alert(std::string_view event, const std::string& kind, const std::string& text);
  void commit(storage::WriteOps rows);

  const Clock& clock_;
  NotifierParts parts_;
  NotifierSettings settings_;
  std::vector<Outlet> outlets_;
  AlertBook alerts_;
  // Kinds with subjects whose end has not been heard of; true: it was told, not only counted.
  std::unordered_map<std::string, bool> standing_;
  std::uint64_t turn_ = 0;
  bool is_placed_ = false;
};

}  // namespace botbox::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::SayInChat)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::OutletAnswered)
