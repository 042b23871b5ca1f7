// From the [webhook] section to a gateway's settings.
#pragma once

#include "actors/webhook_gateway.hpp"
#include "tools/config/engine_config.hpp"

namespace botbox::cli {

// Reads the files of secrets. Error: one that others may read, that is empty or shorter than 8
// characters, or that another source has as well.
Result<actors::WebhookSettings> webhook_settings(const config::WebhookSection& section);

}  // namespace botbox::cli
