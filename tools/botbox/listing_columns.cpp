#include "tools/botbox/listing_columns.hpp"

#include <span>

namespace botbox::cli {
namespace {

struct RecordColumn {
  std::string_view title;
  std::string_view pointer;
  Cell cell = Cell::kText;
  bool is_wide = false;  // not of the narrow set
};
constexpr bool kWide = true;

constexpr RecordColumn kSignals[] = {{"CREATED", "/created_at", Cell::kTime},
                                     {"BOT", "/bot"},
                                     {"SYMBOL", "/symbol"},
                                     {"TYPE", "/direction"},
                                     {"ENTRY", "/entry", Cell::kNumber},
                                     {"SCORE", "/score", Cell::kNumber, kWide},
                                     {"DECISION", "/decision", Cell::kState},
                                     {"EXECUTION", "/execution_status", Cell::kState},
                                     {"REASON", "/execution_reason"},
                                     {"SCHEDULED", "/execution_scheduled_at", Cell::kTime, kWide},
                                     {"ID", "/id"}};
constexpr RecordColumn kTraces[] = {{"CANDLE", "/candle_close", Cell::kTime},
                                    {"BOT", "/bot", Cell::kText, kWide},
                                    {"STAGE", "/stage", Cell::kState},
                                    {"DECISION", "/decision", Cell::kState},
                                    {"REASON", "/reason"},
                                    {"EXPLANATION", "/explanation"}};
constexpr RecordColumn kIntents[] = {{"CREATED", "/created_at", Cell::kTime},
                                     {"BOT", "/bot"},
                                     {"SYMBOL", "/symbol"},
                                     {"SIDE", "/side"},
                                     {"STATUS", "/status", Cell::kState},
                                     {"ORDER", "/order_id"},
                                     {"ERROR", "/error_message"},
                                     {"KEY", "/key", Cell::kText, kWide}};
constexpr RecordColumn kTrades[] = {{"CREATED", "/created_at", Cell::kTime},
                                    {"BOT", "/bot"},
                                    {"SYMBOL", "/symbol"},
                                    {"TYPE", "/direction"},
                                    {"QUANTITY", "/quantity", Cell::kNumber},
                                    {"ENTRY", "/entry", Cell::kNumber},
                                    {"STATUS", "/status", Cell::kState},
                                    {"ATTEMPTS", "/attempts", Cell::kNumber, kWide},
                                    {"UNKNOWN", "/outcome_unknown", Cell::kText, kWide},
                                    {"REASON", "/reason"},
                                    {"ID", "/id"},
                                    {"ERROR", "/error_message", Cell::kText, kWide}};
constexpr RecordColumn kPositions[] = {{"OPENED", "/opened_at", Cell::kTime},
                                       {"BOT", "/bot"},
                                       {"SYMBOL", "/symbol"},
                                       {"SIDE", "/side"},
                                       {"STATUS", "/status"},
                                       {"QUANTITY", "/quantity", Cell::kNumber},
                                       {"DUST", "/dust"},
                                       {"AVERAGE", "/average_entry", Cell::kNumber},
                                       {"STOP", "/stop_loss", Cell::kNumber},
                                       {"TARGET", "/take_profit", Cell::kNumber, kWide},
                                       {"REALISED", "/realised_profit", Cell::kNumber},
                                       {"FEES", "/fees", Cell::kNumber},
                                       {"FUNDING", "/funding", Cell::kNumber, kWide},
                                       {"CLOSED", "/closed_at", Cell::kTime},
                                       {"REASON", "/close_reason"},
                                       {"ID", "/id", Cell::kText, kWide}};
constexpr RecordColumn kFills[] = {{"AT", "/at", Cell::kTime},
                                   {"BOT", "/bot"},
                                   {"SYMBOL", "/symbol"},
                                   {"SIDE", "/side"},
                                   {"PRICE", "/price", Cell::kNumber},
                                   {"QUANTITY", "/quantity", Cell::kNumber},
                                   {"FEE", "/fee", Cell::kNumber},
                                   {"ID", "/id"},
                                   {"ORDER", "/client_id", Cell::kText, kWide},
                                   {"POSITION", "/position", Cell::kText, kWide}};
constexpr RecordColumn kEvents[] = {{"NUMBER", "/sequence", Cell::kNumber},
                                    {"AT", "/at", Cell::kTime},
                                    {"KIND", "/kind"},
                                    {"BOT", "/bot"},
                                    {"SUBJECT", "/subject", Cell::kText, kWide},
                                    {"DETAIL", "/detail"},
                                    {"BY", "/actor"}};
constexpr RecordColumn kCycles[] = {
    {"NUMBER", "/number", Cell::kNumber},       {"STARTED", "/started_at", Cell::kTime},
    {"MS", "/duration_ms", Cell::kNumber},      {"FOUND", "/found", Cell::kNumber},
    {"SUCCEEDED", "/succeeded", Cell::kNumber}, {"FAILED", "/failed", Cell::kNumber},
    {"SIGNALS", "/signals", Cell::kNumber}};
constexpr RecordColumn kLocks[] = {{"BOT", "/bot"},
                                   {"SCOPE", "/scope"},
                                   {"REASON", "/reason"},
                                   {"STATE", "/state", Cell::kState},
                                   {"SINCE", "/since", Cell::kTime},
                                   {"UNTIL", "/until", Cell::kTime},
                                   {"DETAIL", "/detail"}};
constexpr RecordColumn kDifferences[] = {{"FOUND", "/found_at", Cell::kTime},
                                         {"KIND", "/kind"},
                                         {"SYMBOL", "/symbol"},
                                         {"BOT", "/bot"},
                                         {"OURS", "/ours", Cell::kNumber},
                                         {"THEIRS", "/theirs", Cell::kNumber},
                                         {"STATE", "/state", Cell::kState},
                                         {"DECISION", "/decision", Cell::kText, kWide},
                                         {"BY", "/decided_by", Cell::kText, kWide},
                                         {"ENDED", "/ended_at", Cell::kTime, kWide},
                                         {"ID", "/id"},
                                         {"DETAIL", "/detail", Cell::kText, kWide}};

struct RecordSubject {
  std::string_view name;
  std::span<const RecordColumn> columns;
};
constexpr RecordSubject kRecordSubjects[] = {
    {"signals", kSignals},        {"traces", kTraces},       {"intents", kIntents},
    {"trades", kTrades},          {"positions", kPositions}, {"fills", kFills},
    {"events", kEvents},          {"cycles", kCycles},       {"locks", kLocks},
    {"differences", kDifferences}};

}  // namespace

std::vector<Column> columns_of(std::string_view subject, ColumnSet set) {
  std::vector<Column> found;
  for (const RecordSubject& one : kRecordSubjects) {
    if (one.name != subject) continue;
    for (const RecordColumn& column : one.columns)
      if (set == ColumnSet::kAll || !column.is_wide)
        found.push_back({std::string(column.title), std::string(column.pointer), column.cell});
  }
  return found;
}

}  // namespace botbox::cli
