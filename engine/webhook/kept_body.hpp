// What is kept of an alert that was refused: the beginning of its body, for whoever looks for the
// mistake in it, without any secret.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace botbox {

inline constexpr std::size_t kKeptBodyMax = 500;  // bytes

// The first `looked_at` bytes of `text`, with "***" wherever one of the secrets stands: as it is,
// in other letters (A or a), escaped as in JSON ("\u0041", "\/") or in a query ("%41", "+"), one in
// the other up to three deep, or in two bytes a letter; also for the beginning of one, 8 bytes or
// more, where the text ends. One that goes on beyond `looked_at` is taken out as a whole.
std::string with_secrets_masked(std::string_view text, const std::vector<std::string_view>& secrets,
                                std::size_t looked_at = std::string_view::npos);

// The first kKeptBodyMax bytes of what is left once the secrets, and what is named like one
// (engine/notify/redact.hpp), are taken out. Always UTF-8: bytes that are not stand as U+FFFD.
std::string kept_body(std::string_view body, const std::vector<std::string_view>& secrets);

}  // namespace botbox
