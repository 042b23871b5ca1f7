#include "actors/operator_routes.hpp"

#include <array>

#include "exchange/http/http_target.hpp"

namespace botbox::actors {
namespace {

constexpr std::array kRoutes{
    OperatorRoute{"GET", "/api/session", "session"},
    OperatorRoute{"GET", "/api/overview", "overview"},
    OperatorRoute{"GET", "/api/equity", "equity"},
    OperatorRoute{"GET", "/api/bots", "bots"},
    OperatorRoute{"GET", "/api/bots/{bot}", "bot"},
    OperatorRoute{"GET", "/api/bots/{bot}/candles", "candles"},
    OperatorRoute{"GET", "/api/bots/{bot}/traces", "traces"},
    OperatorRoute{"GET", "/api/bots/{bot}/why", "why"},
    OperatorRoute{"GET", "/api/signals", "signals"},
    OperatorRoute{"GET", "/api/signals/{id}", "signal"},
    OperatorRoute{"GET", "/api/intents", "intents"},
    OperatorRoute{"GET", "/api/trades", "trades"},
    OperatorRoute{"GET", "/api/trades/{id}", "trade"},
    OperatorRoute{"GET", "/api/positions", "positions"},
    OperatorRoute{"GET", "/api/fills", "fills"},
    OperatorRoute{"GET", "/api/events", "events"},
    OperatorRoute{"GET", "/api/cycles", "cycles"},
    OperatorRoute{"GET", "/api/latency", "latency"},
    OperatorRoute{"GET", "/api/locks", "locks"},
    OperatorRoute{"GET", "/api/differences", "differences"},
    OperatorRoute{"GET", "/api/alerts", "alerts"},
    OperatorRoute{"GET", "/api/reasons", "reasons"},
    OperatorRoute{"GET", "/api/limiter", "limiter"},
    OperatorRoute{"GET", "/api/balances", "balances"},
    OperatorRoute{"GET", "/api/cache", "cache"},
    OperatorRoute{"GET", "/api/queue", "queue"},
    OperatorRoute{"GET", "/api/journal", "journal"},
    OperatorRoute{"GET", "/api/actors", "actors"},
    OperatorRoute{"GET", "/api/engine/rollout", "rollout"},
    OperatorRoute{"GET", "/api/config", "config"},
    OperatorRoute{"GET", "/api/metrics", "metrics"},
    OperatorRoute{"GET", "/api/orchestrator/metrics", "documents"},
    OperatorRoute{"GET", "/metrics", "prometheus"},
    OperatorRoute{"GET", "/api/v1/version", "ft_version"},
    OperatorRoute{"GET", "/api/v1/show_config", "ft_show_config"},
    OperatorRoute{"GET", "/api/v1/count", "ft_count"},
    OperatorRoute{"GET", "/api/v1/status", "ft_status"},
    OperatorRoute{"GET", "/api/v1/trades", "ft_trades"},
    OperatorRoute{"GET", "/api/v1/trade/{id}", "ft_trade"},
    OperatorRoute{"GET", "/api/v1/profit", "ft_profit"},
    OperatorRoute{"GET", "/api/v1/daily", "ft_daily"},
    OperatorRoute{"GET", "/api/v1/weekly", "ft_weekly"},
    OperatorRoute{"GET", "/api/v1/monthly", "ft_monthly"},
    OperatorRoute{"GET", "/api/v1/balance", "ft_balance"},
    OperatorRoute{"GET", "/api/v1/performance", "ft_performance"},
    OperatorRoute{"GET", "/api/v1/entries", "ft_entries"},
    OperatorRoute{"GET", "/api/v1/exits", "ft_exits"},
    OperatorRoute{"GET", "/api/v1/mix_tags", "ft_mix_tags"},
    OperatorRoute{"GET", "/api/v1/stats", "ft_stats"},
    OperatorRoute{"GET", "/api/v1/whitelist", "ft_whitelist"},
    OperatorRoute{"GET", "/api/v1/blacklist", "ft_blacklist"},
    OperatorRoute{"GET", "/api/v1/locks", "ft_locks"},
    OperatorRoute{"GET", "/api/v1/logs", "ft_logs"},
    OperatorRoute{"GET", "/api/v1/health", "ft_health"},
    OperatorRoute{"GET", "/api/v1/pair_candles", "ft_pair_candles"},
    OperatorRoute{"GET", "/api/v1/plot_config", "ft_plot_config"},
    OperatorRoute{"POST", "/api/v1/start", "resume"},
    OperatorRoute{"POST", "/api/v1/stop", "pause"},
    OperatorRoute{"POST", "/api/v1/stopbuy", "pause"},
    OperatorRoute{"POST", "/api/v1/stopentry", "pause"},
    OperatorRoute{"POST", "/trigger", "trigger"},
    OperatorRoute{"POST", "/api/trigger", "trigger"},
    OperatorRoute{"POST", "/api/engine/mode", "mode"},
    OperatorRoute{"POST", "/api/engine/live", "live"},
    OperatorRoute{"POST", "/api/engine/rollout", "set_rollout"},
    OperatorRoute{"POST", "/api/engine/reload", "reload"},
    OperatorRoute{"POST", "/api/bots", "create_bot"},
    OperatorRoute{"PUT", "/api/bots/{bot}", "update_bot"},
    OperatorRoute{"POST", "/api/bots/{bot}/pause", "pause"},
    OperatorRoute{"POST", "/api/bots/{bot}/resume", "resume"},
    OperatorRoute{"POST", "/api/bots/{bot}/archive", "archive"},
    OperatorRoute{"POST", "/api/bots/{bot}/check", "check"},
    OperatorRoute{"POST", "/api/bots/{bot}/close", "close"},
    OperatorRoute{"POST", "/api/positions/close", "close_all"},
    OperatorRoute{"POST", "/api/locks/lift", "lift_locks"},
    OperatorRoute{"POST", "/api/locks/lift-fleet", "lift_fleet_locks"},
    OperatorRoute{"POST", "/api/differences/{id}/decide", "decide"},
    OperatorRoute{"POST", "/api/trades/{id}/cancel", "cancel_trade"},
};

std::string_view take_word(std::string_view& path) {
  const std::size_t slash = path.find('/');
  const std::string_view word = path.substr(0, slash);
  path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  return word;
}

std::optional<std::map<std::string, std::string>> match(std::string_view pattern,
                                                        std::string_view path) {
  std::map<std::string, std::string> arguments;
  pattern.remove_prefix(1);
  path.remove_prefix(1);
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_word(pattern);
    const std::string_view word = take_word(path);
    if (wanted.starts_with('{')) {
      if (word.empty()) return std::nullopt;
      arguments.emplace(wanted.substr(1, wanted.size() - 2), exchange::percent_decode(word));
    } else if (wanted != word) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return arguments;
}

}  // namespace

std::span<const OperatorRoute> operator_routes() { return kRoutes; }

RouteMatch match_route(std::string_view method, std::string_view path) {
  RouteMatch found;
  if (!path.starts_with('/')) return found;
  for (const OperatorRoute& route : kRoutes) {
    auto arguments = match(route.path, path);
    if (!arguments) continue;
    found.allowed += (found.allowed.empty() ? "" : ", ") + std::string(route.method);
    if (route.method != method) continue;
    found.route = &route;
    found.arguments = std::move(*arguments);
  }
  return found;
}

}  // namespace botbox::actors
