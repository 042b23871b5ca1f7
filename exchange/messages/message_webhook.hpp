// Messages to programs of others: signed JSON of our own, a template's text, Discord, Slack.
//
// Our own are signed: "X-Botbox-Signature: sha256=<hex>" is the HMAC-SHA256 of timestamp, a dot and
// the body under the shared secret; "X-Botbox-Timestamp" are its milliseconds since 1970, so a
// receiver can refuse what is old; "X-Botbox-Event-Id" is the same at every attempt, so it can drop
// what comes twice. The address may itself be a secret (Discord's, Slack's) and is never shown.
#pragma once

#include <string>
#include <string_view>

#include "engine/model/time.hpp"
#include "engine/notify/notice.hpp"
#include "exchange/http/http_sender.hpp"

namespace botbox::exchange {

// {"id","sequence","at","kind","event","bot","text","engine"}; and "left_out", where there is
// something that the program is not told of (Notice::left_out).
std::string notice_json(const Notice& notice, std::string_view engine);
// At most so many characters. Names and words of others are shown as they are: no markup of theirs,
// no mention and no preview of a link. To Discord all is one block of code.
std::string discord_json(std::string_view text, bool is_silent);
std::string slack_json(std::string_view text);
inline constexpr std::size_t kDiscordTextMax = 1'992;  // 2,000 with the block
inline constexpr std::size_t kSlackTextMax = 3'900;

// An empty secret: unsigned.
HttpRequest webhook_request(const std::string& url, std::string body, std::string_view id,
                            std::string_view secret, Timestamp now);

}  // namespace botbox::exchange
