#include "exchange/market/candle_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "engine/model/instrument.hpp"
#include "exchange/market/csv_market.hpp"

namespace botbox::exchange {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCsvHeader = "open_time_ms,open,high,low,close,volume\n";

bool earlier(const Candle& a, const Candle& b) { return a.open_time < b.open_time; }

void add_lines(std::string& text, const std::vector<Candle>& candles) {
  for (const Candle& candle : candles)
    text += fmt::format("{},{},{},{},{},{}\n", candle.open_time.ms, to_string(candle.open),
                        to_string(candle.high), to_string(candle.low), to_string(candle.close),
                        to_string(candle.volume));
}

tl::unexpected<Error> cannot_write(const fs::path& path) {
  return fail(ErrorCode::kIo, "the candle file cannot be written", path.string(),
              "check the path, its permissions and the room on the disk");
}

// All of it, and durable.
Result<void> write_synced(const fs::path& path, int flags, std::string_view text) {
  const int file = ::open(path.c_str(), flags | O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return cannot_write(path);
  bool is_done = true;
  while (is_done && !text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    is_done = written > 0;
    if (is_done) text.remove_prefix(static_cast<std::size_t>(written));
  }
  is_done = is_done && ::fsync(file) == 0;
  is_done = ::close(file) == 0 && is_done;
  if (!is_done) return cannot_write(path);
  return {};
}

void sync_directory(const fs::path& directory) {
  const int opened = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;
  (void)::fsync(opened);
  (void)::close(opened);
}

Result<void> check_candles(const std::vector<Candle>& candles, Timeframe timeframe) {
  for (std::size_t i = 0; i < candles.size(); ++i) {
    BOTBOX_TRY(validate(candles[i]));
    if (timeframe.floor(candles[i].open_time) != candles[i].open_time)
      return fail(ErrorCode::kInvalidInput, "a candle is not on the grid of its timeframe",
                  to_iso8601(candles[i].open_time));
    if (i > 0 && candles[i].open_time <= candles[i - 1].open_time)
      return fail(ErrorCode::kInvalidInput, "candles are not in ascending order",
                  to_iso8601(candles[i].open_time));
  }
  return {};
}

}  // namespace

std::vector<CandleGap> gaps_of(const std::vector<Candle>& candles, Timeframe timeframe,
                               Timestamp from, Timestamp to) {
  std::vector<CandleGap> gaps;
  Candle first;
  first.open_time = from;
  auto at = std::lower_bound(candles.begin(), candles.end(), first, earlier);
  Timestamp wanted = from;
  for (; at != candles.end() && at->open_time < to; ++at) {
    if (at->open_time > wanted) gaps.push_back({wanted, at->open_time});
    wanted = at->open_time + timeframe.duration();
  }
  if (wanted < to) gaps.push_back({wanted, to});
  return gaps;
}

std::string candle_csv(const std::vector<Candle>& candles) {
  std::string text(kCsvHeader);
  add_lines(text, candles);
  return text;
}

Result<CandleFile> CandleFile::open(const fs::path& directory, const std::string& venue,
                                    const Symbol& symbol, Timeframe timeframe) {
  BOTBOX_ASSIGN(const SymbolParts parts, parse_symbol(symbol.value));
  std::error_code problem;
  fs::create_directories(directory, problem);
  CandleFile file(directory / fmt::format("{}_{}{}_{}_store.csv", venue, parts.base.value,
                                          parts.quote.value, to_string(timeframe)),
                  timeframe);
  BOTBOX_ASSIGN(const CsvSource named, parse_csv_name(file.path_));
  if (named.symbol != symbol)
    return fail(ErrorCode::kInvalidInput, fmt::format("{} has no {}", venue, symbol.value),
                file.path_.string());
  const fs::path lock = file.path_.string() + ".lock";
  file.lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file.lock_ < 0) return cannot_write(lock);
  if (::flock(file.lock_, LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorCode::kAlreadyExists, "another process writes this candle file",
                file.path_.string(), "wait for it");
  BOTBOX_TRY(file.load());
  return file;
}

CandleFile::CandleFile(CandleFile&& other) noexcept
    : path_(std::move(other.path_)),
      timeframe_(other.timeframe_),
      candles_(std::move(other.candles_)),
      lock_(std::exchange(other.lock_, -1)),
      is_dirty_(other.is_dirty_) {}

CandleFile::~CandleFile() {
  if (lock_ >= 0) ::close(lock_);
}

Result<void> CandleFile::load() {
  std::error_code problem;
  // Not made before there is a candle: a folder with an empty file in it cannot be replayed.
  if (!fs::exists(path_, problem)) return {};
  std::ifstream in(path_, std::ios::binary);
  if (!in.is_open()) return fail(ErrorCode::kIo, "the candle file cannot be read", path_.string());
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad() || text.size() != fs::file_size(path_, problem))
    return fail(ErrorCode::kIo, "the candle file cannot be read whole", path_.string());
  // What was being written when the power went.
  const std::size_t whole = text.rfind('\n') + 1;
  if (whole != text.size()) {
    text.resize(whole);
    fs::resize_file(path_, whole, problem);
    if (problem) return cannot_write(path_);
  }
  if (text.empty()) return {};
  return parse_candle_csv(path_.string(), text, timeframe_, candles_);
}

Result<void> CandleFile::append(const std::vector<Candle>& candles) {
  std::error_code problem;
  const bool is_first = !fs::exists(path_, problem) || fs::file_size(path_, problem) == 0;
  std::string text(is_first ? kCsvHeader : "");
  add_lines(text, candles);
  if (const Result<void> written = write_synced(path_, is_first ? O_TRUNC : O_APPEND, text);
      !written) {
    is_dirty_ = true;  // half a line may stand there
    return written;
  }
  if (is_first) sync_directory(path_.parent_path());
  candles_.insert(candles_.end(), candles.begin(), candles.end());
  return {};
}

Result<void> CandleFile::add(const std::vector<Candle>& candles) {
  BOTBOX_TRY(check_candles(candles, timeframe_));
  if (candles.empty()) return {};
  const bool comes_after =
      candles_.empty() || candles.front().open_time > candles_.back().open_time;
  // Lines on disk must ascend, also those that are not on it yet.
  if (comes_after && !is_dirty_) return append(candles);
  std::vector<Candle> merged;
  merged.reserve(candles_.size() + candles.size());
  std::set_union(candles_.begin(), candles_.end(), candles.begin(), candles.end(),
                 std::back_inserter(merged), earlier);
  is_dirty_ = is_dirty_ || merged.size() != candles_.size();
  candles_ = std::move(merged);
  return {};
}

Result<void> CandleFile::save() {
  if (!is_dirty_) return {};
  const fs::path fresh = path_.string() + ".new";
  BOTBOX_TRY(write_synced(fresh, O_TRUNC, candle_csv(candles_)));
  std::error_code problem;
  fs::rename(fresh, path_, problem);
  if (problem) return cannot_write(path_);
  sync_directory(path_.parent_path());
  is_dirty_ = false;
  return {};
}

}  // namespace botbox::exchange
