// A list as a client reads it: page after page, by the cursor that each one names.
#pragma once

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/record_pages.hpp"
#include "tests/storage/support.hpp"

namespace botbox::testing {

inline std::vector<nlohmann::ordered_json> turned_pages(const storage::Store& store,
                                                        const std::string& subject,
                                                        actors::PageQuery query,
                                                        const actors::PageAids& aids = {}) {
  std::vector<nlohmann::ordered_json> all;
  for (int page = 0; page < 1'000; ++page) {
    const actors::Page read = storage::test::must(actors::read_page(store, subject, query, aids));
    CHECK(read.items.size() <= query.limit);
    for (const auto& item : read.items) all.push_back(item);
    if (read.next.empty()) return all;
    query.cursor = read.next;
  }
  FAIL("a list without an end");
  return all;
}

}  // namespace botbox::testing
