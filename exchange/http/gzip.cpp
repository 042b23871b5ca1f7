#include "exchange/http/gzip.hpp"

#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/beast/zlib/error.hpp>
#include <boost/crc.hpp>
#include <cstdint>

#include "engine/assert.hpp"

namespace botbox::exchange {
namespace {

namespace zlib = boost::beast::zlib;

constexpr int kLevel = 9;
constexpr int kWindowBits = 15;
constexpr int kMemoryLevel = 8;

void append_low_first(std::string& text, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8)
    text.push_back(static_cast<char>(number >> shift & 0xFFU));
}

}  // namespace

std::string gzip(std::string_view bytes) {
  // Deflate, no name, no time, an unknown system.
  static constexpr char kHead[] = {'\x1F', '\x8B', 8, 0, 0, 0, 0, 0, 2, '\xFF'};
  std::string body(zlib::deflate_upper_bound(bytes.size()) + 64, '\0');
  zlib::deflate_stream stream;
  stream.reset(kLevel, kWindowBits, kMemoryLevel, zlib::Strategy::normal);
  zlib::z_params work;
  work.next_in = bytes.data();
  work.avail_in = bytes.size();
  work.next_out = body.data();
  work.avail_out = body.size();
  boost::beast::error_code ended;
  stream.write(work, zlib::Flush::finish, ended);
  ENGINE_ASSERT(ended == zlib::error::end_of_stream);  // there was room for all of it
  body.resize(work.total_out);
  boost::crc_32_type sum;
  sum.process_bytes(bytes.data(), bytes.size());
  std::string text(kHead, sizeof kHead);
  text += body;
  append_low_first(text, sum.checksum());
  append_low_first(text, static_cast<std::uint32_t>(bytes.size()));
  return text;
}

}  // namespace botbox::exchange
