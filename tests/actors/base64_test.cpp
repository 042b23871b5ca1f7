#include "actors/base64.hpp"

#include <doctest/doctest.h>

#include <array>
#include <utility>

#include "tests/support/seeded_runs.hpp"

namespace botbox::actors {

TEST_CASE("base64 is that of RFC 4648, in the alphabet for addresses and without padding") {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kVectors{
      {{"", ""},
       {"f", "Zg"},
       {"fo", "Zm8"},
       {"foo", "Zm9v"},
       {"foob", "Zm9vYg"},
       {"fooba", "Zm9vYmE"},
       {"foobar", "Zm9vYmFy"}}};
  for (const auto& [plain, text] : kVectors) {
    CHECK(to_base64url(plain) == text);
    CHECK(from_base64(text) == plain);
  }
  CHECK(to_base64url("\xFB\xFF") == "-_8");
  CHECK(from_base64("-_8") == "\xFB\xFF");
  CHECK(from_base64("+/8=") == "\xFB\xFF");
  CHECK(from_base64("Zg==") == "f");
}

TEST_CASE("what is no base64 is told from it") {
  for (const char* text :
       {"Z", "Zm9vY", "Zm 9v", " Zm9v", "Zm9v\n", "Z=8", "Zg===", "Zm9*", "Z\xC3"})
    CHECK_MESSAGE(!from_base64(text).has_value(), text);
}

TEST_CASE("any bytes come back from base64 as they were") {
  testing::SeededRuns random;
  CAPTURE(random.seed());
  for (int run = 0; run < 500; ++run) {
    std::string bytes(static_cast<std::size_t>(random.between(0, 70)), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.between(0, 255));
    CHECK(from_base64(to_base64url(bytes)) == bytes);
  }
}

}  // namespace botbox::actors
