#include "actors/event_feed_actor.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "storage/codec.hpp"
#include "storage/event_head.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {
namespace {

constexpr std::size_t kPortion = 2'000;         // events read at once
constexpr std::size_t kPushEvents = 256;        // read at once for a listener far behind
constexpr std::size_t kPushBytes = 64 * 1024;   // sent at once
constexpr std::size_t kRecountMax = 500'000;    // events of the last hour
constexpr std::uint64_t kEarlierMax = 200'000;  // events before them

std::string frame_of(const Event& event) {
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.sequence, event.kind,
                     storage::to_json(event).dump(
                         -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

// Cycles go first: what is told a moment later was durable before. On a thread of its own only.
void go_behind_others() {
  constexpr int kNice = 10;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
}

}  // namespace

EventFeedActor::EventFeedActor(caf::actor_config& config, const Clock& clock,
                               const storage::Store& store,
                               std::shared_ptr<EngineStatistics> statistics,
                               EventFeedSettings settings)
    : caf::event_based_actor(config),
      clock_(clock),
      store_(store),
      statistics_(std::move(statistics)),
      settings_(settings) {}

void EventFeedActor::on_exit() { listeners_.clear(); }

caf::behavior EventFeedActor::make_behavior() {
  start();
  if (getf(is_detached_flag)) go_behind_others();
  delayed_send(this, settings_.interval, TickNow{});
  return {[this](TickNow) {
            on_tick();
            delayed_send(this, settings_.interval, TickNow{});
          },
          [this](const FollowEvents& follow) {
            if (listeners_.size() >= settings_.listeners_max) return follow.stream->close();
            while (read_new()) {
            }
            listeners_.push_back(
                {follow.stream, follow.after ? std::min(*follow.after + 1, next_) : next_});
            on_tick();
          }};
}

// Where the last hour begins, walking back; then forward, so that all is counted in its order.
void EventFeedActor::start() {
  std::uint64_t first = 1;
  std::size_t walked = 0;
  const Timestamp since = clock_.now() - kStatisticsWindow;
  const auto walk = storage::visit_events(
      store_, {.kind = storage::Kind::kEvent, .prefix = {}, .from = {}, .reverse = true},
      [&](const storage::EventHead& head) {
        first = head.sequence;
        if (head.at >= since && ++walked < kRecountMax) return storage::HeadVerdict::kSkip;
        ++first;
        return storage::HeadVerdict::kEnd;
      },
      [](Event&&) { return true; });
  next_ = walk ? first : 1;
  tell_earlier();
  while (read_new()) {
  }
  beat_at_ = overview_at_ = clock_.now();
}

// Without reading more of them than their heads.
void EventFeedActor::tell_earlier() const {
  const std::uint64_t first = next_ > kEarlierMax ? next_ - kEarlierMax : 1;
  static_cast<void>(storage::visit_events(
      store_, {.kind = storage::Kind::kEvent, .prefix = {}, .from = storage::big_endian(first)},
      [this](const storage::EventHead& head) {
        if (head.sequence >= next_) return storage::HeadVerdict::kEnd;
        statistics_->on_earlier_event(head);
        return storage::HeadVerdict::kSkip;
      },
      [](Event&&) { return true; }));
}

// False: there is nothing more to read now. A row that cannot be read is told by whoever lists it;
// here it is waited for.
bool EventFeedActor::read_new() {
  const auto events = storage::load_events(store_, next_, kPortion);
  if (!events) return false;
  for (const Event& event : *events) take_in(event);
  return events->size() == kPortion;
}

void EventFeedActor::take_in(const Event& event) {
  statistics_->on_event(event);
  next_ = event.sequence + 1;
  has_changed_ = true;
  if (!listeners_.empty()) return keep({event.sequence, frame_of(event)});
  frames_.clear();
  frame_bytes_ = 0;
}

void EventFeedActor::keep(Frame frame) {
  frame_bytes_ += frame.text.size();
  frames_.push_back(std::move(frame));
  while (frame_bytes_ > settings_.kept_bytes && frames_.size() > 1) {
    frame_bytes_ -= frames_.front().text.size();
    frames_.pop_front();
  }
}

void EventFeedActor::on_tick() {
  while (read_new()) {
  }
  const Timestamp now = clock_.now();
  const bool beats = now - beat_at_ >= settings_.beat;
  if (beats) beat_at_ = now;
  if (has_changed_ && now - overview_at_ >= settings_.overview) {
    has_changed_ = false;
    overview_at_ = now;
    for (Listener& listener : listeners_) listener.wants_overview = true;
  }
  std::erase_if(listeners_, [&](Listener& listener) {
    if (!serve(listener)) return true;
    if (beats) push(listener, ": beat\n\n");
    if (listener.stuck_since.is_never() || now - listener.stuck_since < settings_.patience)
      return false;
    listener.stream->close();
    return true;
  });
}

// False: it has gone.
bool EventFeedActor::serve(Listener& listener) {
  if (!listener.stream->is_open()) return false;
  while (listener.next < next_) {
    std::uint64_t after = listener.next;
    const Result<std::string> text = frames_from(after);
    if (!text || after == listener.next) break;
    if (!push(listener, *text)) return true;
    listener.next = after;
  }
  if (!listener.wants_overview) return true;
  const std::string overview = fmt::format(
      "event: overview\ndata: {{\"now_ms\":{},\"last_event\":{}}}\n\n", clock_.now().ms, next_ - 1);
  if (push(listener, overview)) listener.wants_overview = false;
  return true;
}

bool EventFeedActor::push(Listener& listener, std::string_view text) {
  if (listener.stream->push(text) == exchange::HttpStream::Push::kFull) {
    if (listener.stuck_since.is_never()) listener.stuck_since = clock_.now();
    return false;
  }
  listener.stuck_since = {};
  return true;
}

Result<std::string> EventFeedActor::frames_from(std::uint64_t& from) const {
  std::string text;
  if (!frames_.empty() && from >= frames_.front().number) {
    // Not by counting: of what was dropped for its age there are no frames.
    auto frame = std::ranges::lower_bound(frames_, from, {}, &Frame::number);
    for (; frame != frames_.end() && text.size() < kPushBytes; ++frame) {
      text += frame->text;
      from = frame->number + 1;
    }
    return text;
  }
  BOTBOX_ASSIGN(const std::vector<Event> events, storage::load_events(store_, from, kPushEvents));
  for (const Event& event : events) {
    if (text.size() >= kPushBytes) break;
    text += frame_of(event);
    from = event.sequence + 1;
  }
  return text;
}

}  // namespace botbox::actors
