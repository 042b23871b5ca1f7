// PaperConfig and PaperSeed: what a paper exchange is made from, and remade from after a crash.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/model/instrument.hpp"
#include "engine/model/order.hpp"
#include "engine/model/time.hpp"
#include "exchange/paper/funding.hpp"

namespace botbox::exchange {

struct PaperInstrument {
  Instrument instrument;
  Decimal leverage = Decimal::from_int(1);  // linear only: margin is notional / leverage; >= 1
  std::shared_ptr<const FundingSchedule> funding{};  // linear only; null: none is paid
};

struct StartBalance {
  Asset asset;
  Decimal amount;  // >= 0
};

// Whether `candles` shows the candle that is not closed yet, as real venues do. It is cut to what
// has been seen of it, never its end.
enum class UnfinishedCandle { kHidden, kShown };

struct PaperConfig {
  std::vector<PaperInstrument> instruments;  // each must be in the market feed
  std::vector<StartBalance> balances;
  Decimal taker_fee;  // ratio of the notional: 0.001 is 0.1 %; market, triggered, crossing orders
  Decimal maker_fee;  // resting limit orders; negative is a rebate
  Decimal slippage;   // ratio in [0, 0.5], against the trader; never on resting limit orders
  // Share of a candle's volume in (0, 1] that all orders together can take; zero: no limit.
  Decimal max_participation;
  UnfinishedCandle unfinished = UnfinishedCandle::kHidden;
  // Final orders whose reports are kept. Older ones are forgotten, except that their client ids
  // stay taken for ever (16 bytes each).
  std::size_t remembered_final_orders = 50'000;
};

// An order that the engine knows to have been accepted, with the newest report it has of it.
struct SeedOrder {
  OrderRequest request;
  OrderReport report;
};

// A stop that was moved since its parent was placed, at `moved_at` or before: it has seen all
// candles up to then.
struct SeedStop {
  ClientOrderId id;
  Price trigger;
  Timestamp moved_at;
};

// The engine's durable word on a paper exchange that died with it. Orders that are not in it never
// existed.
struct PaperSeed {
  // The newest time up to which the engine has recorded everything (its last order_updates).
  // Candles after it are traded again; a newer report is honoured all the same.
  Timestamp as_of;
  std::vector<SeedOrder> orders;  // in the order of acceptance
  // Reports of attached orders, as far as known; their requests stand in their parents.
  std::vector<OrderReport> attached;
  std::vector<SeedStop> stops;
};

}  // namespace botbox::exchange
