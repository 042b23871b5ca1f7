#include "engine/execution/difference_book.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/execution/identity.hpp"
#include "engine/short_text.hpp"

namespace botbox {
namespace {

std::string facts_of(Difference difference) {
  difference.occurrence = 0;
  return difference_id(difference).value;
}

DifferenceState state_after(DifferenceDecision decision) {
  switch (decision) {
    case DifferenceDecision::kWait: return DifferenceState::kWaiting;
    case DifferenceDecision::kAdopt:
    case DifferenceDecision::kFlatten: return DifferenceState::kActing;
    case DifferenceDecision::kIgnore: return DifferenceState::kIgnored;
    case DifferenceDecision::kHalt: return DifferenceState::kHalted;
  }
  return DifferenceState::kWaiting;
}

// What is adopted is booked on one position, unless the bot that adopts it is told which, or there
// is nothing to book.
bool lacks_position(const Difference& difference, DifferenceDecision decision) {
  return decision == DifferenceDecision::kAdopt && difference.position.empty() &&
         !adopts_position(difference.kind) && !adopts_as_told(difference.kind);
}

// Empty: not about the coins of a spot account.
Asset coin_of(const Difference& difference) {
  const Result<SymbolParts> parts = parse_symbol(difference.symbol.value);
  return parts && parts->market == MarketType::kSpot ? parts->base : Asset{};
}

bool is_held_for(const Difference& difference) {
  return !is_over(difference.state) && difference.state != DifferenceState::kIgnored;
}

bool is_adopted_as_told(const Difference& difference) {
  return difference.decision == DifferenceDecision::kAdopt &&
         (difference.state == DifferenceState::kActing ||
          difference.state == DifferenceState::kResolved);
}

}  // namespace

DifferenceBook::DifferenceBook(InstallationId installation, ReconciliationRules rules,
                               Duration confirm_after, std::vector<Difference> stored)
    : installation_(std::move(installation)),
      rules_(std::move(rules)),
      confirm_after_(confirm_after) {
  for (Difference& difference : stored) {
    const Facts facts = facts_of(difference);
    if (difference.kind == DifferenceKind::kHoldingLarger) seen_coins_.insert(coin_of(difference));
    store(facts, std::move(difference));
  }
}

std::map<Asset, Decimal> DifferenceBook::known_coins() const {
  std::map<Asset, const Difference*> begun;  // the newest of each coin
  for (const auto& [id, difference] : all_) {
    if (difference.kind != DifferenceKind::kHoldingLarger || !is_adopted_as_told(difference))
      continue;
    const Difference*& newest = begun[coin_of(difference)];
    if (newest == nullptr || newest->decided_at < difference.decided_at) newest = &difference;
  }
  std::map<Asset, Decimal> known;
  for (const auto& [coin, difference] : begun) known[coin] = difference->theirs;
  for (const auto& [id, difference] : all_) {
    if (difference.kind != DifferenceKind::kDust || !is_adopted_as_told(difference)) continue;
    const Asset coin = coin_of(difference);
    const auto since = begun.find(coin);
    if (coin.empty() || (since != begun.end() && difference.decided_at < since->second->decided_at))
      continue;
    known[coin] += difference.ours;
  }
  return known;
}

bool DifferenceBook::learn_let_go(std::vector<Difference> stored) {
  bool is_any_new = false;
  for (Difference& difference : stored) {
    const bool is_let_go = difference.kind == DifferenceKind::kDust && is_over(difference.state);
    if (!is_let_go || all_.contains(difference.id)) continue;
    const Facts facts = facts_of(difference);
    store(facts, std::move(difference));
    is_any_new = true;
  }
  return is_any_new;
}

std::set<DifferenceId> DifferenceBook::accepted_terms() const {
  std::set<DifferenceId> accepted;
  for (const auto& [id, difference] : all_) {
    const bool is_term = difference.kind == DifferenceKind::kLeverage ||
                         difference.kind == DifferenceKind::kMarginMode;
    if (is_term && is_adopted_as_told(difference)) accepted.insert({facts_of(difference)});
  }
  return accepted;
}

bool DifferenceBook::is_first_sight(const Difference& found) const {
  return found.kind == DifferenceKind::kHoldingLarger && !seen_coins_.contains(coin_of(found));
}

std::set<Asset> DifferenceBook::first_sights(const Comparison& look) const {
  std::set<Asset> coins;
  for (const Difference& found : look.found)
    if (is_first_sight(found)) coins.insert(coin_of(found));
  return coins;
}

// What is in the account before any bot has traded the coin is its owner's: recorded, and no
// question.
Difference DifferenceBook::begin_with(Difference found, Timestamp now) const {
  found.found_at = found.ended_at = now;
  apply(found, DifferenceDecision::kAdopt, "engine", now);
  found.state = DifferenceState::kResolved;
  return found;
}

Difference& DifferenceBook::store(const Facts& facts, Difference difference) {
  const auto newest = newest_.find(facts);
  if (newest == newest_.end() || all_.at(newest->second).occurrence <= difference.occurrence)
    newest_[facts] = difference.id;
  return all_[difference.id] = std::move(difference);
}

Result<BotId> DifferenceBook::adopter_of(const Difference& difference, DifferenceDecision decision,
                                         const BotId& named) const {
  const auto refuse = [&](std::string why, std::string fix = {}) {
    return fail(ErrorCode::kInvalidInput, std::move(why), difference.id.value, std::move(fix));
  };
  const bool adopts = decision == DifferenceDecision::kAdopt && adopts_position(difference.kind);
  if (!adopts && named.empty()) return BotId{};
  if (!adopts) return refuse("no bot is needed for this decision", "leave it out");
  if (refuses_positions_) return refuse("this exchange would place no stop for it");
  if (!difference.bot.empty()) {
    if (!named.empty() && named != difference.bot)
      return refuse("the position is of bot " + difference.bot.value, "leave the bot out");
    return difference.bot;
  }
  const auto traders = traders_.find(difference.symbol);
  if (traders == traders_.end() || traders->second.empty())
    return refuse("no bot trades " + difference.symbol.value);
  if (!named.empty() && !traders->second.contains(named))
    return refuse(fmt::format("bot {} does not trade {}", named.value, difference.symbol.value));
  if (named.empty() && traders->second.size() > 1)
    return refuse(fmt::format("{} bots trade {}", traders->second.size(), difference.symbol.value),
                  "name the one that adopts the position");
  return named.empty() ? *traders->second.begin() : named;
}

void DifferenceBook::apply(Difference& difference, DifferenceDecision decision,
                           const std::string& by, Timestamp now) const {
  difference.decision = decision;
  difference.state = state_after(decision);
  difference.decided_by = decision == DifferenceDecision::kWait ? "" : by;
  difference.decided_at = decision == DifferenceDecision::kWait ? Timestamp{} : now;
  if (decision != DifferenceDecision::kFlatten || !is_flattened_by_order(difference.kind)) return;
  const IdempotencyKey key{fmt::format("r:{}:{}", difference.id.value, difference.attempts)};
  difference.action_order = client_order_id(installation_, key, OrderLeg::kClose);
}

// The same facts for a while, or ever others for longer.
bool DifferenceBook::has_stood(const Facts& facts, const Difference& found, Timestamp now) {
  constexpr Duration kRestless{60'000};
  const Timestamp since =
      seen_.try_emplace(facts, Seen{now, found.kind, found.symbol}).first->second.since;
  const bool holds = severity_of(found.kind) != Severity::kNotice;
  const auto restless = restless_.try_emplace({found.kind, found.symbol}, now).first;
  if (now - since < confirm_after_ && (!holds || now - restless->second < kRestless)) return false;
  seen_.erase(facts);
  restless_.erase(restless);
  return true;
}

Difference DifferenceBook::record_of(const Difference& found, const Difference* before,
                                     Timestamp now) const {
  Difference made = found;
  made.occurrence = before == nullptr ? 0 : before->occurrence + 1;
  made.id = difference_id(made);
  made.found_at = now;
  DifferenceDecision decision = rules_.decision(made.kind);
  const Result<BotId> adopter = adopter_of(made, decision, {});
  if (lacks_position(made, decision) || !adopter) decision = DifferenceDecision::kWait;
  if (decision != DifferenceDecision::kWait) made.adopter = *adopter;
  apply(made, decision, "config", now);
  return made;
}

// `held`: before this look. A symbol in doubt was not looked at: what held it still does.
void DifferenceBook::forget_unseen(const Comparison& look, const std::set<Symbol>& held) {
  std::set<Facts> present;
  for (const Difference& found : look.found) present.insert(facts_of(found));
  std::erase_if(seen_, [&](const auto& seen) { return !present.contains(seen.first); });
  std::set<std::pair<DifferenceKind, Symbol>> unsettled;
  for (const auto& [facts, seen] : seen_) unsettled.insert({seen.kind, seen.symbol});
  std::erase_if(restless_, [&](const auto& since) { return !unsettled.contains(since.first); });
  std::erase_if(held_over_, [&](const Symbol& symbol) { return !look.in_doubt.contains(symbol); });
  for (const auto& [kind, symbol] : unsettled)
    if (severity_of(kind) == Severity::kSymbol && held.contains(symbol)) held_over_.insert(symbol);
}

bool DifferenceBook::is_in_question() const {
  return std::any_of(seen_.begin(), seen_.end(), [this](const auto& one) {
    const Seen& seen = one.second;
    const Severity severity = severity_of(seen.kind);
    return severity == Severity::kAccount ||
           (severity == Severity::kSymbol && !held_over_.contains(seen.symbol));
  });
}

std::vector<Difference> DifferenceBook::on_look(const Comparison& look, Timestamp now) {
  const std::set<Symbol> held = holds().symbols;
  std::vector<Difference> changed;
  std::set<Facts> present;
  for (const Difference& found : look.found) {
    const Facts facts = facts_of(found);
    present.insert(facts);
    const auto newest = newest_.find(facts);
    const Difference* known = newest == newest_.end() ? nullptr : &all_.at(newest->second);
    if (known != nullptr && !is_over(known->state)) continue;
    if (is_first_sight(found)) {
      changed.push_back(store(facts, begin_with(found, now)));
      continue;
    }
    if (has_stood(facts, found, now)) changed.push_back(store(facts, record_of(found, known, now)));
  }
  seen_coins_.insert(look.coins.begin(), look.coins.end());
  forget_unseen(look, held);
  for (auto& [id, difference] : all_) {
    if (is_over(difference.state) || present.contains(facts_of(difference))) continue;
    if (!look.covers(difference)) continue;
    difference.state = difference.state == DifferenceState::kActing ? DifferenceState::kResolved
                                                                    : DifferenceState::kGone;
    difference.ended_at = now;
    changed.push_back(difference);
  }
  return changed;
}

std::vector<Difference> DifferenceBook::on_adopted(std::vector<Difference> found, Timestamp now) {
  std::vector<Difference> fresh;
  for (Difference& difference : found) {
    const Facts facts = facts_of(difference);
    if (newest_.contains(facts)) continue;
    difference.found_at = difference.ended_at = now;
    const bool keeps_ours = difference.kind == DifferenceKind::kFillDiffers;
    apply(difference, keeps_ours ? DifferenceDecision::kIgnore : DifferenceDecision::kAdopt,
          "engine", now);
    difference.state = DifferenceState::kResolved;
    fresh.push_back(store(facts, std::move(difference)));
  }
  return fresh;
}

Result<Difference> DifferenceBook::decide(const DifferenceId& id, DifferenceDecision decision,
                                          const std::string& by, Timestamp now,
                                          const BotId& adopter) {
  const auto found = all_.find(id);
  if (found == all_.end())
    return fail(ErrorCode::kNotFound, "there is no such difference", id.value);
  Difference& difference = found->second;
  if (is_over(difference.state))
    return fail(ErrorCode::kInvalidInput,
                fmt::format("it is over: {}", to_string(difference.state)), id.value);
  if (!is_allowed(difference.kind, decision))
    return fail(
        ErrorCode::kInvalidInput,
        fmt::format("{} cannot be settled by {}", to_string(difference.kind), to_string(decision)),
        id.value);
  if (lacks_position(difference, decision))
    return fail(ErrorCode::kInvalidInput, "several positions of ours may be meant", id.value,
                "close them one by one");
  BOTBOX_ASSIGN(difference.adopter, adopter_of(difference, decision, adopter));
  apply(difference, decision, by, now);
  return difference;
}

std::optional<Difference> DifferenceBook::on_refused(const DifferenceId& id, const std::string& why,
                                                     Timestamp now) {
  const auto found = all_.find(id);
  if (found == all_.end() || found->second.state != DifferenceState::kActing) return std::nullopt;
  Difference& difference = found->second;
  difference.detail = short_text(
      fmt::format("{} was refused: {}",
                  difference.decision == DifferenceDecision::kAdopt ? "adoption" : "flatten", why));
  difference.adopter = {};
  apply(difference, DifferenceDecision::kWait, {}, now);
  ++difference.attempts;  // another try is another order
  return difference;
}

std::vector<Difference> DifferenceBook::standing() const {
  std::vector<Difference> stand;
  for (const auto& [id, difference] : all_)
    if (!is_over(difference.state)) stand.push_back(difference);
  return stand;
}

std::vector<Difference> DifferenceBook::standing(DifferenceState state) const {
  std::vector<Difference> stand = standing();
  std::erase_if(stand, [&](const Difference& d) { return d.state != state; });
  return stand;
}

const Difference* DifferenceBook::find(const DifferenceId& id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

std::set<ClientOrderId> DifferenceBook::action_orders() const {
  std::set<ClientOrderId> orders;
  for (const auto& [id, difference] : all_)
    if (!difference.action_order.empty()) orders.insert(difference.action_order);
  return orders;
}

DifferenceBook::Holds DifferenceBook::holds() const {
  Holds holds;
  for (const auto& [id, difference] : all_) {
    if (!is_held_for(difference)) continue;
    const Severity severity = severity_of(difference.kind);
    if (severity == Severity::kAccount) holds.all = true;
    if (severity == Severity::kSymbol) holds.symbols.insert(difference.symbol);
  }
  holds.symbols.insert(held_over_.begin(), held_over_.end());
  return holds;
}

std::string DifferenceBook::why_all_held() const {
  for (const auto& [id, difference] : all_)
    if (is_held_for(difference) && severity_of(difference.kind) == Severity::kAccount)
      return fmt::format("{}: {}", to_string(difference.kind), difference.detail);
  return {};
}

}  // namespace botbox
