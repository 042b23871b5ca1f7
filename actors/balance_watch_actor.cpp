#include "actors/balance_watch_actor.hpp"

#include <utility>

namespace botbox::actors {

BalanceWatchActor::BalanceWatchActor(caf::actor_config& config, const Clock& clock,
                                     caf::actor exchange, caf::actor observer,
                                     std::shared_ptr<BalanceBook> book, Duration interval)
    : caf::event_based_actor(config),
      clock_(clock),
      exchange_(std::move(exchange)),
      observer_(std::move(observer)),
      book_(std::move(book)),
      interval_(interval) {}

void BalanceWatchActor::on_exit() {
  exchange_ = observer_ = nullptr;
  book_.reset();
}

caf::behavior BalanceWatchActor::make_behavior() {
  ask();
  return {[this](TickNow) { ask(); },
          [this](const PermitsGranted& granted) { on_permits(granted); },
          [this](const BalancesFetched& fetched) { on_balances(fetched); }};
}

// What was not answered by the next time is asked anew.
void BalanceWatchActor::ask() {
  delayed_send(this, interval_, TickNow{});
  send(exchange_,
       AcquirePermits{.ticket = 0, .call = exchange::ExchangeCall::kBalances, .reply_to = this});
}

// Without room now there may be some at the next time.
void BalanceWatchActor::on_permits(const PermitsGranted& granted) {
  if (granted.permits.empty()) return;
  send(exchange_, FetchBalances{granted.permits.front(), this, book_->begin_reading()});
}

void BalanceWatchActor::on_balances(const BalancesFetched& fetched) {
  if (fetched.balances) {
    book_->take(fetched.reading, *fetched.balances, clock_.now());
    if (std::exchange(is_told_, false))
      send(observer_, AlertRaised{"balances.known", "the exchange tells what the account has"});
    return;
  }
  if (std::exchange(is_told_, true)) return;
  send(observer_, AlertRaised{"balances.unknown",
                              "what the account has cannot be read, entries do not wait for it: " +
                                  to_string(fetched.balances.error())});
}

}  // namespace botbox::actors
