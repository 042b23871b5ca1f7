#include "tools/botbox/venue_doctor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <set>

#include "actors/wall_clock.hpp"
#include "engine/risk/sizing.hpp"
#include "exchange/venue/venue_factory.hpp"
#include "tools/botbox/engine_assembly.hpp"

namespace botbox::cli {
namespace {

using exchange::AccountFacts;
using exchange::Balance;
using exchange::Reply;
using exchange::VenueApi;
using exchange::VenuePosition;

constexpr Duration kOffsetMax{500};        // the engine's own alert
constexpr Duration kOffsetRefused{4'500};  // venues refuse requests 5 s off

// A doctor is not worth a limiter of its own: so many requests, then no more.
class ProbePermits : public PermitIssuer {
 public:
  Result<Permit> next() {
    if (used_.fetch_add(1) >= kRequestsMax)
      return fail(ErrorCode::kRateLimited, "the doctor's requests are used up");
    return issue();
  }

 private:
  static constexpr int kRequestsMax = 40;
  std::atomic<int> used_{0};
};

template <class T, class Call>
Result<T> ask(const std::shared_ptr<ProbePermits>& permits, Call call) {
  BOTBOX_ASSIGN(const Permit permit, permits->next());
  auto promise = std::make_shared<std::promise<Result<T>>>();
  std::future<Result<T>> answer = promise->get_future();
  call(permit, Reply<T>([promise](Result<T> result) { promise->set_value(std::move(result)); }));
  return answer.get();
}

Diagnosis failed(std::string name, const Error& error, std::string fix) {
  return {std::move(name), Health::kFail, error.message, error.fix.empty() ? fix : error.fix};
}

Diagnosis clock_diagnosis(Duration offset) {
  const std::string detail = fmt::format("the venue's clock is {} ms {} ours", abs(offset).count(),
                                         offset < Duration{0} ? "behind" : "ahead of");
  const std::string fix = "set the clock, for example with systemd-timesyncd or chrony";
  if (abs(offset) > kOffsetRefused) return {"venue clock", Health::kFail, detail, fix};
  if (abs(offset) > kOffsetMax) return {"venue clock", Health::kWarn, detail, fix};
  return {"venue clock", Health::kOk, detail, {}};
}

// `unknown_because`: why nobody has told whether it may withdraw; empty: the venue does not.
Diagnosis rights_diagnosis(const AccountFacts& facts, const std::string& unknown_because) {
  if (!facts.can_trade)
    return {"API key", Health::kFail, "may not trade",
            "give the key the right to trade, or use another one"};
  if (!facts.can_withdraw)
    return {"API key", Health::kWarn,
            unknown_because.empty()
                ? "may trade; the venue does not tell whether it may withdraw"
                : "may trade; whether it may withdraw could not be asked: " + unknown_because,
            "look at the key's rights on the venue's page: it needs none to withdraw"};
  if (*facts.can_withdraw)
    return {"API key", Health::kWarn, "may trade and may withdraw",
            "make a key without the right to withdraw: the engine needs none"};
  return {"API key", Health::kOk, "may trade, may not withdraw", {}};
}

Diagnosis account_diagnosis(const AccountFacts& facts) {
  std::string detail = facts.account_type.empty() ? "account" : facts.account_type;
  if (facts.position_mode)
    detail += fmt::format(", position mode {}", to_string(*facts.position_mode));
  for (const std::string& note : facts.notes) detail += "; " + note;
  if (facts.position_mode == exchange::PositionMode::kHedge)
    return {"account mode", Health::kFail, detail,
            "switch the account to one-way mode: the engine trades net positions only"};
  return {"account mode", Health::kOk, detail, {}};
}

std::set<Symbol> symbols_of(const config::EngineConfig& config) {
  std::set<Symbol> symbols;
  for (const BotConfig& bot : config.bots) symbols.insert(bot.symbol);
  return symbols;
}

// From its equity, which is not known before it trades.
bool computes_stake(const BotConfig& bot) {
  const RiskPlan* plan = plan_of(bot);
  return plan != nullptr && plan->sizing.kind != SizingKind::kStake;
}

// The smallest stake that the bots on this symbol name, as a sum of money.
std::optional<Notional> smallest_stake(const config::EngineConfig& config, const Symbol& symbol) {
  std::optional<Notional> smallest;
  for (const BotConfig& bot : config.bots) {
    if (bot.symbol != symbol || computes_stake(bot)) continue;
    Notional stake{bot.stake};
    if (bot.stake_kind == StakeKind::kPercentOfAllocation) {
      const auto share = scaled(bot.allocation, bot.stake, Rounding::kDown);
      if (!share) continue;
      stake = *share;
    }
    if (!smallest || stake < *smallest) smallest = stake;
  }
  return smallest;
}

// Stops and targets of the symbol's bots, if each of them holds a position with both.
std::size_t wanted_levels(const config::EngineConfig& config, const Symbol& symbol) {
  std::size_t bots = 0;
  for (const BotConfig& bot : config.bots) bots += bot.symbol == symbol ? 1 : 0;
  return 2 * bots;
}

// What the stake buys at this price, in whole lots; empty: it cannot be told.
std::optional<Quantity> bought_by(Notional stake, Price price, const Instrument& instrument) {
  if (!price.is_positive() || !instrument.lot.is_positive()) return std::nullopt;
  const Result<Quantity> bought = quantity_for(stake, price, Rounding::kDown);
  if (!bought) return std::nullopt;
  return Quantity{round_to_step(bought->value, instrument.lot.value, Rounding::kDown)};
}

// An engine refuses the entry whose stop or target would find no room.
Diagnosis room_diagnosis(const config::EngineConfig& config, const Instrument& listed,
                         std::string detail) {
  const std::size_t wanted = wanted_levels(config, listed.symbol);
  const std::size_t most = listed.max_conditional_orders;
  if (most == 0 || wanted <= most) return {listed.symbol.value, Health::kOk, std::move(detail), {}};
  return {listed.symbol.value, Health::kWarn,
          fmt::format("{}; its bots may need {} at once", detail, wanted),
          "spread the bots over more symbols: an entry that could not be protected is refused"};
}

// `last`: the price as the ticker tells it; zero where it was not asked for.
Diagnosis symbol_diagnosis(const config::EngineConfig& config, const Instrument& listed,
                           Price last) {
  std::string detail =
      fmt::format("tick {}, lot {}, smallest quantity {}, smallest order {} {}",
                  to_string(listed.tick), to_string(listed.lot), to_string(listed.min_quantity),
                  to_string(listed.min_notional), listed.quote.value);
  if (listed.max_conditional_orders > 0)
    detail += fmt::format(", at most {} stops and targets", listed.max_conditional_orders);
  if (last.is_positive()) detail += fmt::format(", last price {}", to_string(last));
  const auto stake = smallest_stake(config, listed.symbol);
  if (!stake) return room_diagnosis(config, listed, std::move(detail));
  const std::string fix = "raise stake_amount: such an entry would be refused";
  if (*stake < listed.min_notional)
    return {listed.symbol.value, Health::kFail,
            fmt::format("{}; a bot stakes only {}", detail, to_string(*stake)), fix};
  const auto bought = bought_by(*stake, last, listed);
  if (bought && (bought->is_zero() || *bought < listed.min_quantity))
    return {listed.symbol.value, Health::kFail,
            fmt::format("{}; a bot's stake of {} buys less than the smallest quantity", detail,
                        to_string(*stake)),
            fix};
  return room_diagnosis(config, listed, std::move(detail));
}

Diagnosis unlisted_diagnosis(const Symbol& symbol) {
  return {symbol.value, Health::kFail, "does not trade at this venue",
          "correct the symbol, or choose the other market: 'BTC/USDT' is spot, "
          "'BTC/USDT:USDT' linear"};
}

Diagnosis balance_diagnosis(const config::EngineConfig& config,
                            const std::vector<Balance>& balances) {
  std::map<Asset, Notional> wanted;
  for (const BotConfig& bot : config.bots)
    if (const Result<SymbolParts> parts = parse_symbol(bot.symbol.value))
      wanted[parts->quote] += bot.allocation;
  std::vector<std::string> texts;
  bool is_short = false;
  for (const auto& [asset, allocation] : wanted) {
    Decimal free;
    for (const Balance& balance : balances)
      if (balance.asset == asset) free = balance.free;
    is_short = is_short || free < allocation.value;
    texts.push_back(fmt::format("{} {} free, {} allocated to bots", to_string(free), asset.value,
                                to_string(allocation)));
  }
  if (is_short)
    return {"balance", Health::kWarn, fmt::format("{}", fmt::join(texts, "; ")),
            "deposit, or lower the allocations: entries beyond the balance are refused"};
  return {"balance", Health::kOk, fmt::format("{}", fmt::join(texts, "; ")), {}};
}

// Positions that no bot of an empty data directory can know of are what the first start would find.
Diagnosis position_diagnosis(const std::vector<VenuePosition>& positions) {
  std::vector<std::string> texts;
  for (const VenuePosition& position : positions)
    texts.push_back(fmt::format("{} {} {} at leverage {}, {}", position.symbol.value,
                                to_string(position.side), to_string(position.quantity),
                                to_string(position.leverage), to_string(position.margin_mode)));
  if (texts.empty()) return {"positions", Health::kOk, "none", {}};
  const auto hedged = std::ranges::find_if(positions, &VenuePosition::is_one_of_two);
  if (hedged != positions.end())
    return {"positions", Health::kFail,
            fmt::format("{} is in hedge mode: {}", hedged->symbol.value, fmt::join(texts, "; ")),
            "close it and switch the symbol to one-way mode: the engine trades net positions only"};
  return {"positions", Health::kOk, fmt::format("{}", fmt::join(texts, "; ")), {}};
}

class VenueExamination {
 public:
  VenueExamination(VenueApi& api, const config::EngineConfig& config)
      : api_(api), config_(config), permits_(std::make_shared<ProbePermits>()) {
    api_.set_signals(
        {.on_counter = [](std::string_view, std::int64_t) {},
         .on_stop = [](std::optional<Duration>) {},
         .further_permit = [permits = permits_](const PermitRequest&,
                                                const auto& answer) { answer(permits->next()); }});
  }

  std::vector<Diagnosis> run(bool has_key) {
    const auto time = ask<Timestamp>(
        permits_, [&](const Permit& permit, auto reply) { api_.server_time(permit, reply); });
    const std::string venue(api_.name());
    if (!time) {
      add(failed("venue", time.error(), "check the network, proxy and [exchange] url"));
      return std::move(all_);
    }
    add({"venue", Health::kOk, fmt::format("{} answers", venue), {}});
    add(clock_diagnosis(api_.clock_offset()));
    examine_symbols();
    if (has_key)
      examine_account();
    else
      add({"API key", Health::kFail, "there is none",
           "set BOTBOX__EXCHANGE__API_KEY and BOTBOX__EXCHANGE__API_SECRET, or "
           "credentials_file"});
    return std::move(all_);
  }

 private:
  static constexpr int kTickersMax = 20;  // of many symbols the first

  void add(Diagnosis diagnosis) { all_.push_back(std::move(diagnosis)); }

  void examine_symbols() {
    const auto listed = ask<std::vector<Instrument>>(
        permits_, [&](const Permit& permit, auto reply) { api_.instruments(permit, reply); });
    if (!listed) return add(failed("symbols", listed.error(), "try again later"));
    int tickers = 0;
    for (const Symbol& symbol : symbols_of(config_)) {
      const auto found = std::ranges::find(*listed, symbol, &Instrument::symbol);
      if (found == listed->end()) {
        add(unlisted_diagnosis(symbol));
        continue;
      }
      const Price last = ++tickers <= kTickersMax ? last_price(symbol) : Price{};
      add(symbol_diagnosis(config_, *found, last));
    }
  }

  // Zero: the venue tells none.
  Price last_price(const Symbol& symbol) {
    const auto ticker = ask<exchange::Ticker>(
        permits_, [&](const Permit& permit, auto reply) { api_.ticker(permit, symbol, reply); });
    return ticker ? ticker->last : Price{};
  }

  // What the key may do, if another address of the venue tells it.
  std::string ask_key_rights(AccountFacts& facts) {
    const auto told = ask<std::optional<AccountFacts>>(
        permits_, [&](const Permit& permit, auto reply) { api_.key_rights(permit, reply); });
    if (!told) return told.error().message;
    if (const std::optional<AccountFacts>& rights = *told) {
      facts.can_trade = facts.can_trade && rights->can_trade;
      facts.can_withdraw = rights->can_withdraw;
      facts.notes.insert(facts.notes.end(), rights->notes.begin(), rights->notes.end());
    }
    return {};
  }

  void examine_account() {
    auto facts = ask<AccountFacts>(
        permits_, [&](const Permit& permit, auto reply) { api_.account(permit, reply); });
    // Everything else would be refused for the same reason.
    if (!facts)
      return add(failed("API key", facts.error(),
                        "check key, secret, network (mainnet or testnet) and its address list"));
    const std::string unknown = facts->can_withdraw ? "" : ask_key_rights(*facts);
    add(rights_diagnosis(*facts, unknown));
    add(account_diagnosis(*facts));
    const auto balances = ask<std::vector<Balance>>(
        permits_, [&](const Permit& permit, auto reply) { api_.balances(permit, reply); });
    add(balances ? balance_diagnosis(config_, *balances)
                 : failed("balance", balances.error(), "try again later"));
    if (api_.features().market != MarketType::kLinear) return;
    const auto positions = ask<std::vector<VenuePosition>>(
        permits_, [&](const Permit& permit, auto reply) { api_.positions(permit, reply); });
    add(positions ? position_diagnosis(*positions)
                  : failed("positions", positions.error(), "try again later"));
  }

  VenueApi& api_;
  const config::EngineConfig& config_;
  std::shared_ptr<ProbePermits> permits_;
  std::vector<Diagnosis> all_;
};

}  // namespace

std::vector<Diagnosis> examine_venue(VenueApi& api, const config::EngineConfig& config,
                                     bool has_key) {
  return VenueExamination(api, config).run(has_key);
}

std::vector<Diagnosis> examine_configured_venue(const config::EngineConfig& config) {
  if (!config::is_real(config.exchange.kind)) return {};
  Result<exchange::VenueOptions> options = venue_options(config.exchange);
  if (!options) return {failed("API key", options.error(), "mend the file of keys")};
  const bool has_key = !options->credentials.empty();
  const actors::WallClock clock;
  const auto api = exchange::open_venue(std::move(*options), clock);
  return examine_venue(*api, config, has_key);
}

}  // namespace botbox::cli
