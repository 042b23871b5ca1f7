#include "tools/admin/admin_certificates.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <map>

#include "tests/storage/support.hpp"
#include "tools/admin/admin_directory.hpp"

namespace botbox::admin {
namespace {

using storage::test::TemporaryDirectory;

constexpr Timestamp kNow{1'716'000'000'000};

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

mode_t mode_of(const std::filesystem::path& file) {
  struct stat facts {};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  return facts.st_mode & 0777;
}

using Files = std::map<std::string, std::string>;
Files files_of(const std::filesystem::path& directory) {
  Files files;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    files[entry.path().filename()] = read(entry.path());
  return files;
}

struct Place {
  TemporaryDirectory home;
  std::filesystem::path directory = admin_directory(home.path());

  Result<void> ensure(Timestamp now = kNow) const { return ensure_certificates(directory, now); }
};

}  // namespace

TEST_CASE("a first start makes all certificates, readable to nobody else") {
  const Place place;
  REQUIRE(place.ensure().has_value());
  CHECK(mode_of(place.directory) == 0700);
  const Files files = files_of(place.directory);
  CHECK(files.size() == 8);
  for (const auto& [name, text] : files) {
    CAPTURE(name);
    CHECK(text.starts_with("-----BEGIN"));
    if (name.ends_with(".key")) CHECK(mode_of(place.directory / name) == 0600);
  }
}

TEST_CASE("a later start keeps what is good") {
  const Place place;
  REQUIRE(place.ensure().has_value());
  const Files first = files_of(place.directory);
  REQUIRE(place.ensure(kNow + Duration{24LL * 3'600 * 1'000}).has_value());
  CHECK(files_of(place.directory) == first);
}

TEST_CASE("what is about to expire is renewed under the same authority") {
  const Place place;
  REQUIRE(place.ensure().has_value());
  const Files first = files_of(place.directory);
  REQUIRE(place.ensure(kNow + kCertificateLife - kRenewBefore + Duration{1'000}).has_value());
  const Files second = files_of(place.directory);
  CHECK(second.at("ca.pem") == first.at("ca.pem"));
  for (const char* name : {"server.pem", "client-read.pem", "client-operate.pem"})
    CHECK(second.at(name) != first.at(name));
  // Long expired as well.
  REQUIRE(place.ensure(kNow + kCertificateLife + kCertificateLife).has_value());
}

TEST_CASE("with the authority all that it signed is made anew") {
  const Place place;
  REQUIRE(place.ensure().has_value());
  const Files first = files_of(place.directory);
  SUBCASE("because it expires") { REQUIRE(place.ensure(kNow + kAuthorityLife).has_value()); }
  SUBCASE("because its key is gone") {
    std::filesystem::remove(place.directory / "ca.key");
    REQUIRE(place.ensure().has_value());
  }
  for (const auto& [name, text] : files_of(place.directory)) {
    CAPTURE(name);
    CHECK(text != first.at(name));
  }
}

TEST_CASE("after a crash between two files the next start makes the rest") {
  const Place place;
  REQUIRE(place.ensure().has_value());
  const Files first = files_of(place.directory);
  for (const auto& [name, text] : first) {
    if (name.starts_with("ca.")) continue;
    std::filesystem::remove(place.directory / name);
    REQUIRE_MESSAGE(place.ensure().has_value(), name);
    CHECK(files_of(place.directory).size() == first.size());
  }
  CHECK(files_of(place.directory).at("ca.pem") == first.at("ca.pem"));
}

TEST_CASE("a key or directory that others may read is refused") {
  const Place place;
  REQUIRE(place.ensure().has_value());
  for (const char* name : {"ca.key", "server.key", "client-operate.key", "client-read.key", ""}) {
    const std::filesystem::path file = place.directory / name;
    const mode_t mode = mode_of(file);
    ::chmod(file.c_str(), mode | S_IRGRP);
    const auto refused = place.ensure();
    REQUIRE_FALSE_MESSAGE(refused.has_value(), name);
    CHECK(refused.error().code == ErrorCode::kInvalidInput);
    CHECK(refused.error().fix.starts_with("chmod"));
    ::chmod(file.c_str(), mode);
  }
  CHECK(place.ensure().has_value());
}

TEST_CASE("files that do not belong together are refused") {
  const Place place;
  const Place other;
  REQUIRE(place.ensure().has_value());
  REQUIRE(other.ensure().has_value());
  const auto take = [&](const char* from, const char* to) {
    std::filesystem::copy_file(
        from[0] == '/' ? std::filesystem::path(from) : place.directory / from, place.directory / to,
        std::filesystem::copy_options::overwrite_existing);
  };
  SUBCASE("a certificate of another key") { take("client-read.pem", "client-operate.pem"); }
  SUBCASE("a certificate of another authority") {
    take((other.directory / "server.pem").c_str(), "server.pem");
    take((other.directory / "server.key").c_str(), "server.key");
  }
  SUBCASE("one role in the place of the other") {
    take("client-operate.pem", "client-read.pem");
    take("client-operate.key", "client-read.key");
  }
  SUBCASE("a shell's certificate as the engine's") {
    take("client-operate.pem", "server.pem");
    take("client-operate.key", "server.key");
  }
  SUBCASE("no certificate at all") {
    std::ofstream(place.directory / "server.pem") << "nonsense\n";
  }
  const auto refused = place.ensure();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kCorruption);
}

TEST_CASE("the address of the port is read as it was written") {
  const Place place;
  REQUIRE(place.ensure().has_value());
  CHECK(read_address(place.directory).error().code == ErrorCode::kNotFound);
  const AdminAddress address{4711, "0123456789abcdef", "0.1.0"};
  REQUIRE(write_address(place.directory, address).has_value());
  CHECK(read_address(place.directory) == address);
  remove_address(place.directory);
  CHECK(read_address(place.directory).error().code == ErrorCode::kNotFound);
  std::ofstream(place.directory / "port") << "nonsense\n";
  CHECK(read_address(place.directory).error().code == ErrorCode::kCorruption);
}

}  // namespace botbox::admin
