// The notice board: takes all notices of an engine, counts them for the operator, and hands them on
// to the console, alerts also to whoever tells people of them. Who that is comes after the engine
// has started, which is when there is most to tell: alerts of until then are kept for him. Notices
// are never on the path of a decision.
#pragma once

#include <caf/event_based_actor.hpp>
#include <memory>
#include <vector>

#include "actors/engine_statistics.hpp"
#include "actors/protocol.hpp"
#include "engine/clock.hpp"

namespace botbox::actors {

// From now on this one gets every AlertRaised; and, if it is the first, those of before.
struct FollowAlerts {
  caf::actor follower;
};

class NoticeBoardActor : public caf::event_based_actor {
 public:
  NoticeBoardActor(caf::actor_config& config, const Clock& clock,
                   std::shared_ptr<EngineStatistics> statistics, caf::actor console);
  const char* name() const override { return "notice_board"; }
  void on_exit() override {
    console_ = nullptr;
    alerted_ = nullptr;
  }

 protected:
  caf::behavior make_behavior() override;

 private:
  void on_alert(const AlertRaised& alert);
  void on_follow(const FollowAlerts& follow);

  const Clock& clock_;
  std::shared_ptr<EngineStatistics> statistics_;
  caf::actor console_;              // null: nobody else is told
  caf::actor alerted_;              // null: nobody follows alerts yet
  std::vector<AlertRaised> early_;  // of before the first follower; bounded
  std::uint64_t untold_ = 0;        // the others
};

}  // namespace botbox::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::FollowAlerts)
