// The part of Telegram's Bot API that is used here (core.telegram.org/bots/api): getMe,
// sendMessage, and getUpdates as a long poll. Requests and answers as values; whoever sends them
// holds the transport.
//
// The token is part of the address, so an address is never shown: problems name the method and the
// chat.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/time.hpp"
#include "engine/result.hpp"
#include "exchange/http/http_sender.hpp"
#include "exchange/messages/delivery.hpp"

namespace botbox::exchange {

struct TelegramAccount {
  std::string url = "https://api.telegram.org";  // without a slash at its end
  std::string token;                             // "123456:ABC..."
};

// As sendMessage takes it: UTF-16 code units.
inline constexpr std::size_t kTelegramTextMax = 4'096;

// Plain text, without formatting: no character of it can break the message.
HttpRequest telegram_message(const TelegramAccount& account, std::int64_t chat,
                             std::string_view text, bool is_silent);
DeliveryOutcome read_telegram_delivery(const Result<HttpResponse>& response, std::int64_t chat);

struct TelegramUpdate {
  std::int64_t id = 0;
  std::int64_t chat = 0;  // 0: no message that we understand
  std::int64_t user = 0;
  std::string name;  // as the sender calls itself: not to be trusted
  Timestamp at;
  std::string text;
};
// Messages alone, from `offset` on; answered after `wait` when there are none. What is below the
// offset is thereby forgotten there.
HttpRequest telegram_updates(const TelegramAccount& account, std::int64_t offset, Duration wait);
// In the order of their ids. Errors: kRateLimited (fix: the seconds to wait, as digits),
// kUnavailable, kInvalidInput (what came is no answer of that API), kRejected (token, or another
// poller).
Result<std::vector<TelegramUpdate>> read_telegram_updates(const Result<HttpResponse>& response);

// The name by which people address this bot, without '@'. Errors: as above.
HttpRequest telegram_name(const TelegramAccount& account);
Result<std::string> read_telegram_name(const Result<HttpResponse>& response);

}  // namespace botbox::exchange
