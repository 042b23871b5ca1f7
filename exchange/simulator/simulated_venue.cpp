#include "exchange/simulator/simulated_venue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/assert.hpp"
#include "exchange/simulator/sim_arithmetic.hpp"

namespace botbox::exchange::sim {

std::string venue_symbol(const Instrument& instrument) {
  return instrument.base.value + instrument.quote.value;
}

bool is_called(const Instrument& instrument, std::string_view name) {
  const std::string& base = instrument.base.value;
  const std::string& quote = instrument.quote.value;
  return name.size() == base.size() + quote.size() && name.starts_with(base) &&
         name.ends_with(quote);
}

Price Position::average_entry() const {
  if (size.is_zero()) return {};
  return {quotient(open_value.value, abs(size))};
}

SimulatedVenue::SimulatedVenue(VenueRules rules, std::vector<Listing> listings, MarketFeed& feed,
                               Timestamp start)
    : rules_(std::move(rules)),
      listings_(std::move(listings)),
      path_(feed),
      now_(start),
      event_at_(start),
      next_funding_(rules_.funding.next(start)) {
  for (std::size_t i = 0; i < listings_.size(); ++i)
    index_.emplace(listings_[i].instrument.symbol, i);
}

Account& SimulatedVenue::open_account(const std::string& name,
                                      const std::map<Asset, Decimal>& balances) {
  Account& account = accounts_[name];
  account.name = name;
  for (const auto& [asset, amount] : balances) account.purses[asset].total += amount;
  return account;
}

Account* SimulatedVenue::account(const std::string& name) {
  const auto it = accounts_.find(name);
  return it == accounts_.end() ? nullptr : &it->second;
}

std::vector<const Account*> SimulatedVenue::accounts() const {
  std::vector<const Account*> all;
  for (const auto& [name, account] : accounts_) all.push_back(&account);
  return all;
}

const Listing* SimulatedVenue::listing(const Symbol& symbol) const {
  const auto it = index_.find(symbol);
  return it == index_.end() ? nullptr : &listings_[it->second];
}

const Listing* SimulatedVenue::listing(const std::string& name, MarketType market) const {
  for (const Listing& listing : listings_)
    if (listing.instrument.market == market && is_called(listing.instrument, name)) return &listing;
  return nullptr;
}

// Before anything happens in a market that nobody watched, its price must be the present one.
SimulatedVenue::Market& SimulatedVenue::refreshed(const Symbol& symbol) {
  Market& market = markets_[symbol];
  if (market.has_price && is_watched(symbol, market)) return market;
  const auto tick = path_.last_tick(symbol, now_);
  if (!tick) return market;
  if (tick->at != market.tick_at || !market.has_price)
    market.left = {product(tick->volume.value, rules_.max_participation)};
  market.last = tick->price;
  market.tick_at = tick->at;
  market.has_price = true;
  return market;
}

std::optional<Price> SimulatedVenue::last_price(const Symbol& symbol) {
  const Market& market = refreshed(symbol);
  if (!market.has_price) return std::nullopt;
  return market.last;
}

void SimulatedVenue::set_read_lag(Duration lag) {
  if (lag == read_lag_) return;
  read_lag_ = lag;
  past_.clear();
  remember_holdings();
}

void SimulatedVenue::remember_holdings() {
  if (read_lag_ <= Duration{0}) return;
  for (const auto& [name, account] : accounts_) {
    std::deque<Holdings>& past = past_[name];
    if (!past.empty() && past.back().at == now_) past.pop_back();
    past.push_back({now_, account.purses, account.positions});
    while (past.size() > 1 && past[1].at <= now_ - read_lag_) past.pop_front();
  }
}

std::shared_ptr<Account> SimulatedVenue::as_told(const Account& account) const {
  const auto past = past_.find(account.name);
  if (read_lag_ <= Duration{0} || past == past_.end()) return nullptr;
  auto told = std::make_shared<Account>(account);
  told->seen_until = now_ - read_lag_;
  const Holdings* held = &past->second.front();
  for (const Holdings& each : past->second)
    if (each.at <= told->seen_until) held = &each;
  told->purses = held->purses;
  told->positions = held->positions;
  const auto is_later = [&](const Order* order) { return order->created_at > told->seen_until; };
  std::erase_if(told->orders, is_later);
  std::erase_if(told->open, is_later);
  for (auto& [id, legs] : told->lists) std::erase_if(legs, is_later);
  std::erase_if(told->executions, [&](const Execution& e) { return e.at > told->seen_until; });
  std::erase_if(told->funding, [&](const FundingPayment& p) { return p.at > told->seen_until; });
  told->by_client_id.clear();
  for (Order* order : told->orders)
    if (!order->request.client_id.empty()) told->by_client_id[order->request.client_id] = order;
  return told;
}

Price SimulatedVenue::ask_of(const Listing& listing, Price last) const {
  return last +
         Price{Decimal::from_units(listing.instrument.tick.value.units() * rules_.spread_ticks)};
}

Order& SimulatedVenue::insert(Account& account, PlaceOrder request) {
  auto order = std::make_unique<Order>();
  order->id = orders_.size() + 1;
  order->account = account.name;
  order->created_at = order->updated_at = event_at_;
  order->status = request.trigger == Trigger::kNone ? Status::kNew : Status::kUntriggered;
  order->price_when_created = markets_[request.symbol].last;
  order->request = std::move(request);
  orders_.push_back(std::move(order));
  Order& placed = *orders_.back();
  account.orders.push_back(&placed);
  account.open.push_back(&placed);
  if (!placed.request.client_id.empty()) account.by_client_id[placed.request.client_id] = &placed;
  markets_[placed.request.symbol].orders.push_back(&placed);
  quiet_until_ = {};
  return placed;
}

void SimulatedVenue::end(Order& order, Status status) {
  if (!is_open(order.status)) return;
  order.status = status;
  order.updated_at = event_at_;
  relock(order);
  Account& account = accounts_.at(order.account);
  order.closed_as = ++account.closed[listing(order.request.symbol)->instrument.market];
  std::erase(account.open, &order);
  std::erase(markets_[order.request.symbol].orders, &order);
  if (const auto held = account.positions.find(order.request.symbol);
      held != account.positions.end()) {
    if (held->second.stop_order == order.id) held->second.stop_order = 0;
    if (held->second.target_order == order.id) held->second.target_order = 0;
  }
}

Decimal SimulatedVenue::lock_of(const Order& order) const {
  const Listing& listing = *this->listing(order.request.symbol);
  if (listing.instrument.market != MarketType::kSpot || !is_open(order.status)) return {};
  if (order.lock_elsewhere) return {};
  if (order.status == Status::kUntriggered && !rules_.conditional_orders_lock) return {};
  if (order.request.side == OrderSide::kSell) return order.remaining().value;
  const Price price = order.request.is_limit ? order.request.limit : order.request.trigger_price;
  return product(order.remaining().value, price.value);
}

void SimulatedVenue::relock(Order& order) {
  const Decimal wanted = lock_of(order);
  const Instrument& instrument = listing(order.request.symbol)->instrument;
  const Asset& asset = order.request.side == OrderSide::kBuy ? instrument.quote : instrument.base;
  accounts_.at(order.account).purses[asset].locked += wanted - order.locked;
  order.locked = wanted;
}

Order* SimulatedVenue::by_id(const Account& account, std::uint64_t id) const {
  if (id == 0 || id > orders_.size()) return nullptr;
  Order* order = orders_[id - 1].get();
  const bool is_seen = account.seen_until.is_never() || order->created_at <= account.seen_until;
  return order->account == account.name && is_seen ? order : nullptr;
}

const Order* SimulatedVenue::find(const Account& account, std::uint64_t id) const {
  return by_id(account, id);
}

const Order* SimulatedVenue::find(const Account& account, const std::string& client_id) const {
  const auto it = account.by_client_id.find(client_id);
  return it == account.by_client_id.end() ? nullptr : it->second;
}

Outcome<const Order*> SimulatedVenue::cancel(Account& account, std::uint64_t id) {
  Order* order = by_id(account, id);
  if (order == nullptr) return tl::unexpected(Refusal::kOrderNotFound);
  if (!is_open(order->status)) return tl::unexpected(Refusal::kOrderNotOpen);
  end(*order, Status::kCancelled);
  if (order->list != 0) {  // the list ends as one
    const std::vector<Order*> open = account.open;
    for (Order* other : open)
      if (other->list == order->list) end(*other, Status::kCancelled);
  }
  return order;
}

std::vector<const Order*> SimulatedVenue::cancel_all(
    Account& account, const std::function<bool(const Order&)>& wanted) {
  std::vector<const Order*> cancelled;
  const std::vector<Order*> open = account.open;
  for (Order* order : open) {
    if (!wanted(*order)) continue;
    end(*order, Status::kCancelled);
    cancelled.push_back(order);
  }
  return cancelled;
}

Outcome<void> SimulatedVenue::set_leverage(Account& account, const Symbol& symbol,
                                           Decimal leverage) {
  const Listing* listed = listing(symbol);
  if (listed == nullptr || listed->instrument.market != MarketType::kLinear)
    return tl::unexpected(Refusal::kUnknownSymbol);
  if (leverage < Decimal::from_int(1) || leverage > listed->max_leverage)
    return tl::unexpected(Refusal::kLeverageOutOfRange);
  Position& position = account.positions[symbol];
  if (position.leverage == leverage) return tl::unexpected(Refusal::kLeverageUnchanged);
  const Decimal before = std::exchange(position.leverage, leverage);
  const bool fits =
      leverage > before || !available_margin(account, listed->instrument.quote).is_negative();
  if (fits) return {};
  position.leverage = before;
  return tl::unexpected(Refusal::kLeverageNeedsMargin);
}

Outcome<void> SimulatedVenue::set_margin_mode(Account& account, const Symbol& symbol,
                                              MarginMode mode) {
  if (listing(symbol) == nullptr) return tl::unexpected(Refusal::kUnknownSymbol);
  Position& position = account.positions[symbol];
  if (position.margin_mode == mode) return tl::unexpected(Refusal::kMarginModeUnchanged);
  position.margin_mode = mode;
  return {};
}

Outcome<void> SimulatedVenue::set_hedged(Account& account, const Symbol& symbol, bool is_hedged) {
  const Listing* listed = listing(symbol);
  if (listed == nullptr || listed->instrument.market != MarketType::kLinear)
    return tl::unexpected(Refusal::kUnknownSymbol);
  Position& position = account.positions[symbol];
  if (position.is_hedged == is_hedged) return tl::unexpected(Refusal::kPositionModeUnchanged);
  if (!position.size.is_zero()) return tl::unexpected(Refusal::kModeHasPosition);
  for (const Order* order : account.open)
    if (order->request.symbol == symbol) return tl::unexpected(Refusal::kModeHasOrders);
  position.is_hedged = is_hedged;
  return {};
}

Position SimulatedVenue::position(const Account& account, const Symbol& symbol) const {
  const auto it = account.positions.find(symbol);
  return it == account.positions.end() ? Position{} : it->second;
}

Notional SimulatedVenue::unrealised(const Symbol& symbol, const Position& position) {
  if (position.size.is_zero()) return {};
  const auto last = last_price(symbol);
  return last ? unrealised_at(*last, position) : Notional{};
}

Notional SimulatedVenue::unrealised_at(Price last, const Position& position) {
  const Notional worth{product(last.value, abs(position.size))};
  return position.size.is_positive() ? worth - position.open_value : position.open_value - worth;
}

Decimal SimulatedVenue::position_margin(const Symbol& symbol, const Position& position) {
  if (position.size.is_zero()) return {};
  const auto last = last_price(symbol);
  if (!last) return {};
  return quotient(product(last->value, abs(position.size)), position.leverage);
}

// Orders against a position need margin only for what goes beyond it.
Decimal SimulatedVenue::order_margin(const Account& account, const Asset& quote) {
  Decimal sum;
  std::map<Symbol, Decimal> cover;
  for (const Order* order : account.open) {
    const PlaceOrder& request = order->request;
    if (order->status == Status::kUntriggered) continue;
    if (request.reduce_only || request.close_position) continue;
    const Instrument& instrument = listing(request.symbol)->instrument;
    if (instrument.market != MarketType::kLinear || instrument.quote != quote) continue;
    const Position held = position(account, request.symbol);
    Decimal needs = order->remaining().value;
    if (held.size.is_positive() == (request.side == OrderSide::kSell) && !held.size.is_zero()) {
      const auto [left, is_new] = cover.try_emplace(request.symbol, abs(held.size));
      const Decimal covered = std::min(left->second, needs);
      left->second -= covered;
      needs -= covered;
    }
    sum += quotient(product(needs, request.limit.value), held.leverage);
  }
  return sum;
}

Decimal SimulatedVenue::available_margin(const Account& account, const Asset& quote) {
  const auto purse = account.purses.find(quote);
  Decimal sum = purse == account.purses.end() ? Decimal{} : purse->second.free();
  for (const auto& [symbol, position] : account.positions) {
    if (position.size.is_zero() || listing(symbol)->instrument.quote != quote) continue;
    sum += unrealised(symbol, position).value;
    sum -= position_margin(symbol, position);
  }
  return sum - order_margin(account, quote);
}

// Where wallet and open profit meet the maintenance margin, other positions standing still.
std::optional<Price> SimulatedVenue::liquidation_price(const Account& account,
                                                       const Symbol& symbol) {
  const Position held = position(account, symbol);
  const auto last = last_price(symbol);
  if (held.size.is_zero() || !last) return std::nullopt;
  const Instrument& instrument = listing(symbol)->instrument;
  const auto purse = account.purses.find(instrument.quote);
  if (purse == account.purses.end()) return std::nullopt;
  const Decimal size = abs(held.size);
  const Decimal one = Decimal::from_int(1);
  const bool is_long = held.size.is_positive();
  // long:  wallet + p * size - open = p * size * m;  short: wallet + open - p * size = p * size * m
  const Decimal above = is_long ? held.open_value.value - purse->second.total
                                : held.open_value.value + purse->second.total;
  const Decimal below =
      product(size, is_long ? one - rules_.maintenance : one + rules_.maintenance);
  if (!above.is_positive() || !below.is_positive()) return std::nullopt;
  return Price{round_to_step(quotient(above, below), instrument.tick.value, Rounding::kUp)};
}

Outcome<void> SimulatedVenue::liquidate(Account& account, const Symbol& symbol) {
  const Position held = position(account, symbol);
  if (held.size.is_zero()) return tl::unexpected(Refusal::kNoPosition);
  refreshed(symbol);
  cancel_all(account, [&](const Order& order) { return order.request.symbol == symbol; });
  PlaceOrder close;
  close.symbol = symbol;
  close.side = held.size.is_positive() ? OrderSide::kSell : OrderSide::kBuy;
  close.quantity = {abs(held.size)};
  close.reduce_only = true;
  close.origin = Origin::kLiquidation;
  close.venue_type = "MARKET";
  Order& order = insert(account, std::move(close));
  fill(order, markets_[symbol].last, order.request.quantity, false);
  return {};
}

Outcome<void> SimulatedVenue::bust(Account& account, const Symbol& symbol) {
  const auto newest = std::find_if(
      account.executions.rbegin(), account.executions.rend(),
      [&](const Execution& execution) { return execution.order->request.symbol == symbol; });
  if (newest == account.executions.rend()) return tl::unexpected(Refusal::kOrderNotFound);
  const Execution taken = *newest;
  const Instrument& instrument = listing(symbol)->instrument;
  const bool bought = taken.order->request.side == OrderSide::kBuy;
  const Decimal moved = bought ? taken.quantity.value : -taken.quantity.value;
  if (instrument.market == MarketType::kLinear) {
    Position& held = account.positions[symbol];
    const bool has_opened = held.size.is_positive() == bought && abs(held.size) >= abs(moved);
    if (held.size.is_zero() || !has_opened) return tl::unexpected(Refusal::kNoPosition);
    held.size -= moved;
    held.open_value = held.size.is_zero() ? Notional{} : held.open_value - taken.value;
  } else {
    account.purses[instrument.base].total -= moved;
    account.purses[instrument.quote].total += bought ? taken.value.value : -taken.value.value;
  }
  account.purses[taken.fee_asset].total += taken.fee;
  Order& order = *orders_[taken.order->id - 1];
  end(order, Status::kCancelled);
  order.filled -= taken.quantity;
  order.filled_value -= taken.value;
  order.fees[taken.fee_asset] -= taken.fee;
  order.status = Status::kCancelled;  // also one that was filled
  account.executions.erase(std::next(newest).base());
  return {};
}

Outcome<void> SimulatedVenue::delist(const Symbol& symbol) {
  const auto it = index_.find(symbol);
  if (it == index_.end()) return tl::unexpected(Refusal::kUnknownSymbol);
  listings_[it->second].is_trading = false;
  const std::vector<Order*> open = markets_[symbol].orders;
  for (Order* order : open) end(*order, Status::kCancelled);
  return {};
}

Outcome<void> SimulatedVenue::change_filters(const Symbol& symbol,
                                             const std::function<void(Listing&)>& change) {
  const auto it = index_.find(symbol);
  if (it == index_.end()) return tl::unexpected(Refusal::kUnknownSymbol);
  change(listings_[it->second]);
  return {};
}

void SimulatedVenue::deposit(Account& account, const Asset& asset, Decimal amount) {
  account.purses[asset].total += amount;
}

}  // namespace botbox::exchange::sim
