// What the answers of the operator's API look like, as JSON Schema (draft 2020-12, which OpenAPI
// 3.1 speaks). Every field of an answer is named; a later release may add more.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace botbox::actors {

// Of the verb's answer; {"type":"string"} for what is no JSON.
nlohmann::ordered_json answer_schema(std::string_view verb);

// "name:word name?:word": {"type":"object","required":[...],"properties":{...}}. "?" behind a name:
// the field may be missing. The name "*" stands for any further one. Words:
//
//   text, whole, number, flag, amount (decimal text), any
//   moment    ms since 1970, ISO-8601, or null
//   object    with whatever is in it
//   Name      a record of this file, or one of storage/record_schema.hpp
//   [word]    a list;  {word}  an object with any names, a value of this word for each
//   word?     or null
nlohmann::ordered_json schema_of_fields(std::string_view fields);

}  // namespace botbox::actors
