// A change of the configuration while the engine runs: one commit, and nobody else notices.
#include <doctest/doctest.h>

#include <algorithm>
#include <caf/send.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "actors/operator_desk.hpp"
#include "actors/prepared_strategies.hpp"
#include "storage/reader.hpp"
#include "storage/verify.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::actors {
namespace {

using Json = nlohmann::json;

// An engine whose configuration is `file`.
struct Changeable {
  explicit Changeable(std::vector<BotConfig> bots) : file(std::move(bots)) {
    VirtualEngineOptions options = test::fleet_options(0);
    options.bots = file;
    catalogue = options.catalogue;
    auto started = VirtualEngine::start(std::move(options));
    REQUIRE_MESSAGE(started.has_value(), to_string(started.error()));
    engine = std::move(*started);
    OperatorDeskSettings settings;
    settings.readers = 0;
    settings.draft = [this](const FleetWish& wish) { return draft(wish); };
    desk = std::make_unique<OperatorDesk>(engine->system(), engine->clock(), engine->store(),
                                          engine->engine(), std::make_shared<EngineStatistics>(),
                                          std::move(settings));
  }

  Result<FleetDraft> draft(const FleetWish& wish) {
    if (refuses) return fail(ErrorCode::kInvalidInput, "as scripted");
    if (breaks) throw std::runtime_error("as scripted");
    FleetDraft made;
    made.plan.by = wish.by;
    made.plan.is_whole = wish.what == FleetWish::What::kReload;
    made.plan.returns_archived = wish.what == FleetWish::What::kCreate;
    if (wish.what == FleetWish::What::kCreate) made.bot = {wish.toml};
    if (wish.what == FleetWish::What::kUpdate) made.bot = wish.bot;
    made.later = later;
    made.adopt = [this] { ++adopted; };
    PreparedStrategies strategies(catalogue);
    for (const BotConfig& bot : file)
      if (made.plan.is_whole || bot.id == made.bot)
        made.plan.bots.push_back(
            {std::make_shared<const BotConfig>(bot), strategies.of(bot).value()});
    return made;
  }

  Result<std::string> ask(const std::string& verb, const std::string& arguments = {}) {
    std::optional<Result<std::string>> answer;
    desk->handle({"alice", "10.0.0.9", OperatorRole::kOperate, verb, arguments},
                 [&answer](Result<std::string> said) { answer = std::move(said); });
    const Timestamp until = engine->now() + Duration{90'000};
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
  BotSnapshot snapshot(const std::string& id) const {
    return storage::load_bot(engine->store(), {id}).value().snapshot;
  }
  std::vector<Event> events(const std::string& kind) const {
    std::vector<Event> found;
    const auto newest = storage::load_newest_events(engine->store(), 10'000).value();
    for (const Event& event : newest)
      if (event.kind == kind) found.push_back(event);
    return found;
  }
  // Until a bot of the file holds a position; its place in the file.
  std::size_t run_until_open() {
    for (int minute = 0; minute < 2'000; ++minute) {
      engine->advance(Duration{60'000});
      for (std::size_t i = 0; i < file.size(); ++i) {
        const BotSnapshot now = snapshot(file[i].id.value);
        if (!now.open_positions.empty() && now.pending.empty()) return i;
      }
    }
    FAIL("nobody trades");
    return 0;
  }

  std::vector<BotConfig> file;
  std::vector<std::string> later;
  bool refuses = false;
  bool breaks = false;
  int adopted = 0;
  StrategyCatalogue catalogue;
  std::unique_ptr<VirtualEngine> engine;
  std::unique_ptr<OperatorDesk> desk;
};

}  // namespace

TEST_CASE(
    "a bot that is created while the engine runs is durable when it is answered, and trades") {
  auto bots = test::lively_bots(4);
  const BotConfig late = bots.back();
  bots.pop_back();
  Changeable seat(bots);
  seat.engine->advance(Duration{120'000});
  seat.file.push_back(late);
  const Json said = seat.told("create_bot", R"({"toml":")" + late.id.value + "\"}");
  CHECK(said["bot"] == late.id.value);
  CHECK(said["changes"][0]["what"] == "created");
  CHECK(storage::load_bot(seat.engine->store(), late.id)->config == late);
  CHECK(seat.adopted == 1);
  REQUIRE(seat.events("operator.create_bot").size() == 1);
  CHECK(seat.events("operator.create_bot")[0].bot == late.id);
  CHECK(seat.events("bot.created")[0].actor == "alice");
  seat.engine->advance(Duration{600'000});
  CHECK(seat.snapshot(late.id.value).checks > 5);
}

TEST_CASE("a bot that is updated keeps what it knows, its position and its stop") {
  Changeable seat(test::lively_bots(6));
  const std::size_t at = seat.run_until_open();
  const std::string id = seat.file[at].id.value;
  const BotSnapshot before = seat.snapshot(id);
  seat.file[at].allocation.value = seat.file[at].allocation.value + Decimal::from_int(500);
  const Json said = seat.told("update_bot", R"({"bot":")" + id + "\"}");
  CHECK(said["changes"][0]["what"] == "updated");
  const std::string detail = said["changes"][0]["detail"];
  CHECK(detail.find("settings version 2: allocation ") == 0);
  CHECK(seat.events("bot.updated")[0].detail == detail);
  const BotSnapshot after = seat.snapshot(id);
  CHECK(after.settings_version == 2);
  CHECK(after.open_positions == before.open_positions);
  CHECK(after.checks >= before.checks);
  for (const AlertRaised& alert : seat.engine->totals().alerts) CHECK(alert.kind != "bot.failed");
  // Its stop and target are still heard of: it closes some day, and the books agree.
  for (int hour = 0; hour < 400 && !seat.snapshot(id).open_positions.empty() &&
                     seat.snapshot(id).open_positions[0].id == before.open_positions[0].id;
       ++hour)
    seat.engine->advance(Duration{3'600'000});
  const auto position =
      storage::find_position(seat.engine->store(), {id}, before.open_positions[0].id);
  REQUIRE((position.has_value() && position->has_value()));
  CHECK((*position)->status == PositionStatus::kClosed);
  CHECK(storage::verify(seat.engine->store()).value().is_clean());
}

TEST_CASE("a bot whose pause is made shorter looks at once, and then as often as it should") {
  auto bots = test::lively_bots(2);
  bots[0].check_interval = Duration{4 * 3'600'000};
  Changeable seat(bots);
  seat.engine->advance(Duration{120'000});
  const std::string id = bots[0].id.value;
  const std::uint64_t checks = seat.snapshot(id).checks;
  CHECK(checks == 1);
  seat.file[0].check_interval = Duration{60'000};
  seat.told("update_bot", R"({"bot":")" + id + "\"}");
  seat.engine->advance(Duration{180'000});
  CHECK(seat.snapshot(id).checks >= checks + 2);
}

TEST_CASE("a reload touches the bots that differ and no other") {
  Changeable seat(test::lively_bots(9));
  seat.run_until_open();
  std::map<std::string, BotSnapshot> before;
  for (const BotConfig& bot : seat.file) before[bot.id.value] = seat.snapshot(bot.id.value);
  const BotConfig gone = seat.file[0];
  seat.file.erase(seat.file.begin());
  seat.file[0].stop_loss_ratio = Decimal::literal("0.03");
  BotConfig fresh = seat.file[1];
  fresh.id = {"fresh"};
  seat.file.push_back(fresh);
  const Json said = seat.told("reload");
  CHECK(said["changes"].size() == 3);
  const bool held =
      !before[gone.id.value].open_positions.empty() || !before[gone.id.value].pending.empty();
  CHECK(seat.snapshot(gone.id.value).status == (held ? BotStatus::kPaused : BotStatus::kArchived));
  CHECK(seat.snapshot("fresh").settings_version == 1);
  CHECK(seat.snapshot(seat.file[0].id.value).settings_version == 2);
  for (std::size_t i = 1; i + 1 < seat.file.size(); ++i)
    CHECK(seat.snapshot(seat.file[i].id.value) == before[seat.file[i].id.value]);
  CHECK(seat.told("reload")["changes"].empty());
  // Back in the configuration, it goes on where it was.
  seat.file.push_back(gone);
  CHECK(seat.told("reload")["changes"][0]["what"] == "returned");
  CHECK(seat.snapshot(gone.id.value).status == BotStatus::kActive);
  const std::uint64_t checks = seat.snapshot(gone.id.value).checks;
  CHECK(checks >= before[gone.id.value].checks);
  seat.engine->advance(Duration{600'000});
  CHECK(seat.snapshot(gone.id.value).checks > checks);
}

TEST_CASE("a signal that waits for a bot which a reload takes away is IGNORED there and then") {
  // It trades by signals from outside alone, so it holds nothing and may go.
  BotConfig gone = test::plain_bot("follower");
  gone.strategy = {"external"};
  auto bots = test::lively_bots(3);
  bots.push_back(gone);
  Changeable seat(bots);
  seat.engine->advance(Duration{60'000});
  auto offer = std::make_shared<SignalOffer>();
  offer->signal.source = SignalSource::kWebhook;
  offer->signal.bot = gone.id;
  offer->signal.symbol = gone.symbol;
  offer->signal.execution_scheduled_at = seat.engine->now() + Duration{3'600'000};
  offer->content = "buy later";
  SignalId id;
  offer->answer = [&id](const Result<OfferAnswer>& answer) { id = answer->id; };
  caf::anon_send(seat.engine->engine().signal_inbox(), OfferSignal{offer});
  seat.engine->advance(Duration{1'000});
  const auto stored = [&] {
    const auto signals = storage::load_signals(seat.engine->store(), gone.id, {}, 1'000);
    REQUIRE(signals);
    for (const Signal& signal : *signals)
      if (signal.id == id) return signal;
    FAIL("the signal is not kept");
    return Signal{};
  };
  REQUIRE(stored().execution_status == ExecutionStatus::kPending);
  seat.file.pop_back();
  seat.told("reload");
  REQUIRE(seat.snapshot(gone.id.value).status == BotStatus::kArchived);
  seat.engine->advance(Duration{1'000});
  CHECK(stored().execution_status == ExecutionStatus::kIgnored);
  CHECK(stored().execution_reason == ReasonCode::kUnknownBot);
  // Also when the bot is back before its time.
  seat.file.push_back(gone);
  seat.told("reload");
  seat.engine->advance(Duration{7'200'000});
  CHECK(stored().execution_status == ExecutionStatus::kIgnored);
  CHECK(storage::verify(seat.engine->store()).value().is_clean());
}

TEST_CASE("a bot that was resumed once and has left the configuration stays paused") {
  Changeable seat(test::lively_bots(3));
  seat.engine->advance(Duration{60'000});
  for (const BotConfig& bot : seat.file) seat.told("resume", R"({"bot":")" + bot.id.value + "\"}");
  const std::size_t at = seat.run_until_open();
  const std::string id = seat.file[at].id.value;
  seat.file.erase(seat.file.begin() + static_cast<std::ptrdiff_t>(at));
  seat.told("reload");
  CHECK(seat.snapshot(id).status == BotStatus::kPaused);
  seat.engine->advance(Duration{600'000});
  CHECK(seat.snapshot(id).status == BotStatus::kPaused);
}

TEST_CASE("a configuration that is refused changes nothing and leaves no event") {
  Changeable seat(test::lively_bots(3));
  seat.engine->advance(Duration{60'000});
  seat.refuses = true;
  const BotSnapshot before = seat.snapshot(seat.file[0].id.value);
  for (const char* verb : {"reload", "create_bot", "update_bot"}) {
    const Result<std::string> said = seat.ask(verb, R"({"bot":"x","toml":"x"})");
    REQUIRE_FALSE(said.has_value());
    CHECK(said.error().code == ErrorCode::kInvalidInput);
    CHECK(seat.events("operator." + std::string(verb)).empty());
  }
  CHECK(seat.snapshot(seat.file[0].id.value) == before);
  CHECK(seat.adopted == 0);
}

TEST_CASE("what waits for the next start is answered whole, and recorded as far as there is room") {
  Changeable seat(test::lively_bots(1));
  seat.engine->advance(Duration{60'000});
  for (int i = 0; i < 30; ++i) seat.later.push_back("api.setting " + std::to_string(i) + " -> 99");
  CHECK(seat.told("reload")["at_next_start"].size() == 30);
  REQUIRE(seat.events("operator.reload").size() == 1);
  const std::string kept =
      Json::parse(seat.events("operator.reload")[0].detail)["at_next_start"].get<std::string>();
  CHECK(kept.starts_with("api.setting 0 -> 99; api.setting 1 -> 99; "));
  CHECK(kept.ends_with(" more"));
}

TEST_CASE("a bug in what reads the configuration fails one change, and none of the later ones") {
  Changeable seat(test::lively_bots(3));
  seat.engine->advance(Duration{60'000});
  seat.breaks = true;
  const Result<std::string> said = seat.ask("reload");
  REQUIRE_FALSE(said.has_value());
  CHECK(said.error().code == ErrorCode::kCorruption);
  CHECK(said.error().message.find("as scripted") != std::string::npos);
  CHECK(seat.events("operator.reload").empty());
  seat.breaks = false;
  CHECK(seat.told("reload")["changes"].empty());
  CHECK(seat.adopted == 1);
}

TEST_CASE("a bot that holds a position goes on to no other symbol, and on as it was") {
  Changeable seat(test::lively_bots(6));
  const std::size_t at = seat.run_until_open();
  const std::string id = seat.file[at].id.value;
  const BotSnapshot before = seat.snapshot(id);
  seat.file[at].symbol = seat.file[(at + 1) % seat.file.size()].symbol;
  const Result<std::string> said = seat.ask("update_bot", R"({"bot":")" + id + "\"}");
  REQUIRE_FALSE(said.has_value());
  CHECK(said.error().code == ErrorCode::kAlreadyExists);
  CHECK(seat.adopted == 0);
  CHECK(seat.snapshot(id).settings_version == before.settings_version);
  CHECK(seat.snapshot(id).status == BotStatus::kActive);
  seat.engine->advance(Duration{600'000});
  CHECK(seat.snapshot(id).checks > before.checks);
}

TEST_CASE("changes that are asked for together are made one after the other") {
  Changeable seat(test::lively_bots(3));
  seat.engine->advance(Duration{60'000});
  int answered = 0;
  for (int i = 0; i < 5; ++i)
    seat.desk->handle({"alice", "", OperatorRole::kOperate, "reload", {}},
                      [&answered](const Result<std::string>& said) {
                        CHECK(said.has_value());
                        ++answered;
                      });
  seat.engine->advance(Duration{5'000});
  CHECK(answered == 5);
  CHECK(seat.events("operator.reload").size() == 5);
}

TEST_CASE("a bot that an operator archived comes back when it is created again") {
  Changeable seat(test::lively_bots(3));
  seat.engine->advance(Duration{60'000});
  const auto flat = std::ranges::find_if(seat.file, [&](const BotConfig& bot) {
    const BotSnapshot now = seat.snapshot(bot.id.value);
    return now.open_positions.empty() && now.pending.empty();
  });
  REQUIRE(flat != seat.file.end());
  const std::string id = flat->id.value;
  seat.told("archive", R"({"bot":")" + id + "\"}");
  CHECK(seat.told("reload")["changes"].empty());
  CHECK(seat.snapshot(id).status == BotStatus::kArchived);
  CHECK(seat.told("create_bot", R"({"toml":")" + id + "\"}")["changes"][0]["what"] == "returned");
  CHECK(seat.snapshot(id).status == BotStatus::kActive);
  const std::uint64_t checks = seat.snapshot(id).checks;
  seat.engine->advance(Duration{600'000});
  CHECK(seat.snapshot(id).checks > checks);
}

}  // namespace botbox::actors
