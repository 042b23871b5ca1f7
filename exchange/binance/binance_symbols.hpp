// BinanceSymbols: "BTC/USDT" and "BTC/USDT:USDT" against Binance's "BTCUSDT".
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/instrument.hpp"
#include "engine/result.hpp"

namespace botbox::exchange {

// Error kInvalidInput: empty, or a symbol of the other market.
Result<std::string> binance_symbol(const Symbol& symbol, MarketType market);

// By the quote currencies that engine/model knows; else the venue's own name.
Symbol guess_symbol(std::string_view venue_name, MarketType market);

// Safe to use from any thread.
class BinanceSymbols {
 public:
  void learn(const std::vector<Instrument>& instruments);
  // Takes a guess, gives what was learnt for it, or the guess again.
  Symbol unified(Symbol guess) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Symbol> by_venue_name_;  // under mutex_
};

}  // namespace botbox::exchange
