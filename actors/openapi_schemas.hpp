// What the answers of the operator's API look like, as JSON Schema (draft 2020-12, which OpenAPI
// 3.1 speaks). Every field that is named is there in every answer; there may be more.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace botbox::actors {

// Of the verb's answer; {"type":"string"} for what is no JSON.
nlohmann::ordered_json answer_schema(std::string_view verb);

// "name:word name:word": {"type":"object","required":[...],"properties":{...}}. Words: text, whole,
// number, flag, object, list, amount (decimal text), moment (ms since 1970, ISO-8601, or null),
// any;
// "?" behind a word: or null.
nlohmann::ordered_json schema_of_fields(std::string_view fields);

}  // namespace botbox::actors
