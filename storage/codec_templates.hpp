// Definitions of the templates of storage/codec.hpp. Included by codec.cpp, which instantiates them
// for every stored record, and by tests that bring a record of their own; nobody else needs it.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>

#include "storage/binary.hpp"
#include "storage/codec.hpp"

namespace botbox::storage {

class JsonWriter {
 public:
  template <class T>
  void operator()(const char* name, const T& value) {
    json_[name] = text(value);
  }
  template <class T>
  void from_key(const char* name, const T& value) {
    json_[name] = text(value);
  }
  nlohmann::ordered_json take() { return std::move(json_); }

 private:
  template <class T>
  static nlohmann::ordered_json text(const T& value) {
    if constexpr (kIsId<T>) {
      return value.value;
    } else if constexpr (kIsAmount<T> || std::same_as<T, Decimal> || std::same_as<T, Timeframe>) {
      return to_string(value);
    } else if constexpr (std::is_enum_v<T>) {
      return enum_name(value);
    } else if constexpr (std::same_as<T, double>) {
      if (std::isfinite(value)) return value;
      return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";  // JSON has no such numbers
    } else if constexpr (std::is_arithmetic_v<T> || kIsText<T>) {
      return value;
    } else if constexpr (std::same_as<T, Timestamp>) {
      if (value.is_never()) return nullptr;
      return to_iso8601(value);
    } else if constexpr (std::same_as<T, Duration>) {
      return value.count();
    } else if constexpr (kIsList<T>) {
      nlohmann::ordered_json list = nlohmann::ordered_json::array();
      for (const auto& element : value) list.push_back(text(element));
      return list;
    } else {
      JsonWriter inner;
      fields(inner, value);
      return inner.take();
    }
  }

  nlohmann::ordered_json json_ = nlohmann::ordered_json::object();
};

template <class T>
std::string encode(const T& record) {
  static_assert(kFormat<T>.version > 0, "this record has no format");
  constexpr std::size_t kOnStack = 2048;
  BinarySize size;
  fields(size, record);
  const std::size_t bound = size.bytes() + 1;
  const auto write = [&record](char* out) {
    BinaryWriter writer(out);
    writer.byte(kFormat<T>.version);
    fields(writer, record);
    return static_cast<std::size_t>(writer.end() - out);
  };
  if (bound <= kOnStack) {
    char buffer[kOnStack];
    return std::string(buffer, write(buffer));
  }
  std::string bytes(bound, '\0');
  bytes.resize(write(bytes.data()));
  return bytes;
}

// `body` is of `version`; the result is of T's own.
template <class T>
Result<std::string> upgrade(std::string_view body, std::uint8_t version) {
  std::string current(body);
  for (std::size_t step = version - 1U; step < Upgrades<T>::kSteps.size(); ++step) {
    BOTBOX_ASSIGN(current, Upgrades<T>::kSteps[step](current));
  }
  return current;
}

// The fields behind the version byte.
template <class T>
Result<T> decode_body(std::string_view body, std::string_view name) {
  T record{};
  BinaryReader reader(body);
  fields(reader, record);
  reader.finish();
  if (reader.ok()) return record;
  return fail(ErrorCode::kCorruption, fmt::format("stored {} {}", name, reader.problem()),
              fmt::format("{} at byte {}, field {}", name, reader.offset() + 1, reader.field()),
              "run 'botbox verify' and restore a backup if it confirms");
}

template <class T>
Result<T> decode(std::string_view bytes) {
  constexpr RecordFormat kOwn = kFormat<T>;
  static_assert(kOwn.version > 0, "this record has no format");
  static_assert(Upgrades<T>::kSteps.size() + 1 == kOwn.version, "one upgrade step per old version");
  if (bytes.empty() || bytes.front() == 0)
    return fail(ErrorCode::kCorruption,
                fmt::format("stored {} {}", kOwn.name,
                            bytes.empty() ? "is empty" : "has version 0, which never existed"),
                fmt::format("{} at byte 0", kOwn.name),
                "run 'botbox verify' and restore a backup if it confirms");
  const auto version = static_cast<std::uint8_t>(bytes.front());
  if (version > kOwn.version)
    return fail(ErrorCode::kNewerData,
                fmt::format("stored {} has version {}, this release knows up to {}", kOwn.name,
                            version, kOwn.version),
                std::string(kOwn.name),
                "upgrade botbox to the release that wrote this data directory, or a later one");
  if (version == kOwn.version) return decode_body<T>(bytes.substr(1), kOwn.name);
  BOTBOX_ASSIGN(const std::string body, upgrade<T>(bytes.substr(1), version));
  return decode_body<T>(body, kOwn.name);
}

template <class T>
nlohmann::ordered_json to_json(const T& record) {
  JsonWriter writer;
  fields(writer, record);
  nlohmann::ordered_json json = writer.take();
  if constexpr (std::same_as<T, Signal>)
    if (!has_direction(record)) json["direction"] = nullptr;
  return json;
}

}  // namespace botbox::storage
