// `botbox download-candles` and `botbox candles`: the local store of recorded candles.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "actors/wall_clock.hpp"
#include "engine/model/instrument.hpp"
#include "exchange/market/candle_file.hpp"
#include "exchange/market/csv_market.hpp"
#include "exchange/venue/venue_factory.hpp"
#include "tools/botbox/candle_download.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/output.hpp"
#include "tools/botbox/text_table.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

Result<exchange::VenueKind> venue_named(const std::string& name) {
  if (name == "binance-spot") return exchange::VenueKind::kBinanceSpot;
  if (name == "binance-usdm") return exchange::VenueKind::kBinanceUsdm;
  if (name == "bybit-spot") return exchange::VenueKind::kBybitSpot;
  if (name == "bybit-linear") return exchange::VenueKind::kBybitLinear;
  return fail(ErrorCode::kInvalidInput, fmt::format("there is no venue '{}'", name), "--venue",
              "binance-spot, binance-usdm, bybit-spot or bybit-linear");
}

Json gap_json(const CandleGap& gap, Timeframe timeframe) {
  return {{"from", to_iso8601(gap.from)},
          {"to", to_iso8601(gap.to)},
          {"missing", (gap.to - gap.from) / timeframe.duration()}};
}

Json gaps_json(const std::vector<CandleGap>& gaps, Timeframe timeframe) {
  Json list = Json::array();
  for (const CandleGap& gap : gaps) list.push_back(gap_json(gap, timeframe));
  return list;
}

// With room for clocks that differ: a candle that is not closed yet does not belong into a record.
Timestamp last_close(const Clock& clock, Timeframe timeframe) {
  return timeframe.last_close(clock.now() - Duration{2'000});
}

Result<Json> download(const DownloadCandlesOptions& options) {
  const actors::WallClock clock;
  BOTBOX_ASSIGN(const exchange::VenueKind kind, venue_named(options.venue));
  BOTBOX_ASSIGN(const SymbolParts symbol, parse_symbol(options.symbol));
  BOTBOX_ASSIGN(const Timeframe timeframe, Timeframe::parse(options.timeframe));
  if (options.from.is_never()) return fail(ErrorCode::kInvalidInput, "must be given", "--from");
  const Timestamp closed = last_close(clock, timeframe);
  const Timestamp to = options.to.is_never() ? closed : std::min(options.to, closed);
  if (options.from >= to)
    return fail(ErrorCode::kInvalidInput, "--from must lie before --to, and in the past");
  BOTBOX_ASSIGN(exchange::CandleFile file, exchange::CandleFile::open(options.store, options.venue,
                                                                      symbol.unified, timeframe));
  exchange::VenueOptions venue;
  venue.kind = kind;
  venue.url = options.url;
  const auto api = exchange::open_venue(std::move(venue), clock);
  const bool is_watched = ::isatty(STDERR_FILENO) == 1;
  BOTBOX_ASSIGN(const DownloadReport report,
                download_candles(file, symbol.unified, paced_fetch(*api, clock),
                                 {.range = {options.from, to},
                                  .per_request = api->features().candles_max,
                                  .on_progress = [&](Timestamp reached, std::size_t candles) {
                                    if (is_watched)
                                      fmt::print(stderr, "\r\033[K{}  {} candles",
                                                 readable_time(reached), candles);
                                  }}));
  if (is_watched) fmt::print(stderr, "\r\033[K");
  return Json{{"file", file.path().string()},
              {"requests", report.requests},
              {"added", report.added},
              {"candles", file.candles().size()},
              {"gaps", gaps_json(report.gaps, timeframe)}};
}

void print_gaps(const Json& gaps) {
  TextTable table({{"missing from"}, {"to"}, {"candles", Align::kRight}});
  for (const Json& gap : gaps)
    table.add({gap.at("from").get<std::string>(), gap.at("to").get<std::string>(),
               gap.at("missing").dump()});
  print_text(table.text());
}

struct StoredSeries {
  exchange::CsvSource source;
  std::vector<Candle> candles;
};

Result<std::vector<StoredSeries>> stored_series(const std::string& directory,
                                                const std::vector<std::string>& venues) {
  std::vector<std::filesystem::path> paths;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(directory, problem))
    if (entry.path().extension() == ".csv") paths.push_back(entry.path());
  if (problem || paths.empty())
    return fail(ErrorCode::kNotFound, "there are no candles", directory,
                "botbox download-candles fills a directory");
  std::sort(paths.begin(), paths.end());
  std::vector<StoredSeries> all;
  for (const std::filesystem::path& path : paths) {
    BOTBOX_ASSIGN(exchange::CsvSource source, exchange::parse_csv_name(path));
    if (!exchange::is_from(source, venues)) continue;
    std::ifstream in(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    StoredSeries& series = all.emplace_back(StoredSeries{std::move(source), {}});
    BOTBOX_TRY(
        exchange::parse_candle_csv(path.string(), text, series.source.timeframe, series.candles));
  }
  if (all.empty())
    return fail(ErrorCode::kNotFound,
                fmt::format("there are no candles of {}", fmt::join(venues, ", ")), directory,
                "without --venue all files are listed");
  return all;
}

Json series_json(const StoredSeries& series) {
  const std::vector<Candle>& candles = series.candles;
  const Timeframe timeframe = series.source.timeframe;
  Json json{{"file", series.source.path.filename().string()},
            {"symbol", series.source.symbol.value},
            {"timeframe", to_string(timeframe)},
            {"candles", candles.size()},
            {"first", nullptr},
            {"last", nullptr},
            {"without_volume", 0},
            {"missing", 0},
            {"gaps", Json::array()}};
  if (candles.empty()) return json;
  const auto gaps = exchange::gaps_of(candles, timeframe, candles.front().open_time,
                                      candles.back().open_time + timeframe.duration());
  std::int64_t missing = 0;
  for (const CandleGap& gap : gaps) missing += (gap.to - gap.from) / timeframe.duration();
  json["first"] = to_iso8601(candles.front().open_time);
  json["last"] = to_iso8601(candles.back().open_time);
  json["without_volume"] = std::count_if(
      candles.begin(), candles.end(), [](const Candle& candle) { return candle.volume.is_zero(); });
  json["missing"] = missing;
  json["gaps"] = gaps_json(gaps, timeframe);
  return json;
}

Result<Json> inspect_store(const CandlesOptions& options) {
  BOTBOX_ASSIGN(const std::vector<StoredSeries> all, stored_series(options.store, options.venues));
  Json list = Json::array();
  for (const StoredSeries& series : all) list.push_back(series_json(series));
  return list;
}

void print_store(const Json& list) {
  TextTable table({{"file"},
                   {"symbol"},
                   {"timeframe"},
                   {"candles", Align::kRight},
                   {"first"},
                   {"last"},
                   {"missing", Align::kRight},
                   {"gaps", Align::kRight},
                   {"no volume", Align::kRight}});
  const auto text = [](const Json& value) {
    return value.is_null() ? std::string("-") : value.get<std::string>();
  };
  for (const Json& row : list)
    table.add({text(row.at("file")), text(row.at("symbol")), text(row.at("timeframe")),
               row.at("candles").dump(), text(row.at("first")), text(row.at("last")),
               row.at("missing").dump(), std::to_string(row.at("gaps").size()),
               row.at("without_volume").dump()});
  print_text(table.text());
}

Result<std::string> export_csv(const CandlesOptions& options) {
  BOTBOX_ASSIGN(const SymbolParts symbol, parse_symbol(options.symbol));
  BOTBOX_ASSIGN(const Timeframe timeframe, Timeframe::parse(options.timeframe));
  exchange::CsvChoice choice{.symbols = {symbol.unified}, .timeframe = timeframe};
  choice.venues = options.venues;
  BOTBOX_ASSIGN(exchange::CsvMarket market, exchange::CsvMarket::load(options.store, choice));
  const auto none = [&] {
    return fail(ErrorCode::kNotFound, "there are no such candles",
                fmt::format("{} {}", symbol.unified.value, to_string(timeframe)),
                fmt::format("botbox candles --store {} lists what there is", options.store));
  };
  const auto last = market.last_open(symbol.unified);
  if (!last) return none();
  // A candle that is put together from shorter ones must not lack its end.
  const Timestamp end =
      timeframe.floor(*last + market.timeframe_at(symbol.unified, *last).duration());
  const Timestamp to = options.to.is_never() ? end : std::min(options.to, end);
  const auto candles = market.candles(symbol.unified, timeframe, {.from = options.from, .to = to});
  if (candles.empty()) return none();
  return exchange::candle_csv(candles);
}

}  // namespace

int run_download_candles(const DownloadCandlesOptions& options) {
  const OutputFormat format = format_of(options.json);
  const auto json = download(options);
  if (!json) return report_error(json.error(), format);
  if (options.json) {
    print_json(*json);
    return number(ExitCode::kOk);
  }
  print_text(fmt::format("{}: {} candles, {} new, {} requests, {} gaps\n",
                         json->at("file").get<std::string>(), json->at("candles").dump(),
                         json->at("added").dump(), json->at("requests").dump(),
                         json->at("gaps").size()));
  print_gaps(json->at("gaps"));
  return number(ExitCode::kOk);
}

int run_candles(const CandlesOptions& options) {
  const OutputFormat format = format_of(options.json);
  if (options.symbol.empty()) {
    const auto list = inspect_store(options);
    if (!list) return report_error(list.error(), format);
    if (options.json)
      print_json(*list);
    else
      print_store(*list);
    return number(ExitCode::kOk);
  }
  const auto csv = export_csv(options);
  if (!csv) return report_error(csv.error(), format);
  print_text(*csv);
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
