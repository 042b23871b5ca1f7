// Alert: what somebody outside wants traded, read from the body of a webhook by fixed rules.
//
// Which field means what: the source's own mapping first, else the first of these names that there
// is, in lower case, as a whole path ("strategy.order.action") or as its last part ("action"); of
// several the least nested. Two of the same depth that differ are refused.
//
//   action    action side signal order_action direction cmd command
//   symbol    ticker symbol pair instrument tickerid coin
//   quantity  qty contracts size amount quantity      price  price close entry entry_price
//   position  market_position; or position_size, by its sign
//   sent at   timenow sent_at timestamp alert_time    (`time` is TradingView's open of the bar: not
//                                                      when the alert was sent)
//   interval  interval timeframe tf                   comment  comment message note text
//   id        id alert_id signal_id uuid              bot      bot bot_id     (both: least nested
//   secret    secret passphrase password token                                 only)
//   execute at  execute_at execution_scheduled_at scheduled_at not_before      (the same)
//   delay     delay delay_seconds execute_in                                   (the same)
//
// An alert with a time or a delay is executed then. A delay is seconds, or "90s", "15m", "2h",
// "1d", from when the alert was sent; without that, from its arrival.
//
// Actions: buy, long, bull; sell; short, bear; close, exit, flat, close_long, close_short,
// exit_long, exit_short, stop, tp, sl; "sell" closes on spot and goes short elsewhere. A market
// position says more than the action: flat closes, whatever was bought or sold to get there. A sale
// that leaves a long position took a part of it off, which no alert does here: it is refused, as is
// a close that leaves a position, or a purchase that leaves a short one.
//
// Words: one action and at most one symbol; a number is the quantity, one after '@' or "at" the
// price. TradingView's own strategy message ("order buy @ 0.01 filled on BTCUSDT. New strategy
// position is 0.01") is read as well.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "engine/model/decimal.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/time.hpp"
#include "engine/webhook/alert_fields.hpp"

namespace botbox {

enum class AlertAction : std::uint8_t { kBuy, kSell, kShort, kClose };
std::string_view to_string(AlertAction action);

// "action" -> "strategy.order_action": which field of this source's bodies means what. The names on
// the left are those of the table above, with '_' for blanks ("sent_at").
using AlertMapping = std::vector<std::pair<std::string, std::string>>;

// The names that may stand on the left of a mapping.
const std::vector<std::string_view>& alert_meanings();

struct Alert {
  AlertAction action = AlertAction::kBuy;
  std::optional<SymbolParts> symbol;
  std::optional<Decimal> quantity;  // as asked; the bot's settings decide
  std::optional<Decimal> price;
  std::optional<Timeframe> interval;
  Timestamp sent_at;     // "never": not told
  Timestamp execute_at;  // "never": not told; of this and `delay` at most one is
  Duration delay{0};
  std::string id;  // the sender's own; empty: none. At most 128 bytes.
  std::string bot;
  std::string secret;  // as sent; to be compared and forgotten
  std::string comment;
  // Names of fields with a value that means nothing here: a stop or a leverage of the alert's own,
  // for one. In the order of the body, at most kIgnoredFieldsMax. A quantity is not among them.
  std::vector<std::string> ignored;
  // All fields but the secret, sorted by name: what makes two alerts the same. Where the alert has
  // an id of its own, that does.
  std::string content;
};

inline constexpr std::size_t kIgnoredFieldsMax = 20;

// What of the alert is not followed by a bot of this timeframe: alert.ignored, "quantity", and
// "interval" where it is another one.
std::vector<std::string> not_followed(const Alert& alert, Timeframe timeframe);

struct AlertRefusal {
  std::string field;    // what is wrong; empty: the whole body
  std::string message;  // for whoever wrote the alert; holds no secret

  bool operator==(const AlertRefusal&) const = default;
};
std::string to_string(const AlertRefusal& refusal);

tl::expected<Alert, AlertRefusal> parse_alert(std::string_view body,
                                              const AlertMapping& mapping = {});

// What the body gives as secret, also when the rest of it is nonsense (engine/webhook/
// unread_secret.hpp); empty: none.
std::string secret_in(std::string_view body, const AlertMapping& mapping = {});

// The direction for a bot on this market.
Direction direction_of(AlertAction action, MarketType market);

// When an alert that arrives at `now` is to be executed; "never": at once. May lie in the past.
Timestamp scheduled_time(const Alert& alert, Timestamp now);

// "15", "15m", "1h", "D": TradingView's intervals and ours.
std::optional<Timeframe> parse_interval(std::string_view text);

}  // namespace botbox
