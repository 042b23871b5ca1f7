#include "actors/reconciler_actor.hpp"

#include <algorithm>
#include <utility>

#include "actors/reconciliation_records.hpp"
#include "actors/turn_commit.hpp"
#include "engine/assert.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"

namespace botbox::actors {
namespace {

using exchange::ExchangeCall;

std::string event_kind(const Difference& difference) {
  if (difference.kind == DifferenceKind::kFillDiffers) return "fill.differs";
  if (difference.state == DifferenceState::kResolved) return "reconciliation.resolved";
  if (difference.state == DifferenceState::kGone) return "reconciliation.gone";
  return "reconciliation.difference";
}

std::string sentence(const Difference& difference) {
  return fmt::format("{}{}{}: {} ({})", to_string(difference.kind),
                     difference.symbol.empty() ? "" : " ", difference.symbol.value,
                     difference.detail, to_string(difference.state));
}

// What has to be sold (or bought) so that the exchange follows the records.
Decimal excess(const Difference& difference) {
  const bool is_more_of_it = difference.kind == DifferenceKind::kPositionLarger ||
                             difference.kind == DifferenceKind::kHoldingLarger;
  return is_more_of_it ? difference.theirs - difference.ours : difference.theirs;
}

// The operator may have decided otherwise since its order was on its way.
bool is_flattening(const Difference& difference) {
  return difference.state == DifferenceState::kActing &&
         difference.decision == DifferenceDecision::kFlatten;
}

}  // namespace

ReconcilerActor::ReconcilerActor(caf::actor_config& config, const Clock& clock,
                                 ReconcilerSettings settings, ReconcilerBirth birth)
    : caf::event_based_actor(config),
      clock_(clock),
      settings_(std::move(settings)),
      birth_(std::move(birth)),
      engine_(birth_.engine),
      book_(birth_.installation, settings_.rules, settings_.confirm_after, birth_.stored),
      born_at_(clock_.now()),
      closes_wait_(birth_.engine.reconcile_first) {
  for (const Difference& difference : birth_.stored) {
    written_.insert(difference.id);
    if (!is_over(difference.state)) durable_.emplace(difference.id, difference);
  }
  birth_.stored.clear();
  if (!birth_.takes_adoptions) book_.refuse_positions();
  for (const auto& [symbol, bots] : birth_.traders) note_coin(symbol);
  book_.set_traders(std::move(birth_.traders));
  for (OrderRecord& order : birth_.open_orders) {
    OrderRecord& kept = open_orders_[order.id];
    kept = std::move(order);
  }
  birth_.open_orders.clear();
  tell_gates(book_.holds(), book_.why_all_held());
}

void ReconcilerActor::on_exit() {
  bots_.clear();
  writing_.clear();
  trade_queue_ = supervisor_ = nullptr;
  birth_ = {};
}

caf::behavior ReconcilerActor::make_behavior() {
  return {[this](const StartReconciling& message) { start(message); },
          [this](const PermitsGranted& granted) { on_permits(granted); },
          [this](const AccountFetched& fetched) { on_account(fetched); },
          [this](const Committed& committed) { on_committed(committed); },
          [this](const OrderHeard& heard) { on_heard(heard); },
          [this](const DecideDifference& message) { on_decide(message); },
          [this](const OrdersAnswered& answered) { on_answers(answered); },
          [this](const OrderAsked& asked) { on_asked(asked); },
          [this](const OrderCancelled& cancelled) { on_cancelled(cancelled); },
          [this](const ReductionSettled& settled) {
            send(birth_.exchange,
                 NoteReduction{settled.position, adopted_order_id(settled.difference),
                               settled.quantity});
          },
          [this](const BotAttached& attached) { on_attached(attached); },
          [this](const BotDetached& detached) {
            if (const auto slot = slots_.find(detached.slot); slot != slots_.end())
              bots_.erase(slot->second);
          },
          [this](const SetEngineState& message) { engine_ = message.state; },
          [this](AskActor) { return ActorTold{mailbox().size()}; },
          // A position without its stop is not left until the next interval.
          [this](const ExchangeNoticed& noticed) {
            if (noticed.kind.starts_with("position.") || noticed.kind.starts_with("bracket."))
              look();
          },
          [this](TickNow) { on_tick(); }};
}

// A halt that was decided, and a process that died before the switch was durable.
void ReconcilerActor::start(const StartReconciling& message) {
  trade_queue_ = message.trade_queue;
  supervisor_ = message.supervisor;
  for (const auto& [id, difference] : durable_)
    if (difference.state == DifferenceState::kHalted && engine_.changed_at < difference.decided_at)
      halt(difference);
  look();
}

void ReconcilerActor::on_attached(const BotAttached& attached) {
  bots_[attached.id] = attached.bot;
  slots_[attached.slot] = attached.id;
  if (attached.symbol.empty()) return;
  note_coin(attached.symbol);
  book_.add_trader(attached.symbol, attached.id);
}

void ReconcilerActor::note_coin(const Symbol& symbol) {
  const Result<SymbolParts> parts = parse_symbol(symbol.value);
  if (parts && parts->market == MarketType::kSpot)
    coins_since_.try_emplace(parts->base, clock_.now());
}

// There is more of a coin than the records have, and no record tells that it was seen before: what
// was there before any bot traded it is its owner's. Trades are many, and this is asked once for a
// coin. Unread, it counts as traded: what is there becomes a question.
void ReconcilerActor::learn_traded(const Comparison& compared) {
  const std::set<Asset> coins = book_.first_sights(compared);
  if (coins.empty()) return;
  std::map<Asset, Timestamp> before;
  for (const Asset& coin : coins) {
    const auto since = coins_since_.find(coin);
    before[coin] = since == coins_since_.end() ? clock_.now() : since->second;
  }
  const Result<std::set<Asset>> traded = traded_coins(*birth_.store, before);
  book_.set_traded(traded ? *traded : coins);
}

// What bots have let go of stands in their own commits, which may outlive who would tell of them;
// so it is read, and only where it may explain something: there is more of a coin than is known.
bool ReconcilerActor::learn_let_go(const Comparison& compared) {
  if (std::ranges::find(compared.found, DifferenceKind::kHoldingLarger, &Difference::kind) ==
      compared.found.end())
    return false;
  Result<std::vector<Difference>> stored = stored_differences(*birth_.store);
  return stored && book_.learn_let_go(*std::move(stored));
}

// -- looks

void ReconcilerActor::look_later(Duration after) {
  const Timestamp at = clock_.now() + after;
  if (tick_at_ && *tick_at_ <= at) return;
  tick_at_ = at;
  ++ticks_armed_;
  delayed_send(this, after, TickNow{});
}

// One that was armed for later than the present one says nothing. But when none is to come any
// more, the clock stood still while this one was waited for.
void ReconcilerActor::on_tick() {
  --ticks_armed_;
  if (!tick_at_) return;
  const Duration early = *tick_at_ - clock_.now();
  if (early > Duration{0} && ticks_armed_ > 0) return;
  tick_at_.reset();
  if (early > Duration{0}) return look_later(std::min(early, settings_.interval));
  look();
}

void ReconcilerActor::look() {
  if (!trade_queue_) return;
  if (is_looking_) return give_up_look();
  is_looking_ = true;
  send(birth_.exchange, AcquirePermits{.ticket = kLook,
                                       .call = ExchangeCall::kAccount,
                                       .is_protective = !is_released_ || !durable_.empty(),
                                       .reply_to = this});
}

// An account of which nothing is heard is one that cannot be read. What comes of it later is old.
void ReconcilerActor::give_up_look() {
  const bool is_late =
      fetching_since_ && clock_.now() - *fetching_since_ >= settings_.answer_within;
  if (is_late)
    on_account(
        {fail(ErrorCode::kTimeout, "no word from the exchange", "account"), *fetching_since_});
}

void ReconcilerActor::on_permits(const PermitsGranted& granted) {
  if (granted.ticket == kLook) {
    if (!granted.permits.empty()) {
      fetching_since_ = clock_.now();
      send(birth_.exchange, FetchAccount{granted.permits.front(), this, *fetching_since_});
      return look_later(settings_.answer_within);
    }
    is_looking_ = false;
    return look_later(
        std::clamp(granted.retry_at - clock_.now(), Duration{50}, settings_.look_again));
  }
  is_act_asked_ = false;
  std::size_t used = 0;
  while (used < granted.permits.size() && !wants_permit_.empty()) {
    const DifferenceId id = wants_permit_.front();
    wants_permit_.pop_front();
    const auto progress = progress_.find(id);
    const auto difference = durable_.find(id);
    if (progress == progress_.end()) continue;
    progress->second.waits_for_permit = false;
    if (difference == durable_.end() || !is_flattening(difference->second)) continue;
    advance(difference->second, progress->second, granted.permits[used++]);
  }
  // What got no permit is wanted again at the next look.
  for (const DifferenceId& id : wants_permit_) progress_.at(id).waits_for_permit = false;
  wants_permit_.clear();
}

// Entries go on waiting until the account has been looked at: without it nobody knows what they
// would add to.
void ReconcilerActor::on_account(const AccountFetched& fetched) {
  if (!fetching_since_ || fetched.asked_at != *fetching_since_) return;
  fetching_since_.reset();
  const auto fail_look = [this](const Error& error) {
    is_looking_ = false;
    if (!told_failure_)
      send(birth_.observer,
           AlertRaised{"reconciliation.failed",
                       fmt::format("the account could not be compared{}: {}",
                                   is_released_ ? "" : ", entries wait", to_string(error))});
    told_failure_ = true;
    look_later(is_released_ ? settings_.interval : settings_.look_again);
  };
  if (!fetched.account) return fail_look(fetched.account.error());
  Result<EngineRecords> records = engine_records(*birth_.store, *fetched.account);
  if (!records) return fail_look(records.error());
  if (std::exchange(told_failure_, false))
    send(birth_.observer, AlertRaised{"reconciliation.works", "the account is compared again"});
  for (const auto& [symbol, bots] : book_.traders()) records->symbols.insert(symbol);
  records->action_orders = book_.action_orders();
  records->known_coins = book_.known_coins();
  records->accepted_terms = book_.accepted_terms();
  see_instruments(*fetched.account);
  records->instruments = instruments_;
  note_marks(*records, *fetched.account);
  Comparison compared = compare(*records, *fetched.account, settings_.rules);
  if (learn_let_go(compared)) {
    records->known_coins = book_.known_coins();
    compared = compare(*records, *fetched.account, settings_.rules);
  }
  learn_traded(compared);
  const std::vector<Difference> changed = book_.on_look(compared, clock_.now());
  note_filters(changed);
  note_nets(*records, *fetched.account, compared);
  for (const Difference& difference : changed)
    write(difference, {.difference = difference, .is_of_look = true, .reply_to = nullptr});
  if (changed.empty()) finish_look();
}

// Bots decide by a new list at once: by the old one their next order would be refused.
void ReconcilerActor::see_instruments(const AccountSnapshot& account) {
  if (!account.instruments) return;
  auto listed = std::make_shared<std::vector<Instrument>>(*account.instruments);
  std::sort(listed->begin(), listed->end(),
            [](const Instrument& a, const Instrument& b) { return a.symbol < b.symbol; });
  if (listed_ && *listed == *listed_) return;
  if (listed_)
    send(supervisor_, InstrumentsChanged{listed});
  else
    instruments_ = *listed;
  listed_ = std::move(listed);
}

// What is written down is no difference any more.
void ReconcilerActor::note_filters(const std::vector<Difference>& changed) {
  const auto of = [](const Symbol& symbol) {
    return [&symbol](const Instrument& instrument) { return instrument.symbol == symbol; };
  };
  for (const Difference& difference : changed) {
    if (difference.kind != DifferenceKind::kFiltersChanged || is_over(difference.state)) continue;
    const auto known = std::ranges::find_if(instruments_, of(difference.symbol));
    const auto now = std::ranges::find_if(*listed_, of(difference.symbol));
    if (known != instruments_.end() && now != listed_->end()) *known = *now;
  }
}

void ReconcilerActor::note_marks(EngineRecords& records, const AccountSnapshot& account) {
  if (!account.positions) return;
  for (const NetPosition& net : *account.positions)
    if (!net.mark.is_zero()) marks_.insert_or_assign(net.symbol, net.mark);
  // One from before the present position is no price of it.
  std::erase_if(marks_, [&](const auto& mark) {
    return std::ranges::find(records.open_positions, mark.first, &Position::symbol) ==
           records.open_positions.end();
  });
  records.marks = marks_;
}

// In hedge mode the two sides of a symbol are not one position: nothing of it is adopted.
void ReconcilerActor::note_nets(const EngineRecords& records, const AccountSnapshot& account,
                                const Comparison& compared) {
  nets_.clear();
  for (const Difference& difference : book_.standing())
    if (adopts_position(difference.kind))
      nets_[difference.symbol].in_doubt = compared.in_doubt.contains(difference.symbol);
  if (nets_.empty() || !account.positions || account.is_hedged.value_or(false)) return;
  for (const NetPosition& net : *account.positions)
    if (const auto of = nets_.find(net.symbol); of != nets_.end()) of->second.theirs = net;
  for (const Position& position : records.open_positions)
    if (const auto of = nets_.find(position.symbol); of != nets_.end())
      of->second.ours[position.bot] += position.quantity;
}

void ReconcilerActor::finish_look() {
  is_looking_ = false;
  if (!book_.is_in_question()) is_released_ = true;
  if (is_released_ && std::exchange(closes_wait_, false)) {
    send(birth_.exchange, LetOwnOrdersGo{});
    send(supervisor_, AccountCompared{});
  }
  publish_holds();
  act();
  look_later(pause());
}

// Looking costs requests that bots could use: what does not settle, or waits for the operator's
// switch, is looked at less often.
Duration ReconcilerActor::pause() {
  const bool is_acting = may_send() && !book_.standing(DifferenceState::kActing).empty();
  if (!book_.is_unsettled() && !is_acting) {
    quick_looks_ = 0;
    return settings_.interval;
  }
  constexpr std::uint32_t kQuickLooks = 5;
  return ++quick_looks_ <= kQuickLooks ? settings_.look_again
                                       : std::min(settings_.interval, settings_.look_again * 5);
}

// Before the signal: what the queue is told besides is for those that are on their way by now.
void ReconcilerActor::tell_gates(const DifferenceBook::Holds& holds, std::string why_all) const {
  if (!birth_.symbols) return;
  if (!holds.all)
    why_all.clear();
  else if (why_all.empty())
    why_all = kDiffersFromRecords;
  birth_.symbols->hold(std::move(why_all), holds.symbols);
}

void ReconcilerActor::publish_holds() {
  const DifferenceBook::Holds holds = book_.holds();
  std::string why_all = book_.why_all_held();
  tell_gates(holds, why_all);
  send(trade_queue_, HoldEntries{.waiting = !is_released_,
                                 .closes = closes_wait_,
                                 .all = holds.all,
                                 .symbols = std::make_shared<const std::set<Symbol>>(holds.symbols),
                                 .why_all = std::move(why_all)});
}

void ReconcilerActor::on_heard(const OrderHeard& heard) {
  const auto record = open_orders_.extract(heard.report->client_id);
  if (record.empty()) return;
  // A stop that fires before our eyes, hours after the start, was missed by nobody.
  const OrderRecord& known = record.mapped();
  const auto is_missed = [&](const Fill& fill) {
    return fill.at < born_at_ &&
           std::none_of(known.fills.begin(), known.fills.end(),
                        [&](const Fill& recorded) { return recorded.id == fill.id; });
  };
  const std::vector<Fill>& fills = heard.report->fills;
  std::vector<Difference> found = compare_order(known, *heard.report);
  if (known.is_protective && std::none_of(fills.begin(), fills.end(), is_missed))
    std::erase_if(found, [](const Difference& difference) {
      return difference.kind != DifferenceKind::kFillDiffers;
    });
  for (const Difference& difference : book_.on_adopted(std::move(found), clock_.now()))
    write(difference, {.difference = difference, .is_of_look = false, .reply_to = nullptr});
}

// -- records

// A new one by insert-if-absent; should another life have written it, that record stands.
void ReconcilerActor::write(const Difference& difference, Writing writing) {
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "reconciler";
  commit->epoch = birth_.epoch;
  commit->turn = ++turn_;
  commit->at = clock_.now();
  const bool is_new = written_.insert(difference.id).second;
  const storage::Key key = storage::difference_key(difference.id);
  storage::WriteOps rows;
  rows.puts.push_back({key, storage::encode(difference)});
  note(rows, {.at = clock_.now(),
              .kind = event_kind(difference),
              .bot = difference.bot,
              .subject = difference.id.value,
              .detail = sentence(difference),
              .actor = difference.decided_by.empty() ? "engine" : difference.decided_by});
  if (is_new) {
    commit->claims.push_back({key, {}});
    commit->if_claimed = std::move(rows);
  } else {
    commit->always = std::move(rows);
  }
  writing_.emplace(turn_, std::move(writing));
  send(birth_.journal, CommitRequest{std::move(commit), this});
}

void ReconcilerActor::on_committed(const Committed& committed) {
  using storage::CommitOutcome;
  ENGINE_ASSERT(committed.result.outcome == CommitOutcome::kCommitted ||
                committed.result.outcome == CommitOutcome::kClaimRefused);
  const auto node = writing_.extract(committed.turn);
  ENGINE_ASSERT(!node.empty());
  const Writing& written = node.mapped();
  if (committed.result.outcome == CommitOutcome::kCommitted) on_durable(written.difference);
  if (written.reply_to)
    send(written.reply_to, DifferenceDecided{written.difference.id, written.difference});
  const bool has_more = std::any_of(writing_.begin(), writing_.end(),
                                    [](const auto& other) { return other.second.is_of_look; });
  if (written.is_of_look && !has_more) return finish_look();
  if (written.is_of_look) return;
  publish_holds();
  act();
}

void ReconcilerActor::on_durable(const Difference& difference) {
  if (is_over(difference.state)) {
    durable_.erase(difference.id);
    progress_.erase(difference.id);
  } else {
    durable_[difference.id] = difference;
  }
  const bool is_ignored = difference.state == DifferenceState::kIgnored;
  send(birth_.observer, AlertRaised{is_ignored ? "reconciliation.ignored" : event_kind(difference),
                                    sentence(difference), difference.id.value});
  if (difference.state == DifferenceState::kHalted) halt(difference);
}

void ReconcilerActor::halt(const Difference& difference) {
  EngineState halted = engine_;
  halted.mode = EngineMode::kHalted;
  halted.changed_by = "reconciliation: " + std::string(to_string(difference.kind));
  send(supervisor_, ChangeEngineState{std::move(halted)});
}

void ReconcilerActor::on_decide(const DecideDifference& message) {
  const Result<Difference> decided =
      book_.decide(message.id, message.decision, message.by, clock_.now(), message.adopter);
  if (!decided) {
    if (message.reply_to) send(message.reply_to, DifferenceDecided{message.id, decided});
    return;
  }
  write(*decided, {.difference = *decided, .is_of_look = false, .reply_to = message.reply_to});
}

void ReconcilerActor::refused(const DifferenceId& id, const std::string& why) {
  progress_.erase(id);
  if (const auto waiting = book_.on_refused(id, why, clock_.now()))
    write(*waiting, {.difference = *waiting, .is_of_look = false, .reply_to = nullptr});
}

// -- what was decided

void ReconcilerActor::act() {
  for (const Difference& difference : book_.standing(DifferenceState::kActing)) {
    // Nothing is done for what a crash could take back.
    const auto durable = durable_.find(difference.id);
    if (durable == durable_.end() || durable->second != difference) continue;
    if (difference.decision == DifferenceDecision::kAdopt)
      adopt(difference);
    else
      flatten(difference);
  }
  if (is_act_asked_ || wants_permit_.empty()) return;
  is_act_asked_ = true;
  send(birth_.exchange, AcquirePermits{.ticket = kAct,
                                       .call = ExchangeCall::kPlace,
                                       .is_protective = true,
                                       .count = static_cast<std::uint32_t>(wants_permit_.size()),
                                       .reply_to = this});
}

// What is wanted of it is asked for again at the next look. Of no effect on a bot that comes back
// by itself.
void ReconcilerActor::wake(const BotId& bot) {
  for (const auto& [slot, id] : slots_)
    if (id == bot) return send(supervisor_, WakeBot{slot});
}

// A bot that may not take it in, or is gone, says nothing. An order under way is no reason to ask
// the operator: its fills come first.
bool ReconcilerActor::is_asked_enough(const Difference& difference) {
  constexpr Duration kPatience{60'000};
  constexpr std::uint32_t kTimes = 5;
  Progress& progress = progress_[difference.id];
  const auto net = nets_.find(difference.symbol);
  if (progress.sent_at < difference.decided_at) progress.times_asked = 0;
  if (progress.times_asked == 0) progress.sent_at = clock_.now();
  if (net == nets_.end() || !net->second.in_doubt) ++progress.times_asked;
  return progress.times_asked > kTimes && clock_.now() - progress.sent_at > kPatience;
}

// With the newest look's word on price, side and what the bot has. If the exchange holds something
// else by now, the next look finds another difference.
void ReconcilerActor::adopt_position(const Difference& difference, const caf::actor& bot) {
  const auto net = nets_.find(difference.symbol);
  if (net == nets_.end() || !net->second.theirs) return;
  const NetPosition& theirs = *net->second.theirs;
  const std::map<BotId, Quantity>& ours = net->second.ours;
  const PositionSide side =
      difference.theirs.is_negative() ? PositionSide::kShort : PositionSide::kLong;
  if (theirs.side != side || theirs.quantity.value != abs(difference.theirs)) return;
  // The exchange's average is that of all bots which share the symbol.
  const bool is_shared = difference.position.empty() && !ours.empty();
  const auto own = ours.find(difference.adopter);
  send(bot, AdoptPosition{{.difference = difference.id,
                           .position = difference.position,
                           .symbol = difference.symbol,
                           .side = side,
                           .quantity = {abs(difference.theirs) - abs(difference.ours)},
                           .held = own == ours.end() ? Quantity{} : own->second,
                           .average_entry = is_shared ? Price{} : theirs.average_entry,
                           .mark = theirs.mark}});
}

void ReconcilerActor::adopt(const Difference& difference) {
  // The next look expects it, and finds no difference.
  if (adopts_as_told(difference.kind)) return;
  const bool is_position = adopts_position(difference.kind);
  const BotId& of = is_position ? difference.adopter : difference.bot;
  // Its stop is an order, of which none goes out while live trading is off.
  if (is_position && !engine_.live_trading) return;
  if (is_position && is_asked_enough(difference))
    return refused(difference.id, fmt::format("bot {} cannot take it in", of.value));
  const auto bot = bots_.find(of);
  if (bot == bots_.end()) return wake(of);
  if (is_position) return adopt_position(difference, bot->second);
  send(bot->second, AdoptReduction{{.difference = difference.id,
                                    .position = difference.position,
                                    .quantity = {abs(difference.ours) - abs(difference.theirs)},
                                    .price = difference.price},
                                   this});
}

// Coins are sold by whole lots; positions are made of them.
OrderRequest ReconcilerActor::flattening(const Difference& difference) const {
  const Decimal quantity = excess(difference);
  OrderRequest order;
  order.client_id = difference.action_order;
  order.symbol = difference.symbol;
  order.side = quantity.is_negative() ? OrderSide::kBuy : OrderSide::kSell;
  order.type = OrderType::kMarket;
  order.quantity = {abs(quantity)};
  order.effect = OrderEffect::kReduceOnly;
  const auto listed = std::ranges::find(instruments_, difference.symbol, &Instrument::symbol);
  const bool is_rounded = difference.kind == DifferenceKind::kHoldingLarger &&
                          listed != instruments_.end() && listed->lot.is_positive();
  if (is_rounded)
    order.quantity = {round_to_step(order.quantity.value, listed->lot.value, Rounding::kDown)};
  return order;
}

void ReconcilerActor::flatten(const Difference& difference) {
  if (!may_send()) return;
  if (difference.kind == DifferenceKind::kUnprotected) {
    const auto bot = bots_.find(difference.bot);
    if (bot == bots_.end()) return wake(difference.bot);
    send(bot->second, RequestClose{{.difference = difference.id,
                                    .position = difference.position,
                                    .attempt = difference.attempts,
                                    .by = difference.decided_by}});
    return;
  }
  if (!is_flattened_by_order(difference.kind) && difference.order.empty() &&
      difference.order_id.empty())
    return refused(difference.id, "the order has no id; cancel it at the exchange");
  const auto [progress, is_first] = progress_.try_emplace(difference.id);
  if (is_first) {
    const bool is_of_this_life = difference.decided_at >= born_at_;
    progress->second.step = is_of_this_life ? Progress::Step::kSend : Progress::Step::kAsk;
    progress->second.sent_at = born_at_;
  }
  Progress& now = progress->second;
  // Never answered: the order is asked for by its id, a cancellation sent again.
  if (now.step == Progress::Step::kUnderWay &&
      clock_.now() - now.under_way_since >= settings_.answer_within)
    now.step =
        is_flattened_by_order(difference.kind) ? Progress::Step::kAsk : Progress::Step::kSend;
  const bool is_stuck =
      now.step == Progress::Step::kAccepted && clock_.now() - now.sent_at > Duration{60'000};
  if (is_stuck)
    return refused(difference.id, "it was carried out, and the difference stands all the same");
  const bool is_due = now.step == Progress::Step::kAsk || now.step == Progress::Step::kSend;
  if (!is_due || now.waits_for_permit) return;
  now.waits_for_permit = true;
  wants_permit_.push_back(difference.id);
}

void ReconcilerActor::advance(const Difference& difference, Progress& progress,
                              const Permit& permit) {
  if (!may_send()) return;
  const bool asks = progress.step == Progress::Step::kAsk;
  if (!asks) progress.sent_at = clock_.now();
  progress.step = Progress::Step::kUnderWay;
  progress.under_way_since = clock_.now();
  // A cancellation again is the same cancellation: nothing is asked before it.
  if (!is_flattened_by_order(difference.kind))
    return send(birth_.exchange, CancelOrder{permit, difference.symbol, difference.order, this,
                                             difference.order_id});
  if (asks)
    return send(birth_.exchange, AskOrder{permit, difference.symbol, difference.action_order, this,
                                          progress.under_way_since});
  auto items = std::make_shared<std::vector<PlaceOrders::Item>>();
  items->push_back({permit, flattening(difference), ++progress.attempt});
  send(birth_.exchange, PlaceOrders{std::move(items), this});
}

const Difference* ReconcilerActor::acting_on(const ClientOrderId& order) const {
  for (const auto& [id, difference] : durable_) {
    const bool is_its = is_flattened_by_order(difference.kind) ? difference.action_order == order
                                                               : difference.order == order;
    if (is_its && is_flattening(difference) && progress_.contains(id)) return &difference;
  }
  return nullptr;
}

void ReconcilerActor::judge(const Difference& difference, const OrderReport& report) {
  if (is_final(report.status) && report.filled.is_zero() && is_flattened_by_order(difference.kind))
    return refused(difference.id, fmt::format("{} {}", to_string(report.status), report.message));
  progress_.at(difference.id).step = Progress::Step::kAccepted;
}

void ReconcilerActor::on_answers(const OrdersAnswered& answered) {
  for (const OrderAnswered& answer : *answered.answers) {
    const Difference* difference = acting_on(answer.client_id);
    if (difference == nullptr) continue;
    if (answer.report) {
      judge(*difference, *answer.report);
      continue;
    }
    Progress& progress = progress_.at(difference->id);
    if (answer.attempt != progress.attempt) continue;  // given up on, and sent again since
    switch (answer.report.error().code) {
      case ErrorCode::kRejected:
      case ErrorCode::kNotSent:
      case ErrorCode::kNothingOpen: refused(difference->id, answer.report.error().message); break;
      case ErrorCode::kRateLimited:
      case ErrorCode::kUnavailable:
      case ErrorCode::kOverloaded: progress.step = Progress::Step::kSend; break;
      default: progress.step = Progress::Step::kAsk;
    }
  }
}

// "Not there" counts only of a question put when a request under way could no longer arrive.
void ReconcilerActor::on_asked(const OrderAsked& asked) {
  const Difference* difference = acting_on(asked.client_id);
  if (difference == nullptr) return;
  Progress& progress = progress_.at(difference->id);
  if (asked.report && asked.report->has_value()) return judge(*difference, **asked.report);
  if (progress.step != Progress::Step::kUnderWay || asked.asked_at != progress.under_way_since)
    return;
  const bool may_be_under_way = asked.asked_at - progress.sent_at < settings_.resend_after;
  progress.step = !asked.report || may_be_under_way ? Progress::Step::kAsk : Progress::Step::kSend;
}

const Difference* ReconcilerActor::cancelling(const OrderCancelled& cancelled) const {
  if (!cancelled.client_id.empty()) return acting_on(cancelled.client_id);
  for (const auto& [id, difference] : durable_) {
    const bool is_its = !is_flattened_by_order(difference.kind) && difference.order.empty() &&
                        difference.order_id == cancelled.order_id;
    if (is_its && is_flattening(difference) && progress_.contains(id)) return &difference;
  }
  return nullptr;
}

void ReconcilerActor::on_cancelled(const OrderCancelled& cancelled) {
  const Difference* difference = cancelling(cancelled);
  if (difference == nullptr) return;
  Progress& progress = progress_.at(difference->id);
  progress.step = Progress::Step::kSend;  // unless it worked, or cannot
  if (cancelled.report || cancelled.report.error().code == ErrorCode::kNotFound)
    progress.step = Progress::Step::kAccepted;
  else if (cancelled.report.error().code == ErrorCode::kRejected ||
           cancelled.report.error().code == ErrorCode::kInvalidInput)
    refused(difference->id, cancelled.report.error().message);
}

}  // namespace botbox::actors
