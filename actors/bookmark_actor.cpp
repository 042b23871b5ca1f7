#include "actors/bookmark_actor.hpp"

namespace botbox::actors {

BookmarkActor::BookmarkActor(caf::actor_config& config, const Clock& clock, caf::actor observer,
                             BookmarkSettings settings)
    : caf::event_based_actor(config),
      clock_(clock),
      observer_(std::move(observer)),
      settings_(std::move(settings)) {}

// Not at the start: what a start would mark is what the last stop left on the disk anyway.
caf::behavior BookmarkActor::make_behavior() {
  delayed_send(this, settings_.interval, TickNow{});
  return {[this](TickNow) { make(); }};
}

void BookmarkActor::make() {
  const Result<void> made = settings_.make(clock_.now());
  if (!made && !is_failing_)
    send(observer_, AlertRaised{"bookmark.failed",
                                "no point to come back to was made: " + to_string(made.error())});
  if (made && is_failing_)
    send(observer_, AlertRaised{"bookmark.made", "bookmarks are being made again"});
  is_failing_ = !made;
  delayed_send(this, settings_.interval, TickNow{});
}

}  // namespace botbox::actors
