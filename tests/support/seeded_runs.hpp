// SeededRuns: randomness for property tests. Print seed() with every failure (INFO or CAPTURE);
// BOTBOX_TEST_SEED repeats a run.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

namespace botbox::testing {

class SeededRuns {
 public:
  SeededRuns() : seed_(choose()), random_(seed_) {}
  std::mt19937_64& next() { return random_; }
  std::uint64_t seed() const { return seed_; }

  // Between low and high, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool one_in(std::uint64_t n) { return random_() % n == 0; }

 private:
  static std::uint64_t choose() {
    if (const char* given = std::getenv("BOTBOX_TEST_SEED"))
      return std::strtoull(given, nullptr, 10);
    return std::random_device{}();
  }
  std::uint64_t seed_;
  std::mt19937_64 random_;
};

}  // namespace botbox::testing
