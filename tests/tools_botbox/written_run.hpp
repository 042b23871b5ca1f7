// A run as rows in a store, written down by a test, and a market of given closes.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "storage/codec.hpp"
#include "storage/memory_store.hpp"
#include "tools/botbox/replay_report.hpp"

namespace botbox::cli::written {

inline constexpr Timestamp kFrom{1'704'067'200'000};
inline const Symbol kBtc{"BTC/USDT"};
inline const Symbol kEth{"ETH/USDT"};

inline Timestamp minute(int n) { return kFrom + Duration{n * 60'000}; }

// One-minute candles whose closes are given; candle i opens at minute i, and is missing where its
// close is 0.
class ClosesFeed final : public exchange::MarketFeed {
 public:
  explicit ClosesFeed(std::map<Symbol, std::vector<int>> closes) : closes_(std::move(closes)) {}

  std::vector<Symbol> symbols() const override { return {}; }
  std::optional<Timeframe> base_timeframe(const Symbol& symbol) const override {
    if (!closes_.contains(symbol)) return std::nullopt;
    return Timeframe::minutes(1);
  }
  std::optional<Timestamp> first_open(const Symbol&) const override { return std::nullopt; }
  std::optional<Timestamp> last_open(const Symbol&) const override { return std::nullopt; }
  std::optional<Candle> candle_at(const Symbol&, Timestamp) override { return std::nullopt; }
  std::optional<Candle> next_candle(const Symbol& symbol, Timestamp from) override {
    constexpr Timestamp kEnd{std::numeric_limits<std::int64_t>::max()};
    const std::vector<Candle> rest = candles(symbol, {}, {.from = from, .to = kEnd});
    return rest.empty() ? std::nullopt : std::optional(rest.front());
  }
  std::vector<Candle> candles(const Symbol& symbol, Timeframe,
                              exchange::CandleRange range) override {
    std::vector<Candle> found;
    const std::vector<int>& closes = closes_.at(symbol);
    for (std::size_t i = 0; i < closes.size(); ++i) {
      const Timestamp open = minute(static_cast<int>(i));
      if (open < range.from || open >= range.to || closes[i] == 0) continue;
      const Price price{Decimal::from_int(closes[i])};
      found.push_back({open, price, price, price, price, {}});
    }
    if (found.size() > range.limit)
      found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(range.limit));
    return found;
  }

 private:
  std::map<Symbol, std::vector<int>> closes_;
};

struct FillSpec {
  OrderSide side;
  const char* quantity;
  int price;
  const char* fee;
  int at;  // minute
};

class Run {
 public:
  void bot(const std::string& id, const Symbol& symbol, int allocation) {
    BotConfig config;
    config.id = {id};
    config.strategy = {"rsi_reversion"};
    config.symbol = symbol;
    config.allocation = {Decimal::from_int(allocation)};
    BotSnapshot snapshot;
    snapshot.checks = 5;
    put(storage::bot_config_key({id}), config);
    put(storage::bot_snapshot_key({id}), snapshot);
  }
  void position(const std::string& bot, const std::string& id, const Symbol& symbol,
                PositionSide side, const std::vector<FillSpec>& fills) {
    Position position;
    position.id = {id};
    position.bot = {bot};
    position.symbol = symbol;
    position.side = side;
    int number = 0;
    for (const FillSpec& spec : fills) {
      Fill fill;
      fill.id = {id + "-" + std::to_string(++number)};
      fill.symbol = symbol;
      fill.side = spec.side;
      fill.quantity = Quantity::literal(spec.quantity);
      fill.price = {Decimal::from_int(spec.price)};
      fill.fee = Notional::literal(spec.fee);
      fill.at = minute(spec.at);
      auto folded = apply_fill(position, fill);
      REQUIRE(folded);
      position = *folded;
      put(storage::fill_key({bot}, {id}, fill.id),
          storage::BookedFill{fill, static_cast<std::uint32_t>(number)});
    }
    if (position.status == PositionStatus::kClosed)
      position.close_reason = ReasonCode::kStopLossHit;
    put(storage::position_key({bot}, {id}), position);
  }
  Signal& signal(const std::string& bot, const std::string& id, int candle) {
    Signal& signal = signals_.emplace_back();
    signal.bot = {bot};
    signal.id = {id};
    signal.candle_close = minute(candle);
    signal.created_at = minute(candle) + Duration{static_cast<int>(signals_.size())};
    signal.decision = SignalDecision::kAccepted;
    return signal;
  }
  Trade& trade(const std::string& bot, const std::string& id) {
    Trade& trade = trades_.emplace_back();
    trade.id = {id};
    trade.bot = {bot};
    trade.client_order_id = {id};
    trade.status = TradeStatus::kCompleted;
    return trade;
  }
  template <class T>
  void put(storage::Key key, const T& record) {
    puts_.push_back({std::move(key), storage::encode(record)});
  }

  nlohmann::ordered_json report(ReplayFacts facts, exchange::MarketFeed& feed) {
    const auto built = build_report(store(), feed, facts);
    REQUIRE_MESSAGE(built, (built ? "" : to_string(built.error())));
    return *built;
  }
  // Everything that was put so far.
  const storage::Store& store() {
    for (const Signal& s : signals_) put(storage::signal_key(s.bot, s.created_at, s.id), s);
    for (const Trade& t : trades_) put(storage::trade_key(t.id), t);
    REQUIRE(store_.write({.sequence = store_.last_sequence() + 1, .puts = puts_, .deletes = {}}));
    puts_.clear();
    signals_.clear();
    trades_.clear();
    return store_;
  }

 private:
  storage::MemoryStore store_;
  std::vector<storage::Put> puts_;
  std::deque<Signal> signals_;
  std::deque<Trade> trades_;
};

inline ReplayFacts facts(int minutes) {
  ReplayFacts facts;
  facts.from = kFrom;
  facts.to = minute(minutes);
  facts.wall_seconds = 2;
  facts.checks = 100;
  return facts;
}

// What a report's page shows, read back out of it.
inline nlohmann::ordered_json page_data(const std::string& page) {
  const std::string opening = "<script type=\"application/json\" id=\"run\">";
  const auto from = page.find(opening);
  REQUIRE(from != page.npos);
  const auto begin = from + opening.size();
  return nlohmann::ordered_json::parse(page.substr(begin, page.find("</script", begin) - begin));
}

}  // namespace botbox::cli::written
