// The body of a webhook as a flat list of names and values, whatever its shape.
//
//   JSON        {"a":{"b":1.50,"c":["x"]}}   a.b = 1.50, a.c.0 = x; numbers keep their text
//   pairs       SYMBOL=BTCUSDT;SIGNAL=BUY    also a: b, separated by ; , & or line ends
//   words       BUY BTCUSDT 0.01 @ 60000     as 0 = BUY, 1 = BTCUSDT, ...
//
// Names are in lower case. null is left out. Everything is bounded, so that no body costs more than
// its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace botbox {

inline constexpr std::size_t kAlertBytesMax = std::size_t{64} * 1024;
inline constexpr std::size_t kAlertFieldsMax = 256;
inline constexpr int kAlertDepthMax = 8;
inline constexpr std::size_t kAlertNameBytesMax = 256;
inline constexpr std::size_t kAlertValueBytesMax = 4096;

enum class AlertShape : std::uint8_t { kJson, kPairs, kWords };

struct AlertField {
  std::string name;
  std::string value;

  bool operator==(const AlertField&) const = default;
};

struct AlertFields {
  AlertShape shape = AlertShape::kJson;
  std::vector<AlertField> fields;  // in the order of the body; no name twice
};

// Why, for whoever wrote the alert. Holds no value of the body, which may be the secret.
using AlertProblem = std::string;

// Refused: bytes that are not UTF-8, JSON that breaks RFC 8259 or is no object, a name that comes
// twice (which one counts would be a guess), and what exceeds the limits.
tl::expected<AlertFields, AlertProblem> read_alert_fields(std::string_view body);

bool is_utf8(std::string_view bytes);
// The bytes of a code point, up to 0x10FFFF.
void append_utf8(std::string& out, std::uint32_t code);

}  // namespace botbox
