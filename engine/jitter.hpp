// Jitter without randomness: a hash decides, so that a decision is the same after every restart and
// in every replay, yet no two bots share a rhythm.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/model/time.hpp"

namespace botbox {

// FNV-1a over the key, then the finaliser of SplitMix64 (Steele, Lea, Flood 2014) over both parts.
// Stable for ever: not std::hash, which may change with the library.
constexpr std::uint64_t jitter_hash(std::string_view key, std::uint64_t salt) {
  std::uint64_t h = 14'695'981'039'346'656'037ULL;
  for (const char c : key) {
    h ^= static_cast<unsigned char>(c);
    h *= 1'099'511'628'211ULL;
  }
  h += 0x9e3779b97f4a7c15ULL * (salt + 1);
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9ULL;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebULL;
  return h ^ (h >> 31);
}

// Between 0 and `most`, both included. most >= 0.
constexpr Duration jitter(std::string_view key, std::uint64_t salt, Duration most) {
  const auto span = static_cast<std::uint64_t>(most.count()) + 1;
  return Duration{static_cast<std::int64_t>(jitter_hash(key, salt) % span)};
}

}  // namespace botbox
