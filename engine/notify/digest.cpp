#include "engine/notify/digest.hpp"

#include <fmt/format.h>

namespace botbox {
namespace {
constexpr std::size_t kTailUnits = 400;  // for counts and the note
}

std::size_t utf16_units(std::string_view utf8) {
  std::size_t units = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) units += byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

bool Digest::add(const Notice& notice, NoticeLevel level) {
  const bool is_loud = level == NoticeLevel::kOn;
  const std::size_t units = utf16_units(notice.text) + 1;
  const bool has_room = units_ + units + kTailUnits <= units_max_;
  if (!has_room && is_loud && lines_ > 0) return false;
  if (is_loud ? lines_ > 0 && !has_room : !has_room || lines_ >= lines_max_) {
    ++counted_;
    ++counts_[static_cast<std::size_t>(notice.kind)];
    return true;
  }
  if (lines_ > 0) text_ += '\n';
  text_ += notice.text;
  units_ += units;
  ++lines_;
  is_loud_ = is_loud_ || is_loud;
  return true;
}

void Digest::add_left_out(std::uint64_t count, std::string_view why) {
  note_ = fmt::format("{} events left out: {}", count, why);
}

std::string Digest::text() const {
  std::string text = text_;
  if (counted_ > 0) {
    text += fmt::format("{}and {} more:", text.empty() ? "" : "\n", counted_);
    bool is_first = true;
    for (std::size_t kind = 0; kind < kNoticeKinds; ++kind) {
      if (counts_[kind] == 0) continue;
      text += fmt::format("{} {} {}", is_first ? "" : ",", counts_[kind],
                          to_string(static_cast<NoticeKind>(kind)));
      is_first = false;
    }
  }
  if (!note_.empty()) text += (text.empty() ? "" : "\n") + note_;
  return text;
}

}  // namespace botbox
