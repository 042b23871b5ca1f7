// What came of one attempt to deliver a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/model/time.hpp"
#include "engine/result.hpp"
#include "exchange/http/http_sender.hpp"

namespace botbox::exchange {

struct DeliveryOutcome {
  enum class Kind : std::uint8_t {
    kDelivered,
    kLater,    // not now: no connection, 429, 5xx, no definite answer
    kRefused,  // as it is, it will be refused again: 4xx
  };
  Kind kind = Kind::kLater;
  std::optional<Duration> retry_after;  // the other side's own word
  std::string problem;                  // for people; holds neither address nor secret
};

// By the status alone, and Retry-After in seconds. `where` names the target in `problem`.
DeliveryOutcome read_delivery(const Result<HttpResponse>& response, const std::string& where);

}  // namespace botbox::exchange
