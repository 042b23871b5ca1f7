// The operator's desk in front of a whole engine on virtual time.
#include <doctest/doctest.h>

#include <algorithm>
#include <caf/send.hpp>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>

#include "actors/engine_overview.hpp"
#include "actors/list_filters.hpp"
#include "actors/openapi.hpp"
#include "actors/operator_desk.hpp"
#include "actors/operator_routes.hpp"
#include "actors/prepared_strategies.hpp"
#include "storage/reader.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::json;

struct Seat {
  explicit Seat(VirtualEngineOptions options) {
    catalogue = options.catalogue;
    auto started = VirtualEngine::start(std::move(options));
    REQUIRE_MESSAGE(started.has_value(), to_string(started.error()));
    engine = std::move(*started);
    desk = std::make_unique<OperatorDesk>(
        engine->system(), engine->clock(), engine->store(), engine->engine(), statistics,
        OperatorDeskSettings{
            .identity = {.name = "test",
                         .is_paper = true,
                         .strategy = [this](const StrategyId& id) { return catalogue.find(id); }},
            .readers = 0,
            .draft = [this](const FleetWish& wish) { return draft(wish); }});
  }
  explicit Seat(std::size_t bots) : Seat(test::fleet_options(bots)) {}

  Result<std::string> ask(const std::string& verb, const std::string& arguments = {},
                          OperatorRole role = OperatorRole::kOperate) {
    std::optional<Result<std::string>> answer;
    desk->handle({"alice", "10.0.0.9", role, verb, arguments},
                 [&answer](Result<std::string> said) { answer = std::move(said); });
    const Timestamp until = engine->now() + Duration{30'000};
    while (!answer && engine->step(until)) {
    }
    REQUIRE(answer.has_value());
    return *answer;
  }
  Json told(const std::string& verb, const std::string& arguments = {}) {
    const Result<std::string> said = ask(verb, arguments);
    REQUIRE_MESSAGE(said.has_value(), verb << ": " << to_string(said.error()));
    return Json::parse(*said);
  }
  // The file says what runs; a bot that is created is the first one's twin.
  Result<FleetDraft> draft(const FleetWish& wish) const {
    FleetDraft made;
    made.plan.by = wish.by;
    made.adopt = [] {};
    if (wish.what == FleetWish::What::kReload) return made;
    BotConfig bot = storage::load_bots(engine->store())->front().config;
    if (wish.what == FleetWish::What::kCreate) bot.id = {"new-one"};
    bot.allocation.value = bot.allocation.value + Decimal::from_int(1);
    made.bot = bot.id;
    PreparedStrategies strategies(catalogue);
    made.plan.bots.push_back({std::make_shared<const BotConfig>(bot), strategies.of(bot).value()});
    return made;
  }
  ErrorCode refused(const std::string& verb, const std::string& arguments = {},
                    OperatorRole role = OperatorRole::kOperate) {
    const Result<std::string> said = ask(verb, arguments, role);
    REQUIRE_FALSE(said.has_value());
    return said.error().code;
  }
  // Newest first.
  std::vector<Event> events(const std::string& kind) const {
    std::vector<Event> found;
    const auto newest = storage::load_newest_events(engine->store(), 10'000);
    REQUIRE(newest.has_value());
    for (const Event& event : *newest)
      if (event.kind == kind) found.push_back(event);
    return found;
  }
  storage::StoredBot bot(const std::string& id) const {
    return *storage::load_bot(engine->store(), {id});
  }
  std::string first_bot() const { return storage::load_bots(engine->store())->front().id.value; }

  std::shared_ptr<EngineStatistics> statistics = std::make_shared<EngineStatistics>();
  StrategyCatalogue catalogue = StrategyCatalogue::standard();
  std::unique_ptr<VirtualEngine> engine;
  std::unique_ptr<OperatorDesk> desk;
};

std::string of_bot(const std::string& id) { return R"({"bot":")" + id + "\"}"; }

}  // namespace

TEST_CASE("who may not operate changes nothing and leaves no event") {
  Seat seat(2);
  const std::string id = seat.first_bot();
  std::size_t changing = 0;
  for (const OperatorVerb& verb : operator_verbs()) {
    CAPTURE(verb.name);
    const std::string arguments =
        R"({"bot":")" + id + R"(","id":"x","mode":"halted","on":"true","decision":"ignore"})";
    CHECK(seat.refused(std::string(verb.name), arguments, OperatorRole::kNone) ==
          ErrorCode::kRejected);
    if (verb.needs != OperatorRole::kOperate) continue;
    ++changing;
    CHECK(seat.refused(std::string(verb.name), arguments, OperatorRole::kRead) ==
          ErrorCode::kRejected);
  }
  CHECK(changing == 20);
  const auto newest = storage::load_newest_events(seat.engine->store(), 1'000);
  REQUIRE(newest.has_value());
  for (const Event& event : *newest) CHECK_FALSE(event.kind.starts_with("operator."));
  CHECK(seat.told("overview")["mode"]["mode"] == "ACTIVE");
}

TEST_CASE("everything that changes something is an event with who did it, from where, and when") {
  Seat seat(6);
  const std::string id = seat.first_bot();
  seat.told("mode", R"({"mode":"reducing"})");  // so that no bot comes to hold a position
  const auto bots = storage::load_bots(seat.engine->store());
  REQUIRE(bots.has_value());
  const auto idle = std::find_if(bots->rbegin(), bots->rend(), [](const storage::StoredBot& bot) {
    return bot.snapshot.open_positions.empty() && bot.snapshot.pending.empty();
  });
  REQUIRE(idle != bots->rend());
  const std::map<std::string_view, std::string> arguments{
      {"mode", R"({"mode":"reducing"})"},
      {"live", R"({"on":true})"},
      {"set_rollout", R"({"bots":1})"},
      {"archive", of_bot(idle->id.value)},
      {"backup", R"({"to":"copy"})"},
      {"log_level", R"({"level":"debug"})"},
      {"lift_fleet_locks", R"({"scope":"fleet"})"}};
  // Refused before they are recorded: there is no position, no difference, no trade under way.
  const std::set<std::string_view> impossible{"close", "decide", "cancel_trade"};
  std::size_t recorded = 0;
  for (const OperatorVerb& verb : operator_verbs()) {
    if (verb.needs != OperatorRole::kOperate || impossible.contains(verb.name)) continue;
    CAPTURE(verb.name);
    const std::string kind = "operator." + std::string(verb.name);
    const std::size_t before = seat.events(kind).size();
    const Timestamp asked_at = seat.engine->now();
    const auto given = arguments.find(verb.name);
    static_cast<void>(
        seat.ask(std::string(verb.name), given != arguments.end() ? given->second : of_bot(id)));
    const std::vector<Event> events = seat.events(kind);
    REQUIRE(events.size() == before + 1);
    CHECK(events.front().actor == "alice");
    CHECK(events.front().at >= asked_at);
    CHECK(Json::parse(events.front().detail)["from"] == "10.0.0.9");
    ++recorded;
  }
  CHECK(recorded == 17);
}

TEST_CASE("an emergency pause is durable with who, from where and why when it is answered") {
  Seat seat(2);
  const Timestamp before = seat.engine->now();
  const Json answer = seat.told("mode", R"({"mode":"halted","reason":"flash crash"})");
  CHECK(answer["mode"] == "HALTED");
  CHECK(answer["by"] == "alice");
  CHECK(seat.engine->now() - before < Duration{1'000});
  const auto stored = *storage::find_engine_state(seat.engine->store());
  REQUIRE(stored.has_value());
  CHECK(stored->mode == EngineMode::kHalted);
  REQUIRE(seat.events("operator.mode").size() == 1);
  const Event event = seat.events("operator.mode").front();
  CHECK(event.actor == "alice");
  CHECK(event.detail.find("10.0.0.9") != std::string::npos);
  CHECK(event.detail.find("flash crash") != std::string::npos);
  CHECK(seat.events("engine.mode").front().detail == "flash crash; live trading on");
}

TEST_CASE("what the process does itself is recorded for whom may, before it is done") {
  Seat seat(1);
  CHECK(seat.refused("stop", {}, OperatorRole::kRead) == ErrorCode::kRejected);
  CHECK(seat.events("operator.stop").empty());
  seat.told("log_level", R"({"level":"debug"})");
  REQUIRE(seat.events("operator.log_level").size() == 1);
  CHECK(seat.events("operator.log_level")[0].actor == "alice");
  CHECK(seat.events("operator.log_level")[0].detail.find("debug") != std::string::npos);
}

TEST_CASE("one switch leaves the other as it is") {
  Seat seat(1);
  seat.told("live", R"({"on":false})");
  const Json answer = seat.told("mode", R"({"mode":"reducing"})");
  CHECK(answer["mode"] == "REDUCING");
  CHECK(answer["live_trading"] == false);
  CHECK(seat.told("live", R"({"on":true})")["mode"] == "REDUCING");
}

TEST_CASE(
    "caps of the rollout are durable when they are answered, and are the configuration's again") {
  VirtualEngineOptions options = test::fleet_options(4);
  options.settings.rollout.live_bots = 3;
  Seat seat(std::move(options));
  CHECK(seat.told("rollout") == Json{{"live_bots", 0},
                                     {"live_bots_max", 3},
                                     {"order_max", nullptr},
                                     {"by", "configuration"}});
  seat.told("set_rollout", R"({"bots":1,"order":"12.5","reason":"first week"})");
  const auto stored = *storage::find_engine_state(seat.engine->store());
  REQUIRE(stored.has_value());
  CHECK(stored->rollout ==
        std::vector<RolloutCaps>{{.live_bots = 1, .order = Notional::literal("12.5")}});
  CHECK(seat.told("rollout")["by"] == "operator");
  CHECK(seat.told("overview")["rollout"]["order_max"] == "12.5");
  CHECK(seat.events("engine.rollout").front().detail ==
        "1 bots, entries of at most 12.5: first week");
  CHECK(seat.events("operator.set_rollout").size() == 1);
  // What is not named stays.
  seat.told("set_rollout", R"({"bots":"none"})");
  CHECK(seat.told("rollout")["live_bots_max"].is_null());
  CHECK(seat.told("rollout")["order_max"] == "12.5");
  // Another switch leaves them alone.
  seat.told("mode", R"({"mode":"reducing"})");
  CHECK(seat.told("rollout")["order_max"] == "12.5");
  seat.told("set_rollout", R"({"reset":true})");
  CHECK(seat.told("rollout")["live_bots_max"] == 3);
  CHECK(seat.told("rollout")["by"] == "configuration");
  for (const char* wrong : {"{}", R"({"reset":false})", R"({"bots":-1})", R"({"order":"0"})",
                            R"({"order":"much"})", R"({"bots":1,"reset":true})"})
    CHECK_MESSAGE(seat.refused("set_rollout", wrong) == ErrorCode::kInvalidInput, wrong);
}

TEST_CASE("no more bots are in the market than the rollout lets, and their entries are as small") {
  Seat seat(12);
  seat.told("set_rollout", R"({"bots":2,"order":"40"})");
  std::size_t most = 0;
  for (int minute = 0; minute < 600; ++minute) {
    seat.engine->advance(Duration{60'000});
    std::size_t live = 0;
    const auto bots = storage::load_bots(seat.engine->store());
    REQUIRE(bots.has_value());
    for (const storage::StoredBot& bot : *bots) live += bot.snapshot.open_positions.empty() ? 0 : 1;
    most = std::max(most, live);
    REQUIRE(live <= 2);
  }
  CHECK(most == 2);
  CHECK(seat.told("signals", R"({"reason":"ROLLOUT_BOTS"})")["items"].size() > 0);
  const Json trades = seat.told("trades", R"({"limit":500})")["items"];
  for (const Json& trade : trades)
    if (trade["direction"] != "CLOSE")
      CHECK(*Decimal::parse(trade["reserved"].get<std::string>()) <= Decimal::from_int(40));
}

TEST_CASE("a bot is paused and resumed durably, and only one that there is") {
  Seat seat(2);
  seat.engine->advance(Duration{120'000});
  const std::string id = seat.first_bot();
  CHECK(seat.told("pause", of_bot(id))["status"] == "PAUSED");
  CHECK(seat.bot(id).snapshot.status == BotStatus::kPaused);
  const std::uint64_t checks = seat.bot(id).snapshot.checks;
  seat.engine->advance(Duration{600'000});
  CHECK(seat.bot(id).snapshot.checks == checks);
  CHECK(seat.told("resume", of_bot(id))["status"] == "ACTIVE");
  seat.engine->advance(Duration{600'000});
  CHECK(seat.bot(id).snapshot.checks > checks);
  CHECK(seat.refused("pause", of_bot("nobody")) == ErrorCode::kNotFound);
  CHECK(seat.events("operator.pause").size() == 1);
  CHECK(seat.events("operator.pause").front().bot.value == id);
}

TEST_CASE("an archived bot is neither resumed nor paused, and it is said what brings it back") {
  Seat seat(6);
  seat.told("mode", R"({"mode":"reducing"})");  // so that no bot comes to hold a position
  const auto bots = storage::load_bots(seat.engine->store());
  REQUIRE(bots.has_value());
  const auto idle = std::ranges::find_if(
      *bots, [](const storage::StoredBot& bot) { return !holds_something(bot.snapshot); });
  REQUIRE(idle != bots->end());
  const std::string id = idle->id.value;
  REQUIRE(seat.told("archive", of_bot(id))["status"] == "ARCHIVED");
  for (const char* verb : {"resume", "pause"}) {
    CAPTURE(verb);
    const Result<std::string> said = seat.ask(verb, of_bot(id));
    REQUIRE_FALSE(said.has_value());
    CHECK(said.error().code == ErrorCode::kAlreadyExists);
    CHECK(said.error().fix.find("bot create") != std::string::npos);
    CHECK(seat.events("operator." + std::string(verb)).empty());
  }
  seat.engine->advance(Duration{60'000});
  CHECK(seat.bot(id).snapshot.status == BotStatus::kArchived);
}

TEST_CASE("a check by hand is answered with what it decided, and a cycle with whom it found") {
  Seat seat(6);
  seat.engine->advance(Duration{300'000});
  const std::string id = seat.first_bot();
  const Json checked = seat.told("check", of_bot(id));
  CHECK(checked["bot"] == id);
  const std::set<std::string> outcomes{"NO_NEW_CANDLE", "NO_SIGNAL", "REFUSED", "ACCEPTED",
                                       "WARMING_UP"};
  CHECK_MESSAGE(outcomes.contains(checked["outcome"].get<std::string>()), checked.dump());
  const Json begun = seat.told("trigger");
  CHECK(begun["found"] == 6);
  seat.engine->advance(Duration{1'000});
  const Json cycles = seat.told("cycles")["items"];
  const auto cycle = std::find_if(cycles.begin(), cycles.end(),
                                  [&](const Json& row) { return row["number"] == begun["cycle"]; });
  REQUIRE(cycle != cycles.end());
  CHECK((*cycle)["succeeded"] == 6);
}

TEST_CASE("locks of a bot, the fleet and a symbol are listed, and lifted one by one, on record") {
  VirtualEngineOptions options = test::fleet_options(1);
  const PauseRule month{
      .trades = 1, .limit = {}, .lookback = {}, .pause = std::chrono::hours{24 * 30}};
  options.bots.front().plan.emplace_back().guards.streak = month;
  options.settings.fleet_guards.fleet.streak = month;
  options.settings.fleet_guards.symbol.streak = month;
  Seat seat(std::move(options));
  for (int hour = 0; hour < 48 && seat.events("risk.locked").empty(); ++hour)
    seat.engine->advance(std::chrono::hours{1});
  using Scopes = std::set<std::string>;
  const auto scopes = [&] {
    Scopes found;
    const Json listed = seat.told("locks", R"({"status":"active"})")["items"];
    for (const Json& row : listed) {
      CHECK(row["reason"] == "LOSING_STREAK");
      found.insert(row["scope"].get<std::string>());
    }
    return found;
  };
  REQUIRE(scopes() == Scopes{"bot", "fleet", "BTC/USDT"});
  CHECK(seat.told("locks", R"({"status":"ended"})")["items"].empty());
  const std::string id = seat.first_bot();
  CHECK(seat.refused("lift_locks", R"({"reason":"NONSENSE","bot":")" + id + "\"}") ==
        ErrorCode::kInvalidInput);
  CHECK(seat.told("lift_locks", of_bot(id))["locks"] == "lifted");
  CHECK(scopes() == Scopes{"fleet", "BTC/USDT"});
  seat.told("lift_fleet_locks", R"({"scope":"fleet"})");
  CHECK(scopes() == Scopes{"BTC/USDT"});
  seat.told("lift_fleet_locks", R"({"scope":"BTCUSDT","reason":"LOSING_STREAK"})");
  CHECK(scopes().empty());
  CHECK(seat.events("operator.lift_locks").size() == 1);
  CHECK(seat.events("operator.lift_fleet_locks").size() == 2);
  const std::vector<Event> lifted = seat.events("risk.lifted");
  CHECK(lifted.size() == 3);
  for (const Event& event : lifted) CHECK(event.actor == "alice");
}

TEST_CASE("positions are closed by hand, and never twice") {
  Seat seat(12);
  std::string id;
  for (int minute = 0; minute < 600 && id.empty(); ++minute) {
    seat.engine->advance(Duration{60'000});
    const auto all_bots = storage::load_bots(seat.engine->store());
    REQUIRE(all_bots.has_value());
    for (const auto& bot : *all_bots)
      if (!bot.snapshot.open_positions.empty() && bot.snapshot.pending.empty()) id = bot.id.value;
  }
  REQUIRE_FALSE(id.empty());
  const Position open = seat.bot(id).snapshot.open_positions.front();
  const std::size_t held = seat.bot(id).snapshot.open_positions.size();
  const Json closing = seat.told("close", of_bot(id));
  CHECK(closing["closing"].size() == held);
  seat.engine->advance(Duration{5'000});
  const auto closed = *storage::find_position(seat.engine->store(), {id}, open.id);
  REQUIRE(closed.has_value());
  CHECK(closed->status == PositionStatus::kClosed);
  CHECK(closed->quantity.is_zero());
  CHECK(closed->close_reason == ReasonCode::kClosedByOperator);
  seat.told("mode", R"({"mode":"halted"})");
  CHECK(seat.refused("close", of_bot(id)) == ErrorCode::kAlreadyExists);
}

TEST_CASE("the positions of all bots are closed by one command, which may be given again") {
  Seat seat(12);
  const auto open = [&] {
    std::map<std::string, std::vector<Position>> found;
    const auto bots = storage::load_bots(seat.engine->store());
    REQUIRE(bots.has_value());
    for (const auto& bot : *bots)
      if (!bot.snapshot.open_positions.empty())
        found.emplace(bot.id.value, bot.snapshot.open_positions);
    return found;
  };
  for (int minute = 0; minute < 600 && open().size() < 2; ++minute)
    seat.engine->advance(Duration{60'000});
  seat.told("mode", R"({"mode":"reducing"})");
  seat.engine->advance(Duration{5'000});
  const auto held = open();
  REQUIRE(held.size() >= 2);
  const auto bots = storage::load_bots(seat.engine->store());
  REQUIRE(bots.has_value());
  const auto in_market = std::ranges::count_if(
      *bots, [](const storage::StoredBot& bot) { return holds_something(bot.snapshot); });
  CHECK(seat.refused("close_all", "{}", OperatorRole::kRead) == ErrorCode::kRejected);
  const Json closing = seat.told("close_all", R"({"reason":"flash crash"})");
  CHECK(closing["bots"] == in_market);
  CHECK(closing["positions"].get<std::size_t>() >= held.size());
  seat.engine->advance(Duration{5'000});
  CHECK(open().empty());
  for (const auto& [bot, positions] : held)
    for (const Position& position : positions) {
      const auto closed = *storage::find_position(seat.engine->store(), {bot}, position.id);
      REQUIRE(closed.has_value());
      CHECK(closed->status == PositionStatus::kClosed);
    }
  const Json again = seat.told("close_all");
  CHECK(again["bots"] == 0);
  CHECK(again["positions"] == 0);
  REQUIRE(seat.events("operator.close_all").size() == 2);
  const Event first = seat.events("operator.close_all").back();  // newest first
  CHECK(first.actor == "alice");
  CHECK(first.detail.find("flash crash") != std::string::npos);
  seat.told("mode", R"({"mode":"halted"})");
  CHECK(seat.refused("close_all") == ErrorCode::kAlreadyExists);
}

// A bot whose entry stands at the exchange, and nothing of it is filled.
struct EnteringSeat : Seat {
  EnteringSeat() : Seat(options()) {
    engine->advance(std::chrono::minutes{3});
    auto made = std::make_shared<SignalOffer>();
    made->signal.source = SignalSource::kWebhook;
    made->signal.bot = {first_bot()};
    made->signal.symbol = bot(first_bot()).config.symbol;
    made->signal.direction = Direction::kLong;
    made->content = "buy";
    made->answer = [](const Result<OfferAnswer>&) {};
    caf::anon_send(engine->engine().signal_inbox(), OfferSignal{std::move(made)});
    engine->advance(Duration{5'000});
    REQUIRE(bot(first_bot()).snapshot.pending.size() == 1);
    REQUIRE(bot(first_bot()).snapshot.open_positions.empty());
  }
  static VirtualEngineOptions options() {
    VirtualEngineOptions options = test::fleet_options(1);
    options.bots.front().strategy = {"external"};
    options.bots.front().parameters.clear();
    options.paper.max_participation = Decimal::literal("0.0000000001");
    return options;
  }
};

TEST_CASE("an entry under way counts as the position that it is about to open, and is ended") {
  for (const std::string verb : {"close", "close_all"}) {
    CAPTURE(verb);
    EnteringSeat seat;
    const std::string id = seat.first_bot();
    const bool is_one = verb == "close";
    const Json closing = seat.told(verb, is_one ? of_bot(id) : "{}");
    if (is_one) CHECK(closing["closing"].size() == 1);
    if (!is_one) CHECK(closing["bots"] == 1);
    if (!is_one) CHECK(closing["positions"] == 1);
    seat.engine->advance(Duration{30'000});
    CHECK_FALSE(holds_something(seat.bot(id).snapshot));
    std::map<Direction, ReasonCode> reasons;
    const auto trades = storage::load_trades(seat.engine->store(), {id}, {}, 10);
    REQUIRE(trades.has_value());
    for (const Trade& trade : *trades) reasons[trade.direction] = trade.reason;
    CHECK(trades->size() == 2);
    CHECK(reasons[Direction::kLong] == ReasonCode::kClosedMeanwhile);
    CHECK(reasons[Direction::kClose] == ReasonCode::kNothingToClose);
    if (is_one)
      CHECK(seat.refused(verb, of_bot(id)) == ErrorCode::kAlreadyExists);
    else
      CHECK(seat.told(verb)["bots"] == 0);
  }
}

TEST_CASE("open positions are valued at the newest price, and a trade tells its time line") {
  Seat seat(12);
  Json open;
  for (int minute = 0; minute < 600 && open.empty(); ++minute) {
    seat.engine->advance(Duration{60'000});
    open = seat.told("positions", R"({"status":"open"})")["items"];
  }
  REQUIRE_FALSE(open.empty());
  const Json& row = open[0];
  CHECK(row["mark"].is_string());
  CHECK(row["unrealized"].is_string());
  CHECK(row["profit"].is_string());
  // A bot's own page values each of its positions, and all of them together.
  const Json bot = seat.told("bot", of_bot(row["bot"].get<std::string>()));
  double sum = 0;
  for (const Json& position : bot["snapshot"]["open_positions"]) {
    CHECK(position["mark"].is_string());
    CHECK(position["profit"].is_string());
    sum += std::stod(position["unrealized"].get<std::string>());
  }
  CHECK(sum == doctest::Approx(std::stod(bot["position"]["unrealized"].get<std::string>())));
  const auto trades = seat.told("trades", R"({"status":"completed"})")["items"];
  REQUIRE_FALSE(trades.empty());
  const Json trade = seat.told("trade", R"({"id":")" + trades[0]["id"].get<std::string>() + "\"}");
  CHECK(trade["signal"]["id"] == trade["trade"]["signal"]);
  std::set<std::string> stages;
  std::int64_t last = 0;
  for (const Json& moment : trade["timeline"]) {
    stages.insert(moment["stage"].get<std::string>());
    CHECK(moment["at"].get<std::int64_t>() >= last);
    last = moment["at"].get<std::int64_t>();
  }
  for (const char* stage : {"SIGNAL_SENT", "ORDER_REQUESTED", "FILLED", "ORDER_PLACED"})
    CHECK_MESSAGE(stages.contains(stage), stage);
}

TEST_CASE("the time line of a signal that a gate held back tells of no order, and says why") {
  Seat seat(12);
  seat.told("mode", R"({"mode":"reducing"})");
  seat.engine->advance(std::chrono::hours{5});
  const Json filtered = seat.told("signals", R"({"group":"filtered"})")["items"];
  REQUIRE_FALSE(filtered.empty());
  const Json told =
      seat.told("signal", R"({"id":")" + filtered[0]["id"].get<std::string>() + "\"}");
  const Json& timeline = told["timeline"];
  REQUIRE(timeline.size() == 2);
  CHECK(timeline[0]["stage"] == "CANDLE_CLOSED");
  CHECK(timeline[1]["stage"] == filtered[0]["execution_status"]);
  const auto text = timeline[1]["text"].get<std::string>();
  CHECK(text.ends_with(filtered[0]["rejection_reason"].get<std::string>()));
}

TEST_CASE("a chart marks what an order added to a position, and what left a part of it") {
  VirtualEngineOptions options = test::fleet_options(12);
  options.bots = test::planned_bots(12);
  Seat seat(std::move(options));
  seat.engine->advance(std::chrono::hours{8});
  std::map<std::string, std::size_t> marked;
  const auto bots = storage::load_bots(seat.engine->store());
  REQUIRE(bots.has_value());
  for (const storage::StoredBot& bot : *bots) {
    const Json chart = seat.told("candles", R"({"limit":500,"bot":")" + bot.id.value + "\"}");
    std::map<std::string, std::set<std::string>> of_trade;
    for (const Json& marker : chart["markers"]) {
      const auto kind = marker["kind"].get<std::string>();
      ++marked[kind];
      // Only additions and parts come more than once in the life of a position.
      const bool is_new = of_trade[marker["trade"].get<std::string>()].insert(kind).second;
      CHECK((is_new || kind == "add" || kind == "part"));
    }
  }
  for (const char* kind : {"entry", "add", "part"}) CHECK_MESSAGE(marked[kind] > 0, kind);
}

TEST_CASE("pages turn over every record once, newest first") {
  Seat seat(12);
  seat.engine->advance(std::chrono::hours{5});
  const auto all_of = [&](const std::string& verb, const std::string& id_field) {
    std::vector<std::string> ids;
    std::string cursor;
    do {
      const Json page = seat.told(
          verb, R"({"limit":7)" + (cursor.empty() ? "" : R"(,"cursor":")" + cursor + "\"") + "}");
      for (const Json& item : page["items"]) ids.push_back(item[id_field].get<std::string>());
      CHECK(page["items"].size() <= 7);
      cursor = page["next"].is_null() ? "" : page["next"].get<std::string>();
    } while (!cursor.empty());
    return ids;
  };
  std::size_t trades = 0;
  std::size_t signals = 0;
  std::size_t positions = 0;
  const auto all_bots = storage::load_bots(seat.engine->store());
  REQUIRE(all_bots.has_value());
  for (const auto& bot : *all_bots) {
    trades += storage::load_trades(seat.engine->store(), bot.id, {}, 100'000)->size();
    signals += storage::load_signals(seat.engine->store(), bot.id, {}, 100'000)->size();
    positions += storage::load_positions(seat.engine->store(), bot.id, 100'000)->size();
  }
  REQUIRE(trades > 20);
  for (const auto& [verb, count] : {std::pair{"trades", trades}, std::pair{"signals", signals},
                                    std::pair{"positions", positions}}) {
    CAPTURE(verb);
    const std::vector<std::string> ids = all_of(verb, "id");
    CHECK(ids.size() == count);
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == count);
  }
  CHECK(seat.refused("trades", R"({"cursor":"x"})") == ErrorCode::kInvalidInput);
  CHECK(seat.refused("trades", R"({"limit":501})") == ErrorCode::kInvalidInput);
}

TEST_CASE("signals are asked for by what has become of them, and the groups leave none out") {
  Seat seat(12);
  seat.engine->advance(std::chrono::hours{5});
  std::map<std::string, std::set<std::string>> ids;
  for (const std::string group : {"", "pending", "filtered", "executed", "failed"}) {
    std::string cursor;
    do {
      const Json page =
          seat.told("signals", Json{{"limit", 50}, {"group", group}, {"cursor", cursor}}.dump());
      for (const Json& signal : page["items"]) {
        CHECK(ids[group].insert(signal["id"].get<std::string>()).second);
        std::string shown = signal["group"];
        for (char& c : shown) c = static_cast<char>(std::tolower(c));
        if (!group.empty()) CHECK(shown == group);
      }
      cursor = page["next"].is_null() ? "" : page["next"].get<std::string>();
    } while (!cursor.empty());
  }
  CHECK(ids["executed"].size() > 5);
  CHECK(ids["pending"].size() + ids["filtered"].size() + ids["executed"].size() +
            ids["failed"].size() ==
        ids[""].size());
  CHECK(seat.refused("signals", R"({"group":"luck"})") == ErrorCode::kInvalidInput);
}

TEST_CASE("the groups of the last day's signals are counted as their list has them") {
  Seat seat(12);
  seat.engine->advance(std::chrono::hours{5});
  const auto events = storage::load_events(seat.engine->store(), 1, 1'000'000);
  REQUIRE(events.has_value());
  for (const Event& event : *events) seat.statistics->on_event(event);
  std::map<std::string, std::map<std::string, std::uint64_t>> listed;  // of a bot, or of all
  std::string cursor;
  do {
    const Json page = seat.told("signals", Json{{"limit", 500}, {"cursor", cursor}}.dump());
    for (const Json& signal : page["items"])
      for (const std::string& bot : {std::string(), signal["bot"].get<std::string>()})
        ++listed[bot][signal["group"].get<std::string>()];
    cursor = page["next"].is_null() ? "" : page["next"].get<std::string>();
  } while (!cursor.empty());
  REQUIRE(listed[""]["EXECUTED"] > 5);
  for (auto& [bot, groups] : listed) {
    CAPTURE(bot);
    // Whichever of them are shown.
    const Json counts = seat.told(
        "signals", Json{{"limit", 1}, {"bot", bot}, {"group", "failed"}}.dump())["counts"];
    CHECK(counts["since"] == events->front().at.ms);
    CHECK(counts["pending"] == groups["PENDING"]);
    CHECK(counts["filtered"] == groups["FILTERED"]);
    CHECK(counts["executed"] == groups["EXECUTED"]);
    CHECK(counts["failed"] == groups["FAILED"]);
  }
}

TEST_CASE("pages of fills hold whole positions, end when they are full, and leave none out") {
  Seat seat(12);
  seat.engine->advance(std::chrono::hours{3});
  std::size_t stored = 0;
  std::size_t most = 0;
  const auto all_bots = storage::load_bots(seat.engine->store());
  REQUIRE(all_bots.has_value());
  for (const auto& bot : *all_bots) {
    const auto positions = storage::load_positions(seat.engine->store(), bot.id, 100'000);
    REQUIRE(positions.has_value());
    for (const Position& position : *positions) {
      const auto fills = storage::load_fills(seat.engine->store(), bot.id, position.id, 1'000);
      REQUIRE(fills.has_value());
      stored += fills->size();
      most = std::max(most, fills->size());
    }
  }
  REQUIRE(stored > 20);
  std::set<std::string> ids;
  std::size_t pages = 0;
  std::string cursor;
  do {
    const Json page = seat.told(
        "fills", R"({"limit":5)" + (cursor.empty() ? "" : R"(,"cursor":")" + cursor + "\"") + "}");
    for (const Json& fill : page["items"]) CHECK(ids.insert(fill["id"].get<std::string>()).second);
    CHECK(page["items"].size() < 5 + most);
    cursor = page["next"].is_null() ? "" : page["next"].get<std::string>();
    ++pages;
  } while (!cursor.empty());
  CHECK(ids.size() == stored);
  CHECK(pages > stored / (5 + most));
}

TEST_CASE("the list of bots is searched, filtered and sorted") {
  Seat seat(12);
  seat.engine->advance(std::chrono::hours{3});
  CHECK(seat.told("bots")["items"].size() == 12);
  const Json eth = seat.told("bots", R"({"symbol":"ETH/USDT"})");
  CHECK(eth["items"].size() == 4);
  const Json sorted = seat.told("bots", R"({"sort":"profit","desc":"1"})");
  double last = 1e18;
  for (const Json& bot : sorted["items"]) {
    const double profit = std::stod(bot["realized"].get<std::string>());
    CHECK(profit <= last);
    last = profit;
  }
  const Json page = seat.told("bots", R"({"limit":5})");
  CHECK(page["items"].size() == 5);
  CHECK(page["total"] == 12);
  const Json rest =
      seat.told("bots", R"({"limit":50,"cursor":")" + page["next"].get<std::string>() + "\"}");
  CHECK(rest["items"].size() == 7);
  CHECK(rest["next"].is_null());
  CHECK(seat.told("bots", R"({"status":"PAUSED"})")["items"].empty());
  CHECK(seat.told("bots", R"({"status":"active"})")["total"] == 12);  // as people type it
  CHECK(seat.refused("bots", R"({"sort":"luck"})") == ErrorCode::kInvalidInput);
}

TEST_CASE("a filter that nothing can fit is refused by its name, not answered with nothing") {
  Seat seat(2);
  const std::string id = seat.first_bot();
  const auto refusal = [&](const std::string& verb, Json arguments) {
    if (verb == "traces") arguments["bot"] = id;
    const Result<std::string> said = seat.ask(verb, arguments.dump());
    REQUIRE_FALSE_MESSAGE(said.has_value(), verb << " " << arguments.dump());
    CHECK(said.error().code == ErrorCode::kInvalidInput);
    return said.error();
  };
  for (const char* verb : {"bots", "signals", "traces", "intents", "trades", "positions",
                           "differences", "locks", "alerts"}) {
    CAPTURE(verb);
    const Error error = refusal(verb, {{"status", "bogus"}});
    CHECK(error.place == "status");
    CHECK(error.fix.starts_with("one of "));
    for (const std::string_view state : list_filter(verb).states) {
      Json arguments{{"status", state}};
      if (std::string(verb) == "traces") arguments["bot"] = id;
      CHECK(seat.told(verb, arguments.dump())["items"].is_array());
    }
  }
  for (const char* verb : {"signals", "traces", "trades", "positions"})
    CHECK(refusal(verb, {{"reason", "bogus"}}).place == "reason");
  for (const char* verb : {"locks", "reasons", "trades"})
    CHECK(seat.refused(verb, of_bot("nobody")) == ErrorCode::kNotFound);
}

TEST_CASE("an argument that a view does not know is refused, but where freqtrade's clients ask") {
  Seat seat(2);
  const std::string id = seat.first_bot();
  std::size_t asked = 0;
  for (const OperatorVerb& verb : operator_verbs()) {
    if (verb.needs != OperatorRole::kRead) continue;
    CAPTURE(verb.name);
    const Result<std::string> said =
        seat.ask(std::string(verb.name), Json{{"bot", id}, {"id", "1"}, {"xy", "LONG"}}.dump());
    const bool is_freqtrade = verb.name.starts_with("ft_");
    const bool is_unknown = !said && said.error().code == ErrorCode::kInvalidInput;
    CHECK(is_unknown == !is_freqtrade);
    ++asked;
  }
  CHECK(asked > 40);
  const Result<std::string> said = seat.ask("trades", R"({"direction":"LONG"})");
  REQUIRE_FALSE(said.has_value());
  CHECK(said.error().place == "direction");
  CHECK(said.error().fix == "it takes: bot, symbol, status, reason, from, to, limit, cursor");
}

TEST_CASE("a symbol is asked for as people write it, and what is none is refused") {
  Seat seat(6);
  seat.engine->advance(std::chrono::hours{3});
  for (const char* what : {"bots", "signals", "intents", "trades", "positions", "fills"}) {
    CAPTURE(what);
    for (const char* written : {"BTC/USDT", "BTCUSDT", "BTC-USDT", "BINANCE:BTCUSDT", "btc/usdt"}) {
      CAPTURE(written);
      const Json rows = seat.told(what, R"({"symbol":")" + std::string(written) + "\"}")["items"];
      CHECK_FALSE(rows.empty());
      for (const Json& row : rows) CHECK(row["symbol"] == "BTC/USDT");
    }
    CHECK(seat.told(what, R"({"symbol":"BTCUSDT.P"})")["items"].empty());  // the perpetual
    CHECK(seat.refused(what, R"({"symbol":"nonsense"})") == ErrorCode::kInvalidInput);
  }
  CHECK(seat.told("differences", R"({"symbol":"BTCUSDT"})")["items"].empty());
  CHECK(seat.refused("differences", R"({"symbol":"nonsense"})") == ErrorCode::kInvalidInput);
  CHECK(seat.refused("lift_fleet_locks", R"({"scope":"everything"})") == ErrorCode::kInvalidInput);
}

TEST_CASE("every view of a running engine is answered") {
  Seat seat(6);
  seat.engine->advance(std::chrono::hours{2});
  const std::string id = seat.first_bot();
  const Json signals = seat.told("signals", R"({"status":"ACCEPTED"})");
  REQUIRE_FALSE(signals["items"].empty());
  const std::string signal = signals["items"][0]["id"];
  const std::string trade = seat.told("trades")["items"][0]["id"];
  const std::string traded = seat.told("positions")["items"][0]["bot"];
  for (const OperatorVerb& verb : operator_verbs()) {
    if (verb.needs != OperatorRole::kRead || verb.name == "prometheus") continue;
    CAPTURE(verb.name);
    std::string arguments = verb.arguments.starts_with("bot") ? of_bot(id) : "{}";
    if (verb.name == "signal") arguments = R"({"id":")" + signal + "\"}";
    if (verb.name == "ft_trade") arguments = R"({"id":"1","bot":")" + traded + "\"}";
    if (verb.name == "trade") arguments = R"({"id":")" + trade + "\"}";
    seat.told(std::string(verb.name), arguments);
  }
  const Json chart = seat.told("candles", R"({"limit":60,"bot":")" + id + "\"}");
  CHECK(chart["candles"].size() == 60);
  CHECK_FALSE(chart["indicators"].empty());
  const Json story = seat.told("signal", R"({"id":")" + signal + "\"}");
  CHECK(story["trace"]["signal"] == signal);
  CHECK(story["timeline"].size() >= 3);
  const Json balances = seat.told("balances");
  CHECK(balances["as_of"].is_number());
  const auto in_dollars = std::ranges::find_if(
      balances["items"], [](const Json& row) { return row["coin"] == "USDT"; });
  REQUIRE(in_dollars != balances["items"].end());
  CHECK(Decimal::literal((*in_dollars)["free"].get<std::string>()).is_positive());
  const std::string text = *seat.ask("prometheus");
  CHECK(text.find("botbox_bots{status=\"active\"} 6") != std::string::npos);
}

TEST_CASE(
    "metrics tell of the disk, the actors and each endpoint, and never of one bot or symbol") {
  Seat seat(12);
  seat.engine->advance(std::chrono::hours{3});
  const std::string text = *seat.ask("prometheus");
  const auto has = [&text](const std::string& line) {
    return text.find(line) != std::string::npos;
  };
  for (const char* name :
       {"botbox_commit_duration_seconds_bucket{le=\"0.001\"}",
        "botbox_commit_group_size_bucket{le=", "botbox_check_duration_seconds_count",
        "botbox_mailbox_depth{actor=\"journal\"}", "botbox_mailbox_depth{actor=\"trade_queue\"}",
        "botbox_actor_silent{actor=\"exchange\"} 0",
        "botbox_exchange_requests_total{exchange=\"paper\",endpoint=\"candles\"}",
        "botbox_exchange_weight_total{exchange=\"paper\",endpoint=\"place\"}",
        "botbox_data_age_seconds{timeframe=\"1m\"}", "botbox_bot_restarts_total 0",
        "botbox_queue_recovering 0", "botbox_reconciliation_differences 0"})
    CHECK_MESSAGE(has(name), name);
  // Of the coins of the account, which are few, but of no pair.
  CHECK(has("botbox_account_balance{coin=\"USDT\"}"));
  for (const char* named : {"/USDT", "BTCUSDT", "bot=", "symbol="})
    CHECK_MESSAGE(!has(named), named);
  const auto bots = storage::load_bots(seat.engine->store());
  REQUIRE(bots.has_value());
  for (const storage::StoredBot& bot : *bots) CHECK_MESSAGE(!has(bot.id.value), bot.id.value);
  const Json metrics = seat.told("metrics");
  const auto requests = [&](const std::string& endpoint) -> double {
    for (const Json& row : metrics["botbox_exchange_requests_total"])
      if (row["endpoint"] == endpoint) return row["value"];
    return -1;
  };
  CHECK(requests("place") > 0);
  CHECK(requests("instruments") == 1);
  CHECK(requests("own") == 0);
  CHECK(metrics["botbox_commit_duration_seconds"]["count"] ==
        metrics["botbox_commit_groups_total"]);
  CHECK(metrics["botbox_commit_group_size"]["sum"] == metrics["botbox_commits_total"]);
}

TEST_CASE("the journal and the actors are shown, and live is who answers") {
  Seat seat(3);
  seat.engine->advance(std::chrono::hours{1});
  const Json journal = seat.told("journal");
  CHECK(journal["commits"].get<std::uint64_t>() >= journal["groups"].get<std::uint64_t>());
  CHECK(journal["last_batch"].get<std::uint64_t>() > 0);
  CHECK(journal["commits_per_group"]["mean"].get<double>() >= 1);
  CHECK(journal["mailbox"] == 0);
  const Json actors = seat.told("actors")["items"];
  const auto row = [&](const std::string& name) {
    const auto found = std::find_if(actors.begin(), actors.end(),
                                    [&](const Json& actor) { return actor["name"] == name; });
    REQUIRE_MESSAGE(found != actors.end(), name);
    return *found;
  };
  CHECK(row("journal")["parent"] == "engine");
  CHECK(row("bots")["parent"] == "supervisor");
  CHECK(row("bots")["bots"] == 3);
  CHECK(row("bots")["restarts"] == 0);
  const Json live = seat.told("health", R"({"scope":"live"})");
  CHECK(live["status"] == "ok");
  CHECK(live["checks"].size() == 4);
}

TEST_CASE("ready says which exchange has not told its instruments yet") {
  Seat seat(3);
  seat.engine->advance(std::chrono::minutes{2});
  const auto detail = [](const Json& health) {
    for (const Json& check : health["checks"])
      if (check["name"] == "instruments")
        return std::pair{check["ok"].get<bool>(), check["detail"].get<std::string>()};
    return std::pair{false, std::string("no such check")};
  };
  CHECK(detail(seat.told("health", R"({"scope":"ready"})")).first);
  CHECK(detail(seat.told("health")).first);
  const EngineIdentity identity{.name = "test", .exchange = "some-venue"};
  EngineFacts facts;
  const auto ready = [&] {
    const EngineView view{seat.engine->store(), identity, *seat.statistics, facts,
                          seat.engine->now()};
    return Json::parse(to_json(health_checks(view, {}, HealthScope::kReady)).dump());
  };
  CHECK(detail(ready()) == std::pair{false, std::string("the supervisor does not answer")});
  facts.fleet = FleetTold{};
  CHECK(detail(ready()) ==
        std::pair{false, std::string("some-venue has not told yet what it lists")});
  CHECK(ready()["status"] == "failing");
  facts.fleet->has_instruments = true;
  CHECK(detail(ready()) == std::pair{true, std::string("some-venue has told what it lists")});
}

TEST_CASE("the examples in the description of the API are understood") {
  Seat seat(6);
  seat.engine->advance(std::chrono::hours{2});
  const auto document = openapi_document("1");
  CHECK(document["paths"].size() > 30);
  const std::string trade = seat.told("trades")["items"][0]["id"];
  const std::string signal = seat.told("signals")["items"][0]["id"];
  const std::string traded = seat.told("positions")["items"][0]["bot"];
  for (const auto& [path, operations] : document["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      CAPTURE(path);
      const RouteMatch match = match_route(method == "get"   ? "GET"
                                           : method == "put" ? "PUT"
                                                             : "POST",
                                           path);
      if (match.route == nullptr) continue;  // health and stream: not of the desk
      Json arguments = Json::object();
      if (operation.contains("requestBody"))
        arguments =
            Json::parse(operation["requestBody"]["content"]["application/json"]["example"].dump());
      if (operation.contains("parameters"))
        for (const auto& parameter : operation["parameters"])
          if (parameter.contains("example"))
            arguments[parameter["name"].get<std::string>()] =
                parameter["example"].get<std::string>();
      if (arguments.contains("bot")) arguments["bot"] = traded;
      if (arguments.contains("id") && !path.starts_with("/api/v1/"))
        arguments["id"] = path.find("signals") != std::string::npos ? signal : trade;
      const Result<std::string> said = seat.ask(std::string(match.route->verb), arguments.dump());
      if (said) continue;
      CHECK(method != "get");
      CHECK_MESSAGE(said.error().code == ErrorCode::kAlreadyExists, to_string(said.error()));
    }
  }
}

TEST_CASE("the overview adds up to what is stored") {
  Seat seat(12);
  seat.engine->advance(std::chrono::hours{4});
  const Json overview = seat.told("overview");
  Notional realised, of_open;
  std::size_t open = 0;
  const auto all_bots = storage::load_bots(seat.engine->store());
  REQUIRE(all_bots.has_value());
  for (const auto& bot : *all_bots) {
    realised += bot.snapshot.realised_profit - bot.snapshot.fees;
    open += bot.snapshot.open_positions.size();
    for (const Position& position : bot.snapshot.open_positions)
      of_open += position.realised_profit - position.fees;
  }
  CHECK(overview["positions"]["realized"] == to_string(of_open));
  CHECK(overview["equity"]["realized"] == to_string(realised));
  CHECK(overview["positions"]["open"] == open);
  CHECK(overview["bots"]["active"] == 12);
  CHECK(overview["limiter"]["limit"].is_number());
  const Json points = seat.told("equity", R"({"points":20})")["points"];
  CHECK(points.size() <= 21);
  CHECK(points.back()["realized"] == to_string(realised));
}

TEST_CASE("who looks can fill the desk, and the engine can still be paused") {
  Seat seat(1);
  OperatorDesk small(seat.engine->system(), seat.engine->clock(), seat.engine->store(),
                     seat.engine->engine(), seat.statistics,
                     OperatorDeskSettings{.identity = {}, .readers = 0, .waiting_max = 1});
  std::size_t looked = 0;
  std::vector<ErrorCode> refused;
  std::optional<Result<std::string>> paused;
  const auto look = [&](const Result<std::string>& said) {
    ++looked;
    if (!said) refused.push_back(said.error().code);
  };
  for (int i = 0; i < 3; ++i)
    small.handle({"bob", "here", OperatorRole::kRead, "overview", {}}, look);
  CHECK(refused == std::vector<ErrorCode>{ErrorCode::kOverloaded, ErrorCode::kOverloaded});
  small.handle({"bob", "here", OperatorRole::kRead, "mode", R"({"mode":"halted"})"}, look);
  CHECK(refused.size() == 3);
  small.handle({"alice", "here", OperatorRole::kOperate, "mode", R"({"mode":"reducing"})"},
               [&](Result<std::string> said) { paused = std::move(said); });
  const Timestamp until = seat.engine->now() + Duration{5'000};
  while (!paused && seat.engine->step(until)) {
  }
  REQUIRE(paused.has_value());
  CHECK_MESSAGE(paused->has_value(), to_string(paused->error()));
  CHECK((*storage::find_engine_state(seat.engine->store()))->mode == EngineMode::kReducing);
}

TEST_CASE(
    "who changes one thing after the other leaves room for a stop, and most for the engine's") {
  Seat seat(1);
  std::vector<std::string> refused;
  OperatorDesk small(seat.engine->system(), seat.engine->clock(), seat.engine->store(),
                     seat.engine->engine(), seat.statistics,
                     OperatorDeskSettings{.identity = {}, .readers = 0, .waiting_max = 1});
  const auto ask = [&](const std::string& verb, const std::string& arguments = "{}") {
    small.handle({"alice", "here", OperatorRole::kOperate, verb, arguments},
                 [&refused, verb](const Result<std::string>& said) {
                   if (!said && said.error().code == ErrorCode::kOverloaded)
                     refused.push_back(verb);
                 });
  };
  const std::string bot = of_bot(seat.first_bot());
  for (const char* verb : {"resume", "resume", "resume", "pause", "pause"}) ask(verb, bot);
  CHECK(refused == std::vector<std::string>{"resume", "pause"});
  ask("mode", R"({"mode":"halted"})");
  ask("mode", R"({"mode":"halted"})");
  CHECK(refused == std::vector<std::string>{"resume", "pause", "mode"});
  seat.engine->advance(Duration{5'000});
  CHECK((*storage::find_engine_state(seat.engine->store()))->mode == EngineMode::kHalted);
}

TEST_CASE("a view that breaks is one failed answer, and the next one is given") {
  Seat seat(1);
  EngineIdentity broken;
  broken.config_toml = []() -> std::string { throw std::runtime_error("as scripted"); };
  OperatorDesk desk(seat.engine->system(), seat.engine->clock(), seat.engine->store(),
                    seat.engine->engine(), seat.statistics,
                    OperatorDeskSettings{.identity = std::move(broken), .readers = 0});
  std::vector<Result<std::string>> said;
  for (const char* verb : {"config", "session"})
    desk.handle({"bob", "here", OperatorRole::kRead, verb, {}},
                [&said](Result<std::string> one) { said.push_back(std::move(one)); });
  seat.engine->advance(Duration{1'000});
  REQUIRE(said.size() == 2);
  REQUIRE_FALSE(said[0].has_value());
  CHECK(said[0].error().message.find("as scripted") != std::string::npos);
  CHECK_MESSAGE(said[1].has_value(), to_string(said[1].has_value() ? Error{} : said[1].error()));
}

TEST_CASE("what is under way when the desk closes is answered, and nothing after it is taken") {
  Seat seat(1);
  std::vector<ErrorCode> answers;
  const auto note = [&answers](const Result<std::string>& said) {
    answers.push_back(said ? ErrorCode::kNotFound : said.error().code);
  };
  seat.desk->handle({"alice", "here", OperatorRole::kRead, "overview", {}}, note);
  seat.desk->stop();
  seat.engine->advance(Duration{10'000});
  seat.desk->handle({"alice", "here", OperatorRole::kRead, "overview", {}}, note);
  CHECK(answers == std::vector{ErrorCode::kUnavailable, ErrorCode::kUnavailable});
}

}  // namespace botbox::actors
