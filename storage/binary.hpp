// The three visitors of field lists that speak the byte format: how many bytes at most, write,
// read. The format itself is described in storage/codec.hpp.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "storage/fields.hpp"

namespace botbox::storage {

__extension__ typedef unsigned __int128 Wide;

template <class T>
inline constexpr bool kIsText = false;
template <>
inline constexpr bool kIsText<std::string> = true;
template <class T>
inline constexpr bool kIsId = false;
template <class Tag>
inline constexpr bool kIsId<Id<Tag>> = true;
template <class T>
inline constexpr bool kIsAmount = false;
template <class Unit>
inline constexpr bool kIsAmount<Amount<Unit>> = true;
template <class T>
inline constexpr bool kIsList = false;
template <class Element>
inline constexpr bool kIsList<std::vector<Element>> = true;

constexpr std::uint64_t zig_zag(std::int64_t number) {
  return (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
}
constexpr std::int64_t un_zig_zag(std::uint64_t bits) {
  return static_cast<std::int64_t>((bits >> 1) ^ (~(bits & 1) + 1));
}
constexpr Wide zig_zag_wide(Decimal::Units number) {
  return (static_cast<Wide>(number) << 1) ^ static_cast<Wide>(number >> 127);
}
constexpr Decimal::Units un_zig_zag_wide(Wide bits) {
  return static_cast<Decimal::Units>((bits >> 1) ^ (~(bits & 1) + 1));
}

// An upper bound, cheap to compute: numbers count with their longest form.
class BinarySize {
 public:
  template <class T>
  void operator()(const char*, const T& value) {
    add(value);
  }
  template <class T>
  void from_key(const char*, const T&) {}
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kNumber = 10;
  static constexpr std::size_t kWideNumber = 19;

  template <class T>
  void add(const T& value) {
    if constexpr (kIsText<T>) {
      bytes_ += kNumber + value.size();
    } else if constexpr (kIsId<T>) {
      bytes_ += kNumber + value.value.size();
    } else if constexpr (kIsAmount<T> || std::same_as<T, Decimal>) {
      bytes_ += kWideNumber;
    } else if constexpr (kIsList<T>) {
      bytes_ += kNumber;
      for (const auto& element : value) add(element);
    } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> ||
                         std::same_as<T, Timestamp> || std::same_as<T, Duration> ||
                         std::same_as<T, Timeframe>) {
      bytes_ += kNumber;
    } else {
      fields(*this, value);
    }
  }

  std::size_t bytes_ = 0;
};

// Writes without looking at a limit: the caller has made room for BinarySize's answer.
class BinaryWriter {
 public:
  explicit BinaryWriter(char* out) : out_(out) {}

  template <class T>
  void operator()(const char*, const T& value) {
    put(value);
  }
  template <class T>
  void from_key(const char*, const T&) {}
  void byte(std::uint8_t value) { *out_++ = static_cast<char>(value); }
  const char* end() const { return out_; }

 private:
  template <class Number>
  void varint(Number number) {
    while (number >= 0x80) {
      byte(static_cast<std::uint8_t>(number | 0x80));
      number >>= 7;
    }
    byte(static_cast<std::uint8_t>(number));
  }

  void text(const std::string& value) {
    varint<std::uint64_t>(value.size());
    std::memcpy(out_, value.data(), value.size());
    out_ += value.size();
  }

  void decimal(Decimal value) {
    const Wide bits = zig_zag_wide(value.units());
    // 128-bit shifts cost several times as much, and amounts below 9 million fit 64 bits.
    if (bits <= UINT64_MAX)
      varint(static_cast<std::uint64_t>(bits));
    else
      varint(bits);
  }

  template <class T>
  void put(const T& value) {
    if constexpr (kIsText<T>) {
      text(value);
    } else if constexpr (kIsId<T>) {
      text(value.value);
    } else if constexpr (kIsAmount<T>) {
      decimal(value.value);
    } else if constexpr (std::same_as<T, Decimal>) {
      decimal(value);
    } else if constexpr (std::same_as<T, bool>) {
      byte(value ? 1 : 0);
    } else if constexpr (std::is_enum_v<T>) {
      byte(static_cast<std::uint8_t>(value));
    } else if constexpr (std::same_as<T, double>) {
      const auto bits = std::bit_cast<std::uint64_t>(value);
      for (int shift = 0; shift < 64; shift += 8) byte(static_cast<std::uint8_t>(bits >> shift));
    } else if constexpr (std::is_unsigned_v<T>) {
      varint<std::uint64_t>(value);
    } else if constexpr (std::same_as<T, std::int64_t>) {
      varint(zig_zag(value));
    } else if constexpr (std::same_as<T, Timestamp>) {
      varint(zig_zag(value.ms));
    } else if constexpr (std::same_as<T, Duration>) {
      varint(zig_zag(value.count()));
    } else if constexpr (std::same_as<T, Timeframe>) {
      varint(static_cast<std::uint64_t>(value.ms() / 60'000));
    } else if constexpr (kIsList<T>) {
      varint<std::uint64_t>(value.size());
      for (const auto& element : value) put(element);
    } else {
      fields(*this, value);
    }
  }

  char* out_;
};

// Stops at the first thing that is wrong and remembers it; what follows is left as it was.
class BinaryReader {
 public:
  explicit BinaryReader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  void operator()(const char* name, T& value) {
    if (problem_.empty()) {
      field_ = name;
      get(value);
    }
  }
  template <class T>
  void from_key(const char*, T&) {}

  // To be called after the last field.
  void finish() {
    if (problem_.empty() && offset_ != bytes_.size()) broken("has bytes after its last field");
  }
  bool ok() const { return problem_.empty(); }
  std::string_view problem() const { return problem_; }
  const char* field() const { return field_; }
  std::size_t offset() const { return offset_; }

 private:
  void broken(std::string_view problem) {
    if (problem_.empty()) problem_ = problem;
  }

  std::size_t left() const { return bytes_.size() - offset_; }

  std::uint8_t byte() {
    if (left() == 0) {
      broken("is cut off");
      return 0;
    }
    return static_cast<std::uint8_t>(bytes_[offset_++]);
  }

  // Refuses what the writer would not write: overlong forms and bits beyond the type.
  template <class Number>
  Number varint() {
    constexpr int kBits = static_cast<int>(sizeof(Number) * 8);
    Number number = 0;
    for (int shift = 0; shift < kBits; shift += 7) {
      const std::uint8_t next = byte();
      if (!problem_.empty()) return 0;
      const Number part = next & 0x7F;
      if (shift + 7 > kBits && (part >> (kBits - shift)) != 0) break;
      number |= part << shift;
      if ((next & 0x80) == 0) {
        if (next == 0 && shift > 0) break;
        return number;
      }
    }
    broken("holds a malformed number");
    return 0;
  }

  // Points into the row.
  std::string_view view() {
    const auto size = varint<std::uint64_t>();
    if (problem_.empty() && size > left()) broken("is cut off");
    if (!problem_.empty()) return {};
    const std::string_view found = bytes_.substr(offset_, size);
    offset_ += size;
    return found;
  }

  void text(std::string& value) {
    const std::string_view found = view();
    if (problem_.empty()) value = found;
  }

  Decimal decimal() { return Decimal::from_units(un_zig_zag_wide(varint<Wide>())); }

  double real() {
    std::uint64_t bits = 0;
    for (int shift = 0; shift < 64; shift += 8) bits |= std::uint64_t{byte()} << shift;
    return std::bit_cast<double>(bits);
  }

  Timeframe timeframe() {
    constexpr std::uint64_t kLongestMinutes = std::uint64_t{7} * 24 * 60;
    const auto minutes = varint<std::uint64_t>();
    if (problem_.empty() && minutes <= kLongestMinutes) {
      const Timeframe value = Timeframe::minutes(static_cast<std::int64_t>(minutes));
      if (Timeframe::parse(to_string(value))) return value;
    }
    broken("holds an unknown timeframe");
    return {};
  }

  template <class T>
  void number(T& value) {
    const auto wide = varint<std::uint64_t>();
    if (wide > std::numeric_limits<T>::max()) return broken("holds a number out of range");
    value = static_cast<T>(wide);
  }

  template <class Element>
  void list(std::vector<Element>& value) {
    const auto count = varint<std::uint64_t>();
    // Each element takes at least a byte. No reserve: memory then grows with elements really read,
    // not with what a damaged count claims.
    if (problem_.empty() && count > left()) broken("is cut off");
    for (std::uint64_t i = 0; i < count && problem_.empty(); ++i) get(value.emplace_back());
  }

  template <class T>
  void get(T& value) {
    if constexpr (kIsText<T>) {
      text(value);
    } else if constexpr (std::same_as<T, std::string_view>) {
      value = view();
    } else if constexpr (kIsId<T>) {
      text(value.value);
    } else if constexpr (kIsAmount<T>) {
      value.value = decimal();
    } else if constexpr (std::same_as<T, Decimal>) {
      value = decimal();
    } else if constexpr (std::same_as<T, bool>) {
      const std::uint8_t bit = byte();
      if (bit > 1) return broken("holds a malformed bool");
      value = bit == 1;
    } else if constexpr (std::is_enum_v<T>) {
      const std::uint8_t code = byte();
      if (!is_known<T>(code)) return broken("holds an unknown enum value");
      value = static_cast<T>(code);
    } else if constexpr (std::same_as<T, double>) {
      value = real();
    } else if constexpr (std::is_unsigned_v<T>) {
      number(value);
    } else if constexpr (std::same_as<T, std::int64_t>) {
      value = un_zig_zag(varint<std::uint64_t>());
    } else if constexpr (std::same_as<T, Timestamp>) {
      value.ms = un_zig_zag(varint<std::uint64_t>());
    } else if constexpr (std::same_as<T, Duration>) {
      value = Duration{un_zig_zag(varint<std::uint64_t>())};
    } else if constexpr (std::same_as<T, Timeframe>) {
      value = timeframe();
    } else if constexpr (kIsList<T>) {
      list(value);
    } else {
      fields(*this, value);
    }
  }

  std::string_view bytes_;
  std::size_t offset_ = 0;
  std::string_view problem_;
  const char* field_ = "";
};

}  // namespace botbox::storage
