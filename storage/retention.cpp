#include "storage/retention.hpp"

#include <algorithm>
#include <optional>

#include "engine/execution/identity.hpp"
#include "engine/model/event.hpp"
#include "engine/model/order.hpp"
#include "engine/model/signal.hpp"
#include "storage/codec.hpp"
#include "storage/directory.hpp"
#include "storage/expiry.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"

namespace botbox::storage {
namespace {

// Kinds whose keys are bot, time and maybe an id.
bool is_by_bot(Kind kind) { return kind == Kind::kSignal || kind == Kind::kTrace; }

// Of a row of such a kind; empty: the key is malformed.
std::optional<Timestamp> time_in_key(std::string_view key) {
  const std::size_t end = key.find('\0');
  if (end == std::string_view::npos || key.size() < end + 9) return std::nullopt;
  return Timestamp{static_cast<std::int64_t>(from_big_endian(key.substr(end + 1)))};
}

// Above all rows of the key's bot, and not above those of any other.
std::string behind_bot(std::string_view key) {
  return std::string(key.substr(0, key.find('\0'))) + '\x01';
}

tl::unexpected<Error> damaged(Kind kind, std::string_view key, std::string what) {
  return fail(ErrorCode::kCorruption, std::move(what), printable_key(kind, key),
              "run 'botbox verify'");
}

Result<bool> has_trade(const Store& store, const RetentionNeeds& needs, const IdempotencyKey& key) {
  for (const OrderLeg leg : {OrderLeg::kEntry, OrderLeg::kClose}) {
    const TradeId trade{client_order_id(needs.installation, key, leg).value};
    BOTBOX_ASSIGN(const auto row, store.get(trade_key(trade)));
    if (row) return true;
  }
  return false;
}

// Lists of positions and trades begin with the events that tell of them.
Result<bool> tells_of_open(const Store& store, const Event& event) {
  if (event.kind == "position.opened") {
    BOTBOX_ASSIGN(const auto position, find_position(store, event.bot, {event.subject}));
    return position && position->status == PositionStatus::kOpen;
  }
  if (event.kind != "trade.pending") return false;
  BOTBOX_ASSIGN(const auto open, store.get(trade_open_key({event.subject})));
  return open.has_value();
}

// Whether this row of the right age may go; not for events, see OldRowWalk.
Result<bool> may_go(const Store& store, const RetentionNeeds& needs, Kind kind,
                    std::string_view value) {
  if (kind == Kind::kSignal) {
    BOTBOX_ASSIGN(const Signal signal, decode<Signal>(value));
    if (needs.waiting_signals.contains(signal.id.value)) return false;
    if (signal.executed_trade_id.empty()) return true;
    BOTBOX_ASSIGN(const auto open, store.get(trade_open_key(signal.executed_trade_id)));
    return !open;
  }
  if (kind == Kind::kIntent) {
    BOTBOX_ASSIGN(const OrderIntent intent, decode<OrderIntent>(value));
    BOTBOX_ASSIGN(const bool is_traded, has_trade(store, needs, intent.key));
    return !is_traded;
  }
  return true;
}

// Error kCorruption: the row cannot be read.
Result<Timestamp> time_of_row(Kind kind, std::string_view key, std::string_view value) {
  if (is_by_bot(kind)) {
    const std::optional<Timestamp> at = time_in_key(key);
    if (!at) return damaged(kind, key, "the key is malformed");
    return *at;
  }
  if (kind == Kind::kEvent) {
    BOTBOX_ASSIGN(const Event event, decode<Event>(value));
    return event.at;
  }
  if (kind == Kind::kIntent) {
    BOTBOX_ASSIGN(const OrderIntent intent, decode<OrderIntent>(value));
    return intent.created_at;
  }
  BOTBOX_ASSIGN(const ExpiringValue parts, strip_expiry(value));
  BOTBOX_ASSIGN(const CycleRecord cycle, decode<CycleRecord>(parts.value));
  return cycle.started_at;
}

// One walk over rows that are neighbours. Says whether it is to go on elsewhere.
class OldRowWalk {
 public:
  OldRowWalk(const Store& store, Kind kind, Timestamp before, const RetentionNeeds& needs,
             std::size_t limit)
      : store_(store), kind_(kind), before_(before), needs_(needs), limit_(limit) {}

  Result<OldRows> from(std::string_view start) {
    std::string at(start);
    while (true) {
      elsewhere_.reset();
      BOTBOX_TRY(store_.scan(
          {.kind = kind_, .prefix = {}, .from = at},
          [this](std::string_view key, std::string_view value) { return visit(key, value); }));
      if (problem_) return tl::unexpected<Error>(std::move(*problem_));
      if (!elsewhere_) break;
      at = *elsewhere_;
    }
    return std::move(found_);
  }

 private:
  bool visit(std::string_view key, std::string_view value) {
    if (found_.keys.size() == limit_) {
      found_.next = std::string(key);
      found_.is_all = false;
      return false;
    }
    found_.is_all = true;
    const Result<bool> goes = goes_now(key, value);
    if (!goes) {
      problem_ = goes.error();
      return false;
    }
    if (*goes) found_.keys.push_back({kind_, std::string(key)});
    return !is_over_;
  }

  // False, and maybe a hint where to go on, for what is young or needed.
  Result<bool> goes_now(std::string_view key, std::string_view value) {
    if (kind_ == Kind::kEvent) return event_goes_now(key, value);
    BOTBOX_ASSIGN(const Timestamp at, time_of_row(kind_, key, value));
    is_over_ = false;
    if (at >= before_) {
      if (is_by_bot(kind_)) elsewhere_ = behind_bot(key);
      is_over_ = kind_ != Kind::kIntent;
      return false;
    }
    return may_go(store_, needs_, kind_, value);
  }

  // There are far more events than anything else: each is decoded once.
  Result<bool> event_goes_now(std::string_view key, std::string_view value) {
    BOTBOX_ASSIGN(const Event event, decode<Event>(value));
    is_over_ = event.at >= before_;
    if (is_over_ || from_big_endian(key) >= needs_.newest_event) return false;
    BOTBOX_ASSIGN(const bool is_needed, tells_of_open(store_, event));
    return !is_needed;
  }

  const Store& store_;
  Kind kind_;
  Timestamp before_;
  const RetentionNeeds& needs_;
  std::size_t limit_;
  OldRows found_{.keys = {}, .next = {}, .is_all = true};
  std::optional<std::string> elsewhere_;  // where the rows of the next bot begin
  std::optional<Error> problem_;
  bool is_over_ = false;  // what follows here is young as well
};

}  // namespace

RetentionRule RetentionPolicy::of(Kind kind) const {
  switch (kind) {
    case Kind::kSignal: return signals;
    case Kind::kIntent:
      return {
          signals.age > Duration{0} ? std::max(signals.age, kIdempotencyRetention) : Duration{0},
          0};
    case Kind::kEvent: return events;
    case Kind::kTrace: return traces;
    case Kind::kCycle: return cycles;
    default: return {};
  }
}

Timestamp keep_from(const RetentionRule& rule, Timestamp now, std::uint64_t bytes,
                    Timestamp oldest) {
  Timestamp keep;
  if (rule.age > Duration{0}) keep = now - rule.age;
  if (rule.bytes_max == 0 || oldest.is_never() || oldest >= now) return keep;
  const auto span = static_cast<double>((now - oldest).count());
  const auto kept = static_cast<double>((now - std::max(oldest, std::min(keep, now))).count());
  const double kept_bytes = static_cast<double>(bytes) * kept / span;
  const auto room = static_cast<double>(rule.bytes_max);
  if (kept_bytes <= room) return keep;
  const Duration fits{static_cast<std::int64_t>(kept * 0.9 * room / kept_bytes)};
  return std::max(keep, now - std::max(fits, kKeptInAnyCase));
}

Result<Timestamp> oldest_row(const Store& store, Kind kind) {
  if (kind == Kind::kIntent) return Timestamp{};
  Timestamp oldest;
  std::optional<Error> problem;
  std::string from;
  if (kind == Kind::kEvent) {
    BOTBOX_ASSIGN(const std::uint64_t first, read_number(store, first_event_key()));
    from = big_endian(first);
  }
  for (bool is_more = true; is_more;) {
    is_more = false;
    BOTBOX_TRY(store.scan({.kind = kind, .prefix = {}, .from = from, .limit = 1},
                          [&](std::string_view key, std::string_view value) {
                            const Result<Timestamp> at = time_of_row(kind, key, value);
                            if (!at) {
                              problem = at.error();
                              return false;
                            }
                            if (oldest.is_never() || *at < oldest) oldest = *at;
                            is_more = is_by_bot(kind);
                            from = behind_bot(key);
                            return false;
                          }));
    if (problem) return tl::unexpected<Error>(std::move(*problem));
  }
  return oldest;
}

Result<RetentionNeeds> load_retention_needs(const Store& store) {
  RetentionNeeds needs;
  BOTBOX_ASSIGN(const DirectoryState directory, read_directory(store));
  needs.installation = directory.installation;
  needs.newest_event = directory.last_event;
  BOTBOX_ASSIGN(needs.first_event, read_number(store, first_event_key()));
  BOTBOX_TRY(visit_all<Signal>(store, Kind::kInbox, [&](std::string_view, Signal&& signal) {
    needs.waiting_signals.insert(std::move(signal.id.value));
  }));
  return needs;
}

Result<OldRows> find_old_rows(const Store& store, Kind kind, Timestamp before,
                              const RetentionNeeds& needs, std::string_view from,
                              std::size_t limit) {
  return OldRowWalk(store, kind, before, needs, limit).from(from);
}

}  // namespace botbox::storage
