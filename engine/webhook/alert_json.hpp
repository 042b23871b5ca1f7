// A strict reader of one JSON object into flat fields; see alert_fields.hpp.
#pragma once

#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "engine/webhook/alert_fields.hpp"

namespace botbox {

tl::expected<std::vector<AlertField>, AlertProblem> read_alert_json(std::string_view text);

}  // namespace botbox
