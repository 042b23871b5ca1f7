// Fuzzes everything that reads JSON of venue "paper-http", replies and orders. The first byte says
// which reader (A and on), the rest is the JSON. What could be read is written again, and must read
// as the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/assert.hpp"
#include "exchange/http/paper_codec.hpp"

namespace {

using namespace botbox;
using namespace botbox::exchange;

template <class T>
void read_twice(std::string_view json, Result<T> (*read)(std::string_view),
                std::string (*write)(const T&)) {
  const Result<T> first = read(json);
  if (!first) return;
  const Result<T> again = read(write(*first));
  ENGINE_ASSERT(again.has_value() && *again == *first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view json(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch ((data[0] + 256 - 'A') % 9) {
    case 0: read_twice(json, paper_codec::parse_order, paper_codec::write_order); break;
    case 1: read_twice(json, paper_codec::parse_report, paper_codec::write_report); break;
    case 2: read_twice(json, paper_codec::parse_found, paper_codec::write_found); break;
    case 3: (void)paper_codec::parse_updates(json); break;
    case 4: read_twice(json, paper_codec::parse_instruments, paper_codec::write_instruments); break;
    case 5: read_twice(json, paper_codec::parse_candles, paper_codec::write_candles); break;
    case 6: read_twice(json, paper_codec::parse_balances, paper_codec::write_balances); break;
    case 7: (void)paper_codec::parse_ledger(json); break;
    default: (void)paper_codec::parse_error(json); break;
  }
  return 0;
}
