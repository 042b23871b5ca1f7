// WebhookShape: who reads a message that goes to a program.
#pragma once

#include <cstdint>
#include <string_view>

namespace botbox {

enum class WebhookShape : std::uint8_t { kJson, kDiscord, kSlack };
constexpr std::string_view to_string(WebhookShape shape) {
  switch (shape) {
    case WebhookShape::kJson: return "json";
    case WebhookShape::kDiscord: return "discord";
    case WebhookShape::kSlack: return "slack";
  }
  return "?";
}

}  // namespace botbox
