#include "tools/botboxctl/answer_text.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/model/time.hpp"
#include "tools/botbox/listing.hpp"
#include "tools/botbox/listing_columns.hpp"
#include "tools/botbox/output.hpp"

namespace botbox::ctl {
namespace {

using cli::Cell;
using cli::Column;
using Json = nlohmann::ordered_json;

using Columns = std::vector<Column>;

Columns actor_columns() {
  return {{"ACTOR", "/name"},
          {"WAITING", "/mailbox", Cell::kNumber},
          {"BOTS", "/bots", Cell::kNumber},
          {"IN MEMORY", "/in_memory", Cell::kNumber},
          {"RESTARTS", "/restarts", Cell::kNumber},
          {"STATUS", "/status", Cell::kState},
          {"FAILURE", "/failure"}};
}

// Rows that name their parent, each below it and further in.
void add_below(const Json& rows, const Json& parent, const std::string& indent, Json& tree) {
  for (const Json& row : rows) {
    if (!row.is_object() || !row.contains("name") || !row["name"].is_string()) continue;
    if (row.value("parent", Json()) != parent || row["name"] == parent) continue;
    Json shown = row;
    shown["name"] = indent + row["name"].get<std::string>();
    tree.push_back(std::move(shown));
    if (indent.size() < 8) add_below(rows, row["name"], indent + "  ", tree);
  }
}

// Of what is not a record of the store.
const std::vector<std::pair<std::string_view, Columns>>& columns_by_verb() {
  static const std::vector<std::pair<std::string_view, Columns>> columns{
      {"bots",
       {{"ID", "/id"},
        {"STATUS", "/status", Cell::kState},
        {"STRATEGY", "/strategy"},
        {"SYMBOL", "/symbol"},
        {"TF", "/timeframe"},
        {"POSITION", "/position/quantity", Cell::kNumber},
        {"DUST", "/position/dust", Cell::kNumber},
        {"REALISED", "/realized", Cell::kNumber},
        {"CHECKS", "/checks", Cell::kNumber},
        {"SIGNALS", "/signals", Cell::kNumber},
        {"NEXT CHECK", "/next_check_at", Cell::kTime},
        {"LAST DECISION", "/last_decision/reason"}}},
      {"actors", actor_columns()},
      {"latency",
       {{"CYCLE", "/cycle", Cell::kNumber},
        {"AT", "/at", Cell::kTime},
        {"MS", "/duration_ms", Cell::kNumber},
        {"CHECKS", "/checks", Cell::kNumber},
        {"P50", "/check_p50_ms", Cell::kNumber},
        {"P99", "/check_p99_ms", Cell::kNumber},
        {"ORDERS", "/orders", Cell::kNumber},
        {"P99", "/order_p99_ms", Cell::kNumber},
        {"COMMITS", "/commits", Cell::kNumber},
        {"P99", "/commit_p99_ms", Cell::kNumber}}},
      {"alerts",
       {{"AT", "/at", Cell::kTime},
        {"SEVERITY", "/severity"},
        {"STATE", "/state", Cell::kState},
        {"KIND", "/kind"},
        {"TEXT", "/text"}}}};
  return columns;
}

// Numbers named *_at are times: ISO text, as the tables take them.
Json readable(const Json& value, std::string_view name = {}) {
  if (value.is_object()) {
    Json made = Json::object();
    for (const auto& [key, part] : value.items()) made[key] = readable(part, key);
    return made;
  }
  if (value.is_array()) {
    Json made = Json::array();
    for (const Json& part : value) made.push_back(readable(part));
    return made;
  }
  const bool is_time = name.ends_with("_at") || name == "at" || name == "candle_close" ||
                       name == "since" || name == "until" || name == "blocked_until" ||
                       name == "now_ms" || name == "counted_from";
  if (is_time && value.is_number_integer() && value.get<std::int64_t>() > 0)
    return to_iso8601(Timestamp{value.get<std::int64_t>()});
  return value;
}

// What every row could be asked for, when nobody chose: its plain values, eight at most.
Columns plain_columns(const Json& row) {
  Columns columns;
  for (const auto& [key, value] : row.items()) {
    if (value.is_structured() || columns.size() == 8) continue;
    const bool is_time = value.is_string() && key.ends_with("_at");
    columns.push_back({key, "/" + key,
                       is_time             ? Cell::kTime
                       : value.is_number() ? Cell::kNumber
                                           : Cell::kText});
  }
  return columns;
}

std::string text_at(const Json& json, const char* pointer) {
  const Json::json_pointer path(pointer);
  if (!json.contains(path) || json[path].is_null()) return "-";
  const Json& value = json[path];
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Of counts whose walk ended before their range did; empty: they are whole.
std::string remainder_text(const Json& answer) {
  const auto complete = answer.find("is_complete");
  if (complete == answer.end() || *complete != false) return {};
  return fmt::format("what happened before {} is not counted\n",
                     text_at(readable(answer), "/counted_from"));
}

std::string list_text(std::string_view verb, const Json& answer, const Json& rows) {
  if (rows.empty()) return "nothing\n" + remainder_text(answer);
  if (!rows.front().is_object()) return cli::record_text(rows);
  cli::Listing listing{.columns = {}, .rows = readable(rows)};
  if (verb == "actors") {
    listing.rows = Json::array();
    add_below(rows, Json(), {}, listing.rows);
    if (listing.rows.empty()) listing.rows = rows;
  }
  listing.columns = cli::columns_of(verb, cli::ColumnSet::kNarrow);
  for (const auto& [name, columns] : columns_by_verb())
    if (name == verb) listing.columns = columns;
  if (listing.columns.empty()) listing.columns = plain_columns(listing.rows.front());
  std::string text = cli::listing_text(listing);
  const auto next = answer.find("next");
  if (next != answer.end() && next->is_string())
    text += fmt::format("more: --cursor {}\n", next->get<std::string>());
  return text + remainder_text(answer);
}

cli::Colour colour_of_mode(const std::string& mode) {
  return mode == "ACTIVE"   ? cli::Colour::kGreen
         : mode == "HALTED" ? cli::Colour::kRed
                            : cli::Colour::kYellow;
}

std::string percent_at(const Json& json, const char* pointer) {
  const Json::json_pointer path(pointer);
  if (!json.contains(path) || !json[path].is_number()) return "-";
  return fmt::format("{:.1f}", json[path].get<double>());
}

std::string duration_at(const Json& json, const char* pointer) {
  const Json::json_pointer path(pointer);
  if (!json.contains(path) || !json[path].is_number()) return "-";
  return humanize(Duration{json[path].get<std::int64_t>()});
}

std::string overview_text(const Json& given) {
  const Json json = readable(given);
  const auto at = [&](const char* pointer) { return text_at(json, pointer); };
  const std::string mode = at("/mode/mode");
  std::string text = fmt::format("mode       {}", cli::painted(mode, colour_of_mode(mode)));
  if (at("/mode/by") != "-" && !at("/mode/by").empty())
    text += fmt::format("  since {} by {} {}", at("/mode/at"), at("/mode/by"), at("/mode/detail"));
  text += fmt::format("\nlive       {}\n", at("/mode/live_trading") == "true" ? "on" : "off");
  text += fmt::format("bots       {} active, {} paused, {} quarantined, {} archived, {} evicted\n",
                      at("/bots/active"), at("/bots/paused"), at("/bots/quarantined"),
                      at("/bots/archived"), at("/bots/evicted"));
  text += fmt::format("cycle      {} at {}: {} checked, {} failed, {} ms (p99 {} ms)\n",
                      at("/cycle/number"), at("/cycle/at"), at("/cycle/checked"),
                      at("/cycle/failed"), at("/cycle/took_ms"), at("/cycle/p99_ms"));
  text += fmt::format("signals    {} in the last hour, {} accepted, {} rejected\n",
                      at("/signals/generated"), at("/signals/accepted"), at("/signals/rejected"));
  text += fmt::format("queue      {} waiting or standing, {} with unknown outcome\n",
                      at("/queue/depth"), at("/queue/unknown"));
  text += fmt::format("positions  {} open, {} of them dust, {} unrealised\n", at("/positions/open"),
                      at("/positions/dust"), at("/positions/unrealized"));
  text += fmt::format("equity     {} (started with {}, realised {})\n", at("/equity/now"),
                      at("/equity/start"), at("/equity/realized"));
  text += fmt::format("limiter    {} of {} used ({} %)\n", at("/limiter/used"),
                      at("/limiter/limit"), percent_at(json, "/limiter/percent"));
  text += fmt::format("data       {} series, the oldest is {} old\n", at("/data/series"),
                      duration_at(given, "/data/oldest_age_ms"));
  const auto alerts = json.find("alerts");
  if (alerts != json.end() && alerts->is_array())
    for (const Json& alert : *alerts)
      text += cli::painted(
          fmt::format("alert      {}: {}\n", text_at(alert, "/kind"), text_at(alert, "/text")),
          cli::Colour::kRed);
  return text;
}

std::string ended_by_newline(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

}  // namespace

std::string answer_text(std::string_view verb, const nlohmann::ordered_json& answer) {
  if (answer.is_string()) return ended_by_newline(answer.get<std::string>());
  if (verb == "overview" && answer.is_object() && answer.contains("mode"))
    return overview_text(answer);
  if (verb == "config" && answer.is_object() && answer.contains("toml") &&
      answer["toml"].is_string())
    return ended_by_newline(answer["toml"].get<std::string>());
  if (verb == "why" && answer.is_object() && answer.contains("text") && answer["text"].is_string())
    return ended_by_newline(answer["text"].get<std::string>());
  if (answer.is_array()) return list_text(verb, Json::object(), answer);
  if (answer.is_object() && answer.contains("items") && answer["items"].is_array())
    return list_text(verb, answer, answer["items"]);
  return ended_by_newline(cli::record_text(readable(answer)));
}

std::string event_line(const nlohmann::ordered_json& event) {
  const Json row = readable(event);
  return fmt::format("{:>8}  {}  {:<22} {:<16} {} ({})\n", text_at(row, "/sequence"),
                     text_at(row, "/at"), text_at(row, "/kind"), text_at(row, "/bot"),
                     text_at(row, "/detail"), text_at(row, "/actor"));
}

}  // namespace botbox::ctl
