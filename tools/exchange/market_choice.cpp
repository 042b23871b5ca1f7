#include "tools/exchange/market_choice.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "exchange/market/csv_market.hpp"
#include "exchange/market/synthetic_market.hpp"

namespace botbox::cli {
namespace {

using exchange::CandleRange;
using exchange::MarketFeed;

// The candles of one symbol under the name of another.
class AliasMarket final : public MarketFeed {
 public:
  AliasMarket(std::unique_ptr<MarketFeed> feed, std::map<Symbol, Symbol> names)
      : feed_(std::move(feed)), names_(std::move(names)) {}

  std::vector<Symbol> symbols() const override { return feed_->symbols(); }
  std::optional<Timeframe> base_timeframe(const Symbol& symbol) const override {
    return feed_->base_timeframe(name(symbol));
  }
  Timeframe timeframe_at(const Symbol& symbol, Timestamp at) const override {
    return feed_->timeframe_at(name(symbol), at);
  }
  std::optional<CandleRange> known_range(const Symbol& symbol, Timeframe timeframe) const override {
    return feed_->known_range(name(symbol), timeframe);
  }
  std::optional<Timestamp> first_open(const Symbol& symbol) const override {
    return feed_->first_open(name(symbol));
  }
  std::optional<Timestamp> last_open(const Symbol& symbol) const override {
    return feed_->last_open(name(symbol));
  }
  std::optional<Candle> candle_at(const Symbol& symbol, Timestamp at) override {
    return feed_->candle_at(name(symbol), at);
  }
  std::optional<Candle> next_candle(const Symbol& symbol, Timestamp from) override {
    return feed_->next_candle(name(symbol), from);
  }
  std::vector<Candle> candles(const Symbol& symbol, Timeframe timeframe,
                              CandleRange range) override {
    return feed_->candles(name(symbol), timeframe, range);
  }
  std::vector<Candle> base_candles(const Symbol& symbol, CandleRange range) override {
    return feed_->base_candles(name(symbol), range);
  }

 private:
  const Symbol& name(const Symbol& symbol) const {
    const auto it = names_.find(symbol);
    return it == names_.end() ? symbol : it->second;
  }
  std::unique_ptr<MarketFeed> feed_;
  std::map<Symbol, Symbol> names_;
};

// Grids like those of the real venues for the coins that everybody trades; a fair guess for others.
exchange::sim::Listing listing_of(const SymbolParts& parts) {
  const bool spot = parts.market == MarketType::kSpot;
  exchange::sim::Listing listing;
  Instrument& i = listing.instrument;
  i.symbol = parts.unified;
  i.base = parts.base;
  i.quote = parts.quote;
  i.market = parts.market;
  const bool btc = parts.base.value == "BTC", eth = parts.base.value == "ETH";
  i.tick = Price::literal(btc ? (spot ? "0.01" : "0.1") : eth ? "0.01" : "0.0001");
  i.lot = Quantity::literal(spot ? (btc   ? "0.00001"
                                    : eth ? "0.0001"
                                          : "0.01")
                                 : (btc   ? "0.001"
                                    : eth ? "0.01"
                                          : "0.1"));
  i.min_quantity = i.lot;
  i.max_quantity = Quantity::literal(btc ? "500" : eth ? "10000" : "10000000");
  i.min_notional = Notional::literal("5");
  return listing;
}

exchange::SyntheticSymbol invented(const Instrument& instrument) {
  const bool btc = instrument.base.value == "BTC", eth = instrument.base.value == "ETH";
  return {instrument,
          Price::literal(btc   ? "60000"
                         : eth ? "3000"
                               : "10"),
          Decimal::literal(btc ? "0.025" : "0.03"),
          Quantity::literal(btc   ? "25"
                            : eth ? "400"
                                  : "20000")};
}

// Whose candles serve the instrument: its own, else those of the same coins' other market.
std::optional<Symbol> candles_for(const Instrument& instrument,
                                  const std::vector<exchange::CsvSource>& files,
                                  const std::vector<std::string>& venues) {
  const auto are_there = [&](const Symbol& symbol) {
    return std::any_of(files.begin(), files.end(), [&](const exchange::CsvSource& file) {
      return file.symbol == symbol && exchange::is_from(file, venues);
    });
  };
  if (are_there(instrument.symbol)) return instrument.symbol;
  const std::string spot = instrument.base.value + "/" + instrument.quote.value;
  const bool is_spot = instrument.market == MarketType::kSpot;
  const Symbol other{is_spot ? spot + ":" + instrument.quote.value : spot};
  if (are_there(other)) return other;
  return std::nullopt;
}

}  // namespace

Result<Market> open_market(const MarketChoice& choice) {
  Market market;
  for (const std::string& text : choice.symbols) {
    BOTBOX_ASSIGN(const SymbolParts parts, parse_symbol(text));
    market.listings.push_back(listing_of(parts));
  }
  if (choice.csv.empty()) {
    exchange::SyntheticMarketConfig config;
    config.seed = choice.seed;
    for (const auto& listing : market.listings)
      config.symbols.push_back(invented(listing.instrument));
    BOTBOX_ASSIGN(auto made, exchange::SyntheticMarket::create(std::move(config)));
    market.feed = std::make_unique<exchange::SyntheticMarket>(std::move(made));
    return market;
  }
  BOTBOX_ASSIGN(const std::vector<exchange::CsvSource> files, exchange::csv_sources(choice.csv));
  exchange::CsvChoice wanted;
  wanted.venues = choice.venues;
  std::map<Symbol, Symbol> names;
  for (const auto& listing : market.listings) {
    const Symbol& symbol = listing.instrument.symbol;
    const auto of = candles_for(listing.instrument, files, choice.venues);
    if (!of) continue;
    wanted.symbols.push_back(*of);
    if (*of != symbol) names[symbol] = *of;
  }
  if (wanted.symbols.empty())
    return fail(ErrorCode::kNotFound, "no candles of what is listed", choice.csv,
                "name other --symbols, another --feed or another --venue");
  BOTBOX_ASSIGN(const auto chosen, exchange::chosen_sources(files, wanted));
  BOTBOX_ASSIGN(auto recorded, exchange::CsvMarket::load(chosen));
  for (const Symbol& symbol : recorded.symbols()) {
    const auto first = recorded.first_open(symbol);
    if (first && *first > market.recorded_from) market.recorded_from = *first;
  }
  market.feed = std::make_unique<AliasMarket>(
      std::make_unique<exchange::CsvMarket>(std::move(recorded)), std::move(names));
  return market;
}

}  // namespace botbox::cli
