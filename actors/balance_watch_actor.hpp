// The balance watch: asks an exchange outside this process what the account has, at an interval and
// with ordinary permits, so that it never holds up an order. One question serves all bots. Where it
// is not answered, entries go on as if nobody asked, and that is told once.
#pragma once

#include <caf/event_based_actor.hpp>
#include <memory>

#include "actors/balance_book.hpp"
#include "actors/protocol.hpp"
#include "engine/clock.hpp"

namespace botbox::actors {

class BalanceWatchActor : public caf::event_based_actor {
 public:
  BalanceWatchActor(caf::actor_config& config, const Clock& clock, caf::actor exchange,
                    caf::actor observer, std::shared_ptr<BalanceBook> book, Duration interval);
  const char* name() const override { return "balance_watch"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  void ask();
  void on_permits(const PermitsGranted& granted);
  void on_balances(const BalancesFetched& fetched);

  const Clock& clock_;
  caf::actor exchange_;
  caf::actor observer_;
  std::shared_ptr<BalanceBook> book_;
  Duration interval_;
  bool is_told_ = false;  // that they are not known
};

}  // namespace botbox::actors
