// A TLS handshake with the engine within a time of our own. CAF waits for ever, on a processor of
// its own, for a handshake that nobody answers; so it is let at an engine only that has just
// answered one.
#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/model/time.hpp"
#include "engine/result.hpp"
#include "tools/admin/admin_directory.hpp"

namespace botbox::ctl {

// On 127.0.0.1. Error kTimeout: whoever listens does not answer; kUnavailable: nobody listens;
// kRejected: the certificates do not fit.
Result<void> probe_handshake(std::uint16_t port, const std::filesystem::path& authority,
                             const admin::KeyPairFiles& files, Duration within);

}  // namespace botbox::ctl
