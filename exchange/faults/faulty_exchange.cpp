#include "exchange/faults/faulty_exchange.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace botbox::exchange {
namespace {

tl::unexpected<Error> unknown_outcome() {
  return fail(ErrorCode::kOutcomeUnknown, "no answer", "injected fault",
              "ask for the order by its client id");
}

}  // namespace

FaultyExchange::FaultyExchange(Exchange& inner, FaultPlan plan, std::mt19937_64& random,
                               const Clock& clock)
    : inner_(inner), plan_(plan), random_(random), clock_(clock) {}

// The modulo, not std::uniform_int_distribution, whose algorithm is the library's own affair: a
// seed must mean the same faults everywhere.
FaultyExchange::Fault FaultyExchange::draw() {
  ++calls_;
  deliver_due();
  std::uint64_t left = random_() % 1000;
  const std::array<std::pair<Fault, std::uint32_t>, 6> chances{
      {{Fault::kDropReply, plan_.drop_reply},
       {Fault::kLateAccept, plan_.late_accept},
       {Fault::kUnavailable, plan_.unavailable},
       {Fault::kRateLimited, plan_.rate_limited},
       {Fault::kRejected, plan_.rejected},
       {Fault::kStaleCandles, plan_.stale_candles}}};
  for (const auto& [fault, chance] : chances) {
    if (left < chance) return fault;
    left -= chance;
  }
  return Fault::kNone;
}

void FaultyExchange::deliver_due() {
  while (!late_.empty() && (late_.front().call <= calls_ || late_.front().at <= clock_.now())) {
    const LateOrder late = std::move(late_.front());
    late_.pop_front();
    deliver(late);
  }
}

void FaultyExchange::deliver_all() {
  while (!late_.empty()) {
    const LateOrder late = std::move(late_.front());
    late_.pop_front();
    deliver(late);
  }
}

void FaultyExchange::deliver(const LateOrder& late) {
  inner_.place(late.permit, late.order,
               [ledger = ledger_, id = late.order.client_id](const Result<OrderReport>& answer) {
                 ledger->note(id, answer);
               });
}

// A fault that does not apply to a call counts as none.
template <class T, class Forward>
void FaultyExchange::pass(const Permit& permit, Fault fault, Reply<T> reply, Forward forward) {
  switch (fault) {
    case Fault::kUnavailable:
    case Fault::kRateLimited:
      if (!permit.consume() || fault == Fault::kRateLimited)
        return reply(fail(ErrorCode::kRateLimited, "slow down", "injected fault"));
      return reply(fail(ErrorCode::kUnavailable, "no connection", "injected fault"));
    case Fault::kDropReply:
      return forward([reply = std::move(reply)](const Result<T>& answer) {
        // A permit that was used up sent nothing: that much stays known.
        if (!answer && answer.error().code == ErrorCode::kRateLimited) return reply(answer);
        reply(unknown_outcome());
      });
    case Fault::kNone:
    case Fault::kLateAccept:
    case Fault::kRejected:
    case Fault::kStaleCandles: return forward(std::move(reply));
  }
}

void FaultyExchange::instruments(Permit permit, Reply<std::vector<Instrument>> reply) {
  pass<std::vector<Instrument>>(permit, draw(), std::move(reply), [&](auto answer) {
    inner_.instruments(permit, std::move(answer));
  });
}

void FaultyExchange::candles(Permit permit, const CandleQuery& query,
                             Reply<std::vector<Candle>> reply) {
  const Fault fault = draw();
  CandleQuery asked = query;
  if (fault == Fault::kStaleCandles)
    asked.to = std::max(asked.from, std::min(asked.to, clock_.now()) - plan_.stale_by);
  pass<std::vector<Candle>>(permit, fault, std::move(reply),
                            [&](auto answer) { inner_.candles(permit, asked, std::move(answer)); });
}

void FaultyExchange::place(Permit permit, const OrderRequest& order, Reply<OrderReport> reply) {
  const Fault fault = draw();
  if (fault == Fault::kLateAccept) {
    late_.push_back({permit, order, calls_ + plan_.late_calls, clock_.now() + plan_.late_after});
    return reply(unknown_outcome());
  }
  if (fault == Fault::kRejected) {
    if (!permit.consume())
      return reply(fail(ErrorCode::kRateLimited, "the permit is used up", "injected fault"));
    return reply(fail(ErrorCode::kRejected, "order refused", "injected fault"));
  }
  pass<OrderReport>(permit, fault, std::move(reply), [&](Reply<OrderReport> answer) {
    inner_.place(permit, order,
                 [ledger = ledger_, id = order.client_id,
                  answer = std::move(answer)](const Result<OrderReport>& result) {
                   ledger->note(id, result);
                   answer(result);
                 });
  });
}

void FaultyExchange::order_by_client_id(Permit permit, const Symbol& symbol,
                                        const ClientOrderId& id,
                                        Reply<std::optional<OrderReport>> reply) {
  pass<std::optional<OrderReport>>(permit, draw(), std::move(reply), [&](auto answer) {
    inner_.order_by_client_id(permit, symbol, id, std::move(answer));
  });
}

void FaultyExchange::cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                            Reply<OrderReport> reply) {
  pass<OrderReport>(permit, draw(), std::move(reply),
                    [&](auto answer) { inner_.cancel(permit, symbol, id, std::move(answer)); });
}

void FaultyExchange::order_updates(Permit permit, std::uint64_t cursor, Reply<OrderUpdates> reply) {
  pass<OrderUpdates>(permit, draw(), std::move(reply),
                     [&](auto answer) { inner_.order_updates(permit, cursor, std::move(answer)); });
}

void FaultyExchange::balances(Permit permit, Reply<std::vector<Balance>> reply) {
  pass<std::vector<Balance>>(permit, draw(), std::move(reply),
                             [&](auto answer) { inner_.balances(permit, std::move(answer)); });
}

void FaultyExchange::account(Permit permit, Reply<AccountSnapshot> reply) {
  pass<AccountSnapshot>(permit, draw(), std::move(reply),
                        [&](auto answer) { inner_.account(permit, std::move(answer)); });
}

}  // namespace botbox::exchange
