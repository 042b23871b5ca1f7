#include "exchange/http/gzip.hpp"

#include <doctest/doctest.h>

#include <boost/beast/zlib/inflate_stream.hpp>
#include <boost/crc.hpp>
#include <cstdint>

#include "tests/support/seeded_runs.hpp"

namespace botbox::exchange {
namespace {

std::uint32_t low_first(std::string_view four) {
  std::uint32_t number = 0;
  for (int i = 3; i >= 0; --i)
    number = number << 8 | static_cast<unsigned char>(four[static_cast<std::size_t>(i)]);
  return number;
}

// As RFC 1952 has it: ten bytes of head, deflated bytes, their sum, their count.
std::string unzipped(std::string_view text) {
  namespace zlib = boost::beast::zlib;
  REQUIRE(text.size() >= 18);
  REQUIRE(text.substr(0, 4) == std::string_view("\x1F\x8B\x08\x00", 4));
  const std::string_view body = text.substr(10, text.size() - 18);
  const std::uint32_t size = low_first(text.substr(text.size() - 4));
  std::string bytes(size + 1, '\0');
  zlib::inflate_stream stream;
  zlib::z_params work;
  work.next_in = body.data();
  work.avail_in = body.size();
  work.next_out = bytes.data();
  work.avail_out = bytes.size();
  boost::beast::error_code ended;
  stream.write(work, zlib::Flush::finish, ended);
  CHECK(ended == zlib::error::end_of_stream);
  CHECK(work.total_out == size);
  bytes.resize(size);
  boost::crc_32_type sum;
  sum.process_bytes(bytes.data(), bytes.size());
  CHECK(sum.checksum() == low_first(text.substr(text.size() - 8, 4)));
  return bytes;
}

}  // namespace

TEST_CASE("what gzip made comes back as it was, and text gets much smaller") {
  botbox::testing::SeededRuns random;
  CAPTURE(random.seed());
  for (int run = 0; run < 40; ++run) {
    std::string bytes(static_cast<std::size_t>(random.between(1, 40'000)), '\0');
    // From one letter to noise.
    const std::int64_t letters = random.between(1, 256);
    for (char& byte : bytes) byte = static_cast<char>(random.between(0, letters - 1));
    CHECK(unzipped(gzip(bytes)) == bytes);
  }
  std::string words;
  for (int i = 0; i < 1'000; ++i) words += "export const name = (value) => value;\n";
  CHECK(gzip(words).size() < words.size() / 20);
}

}  // namespace botbox::exchange
