#include "tests/support/actor_fixture.hpp"

#include <algorithm>

namespace botbox::test {

ActorFixture::ActorFixture() {
  config_.set("scheduler.policy", caf::atom("testing"));
  system_ = std::make_unique<caf::actor_system>(config_);
  system_->await_actors_before_shutdown(false);
  scheduler_ = dynamic_cast<caf::scheduler::test_coordinator*>(&system_->scheduler());
  clock_ = std::make_unique<actors::VirtualClock>(system_->clock(), kStart);
}

ActorFixture::~ActorFixture() {
  for (const caf::actor_addr& address : made_)
    if (const auto actor = caf::actor_cast<caf::actor>(address))
      caf::anon_send_exit(actor, caf::exit_reason::kill);
  run();
}

// By address: a fixture that held its actors would keep them from going away by themselves.
caf::actor ActorFixture::keep(caf::actor made) {
  made_.push_back(made.address());
  return made;
}

void ActorFixture::run() { scheduler_->run(); }

// The clock's own advance_time() fires a timer that re-arms itself only once however far it goes,
// so time moves from timer to timer.
void ActorFixture::advance(Duration by) {
  auto& clock = scheduler_->clock();
  const auto end = clock.current_time + by;
  run();
  while (!clock.schedule().empty() && clock.schedule().begin()->first <= end) {
    clock.current_time = std::max(clock.current_time, clock.schedule().begin()->first);
    clock.advance_time(std::chrono::nanoseconds{0});
    run();
  }
  clock.current_time = std::max(clock.current_time, end);
}

void ActorFixture::kill(const caf::actor& victim) {
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  run();
}

Inbox<caf::error> ActorFixture::watch(const caf::actor& watched) {
  Inbox<caf::error> downs;
  watchers_.push_back(
      keep(system_->spawn([downs, watched](caf::event_based_actor* self) -> caf::behavior {
        self->set_down_handler([downs](const caf::down_msg& down) { downs.push(down.reason); });
        self->monitor(watched);
        return {[](actors::TickNow) {}};
      })));
  run();
  return downs;
}

}  // namespace botbox::test
