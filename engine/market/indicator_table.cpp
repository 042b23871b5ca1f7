#include "engine/market/indicator_table.hpp"

#include <algorithm>

#include "engine/assert.hpp"
#include "engine/market/candle_bar.hpp"

namespace botbox {
namespace {

// How many candles at the end of `after` are new, when the rest of it is the end of `before`,
// candle by candle; all of them otherwise. It compares rather than trusts a report of changes: a
// missed revision would falsify every later value. Candles that both share are the same.
std::size_t count_new(std::span<const Candle> before, std::span<const Candle> after) {
  if (before.empty() || after.empty()) return after.size();
  const auto first_new = std::partition_point(after.begin(), after.end(), [&](const Candle& c) {
    return c.open_time <= before.back().open_time;
  });
  const auto kept = static_cast<std::size_t>(first_new - after.begin());
  if (kept == 0 || kept > before.size()) return after.size();
  const std::span<const Candle> former = before.last(kept);
  const bool same = former.data() == after.data() ||
                    std::equal(former.begin(), former.end(), after.begin(), first_new);
  return same ? after.size() - kept : after.size();
}

template <class Rows, class SpecOf>
auto lower_bound_by_spec(Rows& rows, const IndicatorSpec& spec, SpecOf spec_of) {
  return std::lower_bound(
      rows.begin(), rows.end(), spec,
      [&](const auto& row, const IndicatorSpec& sought) { return spec_of(row) < sought; });
}

}  // namespace

std::span<const IndicatorValue> IndicatorTable::history(const IndicatorSpec& spec) const {
  const auto row = lower_bound_by_spec(rows_, spec, [](const Row& r) { return r.spec; });
  if (row == rows_.end() || row->spec != spec) return {};
  return row->newest_first;
}

IndicatorValue IndicatorTable::latest(const IndicatorSpec& spec) const {
  const auto values = history(spec);
  return values.empty() ? IndicatorValue{} : values.front();
}

Result<void> SharedIndicators::add(const IndicatorSpec& spec) {
  BOTBOX_TRY(validate(spec));
  const auto at =
      lower_bound_by_spec(running_, spec, [](const Running& r) { return r.indicator.spec(); });
  if (at != running_.end() && at->indicator.spec() == spec) return {};
  const auto added = running_.insert(at, Running{Indicator(spec), {}});
  if (series_ != nullptr) feed(*added, series_->candles());
  publish();
  return {};
}

void SharedIndicators::on_series(const std::shared_ptr<const CandleSeries>& series) {
  ENGINE_ASSERT(series != nullptr);
  const std::span<const Candle> candles = series->candles();
  const std::size_t fresh =
      count_new(series_ ? series_->candles() : std::span<const Candle>{}, candles);
  const bool anew = series_ == nullptr || fresh == candles.size();
  series_ = series;
  if (fresh == 0 && !anew) return;
  for (Running& running : running_) {
    if (anew) running = Running{Indicator(running.indicator.spec()), {}};
    feed(running, candles.last(fresh));
  }
  publish();
}

void SharedIndicators::feed(Running& running, std::span<const Candle> candles) {
  std::vector<IndicatorValue>& values = running.newest_first;
  for (const Candle& candle : candles) {
    if (values.size() == IndicatorTable::kHistory) values.pop_back();
    values.insert(values.begin(), running.indicator.update(to_bar(candle)));
    ++computations_;
  }
}

void SharedIndicators::publish() {
  auto table = std::make_shared<IndicatorTable>();
  table->rows_.reserve(running_.size());
  for (const Running& running : running_)
    table->rows_.push_back({running.indicator.spec(), running.newest_first});
  if (series_ != nullptr) table->last_close_ = series_->last_close();
  table_ = std::move(table);
}

}  // namespace botbox
