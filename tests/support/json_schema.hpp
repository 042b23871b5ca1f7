// What of a JSON value does not fit a JSON Schema, for the words that the API's description uses:
// type, required, properties, additionalProperties, items, pattern, $ref. Any other word that asks
// for something is reported too, so that nothing is taken for checked that is not.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace botbox::test {

// Of what a schema does not describe: fields beside its properties, elements of a list without
// items. A client has to live with them; a server's own description should name them.
enum class Undescribed : std::uint8_t { kAllowed, kRefused };

// One line each, with its place: "/items/0/quantity: is not of type string". `root` is the document
// that a $ref points into.
std::vector<std::string> schema_problems(const nlohmann::json& schema, const nlohmann::json& value,
                                         const nlohmann::json& root,
                                         Undescribed undescribed = Undescribed::kAllowed);

}  // namespace botbox::test
