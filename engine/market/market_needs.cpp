#include "engine/market/market_needs.hpp"

#include <algorithm>

namespace botbox {
namespace {

template <class T>
bool add_missing(std::vector<T>& all, const std::vector<T>& more) {
  const std::size_t before = all.size();
  for (const T& one : more)
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
  return all.size() != before;
}

}  // namespace

bool MarketNeeds::merge(const MarketNeeds& more) {
  bool grew = add_missing(indicators, more.indicators);
  for (const HigherSeries& series : more.higher) {
    const auto at =
        std::lower_bound(higher.begin(), higher.end(), series.timeframe,
                         [](const HigherSeries& s, Timeframe t) { return s.timeframe < t; });
    if (at == higher.end() || at->timeframe != series.timeframe) {
      higher.insert(at, series);
      grew = true;
    } else {
      grew = add_missing(at->indicators, series.indicators) || grew;
    }
  }
  return add_missing(rules, more.rules) || grew;
}

}  // namespace botbox
