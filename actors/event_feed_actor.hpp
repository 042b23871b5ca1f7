// The event feed: follows the stored events, and sends them on to whoever listens over HTTP as
// server-sent events. An event is sent only once it is durable, and to each listener exactly once
// and in order: where a listener does not keep up its place is remembered, and what has left the
// memory meanwhile is read from the store again. One that stands still for too long is cut off; it
// comes back with the number of the last event it saw, and nothing is lost.
//
//   id: 17
//   event: trade.completed
//   data: {"sequence":17,...}        as the list of events shows it
//
//   event: overview                  something has changed; at most once a second, without an id
//   : beat                           every ten seconds
#pragma once

#include <caf/event_based_actor.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/engine_statistics.hpp"
#include "actors/protocol.hpp"
#include "engine/clock.hpp"
#include "exchange/http/http_server.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

struct EventFeedSettings {
  Duration interval{100};  // between two looks at the log
  Duration beat{10'000};
  Duration overview{1'000};
  Duration patience{15'000};           // with a listener that takes nothing
  std::size_t kept_bytes = 32U << 20;  // of events in memory, while anybody listens
  std::size_t listeners_max = 512;
};

// The stream's head is sent; it gets everything after number `after`, or only what is new.
struct FollowEvents {
  std::shared_ptr<exchange::HttpStream> stream;
  std::optional<std::uint64_t> after;
};

class EventFeedActor : public caf::event_based_actor {
 public:
  // The store outlives it. Counts the last hour into `statistics` first.
  EventFeedActor(caf::actor_config& config, const Clock& clock, const storage::Store& store,
                 std::shared_ptr<EngineStatistics> statistics, EventFeedSettings settings);
  const char* name() const override { return "event_feed"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  struct Frame {
    std::uint64_t number = 0;
    std::string text;
  };
  struct Listener {
    std::shared_ptr<exchange::HttpStream> stream;
    std::uint64_t next = 1;      // number of the next event for it
    Timestamp stuck_since = {};  // "never": it takes what it is given
    bool wants_overview = false;
  };

  void start();
  void tell_earlier() const;
  void on_tick();
  bool read_new();
  void take_in(const Event& event);
  void keep(Frame frame);
  bool serve(Listener& listener);
  // The frames from `from` on, as one text of bounded length; `from` becomes the number after them.
  Result<std::string> frames_from(std::uint64_t& from) const;
  bool push(Listener& listener, std::string_view text);

  const Clock& clock_;
  const storage::Store& store_;
  std::shared_ptr<EngineStatistics> statistics_;
  EventFeedSettings settings_;
  std::uint64_t next_ = 1;    // number of the next event to read
  std::deque<Frame> frames_;  // ascending; empty while nobody listens
  std::size_t frame_bytes_ = 0;
  std::vector<Listener> listeners_;
  Timestamp beat_at_;
  Timestamp overview_at_;
  bool has_changed_ = false;
};

}  // namespace botbox::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::FollowEvents)
