#include "storage/codec.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "storage/codec_templates.hpp"
#include "storage/record_schema.hpp"

namespace botbox::storage {
namespace test {

// A record as three releases knew it: "price" was a whole number, then a decimal; "note" came last.
struct SampleV1 {
  std::string name;
  std::uint64_t price = 0;
};
struct SampleV2 {
  std::string name;
  Decimal price;
};
struct Sample {
  std::string name;
  Decimal price;
  std::string note;

  bool operator==(const Sample&) const = default;
};

using storage::fields;

void fields(auto& a, RecordOf<SampleV1> auto& r) {
  a("name", r.name);
  a("price", r.price);
}
void fields(auto& a, RecordOf<SampleV2> auto& r) {
  a("name", r.name);
  a("price", r.price);
}
void fields(auto& a, RecordOf<Sample> auto& r) {
  a("name", r.name);
  a("price", r.price);
  a("note", r.note);
}

}  // namespace test

template <>
inline constexpr RecordFormat kFormat<test::SampleV1>{"sample", 1};
template <>
inline constexpr RecordFormat kFormat<test::SampleV2>{"sample", 2};
template <>
inline constexpr RecordFormat kFormat<test::Sample>{"sample", 3};

namespace test {
Result<std::string> sample_1_to_2(std::string_view body) {
  BOTBOX_ASSIGN(const SampleV1 old, decode_body<SampleV1>(body, "sample v1"));
  return encode(SampleV2{old.name, Decimal::from_int(static_cast<std::int64_t>(old.price))})
      .substr(1);
}
Result<std::string> sample_2_to_3(std::string_view body) {
  BOTBOX_ASSIGN(const SampleV2 old, decode_body<SampleV2>(body, "sample v2"));
  return encode(Sample{old.name, old.price, "from version 2"}).substr(1);
}
}  // namespace test

template <>
struct Upgrades<test::SampleV2> {
  static constexpr std::array<UpgradeStep, 1> kSteps{test::sample_1_to_2};
};
template <>
struct Upgrades<test::Sample> {
  static constexpr std::array<UpgradeStep, 2> kSteps{test::sample_1_to_2, test::sample_2_to_3};
};

namespace test {
namespace {

// One more visitor of the field lists: fills a record with random values, small and extreme ones.
class RandomFill {
 public:
  explicit RandomFill(std::uint64_t seed) : random_(seed) {}

  template <class T>
  void operator()(const char*, T& value) {
    fill(value);
  }
  template <class T>
  void from_key(const char*, T&) {}

 private:
  std::uint64_t bits() { return random_() >> (random_() % 64); }

  template <class T>
  void fill(T& value) {
    if constexpr (kIsText<T>) {
      value.assign(bits() % 40, '\0');
      for (char& c : value) c = static_cast<char>(random_());
    } else if constexpr (kIsId<T>) {
      fill(value.value);
    } else if constexpr (kIsAmount<T>) {
      fill(value.value);
    } else if constexpr (std::same_as<T, Decimal>) {
      const Wide wide = (static_cast<Wide>(random_()) << 64 | random_()) >> (random_() % 128);
      value = Decimal::from_units(static_cast<Decimal::Units>(wide));
    } else if constexpr (std::same_as<T, bool>) {
      value = (random_() & 1) != 0;
    } else if constexpr (std::same_as<T, ReasonCode>) {
      value = kReasonNames[random_() % kReasonNames.size()].code;
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(random_() % (static_cast<std::uint64_t>(kLast<T>) + 1));
    } else if constexpr (std::same_as<T, double>) {
      value = std::ldexp(static_cast<double>(random_()), static_cast<int>(random_() % 200) - 100);
    } else if constexpr (std::is_unsigned_v<T>) {
      value = static_cast<T>(bits());
    } else if constexpr (std::same_as<T, Timestamp>) {
      value.ms = static_cast<std::int64_t>(bits());
    } else if constexpr (std::same_as<T, Duration>) {
      value = Duration{static_cast<std::int64_t>(bits())};
    } else if constexpr (std::same_as<T, Timeframe>) {
      constexpr std::array kMinutes{1,   3,   5,   15,  30,   60,   120,
                                    240, 360, 480, 720, 1440, 4320, 10080};
      value = Timeframe::minutes(kMinutes[random_() % kMinutes.size()]);
    } else if constexpr (kIsList<T>) {
      value.resize(random_() % 4);
      for (auto& element : value) fill(element);
    } else {
      fields(*this, value);
    }
  }

  std::mt19937_64 random_;
};

template <class T>
T random_record(std::uint64_t seed) {
  T record{};
  RandomFill fill(seed);
  fields(fill, record);
  return record;
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}
std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  return bytes;
}

#define BOTBOX_ALL_RECORDS                                                                        \
  BotConfig, BotSnapshot, Signal, OrderIntent, Trade, BookedFill, Position, Event, DecisionTrace, \
      CycleRecord, EngineState, ClaimRow, Difference, FleetLock, FleetResult, OperatorBot,        \
      KeptInstrument

}  // namespace

TEST_CASE_TEMPLATE("a record read back equals the one that was written", T, BOTBOX_ALL_RECORDS) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    const T record = random_record<T>(seed);
    const std::string bytes = encode(record);
    const Result<T> read = decode<T>(bytes);
    REQUIRE_MESSAGE(read, (read ? "" : to_string(read.error())));
    REQUIRE(*read == record);
    REQUIRE(encode(*read) == bytes);
    REQUIRE(static_cast<std::uint8_t>(bytes[0]) == kFormat<T>.version);
  }
}

TEST_CASE_TEMPLATE("a record cut off at any byte, or with one more, is refused", T,
                   BOTBOX_ALL_RECORDS) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    const std::string bytes = encode(random_record<T>(seed));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      // A copy of its own, so that a sanitizer sees a read beyond it.
      const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const Result<T> read = decode<T>({cut.data(), cut.size()});
      REQUIRE(!read);
      REQUIRE(read.error().code == ErrorCode::kCorruption);
      REQUIRE(read.error().place.find(kFormat<T>.name) == 0);
      REQUIRE(read.error().place.find("at byte") != std::string::npos);
    }
    const Result<T> longer = decode<T>(bytes + '\0');
    REQUIRE(!longer);
    CHECK(longer.error().code == ErrorCode::kCorruption);
  }
}

TEST_CASE_TEMPLATE("a record with any bit flipped is refused or is another whole record", T,
                   BOTBOX_ALL_RECORDS) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    CAPTURE(seed);
    const std::string bytes = encode(random_record<T>(seed));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      CAPTURE(bit);
      std::string damaged = bytes;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      const Result<T> read = decode<T>(damaged);
      // Exactly one encoding per value: what is read writes the same bytes, so nothing was guessed.
      if (read)
        REQUIRE(encode(*read) == damaged);
      else
        REQUIRE((read.error().code == ErrorCode::kCorruption ||
                 (bit < 8 && read.error().code == ErrorCode::kNewerData)));
    }
  }
}

TEST_CASE_TEMPLATE("random bytes never read as more than they are", T, BOTBOX_ALL_RECORDS) {
  std::mt19937_64 random(20240518);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(1 + random() % 60, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    bytes[0] = static_cast<char>(kFormat<T>.version);
    if (const Result<T> read = decode<T>(bytes)) REQUIRE(encode(*read) == bytes);
  }
}

TEST_CASE_TEMPLATE("a version above the known one asks for an upgrade of botbox", T,
                   BOTBOX_ALL_RECORDS) {
  std::string bytes = encode(T{});
  bytes[0] = static_cast<char>(kFormat<T>.version + 1);
  const Result<T> read = decode<T>(bytes);
  REQUIRE(!read);
  CHECK(read.error().code == ErrorCode::kNewerData);
  CHECK(read.error().message.find(kFormat<T>.name) != std::string::npos);
  CHECK(read.error().fix.find("upgrade botbox") == 0);
}

TEST_CASE("a claimed length beyond the bytes is refused before anything is allocated for it") {
  // A claim whose owner claims 2^60 bytes.
  const std::string bytes = std::string("\x01\x00", 2) + "\x80\x80\x80\x80\x80\x80\x80\x80\x10";
  const auto read = decode<ClaimRow>(bytes);
  REQUIRE(!read);
  CHECK(read.error().message == "stored claim is cut off");
}

TEST_CASE("numbers in longer forms than needed, and beyond their type, are refused") {
  const auto refused = [](std::string_view bytes) { return !decode<EngineState>(bytes); };
  // mode, live_trading, changed_by (empty), changed_at
  CHECK(!refused(std::string_view("\x01\x00\x00\x00\x00", 5)));
  CHECK(refused(std::string_view("\x01\x00\x00\x00\x80\x00", 6)));
  CHECK(refused(std::string_view("\x01\x00\x00\x80\x00\x00", 6)));
  CHECK(refused(std::string_view("\x01\x03\x00\x00\x00", 5)));
  CHECK(refused(std::string_view("\x01\x00\x02\x00\x00", 5)));
  CycleRecord cycle;
  cycle.number = 1;
  std::string bytes = encode(cycle);
  bytes.replace(bytes.size() - 1, 1, "\xFF\xFF\xFF\xFF\x1F");  // signals: 33 bits for 32
  CHECK(!decode<CycleRecord>(bytes));
}

TEST_CASE("the bytes of the present versions stay as they are") {
  Trade trade{.id = {"c1"},
              .bot = {"grid-1"},
              .signal = {"s1"},
              .intent = {"k1"},
              .symbol = {"BTC/USDT"},
              .direction = Direction::kShort,
              .side = OrderSide::kSell,
              .position = {"c1"},
              .quantity = Quantity::literal("0.015"),
              .entry = Price::literal("64000.5"),
              .stop_loss = Price::literal("65280.51"),
              .take_profit = {},
              .reserved = Notional::literal("960.0075"),
              .client_order_id = {"c1"},
              .stop_client_id = {"c1s"},
              .take_profit_client_id = {},
              .status = TradeStatus::kExecuting,
              .order_id = {},
              .attempts = 2,
              .outcome_unknown = true,
              .reason = ReasonCode::kOutcomeUnknown,
              .error_message = "timeout",
              .created_at = {1'716'000'000'000},
              .updated_at = {1'716'000'000'250}};
  CHECK(hex(encode(trade)) ==
        "0102633106677269642d31027331026b31084254432f55534454010102633180d88ee16f80a094bfb387b0e301"
        "80b0f394e591f6e7010080aca7a0e5c7b4030263310363317300010002013e0774696d656f757480a09099f163"
        "f4a39099f163");
  BotSnapshot snapshot;
  snapshot.turn = 300;
  snapshot.next_check_at = {1'716'000'300'000};
  snapshot.realised_profit = Notional::literal("-12.5");
  snapshot.pending = {{{"c1"}, Direction::kLong, {"c1"}, Notional::literal("1")}};
  const std::string body =
      "000001ac0200c0efb499f16300000000000000ff9ffaa0ccd7050000010263310002633180c0a8ca9a3a";
  // The stop, the target, no closed position, no reason; nothing to remember for a plan; no
  // funding.
  CHECK(hex(encode(snapshot)) == "04" + body + "000000000000");
  CHECK(decode<BotSnapshot>(unhex("03" + body + "0000000000")) == snapshot);
  // Version 2, whose pending trades had no reason, before there were plans.
  CHECK(decode<BotSnapshot>(unhex("02" + body + "000000")) == snapshot);
  // Version 1, whose pending trades were shorter.
  CHECK(decode<BotSnapshot>(unhex("01" + body)) == snapshot);
  const BookedFill booked{{.id = {"x1"},
                           .client_id = {"c1"},
                           .order_id = {"o1"},
                           .symbol = {"BTC/USDT"},
                           .side = OrderSide::kSell,
                           .price = Price::literal("100.5"),
                           .quantity = Quantity::literal("2"),
                           .fee = Notional::literal("0.2"),
                           .at = {1'716'000'000'250}},
                          3};
  const std::string fill =
      "027831026331026f31084254432f555344540180a0e6acefd92d8080d194b57480c0ee8ed20bf4a39099f163";
  CHECK(hex(encode(booked)) == "04" + fill + "03000000");
  BookedFill kept = booked;
  kept.fill.fee_coin = {"BNB"};
  kept.fill.fee_in_coin = Decimal::literal("0.00012");
  CHECK(hex(encode(kept)).starts_with("04" + fill + "0303424e42"));
  CHECK(decode<BookedFill>(encode(kept)) == kept);
  // Version 3 knew no funding, version 2 told every fee in quote currency only.
  CHECK(decode<BookedFill>(unhex("03" + fill + "030000")) == booked);
  CHECK(decode<BookedFill>(unhex("02" + fill + "03")) == booked);
  EngineState engine{.mode = EngineMode::kReducing,
                     .live_trading = true,
                     .changed_by = "al",
                     .changed_at = {1'716'000'000'250},
                     .rollout = {{.live_bots = 5, .order = Notional::literal("100")}},
                     .reconcile_first = true};
  const std::string switches = "010102616cf4a39099f163";
  CHECK(hex(encode(engine)).starts_with("02" + switches + "0105"));
  CHECK(decode<EngineState>(encode(engine)) == engine);
  // Version 1 knew neither rollout nor a reconciliation that comes first.
  engine.rollout.clear();
  engine.reconcile_first = false;
  CHECK(hex(encode(engine)) == "02" + switches + "0000");
  CHECK(decode<EngineState>(unhex("01" + switches)) == engine);
  // Version 2 had no pace, version 1 no plan either.
  BotConfig config;
  config.id = {"grid-1"};
  config.block_list = {"DOGE/USDT"};
  std::string older = encode(config);
  for (const char version : {'\x02', '\x01'}) {
    CHECK(older.back() == '\0');
    older.pop_back();
    older[0] = version;
    CHECK(decode<BotConfig>(older) == config);
  }
  // Version 1 of a signal knew no time to wait for.
  Signal signal;
  signal.id = {"s1"};
  signal.bot = {"grid-1"};
  signal.execution_attempts = 2;
  older = encode(signal);
  CHECK(older.front() == '\x02');
  CHECK(older.back() == '\0');
  older.pop_back();
  older[0] = '\x01';
  CHECK(decode<Signal>(older) == signal);
  signal.execution_scheduled_at = {1'716'000'000'250};
  CHECK(hex(encode(signal)).ends_with("02f4a39099f163"));
  // Version 1 was the fill alone.
  CHECK(decode<BookedFill>(unhex("01" + fill)) == BookedFill{booked.fill, 0});
}

TEST_CASE("the bytes of an instrument stay as they are, and its JSON names every filter") {
  const KeptInstrument kept{.venue = "v",
                            .instrument = {.symbol = {"BTC/USDT"},
                                           .base = {"BTC"},
                                           .quote = {"USDT"},
                                           .market = MarketType::kLinear,
                                           .tick = Price::literal("0.01"),
                                           .lot = Quantity::literal("0.001"),
                                           .min_quantity = Quantity::literal("0.002"),
                                           .max_quantity = {},
                                           .min_notional = Notional::literal("5")},
                            .since = {1'716'000'000'250}};
  CHECK(hex(encode(kept)) ==
        "010176084254432f55534454034254430455534454018090dfc04a80a8d6b90780d0acf30e0080c0caf384a302"
        "f4a39099f163");
  CHECK(to_json(kept).dump() ==
        R"({"venue":"v","symbol":"BTC/USDT","base":"BTC","quote":"USDT","market":"linear",)"
        R"("tick":"0.01","lot":"0.001","min_quantity":"0.002","max_quantity":"0",)"
        R"("min_notional":"5","since":"2024-05-18T02:40:00.250Z"})");
}

TEST_CASE("positions of a time without funding are read where they stand alone and in snapshots") {
  Position open = random_record<Position>(5);
  open.funding = {};
  std::string row = encode(open);
  REQUIRE(row.back() == '\0');
  row.pop_back();
  row[0] = '\x01';
  CHECK(decode<Position>(row) == open);
  BotSnapshot snapshot = random_record<BotSnapshot>(6);
  snapshot.funding = {};
  for (Position& position : snapshot.open_positions) position.funding = {};
  snapshot.open_positions.push_back(open);
  BotSnapshotV3 old{snapshot, {}, {}};
  for (const Position& position : snapshot.open_positions) old.open_positions.push_back({position});
  snapshot.pending.push_back({.id = {"t"}, .closed = {open}, .reason = ReasonCode::kTimeStop});
  for (PendingTrade& trade : snapshot.pending) {
    PendingTradeV3& kept = old.pending.emplace_back();
    kept.common.common = {trade.id, trade.direction, trade.position, trade.reserved};
    kept.common.stop_client_id = trade.stop_client_id;
    kept.common.take_profit_client_id = trade.take_profit_client_id;
    kept.reason = trade.reason;
    for (Position& position : trade.closed) {
      position.funding = {};
      kept.common.closed.push_back({position});
    }
  }
  CHECK(decode<BotSnapshot>(encode(old)) == snapshot);
}

TEST_CASE("a difference of a time without adopters is read") {
  Difference difference = random_record<Difference>(7);
  difference.adopter = {};
  std::string row = encode(difference);
  REQUIRE(row.back() == '\0');
  row.pop_back();
  row[0] = '\x01';
  CHECK(decode<Difference>(row) == difference);
}

TEST_CASE("older versions are upgraded step by step, the present one is not touched") {
  const Sample upgraded{"n", Decimal::literal("7"), "from version 2"};
  CHECK(decode<Sample>(encode(SampleV1{"n", 7})) == upgraded);
  CHECK(decode<Sample>(encode(SampleV2{"n", Decimal::literal("7")})) == upgraded);
  const Sample own{"n", Decimal::literal("7.5"), "own"};
  CHECK(decode<Sample>(encode(own)) == own);
}

TEST_CASE("damage in an older version is refused by the step that reads it") {
  std::string bytes = encode(SampleV1{"name", 7});
  bytes.pop_back();
  const Result<Sample> read = decode<Sample>(bytes);
  REQUIRE(!read);
  CHECK(read.error().code == ErrorCode::kCorruption);
  CHECK(read.error().place.find("sample v1") == 0);
  CHECK(decode<SampleV2>(encode(Sample{})).error().code == ErrorCode::kNewerData);
}

TEST_CASE("JSON shows names, exact decimals and readable times") {
  EngineState state{.mode = EngineMode::kReducing,
                    .live_trading = true,
                    .changed_by = "cli:alice",
                    .changed_at = {1'716'000'000'250}};
  CHECK(to_json(state).dump() ==
        R"({"mode":"REDUCING","live_trading":true,"changed_by":"cli:alice",)"
        R"("changed_at":"2024-05-18T02:40:00.250Z","rollout":[],"reconcile_first":false})");
  BotConfig config;
  config.id = {"b"};
  config.stake_kind = StakeKind::kPercentOfAllocation;
  config.stake = Decimal::literal("0.1");
  config.parameters = {{"rsi_period", 14}};
  const nlohmann::ordered_json json = to_json(config);
  CHECK(json["stake_kind"] == "PERCENT_OF_ALLOCATION");
  CHECK(json["stake"] == "0.1");
  CHECK(json["timeframe"] == "1m");
  CHECK(json["check_interval_ms"] == 300'000);
  CHECK(json["parameters"][0]["name"] == "rsi_period");
  CHECK(to_json(BotSnapshot{})["last_trade_at"].is_null());
  Event event;
  event.sequence = 7;
  CHECK(to_json(event)["sequence"] == 7);
}

TEST_CASE("an alert that was not understood is shown without a direction") {
  Signal signal;
  CHECK(to_json(signal)["direction"] == "LONG");
  signal.rejection_reason = ReasonCode::kUnknownBot;
  CHECK(to_json(signal)["direction"] == "LONG");
  signal.rejection_reason = ReasonCode::kMalformedAlert;
  CHECK(to_json(signal)["direction"].is_null());
  CHECK(direction_text(signal) == "-");
  CHECK(json_schema<Signal>()["properties"]["direction"]["type"].dump() == R"(["string","null"])");
}

// An enumerator added to the engine and not to kLast would be written and then refused as unknown.
TEST_CASE("the last enumerator of each enum is the one that the codec knows") {
  const auto ends = [](auto last) {
    using E = decltype(last);
    return to_string(last) != "?" && to_string(static_cast<E>(static_cast<int>(last) + 1)) == "?";
  };
  CHECK(ends(kLast<BotStatus>));
  CHECK(ends(kLast<Direction>));
  CHECK(ends(kLast<SignalSource>));
  CHECK(ends(kLast<SignalDecision>));
  CHECK(ends(kLast<ExecutionStatus>));
  CHECK(ends(kLast<IntentStatus>));
  CHECK(ends(kLast<TradeStatus>));
  CHECK(ends(kLast<EngineMode>));
  CHECK(ends(kLast<TraceStage>));
  CHECK(ends(kLast<DecisionType>));
  CHECK(ends(kLast<SizingKind>));
  CHECK(ends(kLast<LevelKind>));
}

}  // namespace test
}  // namespace botbox::storage
