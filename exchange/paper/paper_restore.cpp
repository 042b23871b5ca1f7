// Rebuilding a paper exchange from the engine's records.
//
// Fills are folded in the order of time, then every order is put where its report says. What the
// records cannot say is derived: an attached order lives exactly while its group is open. Fills
// that compete for the volume of one candle may be shared out differently than without the crash;
// nothing else differs.
#include <algorithm>

#include "engine/assert.hpp"
#include "exchange/paper/paper_exchange.hpp"

namespace botbox::exchange {

struct PaperExchange::Restored {
  struct KnownFill {
    PaperOrder* order;
    PaperGroup* group;
    std::size_t number;
    const Fill& fill() const { return order->report.fills[number]; }
  };
  std::vector<PaperOrder*> parents;  // in the order of acceptance
  std::vector<KnownFill> fills;
  std::unordered_map<ClientOrderId, const OrderReport*> attached;
  std::unordered_map<const PaperGroup*, Timestamp> last_fill;  // of each group
};

Result<void> PaperExchange::restore(const PaperSeed& seed) {
  ENGINE_ASSERT(now_.is_never() && groups_.empty() && active_.empty());
  const auto late = [&](Timestamp at) { return at > clock_.now(); };
  if (late(seed.as_of))
    return fail(ErrorCode::kInvalidInput, "the records are from the future", to_iso8601(seed.as_of),
                "set the clock");
  now_ = seed.as_of;
  Restored restored;
  BOTBOX_TRY(restore_orders(seed, restored));
  restore_fills(restored);
  restore_funding(seed.as_of, restored);
  for (const auto& market : markets_) restore_candle(*market, seed.as_of, restored);
  // The oldest change first, as a change log that had lived through it.
  std::vector<PaperOrder*> known;
  for (PaperOrder* parent : restored.parents) {
    known.push_back(parent);
    for (PaperOrder* child : {parent->stop_loss, parent->take_profit})
      if (child != nullptr && child->state != PaperOrderState::kDormant) known.push_back(child);
    restore_attached(*parent, restored);
  }
  for (PaperOrder* order : known) restore_life(*order, seed.as_of);
  for (const SeedStop& moved : seed.stops) restore_stop(moved);
  std::stable_sort(known.begin(), known.end(), [](const PaperOrder* a, const PaperOrder* b) {
    return a->report.updated_at < b->report.updated_at;
  });
  for (PaperOrder* order : known) {
    register_.note_change(*order);
    if (order->state == PaperOrderState::kFinal) register_.note_final(*order);
  }
  std::vector<const PaperGroup*> groups;
  for (const auto& [id, group] : groups_) groups.push_back(group.get());
  for (const PaperGroup* group : groups) drop_if_idle(group);
  return {};
}

Result<void> PaperExchange::restore_orders(const PaperSeed& seed, Restored& restored) {
  for (const OrderReport& report : seed.attached) restored.attached[report.client_id] = &report;
  for (const SeedOrder& known : seed.orders) {
    const auto bad = [&](std::string message) {
      return fail(ErrorCode::kInvalidInput, std::move(message), known.request.client_id.value,
                  "restore the records from a backup, or start with an empty paper exchange");
    };
    PaperMarket* const market = find_market(known.request.symbol);
    if (market == nullptr) return bad("recorded order is for an unknown symbol");
    if (const auto free = check_ids(known.request); !free) return bad(free.error().message);
    PaperOrder& order = enlist(make_order(known.request, *market), known.request);
    BOTBOX_TRY(restore_report(order, known.report, restored));
    restored.parents.push_back(&order);
    if (!order.report.filled.is_positive()) continue;
    for (PaperOrder* child : {order.stop_loss, order.take_profit}) {
      if (child == nullptr) continue;
      child->group = order.group;
      child->state = PaperOrderState::kLive;
      child->report.updated_at = order.report.updated_at;
      if (const auto it = restored.attached.find(child->report.client_id);
          it != restored.attached.end())
        BOTBOX_TRY(restore_report(*child, *it->second, restored));
    }
  }
  return {};
}

Result<void> PaperExchange::restore_report(PaperOrder& order, const OrderReport& report,
                                           Restored& restored) {
  const auto bad = [&](std::string message) {
    return fail(ErrorCode::kInvalidInput, std::move(message), report.client_id.value,
                "restore the records from a backup, or start with an empty paper exchange");
  };
  Quantity filled;
  for (const Fill& fill : report.fills) {
    if (fill.symbol != order.report.symbol || fill.side != order.side ||
        !fill.quantity.is_positive())
      return bad("recorded fill does not belong to its order");
    filled += fill.quantity;
  }
  if (filled != report.filled || report.client_id != order.report.client_id)
    return bad("recorded report does not agree with its fills");
  order.report = report;
  for (std::size_t i = 0; i < report.fills.size(); ++i)
    restored.fills.push_back({&order, order.group, i});
  order.triggered = order.type != OrderType::kMarket && order.type != OrderType::kLimit &&
                    (filled.is_positive() || report.message == "triggered");
  return {};
}

void PaperExchange::restore_fills(Restored& restored) {
  std::stable_sort(restored.fills.begin(), restored.fills.end(),
                   [](const Restored::KnownFill& a, const Restored::KnownFill& b) {
                     return a.fill().at < b.fill().at;
                   });
  for (const Restored::KnownFill& known : restored.fills) {
    settle(*known.order->market, known.group, known.fill());
    if (!known.fill().funding.value.is_zero())
      wallet_.add(known.order->market->quote, known.fill().funding.value);
    restored.last_fill[known.group] = known.fill().at;
  }
}

// Fills tell what was paid before them; what open groups have paid since is reckoned anew.
void PaperExchange::restore_funding(Timestamp as_of, const Restored& restored) {
  for (const auto& [id, group] : groups_) {
    const PaperMarket& market = *group->market;
    const auto last = restored.last_fill.find(group.get());
    if (!market.funding || last == restored.last_fill.end()) continue;
    group->funded_until = last->second;
    for (auto rate = market.funding->next(last->second); rate && rate->at <= as_of;
         rate = market.funding->next(rate->at))
      if (const auto mark = mark_price(feed_, market.instrument.symbol, rate->at))
        fund(*group, *rate, *mark);
  }
  schedule_funding(as_of);
}

void PaperExchange::restore_candle(PaperMarket& market, Timestamp as_of, const Restored& restored) {
  market.looked_until = as_of;
  const Symbol& symbol = market.instrument.symbol;
  const auto open = feed_.candle_at(symbol, feed_.base_open(symbol, as_of));
  if (!open) return;
  begin_candle(market, *open);
  for (const Restored::KnownFill& known : restored.fills)
    if (known.order->market == &market && known.fill().at >= market.candle->open_time &&
        known.fill().at < market.looked_until)
      market.taken += known.fill().quantity;
}

// Attached orders of a parent that has filled: what no report says follows from the group.
void PaperExchange::restore_attached(PaperOrder& parent, Restored& restored) {
  for (PaperOrder** slot : {&parent.stop_loss, &parent.take_profit}) {
    if (*slot == nullptr || (*slot)->state == PaperOrderState::kDormant) continue;
    PaperOrder& child = **slot;
    *slot = nullptr;
    if (is_final(child.report.status)) continue;
    child.report.quantity = child.report.filled + Quantity{abs(child.group->open)};
    if (!child.group->open.is_zero()) continue;
    if (const auto last = restored.last_fill.find(child.group); last != restored.last_fill.end())
      child.report.updated_at = std::max(child.report.updated_at, last->second);
  }
}

void PaperExchange::restore_life(PaperOrder& order, Timestamp as_of) {
  PaperGroup* const group = order.group;
  OrderReport& report = order.report;
  if (!is_final(report.status) && group != nullptr && group->opened && group->open.is_zero() &&
      (order.effect == OrderEffect::kReduceOnly || group->named)) {
    report.status = OrderStatus::kCancelled;
    report.message = "the group is flat";
  }
  if (is_final(report.status)) {
    order.state = PaperOrderState::kFinal;
    order.group = nullptr;
    return;
  }
  if (report.updated_at > as_of) order.known_until = report.updated_at;
  make_live(order);
}

// One that is gone by now, or was never there, is nobody's stop any more.
void PaperExchange::restore_stop(const SeedStop& moved) {
  PaperOrder* const order = register_.find(moved.id);
  if (order == nullptr || order->state == PaperOrderState::kFinal) return;
  order->trigger = moved.trigger;
  order->known_until = std::max(order->known_until, moved.moved_at);
}

}  // namespace botbox::exchange
