// The configuration of a running engine, and what of it the next start finds.
#include "tools/botbox/fleet_configuration.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "actors/bot_settings.hpp"
#include "storage/codec.hpp"
#include "storage/memory_store.hpp"
#include "storage/operator_bot.hpp"
#include "tools/config/masked_text.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

constexpr const char* kFile =
    "[api]\nport = 8701\n[[paper.symbol]]\nsymbol = \"BTC/USDT\"\nprice = 60000\n"
    "[[bot]]\nid = \"one\"\nstrategy = \"rsi_reversion\"\nsymbol = \"BTC/USDT\"\n"
    "allocation = 1000\nstake_amount = 100\n";
constexpr const char* kNew =
    "id = \"two\"\nstrategy = \"rsi_reversion\"\nsymbol = \"BTC/USDT\"\nallocation = 500\n"
    "stake_amount = 50\n";

// Everything that a bot can be told at the same time.
constexpr const char* kFullPlan = R"(check_interval = "1m"
check_interval_min = "30s"
check_interval_max = "1m"
stop_loss = "10%"
[bot.sizing]
kind = "risk"
ratio = "1%"
kelly = "50%"
[bot.exits]
target_atr = 3
trailing = "2%"
trailing_from = "1%"
break_even_at = "1.5%"
break_even_offset = "0.2%"
time_stop = "12h"
minimal_roi = { "0" = "4%", "60" = "1%" }
partial = [{ at = "2%", close = "25%" }, { at = "3%", close = "25%" }]
[bot.scaling]
levels = 2
deviation = "1%"
[bot.guards]
daily_loss = "5%"
drawdown = "10%"
losing_streak = 3
stop_losses = 4
low_profit = "-1%"
)";

// Of the only bot of a masked text, within its [[bot]].
std::set<std::string> names_of_bot(const std::string& text) {
  std::set<std::string> names;
  std::string section;
  int partials = 0;
  std::istringstream lines(text.substr(text.find("[[bot]]")));
  for (std::string line; std::getline(lines, line);) {
    if (line == "[[bot.exits.partial]]")
      section = fmt::format("exits.partial[{}].", ++partials);
    else if (line.starts_with("[bot."))
      section = line.substr(5, line.find(']') - 5) + ".";
    else if (const std::size_t equals = line.find(" = "); equals != std::string::npos)
      names.insert(section + line.substr(0, equals));
  }
  return names;
}

struct Place {
  Place() {
    std::filesystem::create_directories(folder);
    write(kFile);
  }
  ~Place() { std::filesystem::remove_all(folder); }
  void write(const std::string& text) const { std::ofstream(folder / "botbox.toml") << text; }
  std::unique_ptr<FleetConfiguration> start() {
    auto made = std::make_unique<FleetConfiguration>(
        (folder / "botbox.toml").string(), config::Environment{}, config::shipped_catalogue());
    REQUIRE(made->load().has_value());
    REQUIRE(made->take_operators_bots(store).has_value());
    return made;
  }
  // As the supervisor does: rows first, then it is in force.
  void carry_out(const actors::FleetDraft& draft) {
    storage::WriteBatch batch{.sequence = store.last_sequence() + 1,
                              .puts = draft.plan.rows.puts,
                              .deletes = draft.plan.rows.deletes};
    for (const actors::WantedBot& wanted : draft.plan.bots) {
      batch.puts.push_back(
          {storage::bot_config_key(wanted.config->id), storage::encode(*wanted.config)});
      batch.puts.push_back(
          {storage::bot_snapshot_key(wanted.config->id), storage::encode(BotSnapshot{})});
    }
    REQUIRE(store.write(batch).has_value());
    draft.adopt();
  }
  actors::FleetDraft drafted(FleetConfiguration& configuration, const actors::FleetWish& wish) {
    auto draft = configuration.draft(wish);
    REQUIRE_MESSAGE(draft.has_value(), to_string(draft.has_value() ? Error{} : draft.error()));
    return std::move(*draft);
  }
  std::string ids(const FleetConfiguration& configuration) const {
    std::string text;
    for (const BotConfig& bot : configuration.current()->bots) text += bot.id.value + " ";
    return text;
  }

  std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                 ("botbox-fleet-configuration-" + std::to_string(::getpid()));
  storage::MemoryStore store;
};

using What = actors::FleetWish::What;
actors::FleetWish create(const std::string& toml) {
  return {.what = What::kCreate, .bot = {}, .toml = toml, .json = {}, .by = "alice", .at = {}};
}
actors::FleetWish update(const std::string& id, const std::string& toml) {
  return {.what = What::kUpdate, .bot = {id}, .toml = toml, .json = {}, .by = "alice", .at = {}};
}
const actors::FleetWish kReload{.what = What::kReload, .by = "alice"};

}  // namespace

TEST_CASE("a bot that an operator created is there after a restart") {
  Place place;
  const auto first = place.start();
  const actors::FleetDraft draft = place.drafted(*first, create(kNew));
  CHECK(draft.bot.value == "two");
  CHECK(draft.plan.bots.size() == 1);
  CHECK(place.ids(*first) == "one ");  // nothing before it is durable
  place.carry_out(draft);
  CHECK(place.ids(*first) == "one two ");
  const auto second = place.start();
  CHECK(place.ids(*second) == "one two ");
  CHECK(second->first_rows().empty());
  // Once more is a conflict, and so is to update what is not there.
  CHECK(second->draft(create(kNew)).error().code == ErrorCode::kAlreadyExists);
  CHECK(second->draft(update("three", kNew)).error().code == ErrorCode::kNotFound);
}

TEST_CASE("a bot that is no TOML is refused with the line and column that its author sees") {
  Place place;
  const auto configuration = place.start();
  place.carry_out(place.drafted(*configuration, create(kNew)));
  const std::string broken = "id = \"two\"\nstrategy = rsi_reversion\n";
  for (const std::string& text : {broken, "[[bot]]\n" + broken}) {
    const auto created = configuration->draft(create(text));
    REQUIRE_FALSE(created.has_value());
    CHECK(created.error().code == ErrorCode::kInvalidInput);
    const std::string line = text.starts_with("[[") ? "bot:3:" : "bot:2:";
    CHECK_MESSAGE(created.error().message.starts_with(line), created.error().message);
    CHECK(created.error().message.find("is not TOML") != std::string::npos);
    const auto updated = configuration->draft(update("two", text));
    REQUIRE_FALSE(updated.has_value());
    CHECK(updated.error().message.starts_with("bot two" + line.substr(3)));
  }
  // What cannot be meant has its place too.
  const auto odd =
      configuration->draft(create("id = \"three\"\nstrategy = \"rsi_reversion\"\n"
                                  "symbol = \"BTC/USDT\"\nallocation = \"much\"\n"));
  REQUIRE_FALSE(odd.has_value());
  CHECK_MESSAGE(odd.error().message.find("bot three:4:") != std::string::npos, odd.error().message);
  CHECK(configuration->draft(create("strategy = \"rsi_reversion\"\n")).error().place == "id");
}

TEST_CASE("an update need not say the bot's id again, and may say no other") {
  Place place;
  const std::string market = "strategy = \"rsi_reversion\"\nsymbol = \"BTC/USDT\"\n";
  const auto with_stake = [&](const char* stake) {
    return market + "allocation = 500\nstake_amount = " + stake + "\n";
  };
  const auto of_json = [](const char* id) {
    actors::FleetWish wish = update("two", {});
    wish.json = R"({"strategy":"rsi_reversion","symbol":"BTC/USDT","allocation":500,)" +
                std::string(id) + R"("stake_amount":80})";
    return wish;
  };
  {
    const auto first = place.start();
    place.carry_out(place.drafted(*first, create(kNew)));
    place.carry_out(place.drafted(*first, update("two", with_stake("60"))));
    CHECK(first->current()->bots[1].stake == Decimal::from_int(60));
    const std::string with_header = "[[bot]]  # mine\n" + with_stake("70");
    place.carry_out(place.drafted(*first, update("two", with_header)));
  }
  const auto second = place.start();
  REQUIRE(place.ids(*second) == "one two ");
  CHECK(second->current()->bots[1].stake == Decimal::from_int(70));
  const std::string named_otherwise = "id = \"three\"\n" + with_stake("90");
  for (const actors::FleetWish& wish :
       {update("two", named_otherwise), of_json(R"("id":"three",)")}) {
    const auto refused = second->draft(wish);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kInvalidInput);
    CHECK(refused.error().message.find("is not the one bot 'two'") != std::string::npos);
  }
  // Places are those that the author sees.
  for (const auto& [header, line] : {std::pair{"", "bot two:3:"}, {"[[bot]]\n", "bot two:4:"}}) {
    const auto odd = second->draft(update("two", header + market + "allocation = \"much\"\n"));
    REQUIRE_FALSE(odd.has_value());
    CHECK_MESSAGE(odd.error().message.find(line) != std::string::npos, odd.error().message);
  }
  place.carry_out(place.drafted(*second, of_json("")));
  CHECK(second->current()->bots[1].stake == Decimal::from_int(80));
  place.carry_out(place.drafted(*second, update("two", kNew)));
  CHECK(second->current()->bots[1].stake == Decimal::from_int(50));
}

TEST_CASE("an update stands over the file until the file has another word on that bot") {
  Place place;
  {
    const auto first = place.start();
    place.carry_out(place.drafted(*first, create(kNew)));
    std::string one = kFile;
    one = one.substr(one.find("id = \"one\""));
    one.replace(one.find("1000"), 4, "7000");
    storage::WriteBatch stored{
        .sequence = place.store.last_sequence() + 1,
        .puts = {{storage::bot_config_key({"one"}), storage::encode(first->current()->bots[0])},
                 {storage::bot_snapshot_key({"one"}), storage::encode(BotSnapshot{})}},
        .deletes = {}};
    REQUIRE(place.store.write(stored).has_value());
    place.carry_out(place.drafted(*first, update("one", one)));
  }
  const auto second = place.start();
  CHECK(second->current()->bots[0].allocation.value == Decimal::from_int(7000));
  std::string edited = kFile;
  edited.replace(edited.find("1000"), 4, "2000");
  place.write(edited);
  const actors::FleetDraft draft = place.drafted(*second, kReload);
  CHECK(draft.plan.is_whole);
  REQUIRE(draft.plan.rows.deletes.size() == 1);
  CHECK(draft.plan.rows.deletes[0] == storage::operator_bot_key({"one"}));
  // The same at a start.
  const auto third = place.start();
  CHECK(third->current()->bots[0].allocation.value == Decimal::from_int(2000));
  CHECK(place.ids(*third) == "one two ");
  CHECK(third->first_rows().deletes.size() == 1);
}

TEST_CASE("a reload takes bots over at once, and tells what waits for the next start") {
  Place place;
  const auto configuration = place.start();
  std::size_t told = 0;
  configuration->on_adopted(
      [&told](const config::EngineConfig& config) { told = config.bots.size(); });
  std::string edited =
      std::string(kFile) + "[[bot]]\n" + kNew + "[engine]\nlog_level = \"debug\"\n";
  edited.replace(edited.find("8701"), 4, "8702");
  edited += "[alerts.queue_depth]\nabove = 200\n";
  place.write(edited);
  const actors::FleetDraft draft = place.drafted(*configuration, kReload);
  CHECK(draft.now == std::vector<std::string>{"alerts.queue_depth.above 50 -> 200",
                                              "alerts.queue_depth.clear 40 -> 160"});
  CHECK(draft.later == std::vector<std::string>{"api.port 8701 -> 8702"});
  CHECK(draft.plan.bots.size() == 2);
  draft.adopt();
  CHECK(told == 2);
  const actors::FleetDraft again = place.drafted(*configuration, kReload);
  CHECK(again.now.empty());  // in force already
  CHECK(again.later == draft.later);
  CHECK(place.ids(*configuration) == "one two ");
}

TEST_CASE("defaults that nobody wrote are no difference") {
  Place place;
  const auto configuration = place.start();
  place.write(std::string(kFile) + "[risk]\nmax_per_symbol = 2\n[retention]\nevents = \"9d\"\n");
  const actors::FleetDraft draft = place.drafted(*configuration, kReload);
  CHECK(draft.now.empty());
  REQUIRE(draft.later.size() == 2);
  CHECK(draft.later[0].starts_with("retention.events "));
  CHECK(draft.later[0].ends_with(" -> \"9d\""));
  CHECK(draft.later[1] == "risk.max_per_symbol (not set) -> 2");
}

TEST_CASE("what changed of a bot has the names that stand in a configuration file") {
  Place place;
  place.write(std::string(kFile) + kFullPlan);
  const auto config = place.start()->current();
  std::set<std::string> named;
  for (const actors::BotSetting& setting : actors::settings_of(config->bots.front()))
    CHECK_MESSAGE(named.insert(setting.name).second, setting.name);
  std::set<std::string> written = names_of_bot(config::to_masked_text(*config));
  for (const char* other : {"id", "allow_list", "block_list"}) CHECK(written.erase(other) == 1);
  // [bot.exits] may say it as well.
  REQUIRE(written.erase("sizing.atr_period") == 1);
  written.insert("atr_period");
  CHECK(named == written);
}

TEST_CASE("a file that is wrong is refused whole, with every problem") {
  Place place;
  const auto configuration = place.start();
  place.write(std::string(kFile) + "stop_loss = 7\ntypo = 1\n");
  const auto refused = configuration->draft(kReload);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kInvalidInput);
  CHECK(refused.error().message.find("bot.stop_loss") != std::string::npos);
  CHECK(refused.error().message.find("bot.typo") != std::string::npos);
  CHECK(place.ids(*configuration) == "one ");
}

TEST_CASE("an operator's bot that the file leaves no market for is left out, and kept") {
  Place place;
  {
    const auto first = place.start();
    place.carry_out(place.drafted(*first, create(kNew)));
  }
  std::string other = kFile;
  for (std::size_t at = 0; (at = other.find("BTC/", at)) != std::string::npos;)
    other.replace(at, 4, "ETH/");
  place.write(other);
  const auto second = place.start();
  CHECK(place.ids(*second) == "one ");
  CHECK(second->first_rows().empty());
  place.write(kFile);
  CHECK(place.ids(*place.start()) == "one two ");
}

TEST_CASE("a bot that is created does not bring in what the file says meanwhile") {
  Place place;
  const auto configuration = place.start();
  place.write("nonsense");
  place.carry_out(place.drafted(*configuration, create(kNew)));
  CHECK(place.ids(*configuration) == "one two ");
}

}  // namespace botbox::cli
