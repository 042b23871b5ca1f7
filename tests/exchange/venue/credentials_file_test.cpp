// A secret file that others may read is refused, and what stands in it never gets into a message.
#include "exchange/venue/credentials_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "exchange/venue/venue_factory.hpp"

namespace botbox::exchange {
namespace {

struct KeyFile {
  KeyFile(const std::string& text, mode_t mode)
      : path(std::filesystem::temp_directory_path() /
             ("botbox_keys_" + std::to_string(::getpid()))) {
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
  }
  ~KeyFile() { std::filesystem::remove(path); }
  std::filesystem::path path;
};

TEST_CASE("key and secret are read from a file that its owner alone may read") {
  const KeyFile file("# testnet\nkey = abc\n\nsecret=\"s3cr3t\"\n", 0600);
  const auto read = read_credentials(file.path.string());
  REQUIRE(read.has_value());
  CHECK(read->key() == "abc");
  CHECK(read->secret() == "s3cr3t");
}

TEST_CASE("a file that others may read is refused, with the fix") {
  for (const mode_t mode : {0640, 0604, 0620, 0666}) {
    const KeyFile file("key = abc\nsecret = s3cr3t\n", mode);
    const auto read = read_credentials(file.path.string());
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().fix.starts_with("chmod 600 "));
  }
}

TEST_CASE("what is wrong in a file of keys is named without what stands there") {
  for (const char* text : {"key = abc\n", "s3cr3t\n", "key = abc\nsecrt = s3cr3t\n"}) {
    const KeyFile file(text, 0600);
    const auto read = read_credentials(file.path.string());
    REQUIRE_FALSE(read.has_value());
    CHECK(to_string(read.error()).find("s3cr3t") == std::string::npos);
  }
  CHECK(read_credentials("/nowhere/keys").error().code == ErrorCode::kNotFound);
}

TEST_CASE(
    "each kind of venue has its adapter, at its network's address or at the one that is named") {
  const ManualClock clock(Timestamp{1'700'000'000'000});
  const std::pair<VenueKind, std::string_view> table[] = {
      {VenueKind::kBybitSpot, "bybit-spot"},
      {VenueKind::kBybitLinear, "bybit-linear"},
      {VenueKind::kBinanceSpot, "binance-spot"},
      {VenueKind::kBinanceUsdm, "binance-usdm"}};
  for (const auto& [kind, name] : table) {
    VenueOptions options;
    options.kind = kind;
    const std::string mainnet = venue_address(options);
    options.is_testnet = true;
    CHECK(venue_address(options) != mainnet);
    options.url = "http://127.0.0.1:1";
    CHECK(venue_address(options) == "http://127.0.0.1:1");
    CHECK(open_venue(options, clock)->name() == name);
  }
}

}  // namespace
}  // namespace botbox::exchange
