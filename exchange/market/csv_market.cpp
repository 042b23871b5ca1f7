#include "exchange/market/csv_market.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>

#include "engine/model/instrument.hpp"

namespace botbox::exchange {
namespace {

constexpr std::string_view kHeader = "open_time_ms,open,high,low,close,volume";

bool opens_before(const Candle& candle, Timestamp at) { return candle.open_time < at; }

// One file's text and where in it the reader is.
class CandleReader {
 public:
  CandleReader(std::string name, std::string_view text, Timeframe timeframe)
      : name_(std::move(name)), rest_(text), timeframe_(timeframe) {}

  Result<void> read_into(std::vector<Candle>& out) {
    std::string_view line;
    if (!next_line(line) || line != kHeader)
      return error("the header is missing", fmt::format("begin the file with {}", kHeader));
    out.reserve(out.size() + rest_.size() / 48);
    while (next_line(line)) {
      BOTBOX_ASSIGN(const Candle candle, parse(line));
      if (!out.empty() && candle.open_time <= out.back().open_time)
        return error(fmt::format("candle at {} does not come after the one at {}",
                                 candle.open_time.ms, out.back().open_time.ms),
                     line_ == kFirstCandle
                         ? "name files of one timeframe in the order of time, each time once"
                         : "sort the lines by open time and leave each in once");
      out.push_back(candle);
    }
    return {};
  }

 private:
  tl::unexpected<Error> error(std::string message, std::string fix) const {
    return fail(ErrorCode::kInvalidInput, std::move(message), fmt::format("{}:{}", name_, line_),
                std::move(fix));
  }

  // Takes "\n" and "\r\n"; the last line may go without. An empty line is an error of its own.
  bool next_line(std::string_view& line) {
    if (rest_.empty()) return false;
    ++line_;
    const std::size_t end = rest_.find('\n');
    line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return true;
  }

  Result<Candle> parse(std::string_view line) const {
    std::array<std::string_view, 6> field;
    std::size_t count = 0;
    for (std::string_view rest = line;; ++count) {
      const std::size_t comma = rest.find(',');
      if (count < field.size()) field[count] = rest.substr(0, comma);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    if (++count != field.size())
      return error(fmt::format("{} fields instead of 6", count), fmt::format("write {}", kHeader));
    Candle candle;
    const auto [end, problem] =
        std::from_chars(field[0].data(), field[0].data() + field[0].size(), candle.open_time.ms);
    if (problem != std::errc{} || end != field[0].data() + field[0].size())
      return error(fmt::format("'{}' is not an open time", field[0]),
                   "write UTC epoch milliseconds");
    if (timeframe_.floor(candle.open_time) != candle.open_time)
      return error(fmt::format("open time {} is not on the {} grid", candle.open_time.ms,
                               to_string(timeframe_)),
                   "check the timeframe in the file name");
    const std::array<Decimal*, 5> target{&candle.open.value, &candle.high.value, &candle.low.value,
                                         &candle.close.value, &candle.volume.value};
    for (std::size_t i = 0; i < target.size(); ++i) {
      const Result<Decimal> number = Decimal::parse(field[i + 1]);
      if (!number)
        return error(number.error().message, "write a plain decimal with at most 12 places");
      *target[i] = *number;
    }
    if (const Result<void> valid = validate(candle); !valid)
      return error(valid.error().message, "repair or remove the line");
    return candle;
  }

  static constexpr std::size_t kFirstCandle = 2;  // its line; what is before it is another file's

  std::string name_;
  std::string_view rest_;
  Timeframe timeframe_;
  std::size_t line_ = 0;
};

Result<std::string> read_whole(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::error_code size_error;
  const auto size = std::filesystem::file_size(path, size_error);
  if (!in || size_error)
    return fail(ErrorCode::kIo, "cannot read the candle file", path.string(),
                "check the path and its permissions");
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  if (static_cast<std::uintmax_t>(in.gcount()) != size)
    return fail(ErrorCode::kIo, "the candle file could not be read to its end", path.string());
  return text;
}

// By name; empty, too, where the directory cannot be read.
std::vector<std::filesystem::path> csv_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> paths;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(directory, problem))
    if (entry.path().extension() == ".csv") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

template <class T>
bool is_among(const std::vector<T>& list, const T& sought) {
  return std::find(list.begin(), list.end(), sought) != list.end();
}

// By symbol and timeframe; whose candles they are is another question.
bool has_wanted_candles(const CsvSource& source, const CsvChoice& choice) {
  if (!choice.symbols.empty() && !is_among(choice.symbols, source.symbol)) return false;
  return !choice.timeframe || choice.timeframe->ms() % source.timeframe.ms() == 0;
}

// Whose candles of one symbol are there.
struct VenuesOfSymbol {
  std::set<std::string> wanted;
  std::set<std::string> others;
  std::string place;
};

Result<void> check_one_venue(const Symbol& symbol, const VenuesOfSymbol& venues,
                             const CsvChoice& choice) {
  if (venues.wanted.empty())
    return fail(ErrorCode::kNotFound,
                fmt::format("no candles of {} from {}, only from {}", symbol.value,
                            fmt::join(choice.venues, ", "), fmt::join(venues.others, ", ")),
                venues.place, fmt::format("choose another: {}", choice.option));
  if (venues.wanted.size() > 1)
    return fail(ErrorCode::kInvalidInput,
                fmt::format("candles of {} from several venues: {}", symbol.value,
                            fmt::join(venues.wanted, ", ")),
                venues.place, fmt::format("choose one: {}", choice.option));
  return {};
}

std::string names_of(const std::vector<Symbol>& symbols) {
  std::string text;
  for (const Symbol& symbol : symbols) text += (text.empty() ? "" : ", ") + symbol.value;
  return text;
}

// The span that contains `at`, or else comes next; null: none does.
const CandleSpan* first_ending_after(const std::vector<CandleSpan>& spans, Timestamp at) {
  const auto found =
      std::lower_bound(spans.begin(), spans.end(), at,
                       [](const CandleSpan& span, Timestamp sought) { return span.to <= sought; });
  return found == spans.end() ? nullptr : &*found;
}

std::vector<Candle> newest_within(const std::vector<Candle>& candles, CandleRange range) {
  const auto begin = std::lower_bound(candles.begin(), candles.end(), range.from, opens_before);
  const auto end = std::lower_bound(begin, candles.end(), range.to, opens_before);
  const auto wanted = std::min(static_cast<std::size_t>(end - begin), range.limit);
  return {end - static_cast<std::ptrdiff_t>(wanted), end};
}

// Candles that are nowhere as such, from the spans of those that divide them.
std::vector<Candle> aggregated(const CandlesByTimeframe& candles,
                               const std::vector<CandleSpan>& spans, Timeframe timeframe,
                               CandleRange range) {
  std::vector<Candle> newest_first;
  for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
    if (span->from >= range.to) continue;
    if (span->to <= range.from) break;
    const std::vector<Candle>& parts = candles.at(span->timeframe);
    const auto begin = std::lower_bound(parts.begin(), parts.end(),
                                        std::max(range.from, span->from), opens_before);
    auto part = std::lower_bound(begin, parts.end(), std::min(range.to, span->to), opens_before);
    while (part != begin) {
      --part;
      const Timestamp open_time = timeframe.floor(part->open_time);
      const bool is_new = newest_first.empty() || newest_first.back().open_time != open_time;
      if (is_new && newest_first.size() == range.limit)
        return {newest_first.rbegin(), newest_first.rend()};
      if (is_new) {
        newest_first.push_back(*part);
        newest_first.back().open_time = open_time;
        continue;
      }
      Candle& whole = newest_first.back();
      whole.open = part->open;
      whole.high = std::max(whole.high, part->high);
      whole.low = std::min(whole.low, part->low);
      whole.volume += part->volume;
    }
  }
  return {newest_first.rbegin(), newest_first.rend()};
}

}  // namespace

Result<void> parse_candle_csv(const std::string& name, std::string_view text, Timeframe timeframe,
                              std::vector<Candle>& out) {
  return CandleReader(name, text, timeframe).read_into(out);
}

Result<CsvSource> parse_csv_name(const std::filesystem::path& path) {
  const std::string name = path.stem().string();
  std::array<std::string_view, 3> part;
  std::string_view rest = name;
  for (std::string_view& p : part) {
    const std::size_t underscore = rest.find('_');
    p = rest.substr(0, underscore);
    rest.remove_prefix(underscore == std::string_view::npos ? rest.size() : underscore + 1);
  }
  const bool linear = part[0].ends_with("-usdm") || part[0].ends_with("-linear");
  const Result<SymbolParts> symbol =
      parse_symbol(linear ? fmt::format("{}.P", part[1]) : std::string(part[1]));
  const Result<Timeframe> timeframe = Timeframe::parse(part[2]);
  if (part[0].empty() || !symbol || !timeframe || path.extension() != ".csv")
    return fail(ErrorCode::kInvalidInput, "the file name does not say what is in it", path.string(),
                "name it <venue>_<BASEQUOTE>_<timeframe>_<from>_<to>.csv");
  return CsvSource{path, symbol->unified, *timeframe, std::string(part[0])};
}

Result<std::vector<CsvSource>> csv_sources(const std::filesystem::path& file_or_directory) {
  std::vector<std::filesystem::path> paths;
  std::error_code problem;
  if (!std::filesystem::exists(file_or_directory, problem))
    return fail(ErrorCode::kNotFound, "there is no such file or directory",
                file_or_directory.string(), "name a CSV file of candles, or a directory of them");
  if (std::filesystem::is_directory(file_or_directory, problem)) {
    paths = csv_files(file_or_directory);
    if (paths.empty())
      return fail(ErrorCode::kNotFound, "no *.csv file in the directory",
                  file_or_directory.string(), "name a directory of candle files");
  } else {
    paths.push_back(file_or_directory);
  }
  std::vector<CsvSource> sources;
  for (const auto& path : paths) {
    BOTBOX_ASSIGN(CsvSource source, parse_csv_name(path));
    sources.push_back(std::move(source));
  }
  return sources;
}

bool is_from(const CsvSource& source, const std::vector<std::string>& venues) {
  return venues.empty() || is_among(venues, source.venue);
}

Result<std::vector<CsvSource>> chosen_sources(const std::vector<CsvSource>& sources,
                                              const CsvChoice& choice) {
  std::vector<CsvSource> chosen;
  std::map<Symbol, VenuesOfSymbol> symbols;
  for (const CsvSource& source : sources) {
    if (!has_wanted_candles(source, choice)) continue;
    VenuesOfSymbol& venues = symbols[source.symbol];
    venues.place = source.path.parent_path().string();
    const bool is_wanted = is_from(source, choice.venues);
    (is_wanted ? venues.wanted : venues.others).insert(source.venue);
    if (is_wanted) chosen.push_back(source);
  }
  for (const auto& [symbol, venues] : symbols) BOTBOX_TRY(check_one_venue(symbol, venues, choice));
  return chosen;
}

Result<std::vector<CsvSource>> csv_files_of(const CsvChoice& choice,
                                            const std::filesystem::path& directory) {
  std::vector<CsvSource> sources;
  for (const std::filesystem::path& path : csv_files(directory))
    if (Result<CsvSource> source = parse_csv_name(path)) sources.push_back(std::move(*source));
  BOTBOX_ASSIGN(std::vector<CsvSource> chosen, chosen_sources(sources, choice));
  if (chosen.empty())
    return fail(ErrorCode::kNotFound,
                fmt::format("no candle file of {} in the directory", names_of(choice.symbols)),
                directory.string(), "name them <venue>_<BASEQUOTE>_<timeframe>_<from>_<to>.csv");
  return chosen;
}

Result<CsvMarket> CsvMarket::load(const std::filesystem::path& file_or_directory,
                                  const CsvChoice& choice) {
  BOTBOX_ASSIGN(const std::vector<CsvSource> sources, csv_sources(file_or_directory));
  BOTBOX_ASSIGN(const std::vector<CsvSource> chosen, chosen_sources(sources, choice));
  return load(chosen);
}

Result<CsvMarket> CsvMarket::load(const std::vector<CsvSource>& sources) {
  CsvMarket market;
  for (const CsvSource& source : sources) {
    BOTBOX_ASSIGN(const std::string text, read_whole(source.path));
    std::vector<Candle>& candles = market.series_[source.symbol].candles[source.timeframe];
    BOTBOX_TRY(parse_candle_csv(source.path.string(), text, source.timeframe, candles));
    if (candles.empty())
      return fail(ErrorCode::kInvalidInput, "the file has no candle", source.path.string(),
                  "remove the file or fill it");
    candles.shrink_to_fit();
  }
  for (auto& [symbol, series] : market.series_) series.spans = finest_spans(series.candles);
  return market;
}

const CsvMarket::Series* CsvMarket::find(const Symbol& symbol) const {
  const auto it = series_.find(symbol);
  return it == series_.end() ? nullptr : &it->second;
}

std::vector<Symbol> CsvMarket::symbols() const {
  std::vector<Symbol> names;
  for (const auto& [symbol, unused] : series_) names.push_back(symbol);
  return names;
}

std::optional<Timeframe> CsvMarket::base_timeframe(const Symbol& symbol) const {
  const Series* series = find(symbol);
  if (series == nullptr) return std::nullopt;
  return series->candles.begin()->first;
}

// Between two spans nothing is known; what would be there is as long as what comes next.
Timeframe CsvMarket::timeframe_at(const Symbol& symbol, Timestamp at) const {
  const std::vector<CandleSpan>& spans = series_.at(symbol).spans;
  const CandleSpan* span = first_ending_after(spans, at);
  return span == nullptr ? spans.back().timeframe : span->timeframe;
}

std::optional<Timestamp> CsvMarket::first_open(const Symbol& symbol) const {
  const Series* series = find(symbol);
  if (series == nullptr) return std::nullopt;
  return series->spans.front().from;
}

std::optional<Timestamp> CsvMarket::last_open(const Symbol& symbol) const {
  const Series* series = find(symbol);
  if (series == nullptr) return std::nullopt;
  const CandleSpan& last = series->spans.back();
  return last.to - last.timeframe.duration();
}

std::optional<CandleRange> CsvMarket::known_range(const Symbol& symbol, Timeframe timeframe) const {
  const Series* series = find(symbol);
  if (series == nullptr) return std::nullopt;
  const bool is_stored = series->candles.contains(timeframe);
  std::optional<CandleRange> known;
  for (const auto& [part, candles] : series->candles) {
    if (is_stored ? part != timeframe : timeframe.ms() % part.ms() != 0) continue;
    const Timestamp from = candles.front().open_time;
    const Timestamp to = candles.back().open_time + part.duration();
    if (!known) known = CandleRange{.from = from, .to = to};
    known->from = std::min(known->from, from);
    known->to = std::max(known->to, to);
  }
  return known;
}

std::optional<Candle> CsvMarket::candle_at(const Symbol& symbol, Timestamp open_time) {
  const std::optional<Candle> next = next_candle(symbol, open_time);
  if (!next || next->open_time != open_time) return std::nullopt;
  return next;
}

std::optional<Candle> CsvMarket::next_candle(const Symbol& symbol, Timestamp from) {
  const Series* series = find(symbol);
  if (series == nullptr) return std::nullopt;
  const CandleSpan* const end = series->spans.data() + series->spans.size();
  for (const CandleSpan* span = first_ending_after(series->spans, from);
       span != nullptr && span != end; ++span) {
    const std::vector<Candle>& candles = series->candles.at(span->timeframe);
    const auto at =
        std::lower_bound(candles.begin(), candles.end(), std::max(from, span->from), opens_before);
    if (at != candles.end() && at->open_time < span->to) return *at;
  }
  return std::nullopt;
}

std::vector<Candle> CsvMarket::base_candles(const Symbol& symbol, CandleRange range) {
  const Series* series = find(symbol);
  if (series == nullptr || range.limit == 0) return {};
  // From the newest span back, until there are enough.
  std::vector<std::pair<const Candle*, const Candle*>> runs;
  std::size_t count = 0;
  for (auto span = series->spans.rbegin(); span != series->spans.rend(); ++span) {
    if (span->from >= range.to) continue;
    if (span->to <= range.from || count >= range.limit) break;
    const std::vector<Candle>& candles = series->candles.at(span->timeframe);
    const auto begin = std::lower_bound(candles.begin(), candles.end(),
                                        std::max(range.from, span->from), opens_before);
    const auto end =
        std::lower_bound(begin, candles.end(), std::min(range.to, span->to), opens_before);
    const auto wanted = std::min(static_cast<std::size_t>(end - begin), range.limit - count);
    const Candle* const last = candles.data() + (end - candles.begin());
    runs.emplace_back(last - wanted, last);
    count += wanted;
  }
  std::vector<Candle> out;
  out.reserve(count);
  for (auto run = runs.rbegin(); run != runs.rend(); ++run)
    out.insert(out.end(), run->first, run->second);
  return out;
}

std::vector<Candle> CsvMarket::candles(const Symbol& symbol, Timeframe timeframe,
                                       CandleRange range) {
  const auto found = series_.find(symbol);
  if (found == series_.end() || range.limit == 0 || range.to <= range.from) return {};
  Series& series = found->second;
  // Whole candles only: both ends move up to the next boundary of the timeframe.
  const auto ceiling = [&](Timestamp at) {
    const Timestamp floor = timeframe.floor(at);
    return floor == at ? at : floor + timeframe.duration();
  };
  CandleRange whole{ceiling(range.from), ceiling(range.to), range.limit};
  if (const auto stored = series.candles.find(timeframe); stored != series.candles.end())
    return newest_within(stored->second, whole);
  const auto [parts, is_new] = series.parts.try_emplace(timeframe);
  if (is_new) parts->second = finest_spans(series.candles, timeframe);
  if (parts->second.empty()) return {};
  // One that had begun before the first part is none: nobody knows its open, nor how far it went.
  whole.from = std::max(whole.from, ceiling(parts->second.front().from));
  return aggregated(series.candles, parts->second, timeframe, whole);
}

}  // namespace botbox::exchange
