// The bookmark keeper: makes a point to come back to at an even pace, and drops the oldest ones.
//
// Making one takes as long as copying the log, so production gives it a thread of its own. One that
// fails is an alert and nothing else: bookmarks are not on the way of a trade.
#pragma once

#include <caf/event_based_actor.hpp>
#include <functional>

#include "actors/protocol.hpp"
#include "engine/clock.hpp"
#include "engine/result.hpp"

namespace botbox::actors {

struct BookmarkSettings {
  // Makes one of the present and drops what is too old; called by the keeper alone. Empty: there
  // is nothing to make bookmarks of.
  std::function<Result<void>(Timestamp now)> make;
  Duration interval{3'600'000};
};

class BookmarkActor : public caf::event_based_actor {
 public:
  BookmarkActor(caf::actor_config& config, const Clock& clock, caf::actor observer,
                BookmarkSettings settings);
  const char* name() const override { return "bookmarks"; }
  void on_exit() override { observer_ = nullptr; }

 protected:
  caf::behavior make_behavior() override;

 private:
  void make();

  const Clock& clock_;
  caf::actor observer_;
  BookmarkSettings settings_;
  bool is_failing_ = false;  // as the last alert said
};

}  // namespace botbox::actors
