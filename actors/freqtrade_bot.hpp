// FreqtradeBot: what freqtrade's names and shapes are filled from, all of one bot. A position here
// is a trade there.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "actors/fleet_list.hpp"
#include "actors/operator_settings.hpp"
#include "storage/booked_fill.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {

struct FreqtradeTrade {
  std::uint32_t number = 0;  // trade_id: 1 is the bot's first position
  Position position;
  std::vector<storage::BookedFill> fills;  // in the order of booking

  bool is_open() const { return position.status == PositionStatus::kOpen; }
  bool is_short() const { return position.side == PositionSide::kShort; }
  // Of what was closed; fees and funding paid.
  Notional realised() const { return net_profit(position); }
};

struct FreqtradeBot {
  storage::StoredBot bot;
  std::vector<FreqtradeTrade> trades;  // by number
  SymbolPrices prices;
  std::string version;
  std::string exchange;
  bool is_paper = false;
  double leverage = 1;                // what freqtrade calls a stake is a value divided by it
  std::string margin_mode = "cross";  // of linear bots
  bool is_trading = true;             // the engine's mode lets it enter
  Timestamp started_at;               // of the engine
  Timestamp checked_at;               // end of the newest cycle; "never": none yet
  Timestamp now;

  std::vector<const FreqtradeTrade*> closed() const;  // by time of closing
  std::vector<const FreqtradeTrade*> open() const;
  std::string quote() const;  // "USDT"
  std::string base() const;
  std::optional<Price> price() const;  // newest of its symbol
};

// Every position of the bot and its fills. Errors: those of the store; kNotFound: no such bot;
// kCorruption: its rows are damaged.
Result<FreqtradeBot> read_freqtrade_bot(const storage::Store& store, const BotId& id);

// Amounts are JSON numbers there. Of no use for reckoning.
double freqtrade_number(Decimal value);
template <class Unit>
double freqtrade_number(Amount<Unit> amount) {
  return freqtrade_number(amount.value);
}
// "2024-01-31 12:00:00"; empty: never.
std::string freqtrade_date(Timestamp at);

// What was paid for all of it, entry fees left out.
double entered_value(const FreqtradeTrade& trade);
// Of the open part at the newest price, before fees of the way out. Empty: closed, or no price.
std::optional<double> open_profit(const FreqtradeBot& of, const FreqtradeTrade& trade);
// Realised and, where it is open, open profit by the stake of all of it.
double profit_ratio(const FreqtradeBot& of, const FreqtradeTrade& trade);

// A row of /status, /trades and /trade/ID.
nlohmann::ordered_json freqtrade_trade_json(const FreqtradeBot& of, const FreqtradeTrade& trade);

}  // namespace botbox::actors
