#include "engine/execution/payload.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <vector>

#include "engine/risk/exits.hpp"
#include "engine/risk/sizing.hpp"

namespace botbox {
namespace {

// Members of one object. Texts are names, numbers and ids, which need no escapes.
class PayloadMembers {
 public:
  void text(std::string_view name, std::string_view value) {
    members_ += fmt::format(R"({}"{}":"{}")", comma(), name, value);
  }
  void json(std::string_view name, std::string_view value) {
    members_ += fmt::format(R"({}"{}":{})", comma(), name, value);
  }
  void number(std::string_view name, std::int64_t value) { json(name, fmt::format("{}", value)); }
  // Zero says "none", and is left out.
  void ratio(std::string_view name, Decimal value) {
    if (!value.is_zero()) text(name, to_string(value));
  }
  std::string object() const { return fmt::format("{{{}}}", members_); }

 private:
  std::string_view comma() const { return members_.empty() ? "" : ","; }

  std::string members_;
};

// `items` holds the first ones of `count`.
void put_list(PayloadMembers& payload, std::string_view name, const std::vector<std::string>& items,
              std::size_t count) {
  if (items.empty()) return;
  payload.json(name, fmt::format("[{}]", fmt::join(items, ",")));
  if (count > items.size())
    payload.number(fmt::format("{}_more", name), static_cast<std::int64_t>(count - items.size()));
}

// Each item an object, whose members `describe` puts.
template <class Item, class Describe>
void put_objects(PayloadMembers& payload, std::string_view name, const std::vector<Item>& items,
                 Describe describe) {
  std::vector<std::string> objects;
  for (const Item& item : items) {
    if (objects.size() == kPayloadListMax) break;
    PayloadMembers members;
    describe(members, item);
    objects.push_back(members.object());
  }
  put_list(payload, name, objects, items.size());
}

std::string protective_order(OrderType type, Price trigger) {
  PayloadMembers order;
  order.text("order_type", to_string(type));
  order.text("price", to_string(trigger));
  return order.object();
}

// Empty: it would lie beyond what numbers hold, or at no price.
std::optional<std::string> dca_level(const ScalingPlan& plan, const Trade& trade,
                                     std::uint32_t level) {
  const Result<Decimal> deviation = deviation_of(plan, level);
  if (!deviation) return std::nullopt;
  const Decimal one = Decimal::from_int(1);
  const bool is_long = trade.direction == Direction::kLong;
  const Result<Price> price =
      scaled(trade.entry, is_long ? one - *deviation : one + *deviation, Rounding::kHalfEven);
  if (!price || !price->is_positive()) return std::nullopt;
  Notional cost = trade.reserved;
  for (std::uint32_t k = 0; k < level; ++k) {
    const Result<Notional> larger = scaled(cost, plan.size_scale, Rounding::kDown);
    if (!larger) return std::nullopt;
    cost = *larger;
  }
  PayloadMembers members;
  members.number("level", level);
  members.text("price", to_string(*price));
  members.text("cost", to_string(cost));
  return members.object();
}

void put_dca(PayloadMembers& payload, const ScalingPlan& plan, const Trade& trade) {
  std::vector<std::string> levels;
  std::uint32_t possible = 0;  // none lies behind one that is not
  while (possible < plan.levels) {
    std::optional<std::string> one = dca_level(plan, trade, possible + 1);
    if (!one) break;
    ++possible;
    if (levels.size() < kPayloadListMax) levels.push_back(std::move(*one));
  }
  put_list(payload, "dca", levels, possible);
}

void put_trailing(PayloadMembers& payload, const TrailingPlan& plan) {
  if (!plan.is_on()) return;
  PayloadMembers trailing;
  trailing.ratio("distance", plan.distance);
  trailing.ratio("atr_multiple", plan.atr_multiple);
  trailing.ratio("activation", plan.activation);
  payload.json("trailing", trailing.object());
}

void put_exits(PayloadMembers& payload, const ExitPlan& plan) {
  put_trailing(payload, plan.trailing);
  if (plan.break_even_at.is_positive()) {
    PayloadMembers level;
    level.ratio("at", plan.break_even_at);
    level.ratio("offset", plan.break_even_offset);
    payload.json("break_even", level.object());
  }
  if (plan.time_stop > Duration{0}) payload.number("time_stop_ms", plan.time_stop.count());
  put_objects(payload, "roi", plan.roi, [](PayloadMembers& members, const RoiStep& step) {
    members.number("after_ms", step.after.count());
    members.text("profit", to_string(step.ratio));
  });
  put_objects(payload, "partials", plan.partials,
              [](PayloadMembers& members, const PartialExit& partial) {
                members.text("profit", to_string(partial.profit));
                members.text("share", to_string(partial.share));
              });
  if (plan.on_reversal) payload.json("on_reversal", "true");
}

void put_position(PayloadMembers& payload, const Trade& trade, const OrderRequest& order,
                  const RiskPlan* plan) {
  if (order.stop_loss)
    payload.json("stop_loss", protective_order(OrderType::kStopMarket, order.stop_loss->trigger));
  if (order.take_profit)
    payload.json("take_profit",
                 protective_order(OrderType::kTakeProfitMarket, order.take_profit->trigger));
  if (plan == nullptr) return;
  put_dca(payload, plan->scaling, trade);
  put_exits(payload, plan->exits);
}

}  // namespace

std::string execution_payload(const Trade& trade, const BotConfig& config) {
  const OrderRequest order = order_request(trade);
  const RiskPlan* plan = plan_of(config);
  PayloadMembers payload;
  payload.text("order_type", to_string(order.type));
  payload.text("side", to_string(order.side));
  payload.text("quantity", to_string(order.quantity));
  payload.text("price", to_string(trade.entry));
  payload.text("allocation", to_string(config.allocation));
  payload.text("leverage",
               to_string(plan != nullptr ? plan->sizing.leverage : Decimal::from_int(1)));
  if (trade.direction == Direction::kClose) {
    payload.text("closes", trade.position.value);
    return payload.object();
  }
  payload.text("cost", to_string(trade.reserved));
  if (enlarges(trade))
    payload.text("enlarges", trade.position.value);
  else
    put_position(payload, trade, order, plan);
  return payload.object();
}

void add_payload(std::string& json_object, const Trade& trade, const BotConfig& config) {
  const std::string payload = execution_payload(trade, config);
  const std::size_t end = json_object.rfind('}');
  if (end == std::string::npos) {
    json_object = fmt::format(R"({{"payload":{}}})", payload);
    return;
  }
  const std::size_t last = json_object.find_last_not_of(" \t\r\n", end - 1);
  const bool is_first = last == std::string::npos || json_object[last] == '{';
  json_object.insert(end, fmt::format(R"({}"payload":{})", is_first ? "" : ",", payload));
}

}  // namespace botbox
