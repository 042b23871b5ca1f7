// Alerts that say that what another one warned of is over.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace botbox {

// Which kind of alert ends which; the limiter and the exchange's health tell both under one name.
struct AlertEnd {
  std::string_view ends;
  std::string_view ended;
};
inline constexpr std::array kAlertEnds{
    AlertEnd{"cycle.normal", "cycle.slow"},
    AlertEnd{"check.normal", "check.errors"},
    AlertEnd{"data.fresh", "data.stale"},
    AlertEnd{"data.begun", "data.none"},
    AlertEnd{"disk.enough", "disk.low"},
    AlertEnd{"limiter.back", "limiter.silent"},
    AlertEnd{"queue.normal", "queue.deep"},
    AlertEnd{"trade.known", "trade.unknown"},
    AlertEnd{"bookmark.made", "bookmark.failed"},
    AlertEnd{"notify.working", "notify.failing"},
    AlertEnd{"notify.hears", "notify.deaf"},
    AlertEnd{"retention.works", "retention.failed"},
    AlertEnd{"clock.normal", "clock.offset"},
    AlertEnd{"positions.stopped", "positions.without_stop"},
    AlertEnd{"mailbox.normal", "mailbox.deep"},
    AlertEnd{"actor.answers", "actor.silent"},
    AlertEnd{"memory.normal", "memory.high"},
    AlertEnd{"bot.released", "bot.quarantined"},
    AlertEnd{"balances.known", "balances.unknown"},
    AlertEnd{"exchange.reached", "exchange.unreachable"},
    AlertEnd{"reconciliation.works", "reconciliation.failed"},
    AlertEnd{"reconciliation.resolved", "reconciliation.difference"},
    AlertEnd{"reconciliation.gone", "reconciliation.difference"},
    AlertEnd{"reconciliation.ignored", "reconciliation.difference"},
};

// The kind that an alert of this kind and text ends; empty: it ends none.
constexpr std::string_view alert_ended_by(std::string_view kind, std::string_view text) {
  const auto* const end = std::ranges::find(kAlertEnds, kind, &AlertEnd::ends);
  if (end != kAlertEnds.end()) return end->ended;
  const bool says_well = (kind == "exchange.health" && text.ends_with("healthy again")) ||
                         (kind == "limiter" && text.ends_with(" OK"));
  return says_well ? kind : std::string_view();
}

}  // namespace botbox
