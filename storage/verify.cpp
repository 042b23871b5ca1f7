#include "storage/verify.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "storage/claim.hpp"
#include "storage/codec.hpp"
#include "storage/directory.hpp"
#include "storage/expiry.hpp"
#include "storage/outbox.hpp"
#include "storage/reader.hpp"
#include "storage/rocksdb_store.hpp"

namespace botbox::storage {
namespace {

using PositionKey = std::pair<BotId, PositionId>;
using Slot = std::string;  // bytes of its key

std::string bytes_of(const Key& key) { return key.bytes; }

// The order in which the position folded them. Those without a number: by time, and within one
// millisecond entries before exits, as a position cannot be left before it is entered.
void sort_as_booked(std::vector<BookedFill>& fills, PositionSide side) {
  const auto rank = [enters = entry_side(side)](const BookedFill& booked) {
    const Fill& fill = booked.fill;
    return std::tuple(booked.number, booked.number == 0 ? fill.at : Timestamp{},
                      fill.side != enters, fill.id);
  };
  std::sort(fills.begin(), fills.end(),
            [&](const BookedFill& a, const BookedFill& b) { return rank(a) < rank(b); });
}

AppliedOrder& applied(std::vector<AppliedOrder>& orders, const ClientOrderId& id) {
  for (AppliedOrder& order : orders)
    if (order.client_id == id) return order;
  return orders.emplace_back(AppliedOrder{id, 0});
}

class Verifier {
 public:
  Verifier(const Store& store, const VerifyOptions& options) : store_(store), options_(options) {}

  Result<VerifyReport> run() {
    report_.sequence = store_.last_sequence();
    BOTBOX_ASSIGN(first_event_, read_number(store_, first_event_key()));
    for (const Kind kind : kAllKinds) BOTBOX_TRY(walk(kind));
    check_bots();
    check_trades();
    check_outbox();
    check_slots();
    check_intents();
    check_positions();
    BOTBOX_TRY(check_last_event());
    return std::move(report_);
  }

 private:
  void found(Kind kind, std::string_view key, std::string text) {
    ++report_.findings_total;
    if (report_.findings.size() < kMaxFindings)
      report_.findings.push_back({kind, printable_key(kind, key), std::move(text)});
  }

  Result<void> walk(Kind kind) {
    constexpr std::uint64_t kProgressRows = 10'000;
    std::uint64_t rows = 0;
    BOTBOX_TRY(store_.scan({.kind = kind, .prefix = {}, .from = {}},
                           [&](std::string_view key, std::string_view value) {
                             row(kind, key, value);
                             if (++rows % kProgressRows == 0 && options_.progress)
                               options_.progress(kind, rows);
                             return true;
                           }));
    if (rows == 0) return {};
    report_.rows[kind] = rows;
    if (options_.progress) options_.progress(kind, rows);
    return {};
  }

  // The record of a row, or none and a finding. `own_key` gives the key that the record belongs
  // under.
  template <class T, class OwnKey>
  std::optional<T> record(Kind kind, std::string_view key, std::string_view value, OwnKey own_key) {
    Result<T> read = decode<T>(value);
    if (!read) {
      found(kind, key, to_string(read.error()));
      return std::nullopt;
    }
    if (own_key(*read) != key)
      found(kind, key, fmt::format("the {} belongs under another key", to_string(kind)));
    return std::move(*read);
  }

  template <class T, class OwnKey>
  void expiring(Kind kind, std::string_view key, std::string_view stored, OwnKey own_key) {
    const Result<ExpiringValue> parts = strip_expiry(stored);
    if (!parts) return found(kind, key, to_string(parts.error()));
    record<T>(kind, key, parts->value, own_key);
  }

  void row(Kind kind, std::string_view key, std::string_view value) {
    switch (kind) {
      case Kind::kBotConfig:
        if (record<BotConfig>(kind, key, value, [](const BotConfig& r) { return r.id.value; }))
          configs_.insert(BotId{std::string(key)});
        return;
      case Kind::kBotSnapshot: return snapshot_row(key, value);
      case Kind::kSignal:
        record<Signal>(kind, key, value, [](const Signal& r) {
          return bytes_of(signal_key(r.bot, r.created_at, r.id));
        });
        return;
      case Kind::kIntent: return intent_row(key, value);
      case Kind::kTrade: return trade_row(key, value);
      case Kind::kTradeOpen: open_.emplace(key); return;
      case Kind::kFill: return fill_row(key, value);
      case Kind::kPosition: return position_row(key, value);
      case Kind::kEvent: return event_row(key, value);
      case Kind::kTrace:
        return expiring<DecisionTrace>(kind, key, value, [](const DecisionTrace& r) {
          return bytes_of(trace_key(r.bot, r.candle_close));
        });
      case Kind::kCycle:
        return expiring<CycleRecord>(
            kind, key, value, [](const CycleRecord& r) { return bytes_of(cycle_key(r.number)); });
      case Kind::kDedup:
        dedup_.emplace(key);
        return expiring<ClaimRow>(kind, key, value, [&](const ClaimRow&) { return key; });
      case Kind::kPendingSlot:
        slots_.emplace(key);
        return expiring<ClaimRow>(kind, key, value, [&](const ClaimRow&) { return key; });
      case Kind::kEngineState:
        record<EngineState>(kind, key, value,
                            [](const EngineState&) { return bytes_of(engine_state_key()); });
        return;
      case Kind::kDifference: return difference_row(key, value);
      case Kind::kOperatorBot:
        record<OperatorBot>(kind, key, value, [](const OperatorBot& r) { return r.bot.value; });
        return;
      case Kind::kInstrument: return instrument_row(key, value);
      case Kind::kInbox:
        record<Signal>(kind, key, value, [&](const Signal&) { return key; });
        return;
      case Kind::kOutbox:
        if (const auto read = decode_outbox(value); !read)
          found(kind, key, to_string(read.error()));
        return;
      case Kind::kLock:
        record<FleetLock>(kind, key, value, [](const FleetLock& r) {
          return bytes_of(fleet_lock_key(r.symbol, r.lock.reason));
        });
        return;
      case Kind::kFleetResult:
        return expiring<FleetResult>(kind, key, value, [](const FleetResult& r) {
          return bytes_of(fleet_result_key(r.result.at, r.result.position));
        });
      case Kind::kMeta:
      case Kind::kTradeIndex:
      case Kind::kLimiter:
      case Kind::kPaper:
      case Kind::kCandle:
      case Kind::kShard: return;  // no record of ours: only counted
    }
    found(kind, key, "a row of an unknown kind");
  }

  void difference_row(std::string_view key, std::string_view value) {
    const auto read = record<Difference>(Kind::kDifference, key, value,
                                         [](const Difference& r) { return r.id.value; });
    if (read && read->kind == DifferenceKind::kDust && is_over(read->state))
      let_go_.emplace(read->position, read->ours);
  }

  void instrument_row(std::string_view key, std::string_view value) {
    record<KeptInstrument>(Kind::kInstrument, key, value, [](const KeptInstrument& r) {
      return bytes_of(instrument_key(r.venue, r.instrument.symbol));
    });
  }

  void snapshot_row(std::string_view key, std::string_view value) {
    auto read = record<BotSnapshot>(Kind::kBotSnapshot, key, value,
                                    [&](const BotSnapshot&) { return key; });
    if (read) snapshots_.emplace(BotId{std::string(key)}, std::move(read->open_positions));
  }

  void intent_row(std::string_view key, std::string_view value) {
    auto read = record<OrderIntent>(Kind::kIntent, key, value,
                                    [](const OrderIntent& r) { return r.key.value; });
    if (read) intents_.emplace(read->key, Intent{read->status, read->created_at});
  }

  void trade_row(std::string_view key, std::string_view value) {
    auto read = record<Trade>(Kind::kTrade, key, value, [](const Trade& r) { return r.id.value; });
    if (!read) return;
    if (!is_final(read->status) && read->direction != Direction::kClose)
      entered_.emplace(read->bot, read->position);
    trades_.emplace(read->id, std::move(*read));
  }

  void fill_row(std::string_view key, std::string_view value) {
    const std::size_t bot_end = key.find('\0');
    const std::size_t position_end = bot_end == key.npos ? key.npos : key.find('\0', bot_end + 1);
    if (position_end == key.npos) return found(Kind::kFill, key, "the key is malformed");
    const BotId bot{std::string(key.substr(0, bot_end))};
    const PositionId position{std::string(key.substr(bot_end + 1, position_end - bot_end - 1))};
    auto read = record<BookedFill>(Kind::kFill, key, value, [&](const BookedFill& r) {
      return bytes_of(fill_key(bot, position, r.fill.id));
    });
    if (read) fills_[{bot, position}].push_back(std::move(*read));
  }

  void position_row(std::string_view key, std::string_view value) {
    auto read = record<Position>(Kind::kPosition, key, value, [](const Position& r) {
      return bytes_of(position_key(r.bot, r.id));
    });
    if (!read) return;
    PositionKey at{read->bot, read->id};
    positions_.emplace(std::move(at), std::move(*read));
  }

  void event_row(std::string_view key, std::string_view value) {
    const Result<Event> event = decode_event(key, value);
    if (!event) return found(Kind::kEvent, key, to_string(event.error()));
    const std::uint64_t expected = std::max(last_event_ + 1, first_event_);
    const bool is_told = last_event_ != 0 || first_event_ != 0;
    if (is_told && event->sequence > expected)
      found(Kind::kEvent, key,
            fmt::format("events {} to {} are missing", expected, event->sequence - 1));
    last_event_ = event->sequence;
  }

  void check_bots() {
    for (const BotId& bot : configs_)
      if (!snapshots_.contains(bot)) found(Kind::kBotConfig, bot.value, "the bot has no snapshot");
    for (const auto& [bot, positions] : snapshots_)
      if (!configs_.contains(bot)) found(Kind::kBotSnapshot, bot.value, "the bot has no config");
  }

  void check_trades() {
    for (const auto& [id, trade] : trades_) {
      if (!intents_.contains(trade.intent))
        found(Kind::kTrade, id.value,
              fmt::format("its intent '{}' does not exist", trade.intent.value));
      if (!is_final(trade.status)) unfinished_intents_.insert(trade.intent);
      if (trade.status != TradeStatus::kPending) continue;
      Slot slot = pending_slot_key(trade.bot, trade.symbol, trade.direction).bytes;
      if (!slots_.contains(slot))
        found(Kind::kTrade, id.value, "the trade is PENDING and holds no slot");
      if (const auto [first, is_new] = pending_.emplace(std::move(slot), id); !is_new)
        found(Kind::kTrade, id.value,
              fmt::format("trade '{}' of the same bot, symbol and direction is PENDING too",
                          first->second.value));
    }
  }

  void check_outbox() {
    for (const auto& [id, trade] : trades_) {
      const bool is_open = open_.contains(id.value);
      if (is_open && is_final(trade.status))
        found(Kind::kTradeOpen, id.value,
              fmt::format("the trade is {}, which is final", to_string(trade.status)));
      if (!is_open && !is_final(trade.status))
        found(Kind::kTrade, id.value,
              fmt::format("the trade is {} and not in the outbox", to_string(trade.status)));
    }
    for (const std::string& key : open_)
      if (!trades_.contains(TradeId{key})) found(Kind::kTradeOpen, key, "there is no such trade");
  }

  void check_slots() {
    for (const Slot& slot : slots_)
      if (!pending_.contains(slot))
        found(Kind::kPendingSlot, slot, "no PENDING trade holds this slot");
  }

  void check_intents() {
    for (const auto& [key, intent] : intents_) {
      if (intent.status == IntentStatus::kPending && !unfinished_intents_.contains(key))
        found(Kind::kIntent, key.value, "the intent is PENDING and has no unfinished trade");
      const bool claim_lives = options_.claim_lifetime.count() > 0 &&
                               intent.created_at + options_.claim_lifetime > options_.now;
      if (claim_lives && !dedup_.contains(intent_claim_key(key).bytes))
        found(Kind::kIntent, key.value, "the intent's claim is missing");
    }
  }

  void check_positions() {
    for (auto& [key, position] : positions_) {
      check_fold(position, fills_[key]);
      if (position.status != PositionStatus::kOpen) continue;
      if (const auto bot = snapshots_.find(position.bot);
          bot == snapshots_.end() ||
          std::find(bot->second.begin(), bot->second.end(), position) == bot->second.end())
        found(Kind::kPosition, bytes_of(position_key(position.bot, position.id)),
              "the open position is not as the bot's snapshot has it");
    }
    for (const auto& [key, fills] : fills_)
      if (!positions_.contains(key))
        found(Kind::kFill, join_key({key.first.value, key.second.value}),
              fmt::format("{} fills of a position that does not exist", fills.size()));
    for (const auto& [bot, open] : snapshots_)
      for (const Position& position : open) {
        const auto row = positions_.find({bot, position.id});
        if (row == positions_.end() || row->second.status != PositionStatus::kOpen)
          found(Kind::kBotSnapshot, bot.value,
                fmt::format("its open position '{}' has no open row", position.id.value));
      }
  }

  void check_fold(const Position& position, std::vector<BookedFill>& fills) {
    const std::string key = bytes_of(position_key(position.bot, position.id));
    sort_as_booked(fills, position.side);
    Position fold;
    fold.id = position.id;
    fold.bot = position.bot;
    fold.symbol = position.symbol;
    fold.side = position.side;
    for (std::size_t i = 0; i < fills.size(); ++i) {
      const auto& [fill, number] = fills[i];
      if (number != 0 && number != i + 1)
        return found(Kind::kPosition, key,
                     fmt::format("fill {} of it is missing or there twice", i + 1));
      Result<Position> next = apply_fill(std::move(fold), fill);
      if (!next)
        return found(Kind::kPosition, key,
                     fmt::format("its fills do not fold: {}", to_string(next.error())));
      fold = std::move(*next);
      ++applied(fold.applied, fill.client_id).fills;
    }
    compare_fold(key, position, fold);
  }

  // Flat, while an order that opens or enlarges it may still fill: it is open, and its fills alone
  // cannot say so.
  bool waits_for_entry(const Position& row) const {
    return row.quantity.is_zero() && entered_.contains({row.bot, row.id});
  }

  // Closed by an order that has left dust, of which there is a record. Its fills cannot say so.
  bool was_let_go(const Position& row) const {
    return row.status == PositionStatus::kClosed && row.quantity.is_positive() &&
           row.closed_at >= row.opened_at && let_go_.contains({row.id, row.quantity.value});
  }

  void compare_fold(const std::string& key, const Position& row, const Position& fold) {
    const auto differs = [&](std::string_view what, const std::string& is,
                             const std::string& should) {
      if (is != should)
        found(Kind::kPosition, key,
              fmt::format("its {} is {}, its fills say {}", what, is, should));
    };
    differs("quantity", to_string(row.quantity), to_string(fold.quantity));
    differs("total entered", to_string(row.total_entered), to_string(fold.total_entered));
    differs("entry cost", to_string(row.entry_cost), to_string(fold.entry_cost));
    differs("average entry", to_string(row.average_entry), to_string(fold.average_entry));
    differs("profit", to_string(row.realised_profit), to_string(fold.realised_profit));
    differs("fees", to_string(row.fees), to_string(fold.fees));
    differs("funding", to_string(row.funding), to_string(fold.funding));
    differs("opening time", to_iso8601(row.opened_at), to_iso8601(fold.opened_at));
    const bool ends_with_dust = was_let_go(row);
    if (!ends_with_dust)
      differs("closing time", to_iso8601(row.closed_at), to_iso8601(fold.closed_at));
    if (!ends_with_dust && !waits_for_entry(row))
      differs("status", std::string(to_string(row.status)), std::string(to_string(fold.status)));
    if (row.applied != fold.applied)
      found(Kind::kPosition, key, "its fills are not those that it says it holds of each order");
  }

  Result<void> check_last_event() {
    BOTBOX_ASSIGN(const std::uint64_t kept, read_number(store_, last_event_key()));
    if (kept != last_event_)
      found(Kind::kMeta, last_event_key().bytes,
            fmt::format("the newest event is {}, the kept number is {}", last_event_, kept));
    return {};
  }

  struct Intent {
    IntentStatus status;
    Timestamp created_at;
  };

  const Store& store_;
  const VerifyOptions& options_;
  VerifyReport report_;
  std::set<BotId> configs_;
  std::map<BotId, std::vector<Position>> snapshots_;  // open positions
  std::unordered_map<IdempotencyKey, Intent> intents_;
  std::unordered_set<IdempotencyKey> unfinished_intents_;
  std::map<TradeId, Trade> trades_;
  std::set<std::pair<PositionId, Decimal>> let_go_;  // dust: of which position, how much
  std::set<PositionKey> entered_;                    // by trades that are not final
  std::set<std::string> open_;
  std::unordered_set<std::string> dedup_;
  std::set<Slot> slots_;
  std::unordered_map<Slot, TradeId> pending_;
  std::map<PositionKey, Position> positions_;
  std::map<PositionKey, std::vector<BookedFill>> fills_;
  std::uint64_t last_event_ = 0;
  std::uint64_t first_event_ = 0;  // the first behind which none may be missing
};

}  // namespace

Result<VerifyReport> verify(const Store& store, const VerifyOptions& options) {
  return Verifier(store, options).run();
}

Result<VerifyReport> verify_directory(const std::filesystem::path& directory,
                                      const VerifyOptions& options) {
  BOTBOX_ASSIGN(const std::unique_ptr<RocksDbStore> store, RocksDbStore::open_secondary(directory));
  BOTBOX_TRY(store->verify_checksums());
  return verify(*store, options);
}

}  // namespace botbox::storage
