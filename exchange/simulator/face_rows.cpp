#include "exchange/simulator/face_rows.hpp"

#include <algorithm>
#include <limits>

namespace botbox::exchange::sim {
namespace {

std::int64_t start_of(const Params& params) { return params.integer("startTime").value_or(0); }

std::int64_t end_of(const Params& params) {
  return params.integer("endTime").value_or(std::numeric_limits<std::int64_t>::max());
}

}  // namespace

std::string money(Decimal value) { return fixed(value, 8); }

std::string price_of(const Instrument& instrument, Price price) {
  return fixed(price.value, places_of(instrument.tick.value));
}

std::string quantity_of(const Instrument& instrument, Quantity quantity) {
  return fixed(quantity.value, places_of(instrument.lot.value));
}

std::string binance_status_of(const Order& order) {
  switch (order.status) {
    case Status::kUntriggered:
    case Status::kNew: return "NEW";
    case Status::kPartiallyFilled: return "PARTIALLY_FILLED";
    case Status::kFilled: return "FILLED";
    case Status::kCancelled: return "CANCELED";
    case Status::kExpired: return "EXPIRED";
  }
  return "?";
}

std::optional<OrderSide> binance_side_of(const std::string& text) {
  if (text == "BUY") return OrderSide::kBuy;
  if (text == "SELL") return OrderSide::kSell;
  return std::nullopt;
}

std::string time_in_force_of(const PlaceOrder& request, std::string_view post_only) {
  switch (request.time_in_force) {
    case TimeInForce::kImmediateOrCancel: return "IOC";
    case TimeInForce::kFillOrKill: return "FOK";
    case TimeInForce::kPostOnly: return std::string(post_only);
    case TimeInForce::kGoodTillCancelled: return "GTC";
  }
  return "?";
}

bool is_within(Timestamp at, const Params& params) {
  return at.ms >= start_of(params) && at.ms <= end_of(params);
}

std::span<const Execution> executions_between(const Account& account, Timestamp from,
                                              Timestamp to) {
  const std::vector<Execution>& all = account.executions;
  if (from > to) return {};
  const auto first = std::ranges::lower_bound(all, from, {}, &Execution::at);
  const auto last = std::ranges::upper_bound(first, all.end(), to, {}, &Execution::at);
  return {first, last};
}

std::span<const Execution> executions_within(const Account& account, const Params& params) {
  return executions_between(account, {start_of(params)}, {end_of(params)});
}

std::span<const Execution> executions_around(const Account& account, const Order& order) {
  return executions_between(account, order.created_at, order.updated_at);
}

std::vector<std::optional<PositionSide>> told_sides(const Position& position) {
  if (!position.is_hedged) return {std::nullopt};
  return {PositionSide::kLong, PositionSide::kShort};
}

Position on_side(Position position, std::optional<PositionSide> side) {
  const bool is_there = !side || position.size.is_negative() == (*side == PositionSide::kShort);
  if (is_there) return position;
  position.size = {};
  position.open_value = {};
  position.stop_order = position.target_order = 0;
  return position;
}

const std::string& OrderRows::of(const Order& order, const Instrument& instrument) {
  if (told_.size() >= kKept) told_.clear();
  Told& told = told_[order.id];
  if (told.row.empty() || told.order != order || told.instrument != instrument)
    told = {order, instrument, write_(order).dump()};
  return told.row;
}

void cut_rows(Json& rows, const Params& params, const char* from_name, std::int64_t most) {
  const auto limit = static_cast<std::size_t>(
      std::clamp<std::int64_t>(params.integer("limit").value_or(500), 1, most));
  if (rows.size() <= limit) return;
  const auto extra = static_cast<std::ptrdiff_t>(rows.size() - limit);
  if (params.has(from_name) || params.has("startTime"))
    rows.erase(rows.end() - extra, rows.end());
  else
    rows.erase(rows.begin(), rows.begin() + extra);
}

}  // namespace botbox::exchange::sim
