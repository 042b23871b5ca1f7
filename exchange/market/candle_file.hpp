// CandleFile: the candles of one symbol and timeframe on disk, as a CSV that CsvMarket reads.
//
// A directory of such files is the local candle store: any tool reads it, a replay takes it as it
// is. Candles are ascending and unique; what is missing is missing.
//
// After a crash: everything that add() or save() acknowledged is there. A line that was cut off is
// taken away when the file is opened next. One process writes a file; a second one is refused.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/model/candle.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::exchange {

// Where candles are missing in ascending ones, within [from, to), the edges included. `from` and
// `to` are on the grid.
std::vector<CandleGap> gaps_of(const std::vector<Candle>& candles, Timeframe timeframe,
                               Timestamp from, Timestamp to);

// "open_time_ms,open,high,low,close,volume" and a line per candle.
std::string candle_csv(const std::vector<Candle>& candles);

class CandleFile {
 public:
  // Reads the file, or begins it; makes the directory. `venue` as in file names: "binance-spot".
  // Errors: kInvalidInput (a line that is no candle, with its place), kAlreadyExists (another
  // process writes it), kIo.
  static Result<CandleFile> open(const std::filesystem::path& directory, const std::string& venue,
                                 const Symbol& symbol, Timeframe timeframe);
  ~CandleFile();
  CandleFile(CandleFile&& other) noexcept;
  CandleFile(const CandleFile&) = delete;
  CandleFile& operator=(const CandleFile&) = delete;
  CandleFile& operator=(CandleFile&&) = delete;

  const std::vector<Candle>& candles() const { return candles_; }
  Timeframe timeframe() const { return timeframe_; }
  const std::filesystem::path& path() const { return path_; }

  // Ascending candles; those that are there already stay as they are. What comes after all others
  // is appended and durable on return; what belongs in between becomes durable with save().
  // Error kInvalidInput: off the grid, not ascending, or no candle; nothing is taken then.
  Result<void> add(const std::vector<Candle>& candles);
  // Writes the file anew, beside the old one and then in its place. Nothing to do: does nothing.
  Result<void> save();

 private:
  CandleFile(std::filesystem::path path, Timeframe timeframe)
      : path_(std::move(path)), timeframe_(timeframe) {}
  Result<void> load();
  Result<void> append(const std::vector<Candle>& candles);

  std::filesystem::path path_;
  Timeframe timeframe_;
  std::vector<Candle> candles_;
  int lock_ = -1;  // descriptor of the lock file
  bool is_dirty_ = false;
};

}  // namespace botbox::exchange
