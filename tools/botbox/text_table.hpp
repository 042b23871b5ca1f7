// TextTable: aligned columns for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/botbox/output.hpp"

namespace botbox::cli {

enum class Align : std::uint8_t { kLeft, kRight };

struct TableColumn {
  std::string title;
  Align align = Align::kLeft;
};

class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  // One cell per column. Line breaks and other control characters of a cell become blanks.
  void add(std::vector<std::string> cells);
  // The same, with the last row's cell in this column painted.
  void paint_last(std::size_t column, Colour colour);
  // A line of titles, then the rows; columns as wide as their widest cell, two blanks between, no
  // blanks at the ends of lines. Widths count characters, not bytes. Empty without rows.
  std::string text() const;
  std::size_t size() const { return rows_.size(); }

 private:
  struct Row {
    std::vector<std::string> cells;
    std::vector<Colour> colours;
  };
  std::vector<TableColumn> columns_;
  std::vector<Row> rows_;
};

// Good, bad, or under way, as the names of states go.
Colour colour_of_state(std::string_view state);

}  // namespace botbox::cli
