#include "tools/botbox/listing.hpp"

#include <algorithm>

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string scalar_text(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
  if (!value.is_string()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto& text = value.get_ref<const std::string&>();
  return text.empty() || text == "NONE" ? "-" : text;
}

std::string time_text(const Json& value) {
  if (!value.is_string()) return "-";
  const auto at = parse_timestamp(value.get_ref<const std::string&>());
  return at ? readable_time(*at) : scalar_text(value);
}

bool is_flat(const Json& list) {
  return std::ranges::none_of(list, [](const Json& item) { return item.is_structured(); });
}

std::string list_text(const Json& list) {
  std::string text;
  for (const Json& item : list) text += (text.empty() ? "" : ", ") + scalar_text(item);
  return text.empty() ? "-" : text;
}

}  // namespace

std::string cell_text(const Json& row, const Column& column) {
  const Json::json_pointer pointer(column.pointer);
  if (!row.contains(pointer)) return "-";
  const Json& value = row.at(pointer);
  if (column.cell == Cell::kTime) return time_text(value);
  if (column.cell == Cell::kCount) return std::to_string(value.size());
  return scalar_text(value);
}

std::string listing_text(const Listing& listing) {
  std::vector<TableColumn> columns;
  for (const Column& column : listing.columns) {
    const bool is_number = column.cell == Cell::kNumber || column.cell == Cell::kCount;
    columns.push_back({column.title, is_number ? Align::kRight : Align::kLeft});
  }
  TextTable table(std::move(columns));
  for (const Json& row : listing.rows) {
    std::vector<std::string> cells;
    for (const Column& column : listing.columns) cells.push_back(cell_text(row, column));
    const std::vector<std::string> states = cells;
    table.add(std::move(cells));
    for (std::size_t i = 0; i < states.size(); ++i)
      if (listing.columns[i].cell == Cell::kState) table.paint_last(i, colour_of_state(states[i]));
  }
  return table.text();
}

std::string listing_csv(const Listing& listing) {
  const auto quoted = [](std::string text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2)
      text.insert(at, 1, '"');
    return '"' + text + '"';
  };
  std::string csv;
  const auto line = [&csv](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) csv += (i == 0 ? "" : ",") + cells[i];
    csv += "\r\n";
  };
  std::vector<std::string> cells;
  for (const Column& column : listing.columns) {
    std::string name = column.pointer.substr(1);
    std::ranges::replace(name, '/', '.');
    cells.push_back(name);
  }
  line(cells);
  for (const Json& row : listing.rows) {
    cells.clear();
    for (const Column& column : listing.columns) {
      const Json::json_pointer pointer(column.pointer);
      const Json value = row.contains(pointer) ? row.at(pointer) : Json();
      cells.push_back(column.cell == Cell::kCount ? std::to_string(value.size())
                      : value.is_null()           ? std::string()
                      : value.is_string()         ? quoted(value.get<std::string>())
                                                  : quoted(value.dump()));
    }
    line(cells);
  }
  return csv;
}

std::string record_text(const Json& record, std::size_t indent) {
  std::size_t width = 0;
  for (const auto& [name, value] : record.items()) width = std::max(width, name.size());
  std::string text;
  const std::string blanks(indent, ' ');
  for (const auto& [name, value] : record.items()) {
    if (value.is_object()) {
      text += fmt::format("{}{}\n{}", blanks, name, record_text(value, indent + 2));
    } else if (value.is_array() && !is_flat(value)) {
      text += fmt::format("{}{}\n", blanks, name);
      for (const Json& item : value) {
        std::string lines = record_text(item, indent + 4);
        lines[indent + 2] = '-';
        text += lines;
      }
    } else {
      text += fmt::format("{}{:<{}}  {}\n", blanks, name, width,
                          value.is_array() ? list_text(value) : scalar_text(value));
    }
  }
  return text;
}

}  // namespace botbox::cli
