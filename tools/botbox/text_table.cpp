#include "tools/botbox/text_table.hpp"

#include <algorithm>
#include <array>

#include "engine/assert.hpp"

namespace botbox::cli {
namespace {

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // not the middle of a UTF-8 character
  }));
}

void append(std::string& line, const TableColumn& column, std::string_view cell, Colour colour,
            std::size_t width) {
  const std::string blanks(width - width_of(cell), ' ');
  if (column.align == Align::kRight) line += blanks;
  line += painted(cell, colour);
  if (column.align == Align::kLeft) line += blanks;
}

}  // namespace

void TextTable::add(std::vector<std::string> cells) {
  ENGINE_ASSERT(cells.size() == columns_.size());
  for (std::string& cell : cells)
    for (char& c : cell)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  rows_.push_back({std::move(cells), std::vector<Colour>(columns_.size(), Colour::kNone)});
}

void TextTable::paint_last(std::size_t column, Colour colour) {
  ENGINE_ASSERT(!rows_.empty() && column < columns_.size());
  rows_.back().colours[column] = colour;
}

std::string TextTable::text() const {
  if (rows_.empty()) return {};
  std::vector<std::size_t> widths;
  for (const TableColumn& column : columns_) widths.push_back(width_of(column.title));
  for (const Row& row : rows_)
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], width_of(row.cells[i]));
  std::string text;
  const auto line_end = [&] {
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  };
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) text += "  ";
    append(text, columns_[i], columns_[i].title, Colour::kBold, widths[i]);
  }
  line_end();
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) text += "  ";
      append(text, columns_[i], row.cells[i], row.colours[i], widths[i]);
    }
    line_end();
  }
  return text;
}

Colour colour_of_state(std::string_view state) {
  constexpr std::array<std::string_view, 6> kGood{"ACTIVE",    "ACCEPTED",     "EXECUTED",
                                                  "COMPLETED", "ORDER_PLACED", "OK"};
  constexpr std::array<std::string_view, 6> kBad{"ERROR",  "FAILED", "ORDER_FAILED",
                                                 "HALTED", "FAIL",   "DAMAGED"};
  constexpr std::array<std::string_view, 7> kUnderWay{
      "PAUSED", "PENDING", "EXECUTING", "REDUCING", "WARN", "ORDER_REQUESTED", "SIGNAL_SENT"};
  if (std::ranges::find(kGood, state) != kGood.end()) return Colour::kGreen;
  if (std::ranges::find(kBad, state) != kBad.end()) return Colour::kRed;
  if (std::ranges::find(kUnderWay, state) != kUnderWay.end()) return Colour::kYellow;
  return Colour::kNone;
}

}  // namespace botbox::cli
