// Data directories as earlier releases left them (tests/storage/releases): this one opens each,
// finds that it agrees with itself, and goes on with it.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "storage/reader.hpp"
#include "storage/verify.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::actors {
namespace {

std::vector<std::filesystem::path> releases() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(BOTBOX_SOURCE_DIR) / "tests/storage/releases"))
    if (entry.is_directory()) found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

}  // namespace

TEST_CASE("a data directory of an earlier release opens, agrees with itself, and goes on trading") {
  const std::vector<std::filesystem::path> all = releases();
  REQUIRE_FALSE(all.empty());
  for (const std::filesystem::path& release : all) {
    CAPTURE(release.string());
    const storage::test::TemporaryDirectory home;
    const std::filesystem::path data = home.path() / "data";
    std::filesystem::copy(release, data, std::filesystem::copy_options::recursive);
    const auto before = storage::verify_directory(data);
    REQUIRE_MESSAGE(before.has_value(), to_string(before.has_value() ? Error{} : before.error()));
    CHECK(before->is_clean());

    VirtualEngineOptions options = test::fleet_options(0);
    std::map<std::string, std::uint64_t> checks;
    {
      ManualClock clock{options.start};
      const auto store = storage::RocksDbStore::open(data, clock);
      REQUIRE(store.has_value());
      const auto stored = storage::load_bots(**store).value();
      for (const storage::StoredBot& bot : stored) {
        options.bots.push_back(bot.config);
        checks[bot.id.value] = bot.snapshot.checks;
      }
      options.start = storage::load_newest_events(**store, 1).value().front().at + Duration{60'000};
    }
    CHECK(options.bots.size() == 4);
    options.open_store = [data](const Clock& clock) -> Result<std::unique_ptr<storage::Store>> {
      return storage::RocksDbStore::open(data, clock);
    };
    auto started = VirtualEngine::start(std::move(options));
    REQUIRE_MESSAGE(started.has_value(),
                    to_string(started.has_value() ? Error{} : started.error()));
    VirtualEngine& engine = **started;
    engine.advance(Duration{1'800'000});
    const auto upgraded = storage::load_bots(engine.store()).value();
    for (const storage::StoredBot& bot : upgraded) {
      CHECK_MESSAGE(bot.snapshot.checks > checks[bot.id.value], bot.id.value);
      CHECK(bot.snapshot.settings_version == 1);
    }
    CHECK(engine.totals().signals > 0);
    CHECK(storage::verify(engine.store()).value().is_clean());
  }
}

}  // namespace botbox::actors
