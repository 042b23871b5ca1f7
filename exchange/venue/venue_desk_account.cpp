// The whole account at one moment, for reconciliation: several requests, one answer.
#include <algorithm>
#include <map>

#include "exchange/venue/venue_desk.hpp"
#include "exchange/venue/venue_desk_calls.hpp"

namespace botbox::exchange {
namespace {

std::vector<Holding> holdings_of(const std::vector<Balance>& balances) {
  std::vector<Holding> holdings;
  for (const Balance& balance : balances)
    holdings.push_back({balance.asset, balance.free + balance.locked});
  return holdings;
}

// Hedge mode tells both sides of a symbol; reconciliation compares the difference of the two.
std::vector<NetPosition> net_positions(const std::vector<VenuePosition>& positions,
                                       bool is_mode_the_accounts) {
  std::map<Symbol, Decimal> sums;
  for (const VenuePosition& position : positions)
    sums[position.symbol] +=
        position.side == PositionSide::kLong ? position.quantity.value : -position.quantity.value;
  std::vector<NetPosition> net;
  for (const VenuePosition& position : positions) {
    const auto sum = sums.extract(position.symbol);
    if (sum.empty() || sum.mapped().is_zero()) continue;
    net.push_back({.symbol = position.symbol,
                   .side = sum.mapped().is_negative() ? PositionSide::kShort : PositionSide::kLong,
                   .quantity = {abs(sum.mapped())},
                   .average_entry = position.average_entry,
                   .mark = position.mark,
                   .leverage = position.leverage,
                   .margin_mode = is_mode_the_accounts ? MarginMode::kNone : position.margin_mode});
  }
  return net;
}

}  // namespace

// What is gathered until the last request is answered; the first failure is the answer.
struct VenueDesk::Survey {
  AccountSnapshot snapshot;
  std::optional<Error> failure;
  std::shared_ptr<Barrier> answered;
};

template <class T>
void VenueDesk::survey(const std::shared_ptr<Survey>& gathered, VenueCall kind,
                       std::function<void(VenueApi&, const Permit&, Reply<T>)> call,
                       std::function<void(AccountSnapshot&, const T&)> take) {
  send_further<T>(
      kind, 0, std::move(call),
      [gathered, take = std::move(take), wait = gathered->answered](const Result<T>& part) {
        if (part)
          take(gathered->snapshot, *part);
        else if (!gathered->failure)
          gathered->failure = part.error();
      });
}

OpenOrder VenueDesk::open_order(const VenueOrder& order) const {
  const auto owner = book_.owner_of(order.client_id);
  return {.client_id = owner ? owner->leg_id : order.client_id,
          .order_id = order.order_id,
          .symbol = order.symbol,
          .side = order.side,
          .type = order.type,
          .quantity = order.quantity,
          .filled = order.filled};
}

void VenueDesk::survey_orders(const std::shared_ptr<Survey>& gathered, const Symbol& symbol,
                              bool conditional) {
  survey<std::vector<VenueOrder>>(
      gathered, VenueCall::kOpenOrders,
      [this, symbol, conditional](VenueApi& api, const Permit& permit, const auto& reply) {
        side_of(api, conditional).open_orders(permit, symbol, reply);
      },
      [this](AccountSnapshot& snapshot, const std::vector<VenueOrder>& orders) {
        take_up(orders);
        for (const VenueOrder& order : orders)
          if (!is_final(order.status)) snapshot.open_orders->push_back(open_order(order));
      });
}

// Filters change by the week and cost more than the rest: what is known is told in between.
void VenueDesk::survey_instruments(const std::shared_ptr<Survey>& gathered) {
  constexpr std::uint64_t kAccountsPerList = 10;
  if (surveys_++ % kAccountsPerList != 0 && !instruments_.empty()) {
    gathered->snapshot.instruments.emplace();
    for (const auto& [symbol, known] : instruments_)
      gathered->snapshot.instruments->push_back(known);
    return;
  }
  survey<std::vector<Instrument>>(
      gathered, VenueCall::kInstruments,
      [](VenueApi& api, const Permit& spent, const auto& answer) {
        api.instruments(spent, answer);
      },
      [this](AccountSnapshot& snapshot, const std::vector<Instrument>& list) {
        on_instruments(list);
        snapshot.instruments = list;
      });
}

// The permit of the call pays for the balances. A venue that lists open orders by symbol only is
// asked for the symbols that the engine has something to do with.
void VenueDesk::account(const Permit& permit, const Reply<AccountSnapshot>& reply) {
  auto gathered = std::make_shared<Survey>();
  gathered->snapshot.open_orders.emplace();
  gathered->answered = std::make_shared<Barrier>(*this, [this, gathered, reply] {
    if (gathered->failure) return reply(tl::unexpected<Error>(*gathered->failure));
    // Then the account is ahead of what was told of it, and not for a moment only.
    const bool is_ahead = std::ranges::any_of(unfunded_, [](const auto& each) {
      return each.second.has_failed || !each.second.ask_at.is_never();
    });
    if (is_ahead) return reply(fail(ErrorCode::kUnavailable, "fills wait for their funding"));
    reply(gathered->snapshot);
  });
  fund_due();  // of what is over the engine may not poll any more
  // Nor where it has no order: its clock may drift all the same.
  constexpr std::uint64_t kAccountsPerTime = 2;
  if (surveys_ % kAccountsPerTime == 1) learn_time();
  const std::shared_ptr<Barrier> answered = gathered->answered;
  send<std::vector<Balance>>([&](VenueApi& api, auto answer) { api.balances(permit, answer); },
                             [gathered, answered](const Result<std::vector<Balance>>& balances) {
                               if (balances) gathered->snapshot.holdings = holdings_of(*balances);
                               if (!balances && !gathered->failure)
                                 gathered->failure = balances.error();
                             });
  std::set<Symbol> symbols{Symbol{}};
  if (!features_.account_wide_open_orders) {
    symbols.clear();
    for (const auto& [id, order] : orders_) symbols.insert(order.latest.symbol);
  }
  const bool is_apart = api_ != nullptr && api_->conditional_orders() != nullptr;
  for (const Symbol& symbol : symbols) {
    survey_orders(gathered, symbol, false);
    if (is_apart) survey_orders(gathered, symbol, true);
  }
  survey_instruments(gathered);
  if (features_.market == MarketType::kLinear) {
    survey<std::vector<VenuePosition>>(
        gathered, VenueCall::kPositions,
        [](VenueApi& api, const Permit& spent, const auto& answer) {
          api.positions(spent, answer);
        },
        [this](AccountSnapshot& snapshot, const std::vector<VenuePosition>& positions) {
          snapshot.positions = net_positions(positions, features_.account_wide_margin_mode);
          // A venue may have a mode for each symbol; the account's facts are about one of them.
          if (std::ranges::any_of(positions, &VenuePosition::is_one_of_two))
            snapshot.is_hedged = true;
        });
    survey<AccountFacts>(
        gathered, VenueCall::kAccount,
        [](VenueApi& api, const Permit& spent, const auto& answer) { api.account(spent, answer); },
        [](AccountSnapshot& snapshot, const AccountFacts& facts) {
          snapshot.margin_mode = facts.margin_mode;
          if (facts.position_mode)
            snapshot.is_hedged =
                snapshot.is_hedged.value_or(false) || *facts.position_mode == PositionMode::kHedge;
        });
  }
  gathered->answered.reset();
}

void VenueDesk::note_reduction(const PositionId& group, const ClientOrderId& id,
                               Quantity quantity) {
  const auto parent = book_.parent_of_group(group);
  if (!parent) return;
  book_.on_exit(*parent, id, quantity);
  funding_.on_reduction(*parent, {id.value}, quantity, newest_);
  pump();
}

// Its entry is no order of ours: nobody is asked for it. Its legs are asked for before they are
// placed, as those of any bracket that is taken over.
void VenueDesk::note_adoption(const AdoptedPart& part) {
  const auto parent = book_.parent_of_group(part.group);
  if (!parent) {
    book_.adopt({.parent = part.id,
                 .group = part.group,
                 .symbol = part.symbol,
                 .entry_side = part.entry_side,
                 .entered = part.quantity,
                 .open = part.quantity,
                 .stop_filled = {},
                 .target_filled = {},
                 .entry_is_final = true,
                 .stop_loss = part.stop_loss,
                 .take_profit = part.take_profit,
                 .closes = {},
                 .additions = {},
                 .booked = {},
                 .shared = {}},
                instrument(part.symbol).lot);
    fund_adopted(part.id, part);
  } else if (part.id != *parent && !book_.parent_of_addition(part.id)) {
    book_.enlarge(*parent, part.id);
    book_.on_entry(part.id, part.quantity, {}, true);
    fund_adopted(*parent, part);
  }
  pump();
}

void VenueDesk::note_stop(const PositionId& group, Price trigger) {
  const auto parent = book_.parent_of_group(group);
  if (!parent) return;
  book_.move_stop(*parent, trigger);
  pump();
}

}  // namespace botbox::exchange
