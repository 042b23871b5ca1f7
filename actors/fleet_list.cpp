#include "actors/fleet_list.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "actors/list_filters.hpp"
#include "actors/lower_case.hpp"
#include "actors/record_rows.hpp"
#include "engine/decide.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::ordered_json;
using storage::StoredBot;

// All open positions as one row: the sum where they are on one side, the first one's side else.
Json position_of(const BotSnapshot& snapshot, const SymbolPrices& prices,
                 const std::set<PositionId>& dust) {
  if (snapshot.open_positions.empty()) return {};
  const Position& first = snapshot.open_positions.front();
  Quantity quantity;
  Notional cost;
  for (const Position& position : snapshot.open_positions) {
    if (position.side != first.side) continue;
    quantity += position.quantity;
    cost += position.entry_cost;
  }
  Price average = first.average_entry;
  if (!quantity.is_zero())
    if (const auto per_unit = divide(cost.value, quantity.value, Rounding::kHalfEven))
      average = {*per_unit};
  const auto unrealised = unrealised_of(snapshot, prices);
  return {{"side", to_string(first.side)},
          {"quantity", to_string(quantity)},
          {"average", to_string(average)},
          {"unrealized", unrealised ? Json(to_string(*unrealised)) : Json()},
          {"count", snapshot.open_positions.size()},
          {"dust", std::ranges::count_if(snapshot.open_positions, [&](const Position& position) {
             return dust.contains(position.id);
           })}};
}

Result<Json> newest_decision(const storage::Store& store, const BotId& bot, Timestamp now) {
  BOTBOX_ASSIGN(std::vector<DecisionTrace> traces, storage::load_traces(store, bot, {}, now, 1));
  if (traces.empty()) return Json();
  BOTBOX_ASSIGN(const DecisionTrace trace, with_stored_outcome(store, std::move(traces.front())));
  return Json{{"reason", to_string(trace.reason)},
              {"decision", to_string(trace.decision)},
              {"message", explain(trace)},
              {"at", trace.checked_at.ms},
              {"candle_close", trace.candle_close.ms}};
}

struct FleetFilter {
  std::string search;  // lower case
  std::string status;  // upper case
  Symbol symbol;

  bool fits(const IndexedBot& indexed) const {
    if (!status.empty() && state_of(indexed) != status) return false;
    if (!symbol.empty() && indexed.symbol != symbol) return false;
    return search.empty() || indexed.words.find(search) != std::string::npos;
  }
};

// Equal ones stay in the order of their ids.
Result<void> sort_fleet(std::vector<const IndexedBot*>& bots, std::string_view by,
                        bool descending) {
  const auto sort = [&](auto key) {
    std::ranges::stable_sort(bots, [&](const IndexedBot* a, const IndexedBot* b) {
      return descending ? key(*b) < key(*a) : key(*a) < key(*b);
    });
  };
  if (by == "profit") {
    sort([](const IndexedBot& indexed) { return indexed.profit.value; });
  } else if (by == "position") {
    sort([](const IndexedBot& indexed) { return indexed.stake.value; });
  } else if (by == "next_check") {
    sort([](const IndexedBot& indexed) { return indexed.next_check_at; });
  } else if (by.empty() || by == "id") {
    if (descending) std::ranges::reverse(bots);
  } else {
    return fail(ErrorCode::kInvalidInput, "is no order of bots", "sort",
                "id, profit, next_check or position");
  }
  return {};
}

}  // namespace

std::optional<Notional> unrealised_of(const BotSnapshot& snapshot, const SymbolPrices& prices) {
  Notional sum;
  for (const Position& position : snapshot.open_positions) {
    const auto price = prices.find(position.symbol);
    if (price == prices.end()) return std::nullopt;
    const auto profit = unrealised_profit(position, price->second);
    if (!profit) return std::nullopt;
    sum += *profit;
  }
  return sum;
}

Result<Json> bot_summary(const storage::Store& store, const StoredBot& bot,
                         const SymbolPrices& prices, const std::set<PositionId>& dust,
                         Timestamp now) {
  const BotSnapshot& snapshot = bot.snapshot;
  BOTBOX_ASSIGN(Json decision, newest_decision(store, bot.id, now));
  return Json{{"id", bot.id.value},
              {"name", bot.config.name},
              {"status", state_of(bot)},
              {"note", bot.damage ? to_string(*bot.damage) : snapshot.status_reason},
              {"strategy", bot.config.strategy.value},
              {"symbol", bot.config.symbol.value},
              {"timeframe", to_string(bot.config.timeframe)},
              {"next_check_at", snapshot.next_check_at.ms},
              {"last_check_at", snapshot.last_check_at.ms},
              {"last_decision", std::move(decision)},
              {"position", position_of(snapshot, prices, dust)},
              {"pending", snapshot.pending.size()},
              {"realized", to_string(net_profit(snapshot))},
              {"fees", to_string(snapshot.fees)},
              {"allocation", to_string(bot.config.allocation)},
              {"checks", snapshot.checks},
              {"signals", snapshot.signals},
              {"trades_completed", snapshot.trades_completed},
              {"trades_failed", snapshot.trades_failed},
              {"settings_version", snapshot.settings_version}};
}

Result<Json> list_fleet(const storage::Store& store, const Fleet& fleet,
                        const OperatorArguments& arguments, const SymbolPrices& prices,
                        Timestamp now) {
  BOTBOX_ASSIGN(const auto limit, arguments.whole("limit", 1, 500));
  BOTBOX_ASSIGN(const auto descending, arguments.flag("desc"));
  BOTBOX_ASSIGN(const auto offset, arguments.whole("cursor", 0, 1'000'000'000));
  BOTBOX_ASSIGN(Symbol symbol, arguments.symbol("symbol"));
  const FleetFilter filter{lower_case(arguments.text("search")),
                           upper_case(arguments.text("status")), std::move(symbol)};
  BOTBOX_TRY(check_filters(list_filter("bots"), filter.status, {}));
  std::vector<const IndexedBot*> found;
  found.reserve(fleet.bots.size());
  for (const std::shared_ptr<const IndexedBot>& indexed : fleet.bots)
    if (filter.fits(*indexed)) found.push_back(indexed.get());
  BOTBOX_TRY(sort_fleet(found, arguments.text("sort"), descending.value_or(false)));
  const auto first = static_cast<std::size_t>(offset.value_or(0));
  const std::size_t last =
      std::min(found.size(), first + static_cast<std::size_t>(limit.value_or(100)));
  Json items = Json::array();
  for (std::size_t i = first; i < last; ++i) {
    BOTBOX_ASSIGN(const StoredBot fresh, storage::load_bot(store, found[i]->id));
    BOTBOX_ASSIGN(Json row, bot_summary(store, fresh, prices, fleet.dust, now));
    items.push_back(std::move(row));
  }
  return Json{{"items", std::move(items)},
              {"next", last < found.size() ? Json(std::to_string(last)) : Json()},
              {"total", found.size()}};
}

}  // namespace botbox::actors
