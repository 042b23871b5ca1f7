#include "storage/reader.hpp"

#include <algorithm>
#include <iterator>

#include "storage/newest.hpp"
#include "storage/rows.hpp"

namespace botbox::storage {
namespace {

Error at_row(Error error, Kind kind, std::string_view key) {
  error.place = error.place.empty() ? printable_key(kind, key)
                                    : printable_key(kind, key) + ", " + error.place;
  return error;
}

template <class T>
Result<T> decode_row(Kind kind, std::string_view key, std::string_view value) {
  return decode<T>(value).map_error(
      [&](Error error) { return at_row(std::move(error), kind, key); });
}

template <class T>
Result<std::optional<T>> find(const Store& store, const Key& key) {
  BOTBOX_ASSIGN(const std::optional<std::string> value, store.get(key));
  if (!value) return std::nullopt;
  BOTBOX_ASSIGN(T record, decode_row<T>(key.kind, key.bytes, *value));
  return std::optional<T>(std::move(record));
}

// Reads rows until `limit` records are there. `read` gives a record, none ("skip it") or an error.
template <class T, class Read>
Result<std::vector<T>> collect(const Store& store, const ScanRange& range, std::size_t limit,
                               Read read) {
  std::vector<T> records;
  std::optional<Error> problem;
  if (limit == 0) return records;
  BOTBOX_TRY(store.scan(range, [&](std::string_view key, std::string_view value) {
    Result<std::optional<T>> record = read(key, value);
    if (!record) {
      problem = std::move(record).error();
      return false;
    }
    if (*record) records.push_back(std::move(**record));
    return records.size() < limit;
  }));
  if (problem) return tl::unexpected<Error>(std::move(*problem));
  return records;
}

template <class T>
Result<std::vector<T>> collect_plain(const Store& store, ScanRange range, std::size_t limit) {
  return collect<T>(store, range, limit,
                    [kind = range.kind](std::string_view key,
                                        std::string_view value) -> Result<std::optional<T>> {
                      BOTBOX_ASSIGN(T record, decode_row<T>(kind, key, value));
                      return std::optional<T>(std::move(record));
                    });
}

template <class T>
Result<std::optional<T>> decode_unexpired(Kind kind, std::string_view key, std::string_view stored,
                                          Timestamp now) {
  const Result<ExpiringValue> parts = strip_expiry(stored);
  if (!parts) return tl::unexpected<Error>(at_row(parts.error(), kind, key));
  if (parts->is_expired(now)) return std::nullopt;
  BOTBOX_ASSIGN(T record, decode_row<T>(kind, key, parts->value));
  return std::optional<T>(std::move(record));
}

template <class T>
Result<std::vector<T>> collect_unexpired(const Store& store, ScanRange range, Timestamp now,
                                         std::size_t limit) {
  return collect<T>(store, range, limit,
                    [kind = range.kind, now](std::string_view key, std::string_view value) {
                      return decode_unexpired<T>(kind, key, value, now);
                    });
}

// The rows of one bot, newest first. Behind bot and time stands nothing, or a zero byte and an id:
// both sort below a byte 0xFF.
ScanRange newest_first(Kind kind, const BotId& bot, Timestamp until) {
  ScanRange range{.kind = kind, .prefix = bot_prefix(bot), .from = {}, .reverse = true};
  if (!until.is_never())
    range.from = range.prefix + big_endian(static_cast<std::uint64_t>(until.ms)) + '\xFF';
  return range;
}

std::string printable(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0)
      text += '/';
    else if (byte >= 0x20 && byte < 0x7F)
      text += c;
    else
      text += fmt::format("\\x{:02x}", byte);
  }
  return text;
}

std::optional<Error> first_damage(const StoredBot& bot,
                                  const Result<std::optional<BotConfig>>& config,
                                  const Result<std::optional<BotSnapshot>>& snapshot) {
  if (!config) return config.error();
  if (!snapshot) return snapshot.error();
  if (*config && *snapshot) return std::nullopt;
  return Error{ErrorCode::kCorruption,
               fmt::format("the bot has no {} row", *config ? "snapshot" : "config"),
               fmt::format("bot {}", bot.id.value), "restore a backup"};
}

StoredBot assemble(BotId id, Result<std::optional<BotConfig>> config,
                   Result<std::optional<BotSnapshot>> snapshot) {
  StoredBot bot{.id = std::move(id), .config = {}, .snapshot = {}, .damage = {}};
  bot.damage = first_damage(bot, config, snapshot);
  if (config && *config) bot.config = std::move(**config);
  if (snapshot && *snapshot) bot.snapshot = std::move(**snapshot);
  return bot;
}

}  // namespace

std::string printable_key(Kind kind, std::string_view key) {
  if ((kind == Kind::kEvent || kind == Kind::kCycle) && key.size() == 8)
    return fmt::format("{} {}", to_string(kind), from_big_endian(key));
  const std::size_t bot_end = key.find('\0');
  const bool has_time = kind == Kind::kSignal || kind == Kind::kTrace;
  if (!has_time || bot_end == key.npos || key.size() < bot_end + 9)
    return fmt::format("{} {}", to_string(kind), printable(key));
  const auto ms = static_cast<std::int64_t>(from_big_endian(key.substr(bot_end + 1)));
  // Beyond the year 9999 it is no time, and the calendar ends soon after.
  if (ms < 0 || ms > 253'402'300'799'999)
    return fmt::format("{} {}", to_string(kind), printable(key));
  return fmt::format("{} {}/{}{}", to_string(kind), printable(key.substr(0, bot_end)),
                     to_iso8601({ms}), printable(key.substr(bot_end + 9)));
}

Result<StoredBot> load_bot(const Store& store, const BotId& bot) {
  auto config = find<BotConfig>(store, bot_config_key(bot));
  auto snapshot = find<BotSnapshot>(store, bot_snapshot_key(bot));
  if (config && snapshot && !*config && !*snapshot)
    return fail(ErrorCode::kNotFound, fmt::format("there is no bot '{}'", bot.value), {},
                "list the bots to see their ids");
  return assemble(bot, std::move(config), std::move(snapshot));
}

Result<std::vector<StoredBot>> load_bots(const Store& store, std::size_t limit) {
  return collect<StoredBot>(
      store, {.kind = Kind::kBotConfig, .prefix = {}, .from = {}}, limit,
      [&store](std::string_view key, std::string_view value) -> Result<std::optional<StoredBot>> {
        BotId id{std::string(key)};
        Result<std::optional<BotConfig>> config =
            decode_row<BotConfig>(Kind::kBotConfig, key, value).map([](BotConfig&& read) {
              return std::optional<BotConfig>(std::move(read));
            });
        auto snapshot = find<BotSnapshot>(store, bot_snapshot_key(id));
        if (!snapshot && snapshot.error().code == ErrorCode::kIo)
          return tl::unexpected<Error>(snapshot.error());
        return std::optional<StoredBot>(
            assemble(std::move(id), std::move(config), std::move(snapshot)));
      });
}

Result<std::optional<OrderIntent>> find_intent(const Store& store, const IdempotencyKey& key) {
  return find<OrderIntent>(store, intent_key(key));
}
Result<std::optional<Trade>> find_trade(const Store& store, const TradeId& id) {
  return find<Trade>(store, trade_key(id));
}
Result<std::optional<Position>> find_position(const Store& store, const BotId& bot,
                                              const PositionId& id) {
  return find<Position>(store, position_key(bot, id));
}
Result<std::optional<EngineState>> find_engine_state(const Store& store) {
  return find<EngineState>(store, engine_state_key());
}

Result<std::optional<KeptInstrument>> find_instrument(const Store& store, std::string_view venue,
                                                      const Symbol& symbol) {
  return find<KeptInstrument>(store, instrument_key(venue, symbol));
}

Result<std::optional<DecisionTrace>> find_trace(const Store& store, const BotId& bot,
                                                Timestamp candle_close, Timestamp now) {
  const Key key = trace_key(bot, candle_close);
  BOTBOX_ASSIGN(const std::optional<std::string> stored, store.get(key));
  if (!stored) return std::nullopt;
  return decode_unexpired<DecisionTrace>(key.kind, key.bytes, *stored, now);
}

Result<std::vector<Trade>> load_open_trades(const Store& store, std::size_t limit) {
  return collect<Trade>(
      store, {.kind = Kind::kTradeOpen, .prefix = {}, .from = {}}, limit,
      [&store](std::string_view key, std::string_view) -> Result<std::optional<Trade>> {
        BOTBOX_ASSIGN(std::optional<Trade> trade, find_trade(store, {std::string(key)}));
        if (!trade)
          return fail(ErrorCode::kCorruption, "an open trade has no trade row",
                      printable_key(Kind::kTradeOpen, key), "run 'botbox verify'");
        return trade;
      });
}

Result<std::vector<Position>> load_positions(const Store& store, const BotId& bot,
                                             std::size_t limit) {
  return collect_plain<Position>(
      store, {.kind = Kind::kPosition, .prefix = bot_prefix(bot), .from = {}}, limit);
}

Result<std::vector<Position>> load_open_positions(const Store& store) {
  std::vector<Position> open;
  std::vector<BotId> damaged;
  BOTBOX_TRY(store.scan({.kind = Kind::kBotSnapshot, .prefix = {}, .from = {}},
                        [&](std::string_view key, std::string_view value) {
                          Result<BotSnapshot> snapshot = decode<BotSnapshot>(value);
                          if (snapshot)
                            std::ranges::move(snapshot->open_positions, std::back_inserter(open));
                          else
                            damaged.push_back({std::string(key)});
                          return true;
                        }));
  for (const BotId& bot : damaged) {
    BOTBOX_ASSIGN(std::vector<Position> all, load_positions(store, bot, SIZE_MAX));
    for (Position& position : all)
      if (position.status == PositionStatus::kOpen) open.push_back(std::move(position));
  }
  return open;
}

Result<std::vector<BookedFill>> load_fills(const Store& store, const BotId& bot,
                                           const PositionId& position, std::size_t limit) {
  return collect_plain<BookedFill>(
      store, {.kind = Kind::kFill, .prefix = join_key({bot.value, position.value, ""}), .from = {}},
      limit);
}

Result<std::vector<OrderIntent>> load_intents(const Store& store, std::size_t limit) {
  return collect_plain<OrderIntent>(store, {.kind = Kind::kIntent, .prefix = {}, .from = {}},
                                    limit);
}

Result<std::vector<KeptInstrument>> load_instruments(const Store& store, std::string_view venue,
                                                     std::size_t limit) {
  return collect_plain<KeptInstrument>(
      store, {.kind = Kind::kInstrument, .prefix = join_key({venue, ""}), .from = {}}, limit);
}

Result<std::vector<Signal>> load_signals(const Store& store, const BotId& bot, Timestamp until,
                                         std::size_t limit) {
  return collect_plain<Signal>(store, newest_first(Kind::kSignal, bot, until), limit);
}

// An index by bot and time would cost every trade a second row in its commit, to spare a scan that
// only people ask for.
Result<std::vector<Trade>> load_trades(const Store& store, const BotId& bot, Timestamp until,
                                       std::size_t limit) {
  NewestFirst<Trade> newest(limit);
  BOTBOX_TRY(visit_all<Trade>(store, Kind::kTrade, [&](std::string_view key, Trade&& trade) {
    const Timestamp at = trade.created_at;
    if (trade.bot == bot && (until.is_never() || at <= until))
      newest.add(at, std::string(key), std::move(trade));
  }));
  return std::move(newest).take();
}

Result<std::vector<DecisionTrace>> load_traces(const Store& store, const BotId& bot,
                                               Timestamp until, Timestamp now, std::size_t limit) {
  return collect_unexpired<DecisionTrace>(store, newest_first(Kind::kTrace, bot, until), now,
                                          limit);
}

Result<std::vector<StoredTrace>> load_stored_traces(const Store& store, const BotId& bot,
                                                    Timestamp until, Timestamp now,
                                                    std::size_t limit) {
  const ScanRange range = newest_first(Kind::kTrace, bot, until);
  return collect<StoredTrace>(
      store, range, limit,
      [now, time_at = range.prefix.size()](
          std::string_view key, std::string_view value) -> Result<std::optional<StoredTrace>> {
        if (key.size() != time_at + 8)
          return fail(ErrorCode::kCorruption, "a trace's key does not end with a time",
                      printable_key(Kind::kTrace, key), "run 'botbox verify'");
        const Timestamp close{static_cast<std::int64_t>(from_big_endian(key.substr(time_at)))};
        Result<std::optional<DecisionTrace>> trace =
            decode_unexpired<DecisionTrace>(Kind::kTrace, key, value, now);
        if (!trace) return StoredTrace{close, tl::unexpected<Error>(std::move(trace).error())};
        if (!*trace) return std::nullopt;
        return StoredTrace{close, std::move(**trace)};
      });
}

Result<Event> decode_event(std::string_view key, std::string_view value) {
  if (key.size() != 8)
    return fail(ErrorCode::kCorruption, "an event's key is not a number",
                printable_key(Kind::kEvent, key), "run 'botbox verify'");
  BOTBOX_ASSIGN(Event event, decode_row<Event>(Kind::kEvent, key, value));
  event.sequence = from_big_endian(key);
  return event;
}

namespace {
Result<std::vector<Event>> collect_events(const Store& store, const ScanRange& range,
                                          std::size_t limit) {
  return collect<Event>(
      store, range, limit,
      [](std::string_view key, std::string_view value) -> Result<std::optional<Event>> {
        BOTBOX_ASSIGN(Event event, decode_event(key, value));
        return std::optional<Event>(std::move(event));
      });
}
}  // namespace

Result<std::vector<Event>> load_events(const Store& store, std::uint64_t from, std::size_t limit) {
  return collect_events(store, {.kind = Kind::kEvent, .prefix = {}, .from = big_endian(from)},
                        limit);
}

Result<std::vector<Event>> load_newest_events(const Store& store, std::size_t limit) {
  return collect_events(store, {.kind = Kind::kEvent, .prefix = {}, .from = {}, .reverse = true},
                        limit);
}

Result<std::vector<CycleRecord>> load_newest_cycles(const Store& store, Timestamp now,
                                                    std::size_t limit) {
  return collect_unexpired<CycleRecord>(
      store, {.kind = Kind::kCycle, .prefix = {}, .from = {}, .reverse = true}, now, limit);
}

}  // namespace botbox::storage
