// ActorFixture: an actor system on virtual time, for tests of single actors. Everything runs on the
// calling thread, in one order; nothing sleeps and nothing is timed.
//
// The actor under test is the real one; what it talks to are listeners (they write down what they
// are sent), fakes (they answer as the test says) and the held journal
// (tests/support/held_journal.hpp).
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "actors/protocol.hpp"
#include "actors/wall_clock.hpp"

namespace botbox::test {

// What a listener was sent of one type of message, in order. Copies share the messages.
template <class Message>
class Inbox {
 public:
  std::size_t size() const { return messages_->size(); }
  bool empty() const { return messages_->empty(); }
  const Message& operator[](std::size_t i) const { return messages_->at(i); }
  const Message& back() const { return messages_->at(messages_->size() - 1); }
  auto begin() const { return messages_->begin(); }
  auto end() const { return messages_->end(); }
  void push(Message message) const { messages_->push_back(std::move(message)); }
  void clear() const { messages_->clear(); }

 private:
  std::shared_ptr<std::vector<Message>> messages_ = std::make_shared<std::vector<Message>>();
};

class ActorFixture {
 public:
  static constexpr Timestamp kStart{1'704'067'200'000};  // 2024-01-01T00:00:00Z

  ActorFixture();
  // Ends every actor that was made here.
  ~ActorFixture();
  ActorFixture(const ActorFixture&) = delete;
  ActorFixture& operator=(const ActorFixture&) = delete;

  template <class Actor, class... Args>
  caf::actor spawn(Args&&... args) {
    return keep(system_->spawn<Actor>(std::forward<Args>(args)...));
  }
  // Writes down messages of these types and drops all others.
  template <class... Messages>
  caf::actor listener(const Inbox<Messages>&... inboxes) {
    return fake([inboxes](const Messages& message) { inboxes.push(message); }...);
  }
  // Handles messages as the test says and drops all others.
  template <class... Handlers>
  caf::actor fake(Handlers... handlers) {
    return keep(system_->spawn([=](caf::event_based_actor* self) -> caf::behavior {
      self->set_default_handler(caf::drop);
      return {handlers...};
    }));
  }

  // Sends and lets everything run that follows at once.
  template <class Message>
  void tell(const caf::actor& to, Message message) {
    post(to, std::move(message));
    run();
  }
  // Sends only.
  template <class Message>
  void post(const caf::actor& to, Message message) {
    caf::anon_send(to, std::move(message));
  }
  void run();
  // Runs everything that is due until `by` has passed, timer by timer.
  void advance(Duration by);

  // Ends an actor as a crash would; returns when it is gone.
  void kill(const caf::actor& victim);
  // Grows when the actor is gone; holds why.
  Inbox<caf::error> watch(const caf::actor& watched);

  Timestamp now() const { return clock_->now(); }
  const Clock& clock() const { return *clock_; }
  caf::actor_system& system() { return *system_; }

 private:
  caf::actor keep(caf::actor made);

  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
  std::unique_ptr<actors::VirtualClock> clock_;
  std::vector<caf::actor_addr> made_;
  std::vector<caf::actor> watchers_;  // nobody else would keep them
};

}  // namespace botbox::test
