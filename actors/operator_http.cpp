#include "actors/operator_http.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "actors/event_feed_actor.hpp"
#include "actors/openapi.hpp"
#include "actors/operator_arguments.hpp"
#include "actors/operator_routes.hpp"
#include "engine/webhook/source_rules.hpp"
#include "exchange/http/http_target.hpp"

namespace botbox::actors {
namespace {

using exchange::HttpAnswer;
using exchange::HttpResponder;
using exchange::HttpServerRequest;
using Json = nlohmann::ordered_json;

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' "
    "data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// Every answer of this server goes through here.
HttpAnswer guarded(HttpAnswer answer, std::string_view cache = "no-store") {
  answer.headers.emplace_back("Content-Security-Policy", kPolicy);
  answer.headers.emplace_back("Referrer-Policy", "no-referrer");
  answer.headers.emplace_back("X-Frame-Options", "DENY");
  answer.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  answer.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  answer.headers.emplace_back("Cache-Control", cache);
  return answer;
}

HttpAnswer refusal(int status, std::string_view code, std::string_view message,
                   std::string_view fix = {}) {
  const Json json{{"error", {{"code", code}, {"message", message}, {"fix", fix}}}};
  HttpAnswer answer{status, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"};
  if (status == 401) answer.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 429 || status == 503) answer.headers.emplace_back("Retry-After", "1");
  return guarded(std::move(answer));
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidInput: return 400;
    case ErrorCode::kRejected: return 403;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kAlreadyExists: return 409;
    case ErrorCode::kCorruption:
    case ErrorCode::kNewerData: return 500;
    default: return 503;
  }
}

HttpAnswer refusal(const Error& error) {
  std::string code(to_string(error.code));
  for (char& c : code)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (error.code == ErrorCode::kAlreadyExists) code = "conflict";
  if (error.code == ErrorCode::kRejected) code = "forbidden";
  const std::string message =
      error.place.empty() ? error.message : error.place + ": " + error.message;
  return refusal(status_of(error.code), code, message, error.fix);
}

// "localhost:8700" without its port; "[::1]:8700" keeps its brackets.
std::string_view host_name(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket))
    return host;
  return host.substr(0, colon);
}

struct Caller {
  std::string name;
  OperatorRole role = OperatorRole::kNone;
};

bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  if (!content_type.starts_with(kJson)) return false;
  content_type.remove_prefix(kJson.size());
  return content_type.empty() || content_type.front() == ';' || content_type.front() == ' ';
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  if (text.empty() || error != std::errc{} || end != text.end()) return std::nullopt;
  return number;
}

}  // namespace

// Lives on the server's thread.
class OperatorHttp::Desk {
 public:
  Desk(OperatorHttpSettings settings, const Clock& clock, OperatorEntry desk, caf::actor feed,
       exchange::HttpServer::Handler webhooks)
      : settings_(std::move(settings)),
        clock_(clock),
        desk_(std::move(desk)),
        feed_(std::move(feed)),
        webhooks_(std::move(webhooks)) {
    openapi_ = openapi_document(settings_.version).dump(2) + "\n";
    hosts_ = settings_.hosts;
    for (const char* name : {"localhost", "127.0.0.1", "[::1]"}) hosts_.emplace_back(name);
    const std::string& bound = settings_.http.address;
    hosts_.push_back(bound.find(':') != std::string::npos ? "[" + bound + "]" : bound);
  }

  void handle(const HttpServerRequest& request, const HttpResponder& responder) {
    const std::string_view path = exchange::path_of(request.target);
    if (webhooks_ && path.starts_with("/webhook/")) return webhooks_(request, responder);
    if (!is_ours(request.header("host")))
      return responder.answer(refusal(403, "wrong_host", "this server has another name",
                                      "add the name to [api] hosts"));
    if (!within(requests_, settings_.requests_per_minute, request.remote))
      return responder.answer(refusal(429, "too_many", "too many requests of this address"));
    if (request.method == "GET" || request.method == "HEAD") return get(request, path, responder);
    if (request.method == "POST" || request.method == "PUT")
      return change(request, path, responder);
    refuse_method(path, responder);
  }

 private:
  using Budgets = std::unordered_map<std::string, AlertBudget>;

  bool is_ours(std::string_view host) const {
    return std::ranges::find(hosts_, host_name(host)) != hosts_.end();
  }

  bool within(Budgets& budgets, std::uint32_t per_minute, const std::string& address) {
    constexpr std::size_t kAddressesMax = 10'000;
    if (budgets.size() >= kAddressesMax) budgets.clear();
    return budgets.try_emplace(address, per_minute).first->second.take(clock_.now());
  }

  // Empty: refused, and answered. Compares with every token, so that neither which nor how much of
  // one fits shows in the time.
  std::optional<Caller> caller(const HttpServerRequest& request, const HttpResponder& responder) {
    constexpr std::string_view kBearer = "Bearer ";
    const std::string_view header = request.header("authorization");
    if (header.empty()) {
      if (settings_.anonymous != OperatorRole::kNone)
        return Caller{"anonymous", settings_.anonymous};
      responder.answer(refusal(401, "unauthorized", "a token is needed",
                               "send the header Authorization: Bearer TOKEN"));
      return std::nullopt;
    }
    const OperatorToken* known = nullptr;
    if (header.starts_with(kBearer))
      for (const OperatorToken& token : settings_.tokens)
        if (is_same_secret(header.substr(kBearer.size()), token.secret)) known = &token;
    if (known != nullptr) return Caller{known->name, known->role};
    if (within(wrong_, settings_.wrong_tokens_per_minute, request.remote))
      responder.answer(refusal(401, "unauthorized", "the token is wrong"));
    else
      responder.answer(refusal(429, "too_many", "too many wrong tokens"));
    return std::nullopt;
  }

  void get(const HttpServerRequest& request, std::string_view path,
           const HttpResponder& responder) {
    if (path.starts_with("/health")) return health(request, path, responder);
    if (path == "/api/stream") return stream(request, responder);
    if (path == "/openapi.json") return responder.answer(guarded({200, openapi_}));
    const auto asset = std::ranges::find(settings_.assets, path, &HttpAsset::path);
    if (asset != settings_.assets.end())
      return responder.answer(guarded({.status = 200,
                                       .body = std::string(asset->bytes),
                                       .content_type = std::string(asset->content_type)},
                                      "no-cache"));
    const RouteMatch match = match_route("GET", path);
    if (match.route == nullptr) return refuse_method(path, responder);
    std::string verb(match.route->verb);
    const std::string_view accept = request.header("accept");
    if (verb == "prometheus" && accept.find("application/json") != std::string_view::npos)
      verb = "documents";
    const auto who = caller(request, responder);
    if (!who) return;
    OperatorArguments arguments;
    for (const auto& [name, value] : exchange::parse_query(exchange::query_of(request.target)))
      arguments.set(name, value);
    for (const auto& [name, value] : match.arguments) arguments.set(name, value);
    const std::string type =
        verb == "prometheus" ? "text/plain; version=0.0.4; charset=utf-8" : "application/json";
    ask(*who, request, std::move(verb), arguments, responder, type);
  }

  void ask(const Caller& who, const HttpServerRequest& request, std::string verb,
           const OperatorArguments& arguments, const HttpResponder& responder,
           const std::string& type) {
    desk_(
        {.who = who.name,
         .from = request.remote,
         .role = who.role,
         .verb = std::move(verb),
         .arguments = arguments.to_json()},
        [responder, type](const Result<std::string>& text) {
          responder.answer(text ? guarded({200, *text + (type.ends_with("json") ? "\n" : ""), type})
                                : refusal(text.error()));
        });
  }

  // For whoever watches the process: no role is needed, and the status says it all.
  void health(const HttpServerRequest& request, std::string_view path,
              const HttpResponder& responder) {
    OperatorArguments arguments;
    if (path == "/health/ready") {
      arguments.set("scope", "ready");
    } else if (path == "/health/live") {
      arguments.set("scope", "live");
    } else if (path != "/health") {
      return refuse_method(path, responder);
    }
    desk_({.who = "health",
           .from = request.remote,
           .role = OperatorRole::kRead,
           .verb = "health",
           .arguments = arguments.to_json()},
          [responder](const Result<std::string>& text) {
            if (!text) return responder.answer(refusal(text.error()));
            const bool is_ok = text->starts_with(R"({"status":"ok")");
            responder.answer(guarded({is_ok ? 200 : 503, *text + "\n"}));
          });
  }

  void stream(const HttpServerRequest& request, const HttpResponder& responder) {
    const auto who = caller(request, responder);
    if (!who) return;
    const auto query = exchange::parse_query(exchange::query_of(request.target));
    const auto given = query.find("after");
    std::string_view after = request.header("last-event-id");
    if (after.empty() && given != query.end()) after = given->second;
    const std::optional<std::uint64_t> number = number_in(after);
    if (!after.empty() && !number)
      return responder.answer(refusal(400, "invalid_input", "after: is not an event's number"));
    HttpAnswer head = guarded({.status = 200, .body = {}, .content_type = "text/event-stream"});
    head.headers.emplace_back("X-Accel-Buffering", "no");
    const auto stream = responder.stream(std::move(head));
    if (stream) caf::anon_send(feed_, FollowEvents{stream, number});
  }

  // Empty: nothing a foreign page could have made a browser send.
  std::optional<HttpAnswer> forged(const HttpServerRequest& request) const {
    if (!is_json(request.header("content-type")))
      return refusal(415, "wrong_type", "only application/json is taken",
                     "send Content-Type: application/json");
    if (request.header("authorization").empty() && request.header("x-botbox") != "1")
      return refusal(403, "forbidden", "neither a token nor the header X-Botbox: 1");
    const std::string_view site = request.header("sec-fetch-site");
    if (!site.empty() && site != "same-origin" && site != "none")
      return refusal(403, "forbidden", "this comes from another site");
    const std::string_view origin = request.header("origin");
    if (origin.empty()) return std::nullopt;
    const std::string ours =
        (request.is_encrypted ? "https://" : "http://") + std::string(request.header("host"));
    // Behind a proxy that ends TLS the browser's scheme is https.
    if (origin == ours || origin == "https://" + std::string(request.header("host")))
      return std::nullopt;
    return refusal(403, "forbidden", "this comes from another origin");
  }

  // A bot may be given as it is, or as {"toml": TEXT}.
  static Result<OperatorArguments> arguments_of(const HttpServerRequest& request,
                                                std::string_view verb) {
    Result<OperatorArguments> arguments = OperatorArguments::parse(request.body);
    if (verb != "create_bot" && verb != "update_bot") return arguments;
    if (arguments && arguments->has("toml")) return arguments;
    OperatorArguments bot;
    bot.set("json", request.body);
    return bot;
  }

  void change(const HttpServerRequest& request, std::string_view path,
              const HttpResponder& responder) {
    const RouteMatch match = match_route(request.method, path);
    if (match.route == nullptr) return refuse_method(path, responder);
    if (auto refused = forged(request)) return responder.answer(std::move(*refused));
    const auto who = caller(request, responder);
    if (!who) return;
    Result<OperatorArguments> arguments = arguments_of(request, match.route->verb);
    if (!arguments) return responder.answer(refusal(arguments.error()));
    for (const auto& [name, value] : match.arguments) arguments->set(name, value);
    ask(*who, request, std::string(match.route->verb), *arguments, responder, "application/json");
  }

  static void refuse_method(std::string_view path, const HttpResponder& responder) {
    const std::string allowed = match_route({}, path).allowed;
    if (allowed.empty())
      return responder.answer(
          refusal(404, "not_found", "there is nothing here", "see /openapi.json"));
    HttpAnswer answer = refusal(405, "wrong_method", "not with this method");
    answer.headers.emplace_back("Allow", allowed);
    responder.answer(std::move(answer));
  }

  OperatorHttpSettings settings_;
  const Clock& clock_;
  OperatorEntry desk_;
  caf::actor feed_;
  exchange::HttpServer::Handler webhooks_;
  std::vector<std::string> hosts_;
  std::string openapi_;
  Budgets requests_;
  Budgets wrong_;
};

OperatorHttp::OperatorHttp(std::unique_ptr<Desk> desk, std::unique_ptr<exchange::HttpServer> server)
    : desk_(std::move(desk)), server_(std::move(server)) {}
OperatorHttp::~OperatorHttp() = default;

Result<std::unique_ptr<OperatorHttp>> OperatorHttp::start(OperatorHttpSettings settings,
                                                          const Clock& clock, OperatorEntry desk,
                                                          caf::actor feed,
                                                          exchange::HttpServer::Handler webhooks) {
  const exchange::HttpServerOptions http = settings.http;
  auto made = std::make_unique<Desk>(std::move(settings), clock, std::move(desk), std::move(feed),
                                     std::move(webhooks));
  BOTBOX_ASSIGN(auto server, exchange::HttpServer::start(
                                 http, [desk = made.get()](const HttpServerRequest& request,
                                                           const HttpResponder& responder) {
                                   desk->handle(request, responder);
                                 }));
  return std::unique_ptr<OperatorHttp>(new OperatorHttp(std::move(made), std::move(server)));
}

std::uint16_t OperatorHttp::port() const { return server_->port(); }
void OperatorHttp::stop(Duration grace) { server_->stop(grace); }

}  // namespace botbox::actors
