// Trace: a hash over everything that happened in a run, and the last events for a person.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "engine/model/time.hpp"

namespace botbox::simulation {

class Trace {
 public:
  void mix(std::uint64_t number) {
    hash_ ^= number + 0x9e3779b97f4a7c15ULL + (hash_ << 6) + (hash_ >> 2);
    hash_ *= 0x100000001b3ULL;
  }
  // FNV-1a: not std::hash, which may differ between libraries.
  void mix(std::string_view bytes) {
    std::uint64_t h = 0xcbf29ce484222325ULL;
    for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    mix(h);
  }
  void note(Timestamp at, std::string text) {
    mix(static_cast<std::uint64_t>(at.ms));
    mix(text);
    last_.push_back({at, std::move(text)});
    if (last_.size() > kept_) last_.pop_front();
  }
  // How many events `last` can show.
  void keep(std::size_t events) { kept_ = events; }

  std::uint64_t hash() const { return hash_; }
  std::string last() const;

 private:
  struct Noted {
    Timestamp at;
    std::string text;
  };
  std::uint64_t hash_ = 0;
  std::size_t kept_ = 30;
  std::deque<Noted> last_;
};

}  // namespace botbox::simulation
