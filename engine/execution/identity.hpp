// Identity: ids that are functions of the decision. The same decision has the same ids after any
// restart, on any machine that restored the data directory; nothing here is random or reads
// a clock.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/model/ids.hpp"
#include "engine/model/order.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/time.hpp"

namespace botbox {

// What makes a strategy signal the one it is.
struct SignalIdentity {
  BotId bot;
  std::uint64_t settings_version = 0;
  Symbol symbol;
  Timeframe timeframe;
  Timestamp candle_close;
  Direction direction = Direction::kLong;
  std::uint32_t leg = 0;  // several signals of one candle (DCA); 0 for the first
};

// 32 hex digits: the first 128 bits of SHA-256 over the parts, each with its length before it.
SignalId signal_id(const SignalIdentity& identity);

// 32 hex digits of the parts, made the same way: for whatever else is a function of its content.
std::string content_hash(std::initializer_list<std::string_view> parts);

// Of a signal from outside with an id of its own.
SignalId alert_signal_id(const BotId& bot, std::string_view own_id);
// Without: the same content at another time is another signal.
SignalId alert_signal_id(const BotId& bot, std::string_view content, Timestamp first_seen);
// 12 hex digits of SHA-256: which content a name stands for (a strategy's rules).
std::string content_digest(std::string_view content);

// Prefers the signal's own id.
IdempotencyKey idempotency_key(const SignalId& signal);
// For signals without an id: bot and canonical content. Held for kContentWindow from its first
// appearance, so that no bucket edge lets a twin through.
IdempotencyKey idempotency_key(const BotId& bot, std::string_view canonical_content);
inline constexpr Duration kContentWindow{60'000};
// How long a key from a signal id is held: longer than any venue remembers client order ids.
inline constexpr Duration kIdempotencyRetention{90LL * 86'400'000};

// 28 characters of [a-z0-9]: "bb" and 130 bits in base 32. Fits Binance (36), Bybit (36), OKX (32)
// and Gate (30 with its own prefix).
ClientOrderId client_order_id(const InstallationId& installation, const IdempotencyKey& intent,
                              OrderLeg leg);
// False: no installation has given this id to an order, nor a later one of its chain
// (exchange/venue/bracket_book.hpp).
bool may_be_client_order_id(const ClientOrderId& id);

}  // namespace botbox
