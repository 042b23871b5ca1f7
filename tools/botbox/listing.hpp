// Listing: rows as JSON, and which of their fields make a table for people.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tools/botbox/text_table.hpp"

namespace botbox::cli {

enum class Cell : std::uint8_t {
  kText,
  kNumber,  // aligned to the right
  kTime,    // ISO-8601 in the row
  kState,   // painted by what it says
  kCount,   // of the elements of an array
};

struct Column {
  std::string title;
  std::string pointer;  // into the row: "/config/symbol"
  Cell cell = Cell::kText;
};

struct Listing {
  std::vector<Column> columns;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
};

// Absent values, null, empty text and the reason NONE are "-".
std::string listing_text(const Listing& listing);
// The columns of the table as RFC 4180 wants them, times as in the rows; a head line of names.
std::string listing_csv(const Listing& listing);
// One value, as listing_text shows it.
std::string cell_text(const nlohmann::ordered_json& row, const Column& column);
// Any JSON as indented "name  value" lines, for a single record.
std::string record_text(const nlohmann::ordered_json& record, std::size_t indent = 0);

}  // namespace botbox::cli
