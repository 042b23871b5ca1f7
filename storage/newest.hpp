// NewestFirst: the newest few of many records that come in any order, in bounded memory.
#pragma once

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/model/time.hpp"

namespace botbox::storage {

template <class T>
class NewestFirst {
 public:
  // Holds at most twice `limit` records at any time.
  explicit NewestFirst(std::size_t limit) : limit_(limit) {}

  // `id` decides between records of one time, so that the answer does not depend on their order.
  void add(Timestamp at, std::string id, T record) {
    if (limit_ == 0) return;
    records_.push_back({at, std::move(id), std::move(record)});
    if (records_.size() / 2 >= limit_) trim();
  }

  std::vector<T> take() && {
    trim();
    std::vector<T> newest;
    newest.reserve(records_.size());
    for (Dated& dated : records_) newest.push_back(std::move(dated.record));
    return newest;
  }

 private:
  struct Dated {
    Timestamp at;
    std::string id;
    T record;
  };

  void trim() {
    std::sort(records_.begin(), records_.end(), [](const Dated& a, const Dated& b) {
      return std::tie(b.at, b.id) < std::tie(a.at, a.id);
    });
    if (records_.size() > limit_)
      records_.erase(records_.begin() + static_cast<std::ptrdiff_t>(limit_), records_.end());
  }

  std::size_t limit_;
  std::vector<Dated> records_;
};

}  // namespace botbox::storage
