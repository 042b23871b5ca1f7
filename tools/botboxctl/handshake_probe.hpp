// A TLS handshake with the engine within a time of our own. CAF waits for ever, on a processor of
// its own, for a handshake that nobody answers; so it is let at an engine only that has just
// answered one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/model/time.hpp"
#include "engine/result.hpp"
#include "tools/admin/admin_directory.hpp"

namespace botbox::ctl {

std::string place_of(std::uint16_t port);  // "127.0.0.1:4711"

// The three ways in which an engine at 127.0.0.1:port is not reached.
Error nobody_listens(std::uint16_t port);       // kUnavailable
Error nobody_answers(std::uint16_t port);       // kTimeout
Error certificate_refused(std::uint16_t port);  // kRejected

// On 127.0.0.1. Error kTimeout: whoever listens does not answer; kUnavailable: nobody listens;
// kRejected: the certificates do not fit.
Result<void> probe_handshake(std::uint16_t port, const std::filesystem::path& authority,
                             const admin::KeyPairFiles& files, Duration within);

}  // namespace botbox::ctl
