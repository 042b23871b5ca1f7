// CsvMarket: recorded candles from plain text files.
//
// A file has the header line "open_time_ms,open,high,low,close,volume" and one candle per line:
// UTC epoch milliseconds of the open, decimals as text, ascending, unique. Gaps stay gaps.
// Everything is read at once; a file that breaks a rule is refused whole, with "file:line: what
// (fix)".
//
// File names say what is in them: <venue>_<BASEQUOTE>_<timeframe>_<from>_<to>.csv, for example
// binance-spot_BTCUSDT_1m_2021-04_2021-05.csv. A venue that ends in "-usdm" or "-linear" means
// linear perpetuals (BTC/USDT:USDT), any other spot (BTC/USDT).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exchange/market/candle_spans.hpp"
#include "exchange/market/market_feed.hpp"

namespace botbox::exchange {

// A file and what it holds, as its name or somebody else says.
struct CsvSource {
  std::filesystem::path path;
  Symbol symbol;
  Timeframe timeframe;
  std::string venue;  // "binance-spot"; empty: nobody said
};

// Which candles are wanted of those that are there. The candles of a symbol are those of one venue:
// two venues are two markets.
struct CsvChoice {
  std::vector<Symbol> symbols;          // empty: all
  std::optional<Timeframe> timeframe;   // as such or of what divides it; empty: any
  std::vector<std::string> venues;      // as in file names; empty: whichever a symbol has
  std::string option = "--venue NAME";  // how people choose a venue, for errors
};

// What a file name of the pattern above says.
Result<CsvSource> parse_csv_name(const std::filesystem::path& path);

// One file, or every *.csv of a directory in the order of their names (not below it), by name; none
// is read. Errors: kNotFound (nothing is there), kInvalidInput (a name that says nothing).
Result<std::vector<CsvSource>> csv_sources(const std::filesystem::path& file_or_directory);

// Is it a file of one of these venues? None: of any.
bool is_from(const CsvSource& source, const std::vector<std::string>& venues);

// Those of `sources` that are wanted, in their order; perhaps none. Errors: kInvalidInput (two
// venues have files of one symbol; it names both), kNotFound (the symbol has files, but none of the
// chosen venues).
Result<std::vector<CsvSource>> chosen_sources(const std::vector<CsvSource>& sources,
                                              const CsvChoice& choice);

// The wanted files of a directory (not below it), in the order of their names. Files whose names
// say nothing are left alone. Errors: kNotFound (there is none), and those of chosen_sources().
Result<std::vector<CsvSource>> csv_files_of(const CsvChoice& choice,
                                            const std::filesystem::path& directory);

// Adds the candles of one file's text; `name` is the place in errors. After an error `out` holds
// what came before it.
Result<void> parse_candle_csv(const std::string& name, std::string_view text, Timeframe timeframe,
                              std::vector<Candle>& out);

class CsvMarket final : public MarketFeed {
 public:
  // What is wanted of csv_sources(); other files are not read. A symbol that is not there is no
  // error: the market does not have it then.
  static Result<CsvMarket> load(const std::filesystem::path& file_or_directory,
                                const CsvChoice& choice = {});
  // Several files of one symbol and timeframe are joined, whatever their venues; the later must
  // begin after the earlier.
  static Result<CsvMarket> load(const std::vector<CsvSource>& sources);

  std::vector<Symbol> symbols() const override;
  std::optional<Timeframe> base_timeframe(const Symbol& symbol) const override;
  Timeframe timeframe_at(const Symbol& symbol, Timestamp at) const override;
  std::optional<Timestamp> first_open(const Symbol& symbol) const override;
  std::optional<Timestamp> last_open(const Symbol& symbol) const override;
  std::optional<CandleRange> known_range(const Symbol& symbol, Timeframe timeframe) const override;
  std::optional<Candle> candle_at(const Symbol& symbol, Timestamp open_time) override;
  std::optional<Candle> next_candle(const Symbol& symbol, Timestamp from) override;
  // A timeframe that was loaded as such is served as it is; others are aggregated from the base
  // candles, from the first one on whose beginning is there.
  std::vector<Candle> candles(const Symbol& symbol, Timeframe timeframe,
                              CandleRange range) override;
  std::vector<Candle> base_candles(const Symbol& symbol, CandleRange range) override;

 private:
  struct Series {
    CandlesByTimeframe candles;     // neither empty nor any of it
    std::vector<CandleSpan> spans;  // of `candles`, the base candles
    // From what other timeframes are aggregated; filled as they are asked for.
    std::map<Timeframe, std::vector<CandleSpan>> parts;
  };

  CsvMarket() = default;
  const Series* find(const Symbol& symbol) const;

  std::map<Symbol, Series> series_;
};

}  // namespace botbox::exchange
