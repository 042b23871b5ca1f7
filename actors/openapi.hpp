// The description of the operator's API for programs: OpenAPI 3.1, made from the routes and verbs
// themselves, so that it cannot leave one out.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace botbox::actors {

// The example of each POST is one that this release takes.
nlohmann::ordered_json openapi_document(std::string_view version);

}  // namespace botbox::actors
