// Records are written to files portion by portion, and as if at once.
#include "tools/botbox/export_records.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "storage/codec.hpp"
#include "storage/expiry.hpp"
#include "storage/keys.hpp"
#include "tests/storage/support.hpp"

namespace botbox::cli {
namespace {

namespace fs = std::filesystem;
using storage::test::kStart;
using storage::test::must;
using storage::test::TemporaryDirectory;

constexpr Duration kDay{86'400'000};

// Signals of two bots, close together, years apart and of a time to come; traces of many bots at
// one moment; events in the order of their numbers.
std::unique_ptr<storage::MemoryStore> history() {
  auto store = std::make_unique<storage::MemoryStore>();
  must(storage::open_directory(*store, {"test"}));
  std::vector<storage::Put> puts;
  const auto signal = [&](const std::string& bot, Timestamp at, const std::string& id) {
    Signal made;
    made.id = {id};
    made.bot = {bot};
    made.created_at = at;
    puts.push_back({storage::signal_key(made.bot, at, made.id), storage::encode(made)});
  };
  for (int i = 0; i < 20; ++i) {
    const std::string bot = i % 2 == 0 ? "a" : "a-b";
    signal(bot, kStart + Duration{i}, fmt::format("near-{}", i));
    signal(bot, kStart + kDay * (400 * i), fmt::format("far-{}", i));
    signal(bot, kStart + Duration{7}, fmt::format("same-{}", i));
  }
  for (int i = 0; i < 12; ++i) {
    DecisionTrace trace;
    trace.bot = {fmt::format("bot-{:02}", i)};
    trace.candle_close = kStart + (i == 11 ? kDay : Duration{0});
    puts.push_back({storage::trace_key(trace.bot, trace.candle_close),
                    storage::encode_expiring(storage::encode(trace), {})});
  }
  for (std::uint64_t number = 1; number <= 9; ++number) {
    Event event;
    event.at = kStart + Duration{static_cast<std::int64_t>(number)};
    event.kind = "test";
    puts.push_back({storage::event_key(number), storage::encode(event)});
  }
  storage::test::write_next(*store, std::move(puts));
  return store;
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("an export is the same whether it is written in portions or at once") {
  const auto store = history();
  const TemporaryDirectory place;
  // Half of what is far lies beyond `now`.
  ExportQuery whole{.bot = {}, .from = {}, .until = {}, .now = kStart + kDay * 4'000};
  std::vector<ExportQuery> queries(5, whole);
  queries[1].format = ExportFormat::kCsv;
  queries[2].until = kStart + Duration{7};
  queries[3].from = kStart + Duration{8};
  queries[4].from = kStart + Duration{3};
  queries[4].until = kStart + kDay * 800;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    CAPTURE(i);
    const fs::path at_once = place.path() / fmt::format("at-once-{}", i);
    queries[i].rows_at_once = 1'000'000;
    const auto files = must(export_records(*store, at_once, queries[i]));
    for (const std::size_t rows : {std::size_t{1}, std::size_t{3}, std::size_t{16}}) {
      CAPTURE(rows);
      queries[i].rows_at_once = rows;
      const fs::path in_portions = place.path() / fmt::format("portions-{}-{}", i, rows);
      CHECK(must(export_records(*store, in_portions, queries[i])) == files);
      for (const ExportedFile& file : files) {
        CAPTURE(file.name);
        CHECK(text_of(in_portions / file.name) == text_of(at_once / file.name));
      }
    }
  }
  CHECK(lines_in(text_of(place.path() / "at-once-0/signals.jsonl")) == 60);
  CHECK(lines_in(text_of(place.path() / "at-once-1/signals.csv")) == 61);
  CHECK(lines_in(text_of(place.path() / "at-once-0/traces.jsonl")) == 12);
  CHECK(lines_in(text_of(place.path() / "at-once-0/events.jsonl")) == 9);
  // Of those near the first eight, that of the first day, and all of the same moment.
  CHECK(lines_in(text_of(place.path() / "at-once-2/signals.jsonl")) == 29);
  CHECK(lines_in(text_of(place.path() / "at-once-2/events.jsonl")) == 7);
  CHECK(lines_in(text_of(place.path() / "at-once-3/signals.jsonl")) == 31);
}

TEST_CASE("an export of a directory without history has its head lines, and no row") {
  storage::MemoryStore store;
  must(storage::open_directory(store, {"test"}));
  const TemporaryDirectory place;
  const fs::path to = place.path() / "empty";
  const auto files = must(export_records(
      store, to,
      {.bot = {}, .from = {}, .until = {}, .now = kStart, .format = ExportFormat::kCsv}));
  for (const ExportedFile& file : files) {
    CAPTURE(file.name);
    CHECK(file.rows == 0);
    CHECK(lines_in(text_of(to / file.name)) == 1);
  }
}

}  // namespace botbox::cli
