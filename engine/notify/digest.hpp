// Digest: many notices as one message of bounded length. Loud ones always stand in it; silent ones
// that find no room are counted by their kind, so a fleet that does a thousand things a second can
// still be read, and the messages keep up with it.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "engine/notify/notice.hpp"

namespace botbox {

// As Telegram counts a text: UTF-16 code units of UTF-8 bytes.
std::size_t utf16_units(std::string_view utf8);

class Digest {
 public:
  // Room for `units` UTF-16 code units, of which the count of what found no room takes its part;
  // silent lines beyond `lines` are counted.
  explicit Digest(std::size_t units = 4'000, std::size_t lines = 30)
      : units_max_(units), lines_max_(lines) {}

  // False: this one begins the next message; only a loud one that has no room says so.
  bool add(const Notice& notice, NoticeLevel level);
  // Notices that were passed over before this message, for a reason that is told.
  void add_left_out(std::uint64_t count, std::string_view why);

  bool empty() const { return lines_ == 0 && counted_ == 0 && note_.empty(); }
  bool is_loud() const { return is_loud_; }
  std::string text() const;

 private:
  std::size_t units_max_;
  std::size_t lines_max_;
  std::string text_;
  std::string note_;
  std::size_t units_ = 0;
  std::size_t lines_ = 0;
  std::uint64_t counted_ = 0;
  std::array<std::uint64_t, kNoticeKinds> counts_{};
  bool is_loud_ = false;
};

}  // namespace botbox
