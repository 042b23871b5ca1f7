// The description of the API held against a running engine: every operation that it documents is
// sent with the examples that it gives, and what comes back is what it says.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "actors/base64.hpp"
#include "exchange/http/http_target.hpp"
#include "tests/exchange/raw_client.hpp"
#include "tests/process/drill.hpp"
#include "tests/process/program.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/json_schema.hpp"

namespace botbox::process {
namespace {

using exchange::testing::RawClient;
using nlohmann::json;

struct Answered {
  int status = 0;
  std::string type;
  std::string body;
};

std::string header_in(const std::string& head, const std::string& name) {
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

std::string escaped(const std::string& text) {
  std::string made;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    made += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return made;
}

// An engine with bots that have traded, and the page of its API.
struct Described {
  Described() {
    std::vector<std::string> arguments{"run", "--config", config, "--data", data};
    for (const std::string& option : drill_options()) arguments.push_back(option);
    engine = std::make_unique<ChildProcess>("botbox", arguments);
    const std::string mark = "dashboard and API on http://127.0.0.1:";
    REQUIRE_MESSAGE(engine->says(mark, kPatience), engine->output());
    REQUIRE_MESSAGE(engine->says("fleet ready", kPatience), engine->output());
    port = static_cast<std::uint16_t>(
        std::stoul(engine->output().substr(engine->output().find(mark) + mark.size())));
    std::ifstream token(data + "/api.token");
    std::getline(token, secret);
    REQUIRE_FALSE(secret.empty());
    bearer = "Authorization: Bearer " + secret;
    find_trade();
  }

  Answered send(const std::string& method, const std::string& target, const std::string& header,
                const std::string& body = {}) const {
    RawClient client(port);
    REQUIRE(
        client.send(fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}\r\n"
                                "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n"
                                "{}",
                                method, target, port, header, body.size(), body)));
    const auto text = client.read_answer();
    REQUIRE(text.has_value());
    const std::size_t end = text->find("\r\n\r\n");
    return {std::stoi(text->substr(9, 3)), header_in(*text, "Content-Type"), text->substr(end + 4)};
  }
  json told(const std::string& target) const {
    const Answered answered = send("GET", target, bearer);
    REQUIRE_MESSAGE(answered.status == 200, target << " " << answered.body);
    return json::parse(answered.body);
  }

  // A bot that has closed a position, and the records that led to it.
  void find_trade() {
    for (int tries = 0; bot.empty(); ++tries) {
      REQUIRE_MESSAGE(tries < 3'000, engine->output());
      const json closed = told("/api/positions?status=closed&limit=1")["items"];
      if (closed.empty()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        continue;
      }
      bot = closed[0]["bot"];
      trade = closed[0]["id"];
    }
    signal = told("/api/trades/" + trade)["trade"]["signal"];
  }

  // What the description cannot know: ids of this engine's own records.
  std::string real(const std::string& path, const json& parameter) const {
    const std::string name = parameter["name"];
    const std::string example = parameter.value("example", "");
    if (name == "bot") return example == "new-one" ? example : bot;
    if (name != "id" || path.starts_with("/api/v1/")) return example;
    return path.find("signals") != std::string::npos ? signal : trade;
  }

  storage::test::TemporaryDirectory home;
  std::string config =
      write_text(home.path(), "fleet.toml", drill_config(0, "10s") + "[api]\nport = 0\n");
  std::string data = (home.path() / "data").string();
  std::unique_ptr<ChildProcess> engine;
  std::uint16_t port = 0;
  std::string secret;
  std::string bearer;
  std::string bot;
  std::string trade;
  std::string signal;
};

// One documented operation, with all of its examples or with what it needs alone.
struct Operation {
  std::string method;  // "get"
  std::string path;
  json says;

  std::string target(const Described& engine, bool with_examples) const {
    std::string made = path;
    std::string query;
    for (const json& parameter : says.value("parameters", json::array())) {
      const std::string name = parameter["name"];
      const std::string value = escaped(engine.real(path, parameter));
      if (parameter["in"] == "path")
        made.replace(made.find("{" + name + "}"), name.size() + 2, value);
      else if (name == "bot" && path.starts_with("/api/v1/"))
        query += "&bot=" + value;
      else if (with_examples && !value.empty())
        query += "&" + name + "=" + value;
    }
    return query.empty() ? made : made + "?" + query.substr(1);
  }
  // As the operation's security says; else as the whole document's.
  std::string header(const Described& engine) const {
    if (!says.contains("security")) return engine.bearer;
    if (says["security"].empty()) return "Accept: application/json";
    const std::string login =
        "Authorization: Basic " + actors::to_base64url(engine.bot + ":" + engine.secret);
    if (says["security"][0].contains("basic")) return login;
    const Answered tokens = engine.send("POST", "/api/v1/token/login", login, "{}");
    return "Authorization: Bearer " + json::parse(tokens.body)["refresh_token"].get<std::string>();
  }
  std::string body(const Described& engine) const {
    if (!says.contains("requestBody")) return {};
    json example = says["requestBody"]["content"]["application/json"]["example"];
    if (example.contains("bot")) example["bot"] = engine.bot;
    return example.dump();
  }
  const json& answer(const json& document, int status) const {
    const json& answers = says["responses"];
    REQUIRE_MESSAGE(answers.contains(std::to_string(status)), path << " " << status);
    const json& answer = answers.at(std::to_string(status));
    if (!answer.contains("$ref")) return answer;
    return document.at(json::json_pointer(answer["$ref"].get<std::string>().substr(1)));
  }
};

void check_answer(const json& document, const Operation& operation, const Answered& answered) {
  const json& answer = operation.answer(document, answered.status);
  const std::string type = answered.type.substr(0, answered.type.find(';'));
  REQUIRE_MESSAGE(answer["content"].contains(type), type);
  CHECK_FALSE(answered.body.empty());
  if (type != "application/json") return;
  const json value = json::parse(answered.body);
  for (const std::string& problem : test::schema_problems(answer["content"][type]["schema"], value,
                                                          document, test::Undescribed::kRefused))
    CHECK_MESSAGE(false, operation.path << problem);
}

std::vector<Operation> operations_in(const json& document) {
  std::vector<Operation> found;
  for (const auto& [path, methods] : document["paths"].items())
    for (const auto& [method, says] : methods.items()) found.push_back({method, path, says});
  // What looks first, then bots that are made, then what changes them; nothing changes one that is
  // archived.
  const auto order = [](const Operation& operation) {
    if (operation.path.ends_with("/archive")) return 3;
    return operation.method == "get" ? 0 : operation.path == "/api/bots" ? 1 : 2;
  };
  std::ranges::stable_sort(found, {}, order);
  return found;
}

}  // namespace

TEST_CASE("every example of the API's description is answered as described by a running engine") {
  const Described engine;
  const json document = engine.told("/openapi.json");
  CHECK(document["openapi"] == "3.1.0");
  std::size_t examined = 0;
  std::size_t done = 0;
  for (const Operation& operation : operations_in(document)) {
    if (operation.path == "/api/stream") continue;  // has no end; below
    CAPTURE(operation.method);
    CAPTURE(operation.path);
    std::string method = operation.method;
    for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
    for (const bool with_examples : {true, false}) {
      if (!with_examples && method != "GET") continue;
      const std::string target = operation.target(engine, with_examples);
      const Answered answered =
          engine.send(method, target, operation.header(engine), operation.body(engine));
      CAPTURE(answered.body.substr(0, 400));
      const bool is_health = operation.path.starts_with("/health");
      if (method == "GET" && !is_health) CHECK(answered.status == 200);
      if (method != "GET") {
        const bool is_possible =
            answered.status == 200 || answered.status == 409 || answered.status == 404;
        CHECK(is_possible);
      }
      check_answer(document, operation, answered);
      ++examined;
      done += answered.status == 200 ? 1 : 0;
    }
  }
  CHECK(examined > 110);
  // What this fleet, at that moment, may refuse: no position to close, no difference to decide on,
  // a trade that is over, a bot that is archived while it leaves its position.
  CHECK(done + 8 >= examined);
  RawClient stream(engine.port);
  REQUIRE(stream.send(fmt::format(
      "GET /api/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n{}\r\n\r\n", engine.bearer)));
  const auto heard = stream.read_until("id: 17\n");
  REQUIRE(heard.has_value());
  CHECK(heard->find("Content-Type: text/event-stream") != std::string::npos);
}

TEST_CASE("what does not fit a schema is found, and so is a schema that nobody can check") {
  const json schema = json::parse(R"({"type":"object","required":["a","b"],"properties":{
      "a":{"type":["string","null"],"pattern":"^[0-9]+$"},
      "b":{"type":"array","items":{"$ref":"#/kinds/row"}}}})");
  const json root = json::parse(R"({"kinds":{"row":{"type":"object","required":["n"],
      "properties":{"n":{"type":"integer"}}}}})");
  const auto problems = [&](const char* value) {
    return test::schema_problems(schema, json::parse(value), root).size();
  };
  CHECK(problems(R"({"a":"12","b":[{"n":1}],"more":true})") == 0);
  CHECK(problems(R"({"a":null,"b":[]})") == 0);
  CHECK(problems(R"({"a":12,"b":[]})") == 1);
  CHECK(problems(R"({"a":"x","b":[{"n":1.5},{},[]]})") == 4);
  CHECK(problems(R"({})") == 2);
  CHECK(problems("[]") == 1);
  CHECK(test::schema_problems(json{{"maxLength", 3}}, "abcd", root).size() == 1);
}

TEST_CASE("what a schema does not describe is found where it is to be") {
  const json schema = json::parse(R"({"type":"object","required":[],"properties":{
      "a":{"type":"integer"},"rows":{"type":"array","items":{"type":"object","properties":{}}},
      "loose":{"type":"array"},"counts":{"type":["object","null"],
      "additionalProperties":{"type":"integer"}},
      "open":{"type":"object","additionalProperties":true},"anything":{}}})");
  const auto problems = [&](const char* value, test::Undescribed undescribed) {
    return test::schema_problems(schema, json::parse(value), schema, undescribed);
  };
  using enum test::Undescribed;
  const char* described = R"({"a":1,"counts":{"x":1,"y":2},"open":{"z":[{}]},"anything":{"w":1},
      "rows":[{}],"loose":[]})";
  CHECK(problems(described, kRefused).empty());
  CHECK(problems(R"({"counts":null})", kRefused).empty());
  CHECK(problems(R"({"counts":{"x":"1"}})", kAllowed).size() == 1);
  const char* more = R"({"b":1,"rows":[{"n":1}],"loose":[2]})";
  CHECK(problems(more, kAllowed).empty());
  CHECK(problems(more, kRefused) ==
        std::vector<std::string>{"/: has b, which is not described",
                                 "/loose: is a list of what is not described",
                                 "/rows/0: has n, which is not described"});
}

}  // namespace botbox::process
