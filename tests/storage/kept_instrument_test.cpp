// Rows of what venues list.
#include "storage/kept_instrument.hpp"

#include "storage/codec.hpp"
#include "storage/reader.hpp"
#include "tests/storage/support.hpp"

namespace botbox::storage::test {
namespace {

Put listed_at(std::string venue, std::string symbol) {
  const Key key = instrument_key(venue, {symbol});
  KeptInstrument row;
  row.venue = std::move(venue);
  row.instrument.symbol = {std::move(symbol)};
  row.since = kStart;
  return {key, encode(row)};
}

}  // namespace

TEST_CASE_TEMPLATE("instruments are read by venue, none of a venue whose name begins alike", Home,
                   MemoryHome, RocksHome) {
  Home home;
  CHECK(must(load_instruments(home.store(), "bybit")).empty());
  write_next(home.store(), {listed_at("bybit", "ETH/USDT"), listed_at("bybit", "BTC/USDT"),
                            listed_at("bybit-spot", "SOL/USDT")});
  const std::vector<KeptInstrument> found = must(load_instruments(home.store(), "bybit"));
  REQUIRE(found.size() == 2);
  CHECK(found[0].instrument.symbol == Symbol{"BTC/USDT"});
  CHECK(found[1].instrument.symbol == Symbol{"ETH/USDT"});
  CHECK(must(load_instruments(home.store(), "bybit", 1)).size() == 1);
  CHECK(must(find_instrument(home.store(), "bybit-spot", {"SOL/USDT"}))->since == kStart);
  CHECK_FALSE(must(find_instrument(home.store(), "bybit", {"SOL/USDT"})).has_value());
}

TEST_CASE("an instrument that cannot be read is an error that names it") {
  MemoryHome home;
  write_next(home.store(), {{instrument_key("bybit", {"BTC/USDT"}), "\x01"}});
  const auto found = find_instrument(home.store(), "bybit", {"BTC/USDT"});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::kCorruption);
  CHECK(found.error().place.find("instrument bybit/BTC/USDT") == 0);
  CHECK_FALSE(load_instruments(home.store(), "bybit"));
}

}  // namespace botbox::storage::test
