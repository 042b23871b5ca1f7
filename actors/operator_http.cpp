#include "actors/operator_http.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "actors/api_callers.hpp"
#include "actors/event_feed_actor.hpp"
#include "actors/openapi.hpp"
#include "actors/operator_arguments.hpp"
#include "actors/operator_routes.hpp"
#include "exchange/http/http_target.hpp"

namespace botbox::actors {
namespace {

using exchange::HttpAnswer;
using exchange::HttpHeaders;
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

bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  if (!content_type.starts_with(kJson)) return false;
  content_type.remove_prefix(kJson.size());
  return content_type.empty() || content_type.front() == ';' || content_type.front() == ' ';
}

HttpAnswer refusal(CallerRefusal why) {
  switch (why) {
    case CallerRefusal::kNobody:
      return refusal(401, "unauthorized", "a token is needed",
                     "send the header Authorization: Bearer TOKEN");
    case CallerRefusal::kWrong: return refusal(401, "unauthorized", "the token is wrong");
    case CallerRefusal::kExpired: return refusal(401, "unauthorized", "the login has ended");
    case CallerRefusal::kTooManyWrong: break;
  }
  return refusal(429, "too_many", "too many wrong tokens");
}

constexpr std::string_view kFreqtrade = "/api/v1/";
constexpr std::string_view kLogin = "/api/v1/token/login";
constexpr std::string_view kRefresh = "/api/v1/token/refresh";
constexpr std::uint32_t kEngineStopsPerMinute = 120;
constexpr std::uint32_t kBotStopsPerMinute = 600;
constexpr std::uint32_t kLoginsPerMinute = 120;

// Where an answer goes, and what it carries besides.
struct Reply {
  HttpResponder responder;
  HttpHeaders shared;  // with an origin of the settings

  void operator()(HttpAnswer answer) const {
    answer.headers.insert(answer.headers.end(), shared.begin(), shared.end());
    responder.answer(std::move(answer));
  }
};

// A request, as far as its path and its sender have been understood.
struct Asked {
  const HttpServerRequest& request;
  std::string path;
  std::string bot;  // that the path named in front of /api/v1
  Reply reply;
  bool is_shared = false;  // of a page of the settings' origins
  ApiCallers::Answer<Caller> who = tl::unexpected(CallerRefusal::kNobody);

  bool is_freqtrade() const { return path.starts_with(kFreqtrade); }
  bool is_login() const { return request.method == "POST" && (path == kLogin || path == kRefresh); }
  // Of whoever may do it; everybody else only looks whether he may.
  Urgency urgency() const {
    if (request.method != "POST" || !who || who->role < OperatorRole::kOperate)
      return Urgency::kLook;
    const RouteMatch match = match_route("POST", path);
    return match.route != nullptr ? urgency_of(match.route->verb) : Urgency::kLook;
  }
  // Whose budgets this counts against.
  std::string owner() const {
    return who && who->has_token ? owner_of_token(who->name) : request.remote;
  }
  // No address is spelled like this.
  static std::string owner_of_token(const std::string& name) { return "token " + name; }
};

HttpAnswer too_many() {
  return refusal(429, "too_many", "too many requests of this token or address");
}

// "/bots/ID/api/v1/x" is "/api/v1/x" of that bot.
std::pair<std::string, std::string> path_and_bot(std::string_view path) {
  constexpr std::string_view kBots = "/bots/";
  if (!path.starts_with(kBots)) return {std::string(path), {}};
  const std::string_view rest = path.substr(kBots.size());
  const std::size_t slash = rest.find('/');
  if (slash == 0 || slash == std::string_view::npos || !rest.substr(slash).starts_with(kFreqtrade))
    return {std::string(path), {}};
  return {std::string(rest.substr(slash)), exchange::percent_decode(rest.substr(0, slash))};
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
        webhooks_(std::move(webhooks)),
        files_(settings_.assets),
        requests_(settings_.requests_per_minute),
        callers_(std::move(settings_.tokens), settings_.anonymous,
                 settings_.wrong_tokens_per_minute) {
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
    Asked asked = understand(request, path, responder);
    if (asked.is_login()) return log_in(asked);
    // Before any budget: to look costs less than to refuse, and whoever has a token is not refused
    // for what others send from his address.
    asked.who = callers_.caller(request.header("authorization"), request.remote,
                                asked.is_freqtrade() ? CallerDoor::kFreqtrade : CallerDoor::kApi,
                                clock_.now());
    if (!is_within_budget(asked)) return asked.reply(too_many());
    if (request.method == "GET" || request.method == "HEAD") return get(asked);
    if (request.method == "POST" || request.method == "PUT") return change(asked);
    if (request.method == "OPTIONS" && asked.is_shared) return asked.reply(preflight());
    refuse_method(asked);
  }

 private:
  bool is_ours(std::string_view host) const {
    return std::ranges::find(hosts_, host_name(host)) != hosts_.end();
  }

  Asked understand(const HttpServerRequest& request, std::string_view path,
                   const HttpResponder& responder) const {
    auto [rest, bot] = path_and_bot(path);
    Asked asked{request, std::move(rest), std::move(bot), {responder, {}}};
    const std::string_view origin = request.header("origin");
    asked.is_shared = asked.is_freqtrade() && !origin.empty() &&
                      std::ranges::find(settings_.origins, origin) != settings_.origins.end();
    if (asked.is_shared)
      asked.reply.shared = {{"Access-Control-Allow-Origin", std::string(origin)},
                            {"Access-Control-Allow-Credentials", "true"},
                            {"Vary", "Origin"}};
    return asked;
  }

  bool is_within_budget(const Asked& asked) {
    const Timestamp now = clock_.now();
    const std::string owner = asked.owner();
    const Urgency urgency = asked.urgency();
    if (urgency == Urgency::kStopEngine && engine_stops_.take(owner, now)) return true;
    if (urgency == Urgency::kStopBot && bot_stops_.take(owner, now)) return true;
    return requests_.take(owner, now);
  }

  // What a browser asks before it sends another page's request.
  static HttpAnswer preflight() {
    HttpAnswer answer{200, {}};
    answer.headers = {{"Access-Control-Allow-Methods", "GET, POST"},
                      {"Access-Control-Allow-Headers", "Authorization, Content-Type"},
                      {"Access-Control-Max-Age", "600"}};
    return guarded(std::move(answer));
  }

  // Null: refused, and answered.
  static const Caller* caller(const Asked& asked) {
    if (asked.who) return &*asked.who;
    asked.reply(refusal(asked.who.error()));
    return nullptr;
  }

  void get(const Asked& asked) {
    const std::string& path = asked.path;
    if (path.starts_with("/health")) return health(asked);
    if (path == "/api/stream") return stream(asked);
    if (path == "/api/v1/ping") return asked.reply(guarded({200, "{\"status\":\"pong\"}\n"}));
    if (path == "/openapi.json") return asked.reply(guarded({200, openapi_}));
    if (auto file = files_.answer(path, asked.request))
      return asked.reply(guarded(std::move(file->answer), file->cache));
    const RouteMatch match = match_route("GET", path);
    if (match.route == nullptr) return refuse_method(asked);
    std::string verb(match.route->verb);
    const std::string_view accept = asked.request.header("accept");
    if (verb == "prometheus" && accept.find("application/json") != std::string_view::npos)
      verb = "documents";
    const Caller* who = caller(asked);
    if (who == nullptr) return;
    OperatorArguments arguments;
    for (const auto& [name, value] :
         exchange::parse_query(exchange::query_of(asked.request.target)))
      arguments.set(name, value);
    for (const auto& [name, value] : match.arguments) arguments.set(name, value);
    const std::string type =
        verb == "prometheus" ? "text/plain; version=0.0.4; charset=utf-8" : "application/json";
    ask(asked, *who, std::move(verb), std::move(arguments), type);
  }

  void ask(const Asked& asked, const Caller& who, std::string verb, OperatorArguments arguments,
           const std::string& type) {
    if (!asked.bot.empty())
      arguments.set("bot", asked.bot);
    else if (asked.is_freqtrade() && !arguments.has("bot") && !who.user.empty())
      arguments.set("bot", who.user);
    desk_({.who = who.name,
           .from = asked.request.remote,
           .role = who.role,
           .verb = std::move(verb),
           .arguments = arguments.to_json()},
          [reply = asked.reply, type](const Result<std::string>& text) {
            reply(text ? guarded({200, *text + (type.ends_with("json") ? "\n" : ""), type})
                       : refusal(text.error()));
          });
  }

  // For whoever watches the process: no role is needed, and the status says it all.
  void health(const Asked& asked) {
    OperatorArguments arguments;
    if (asked.path == "/health/ready") {
      arguments.set("scope", "ready");
    } else if (asked.path == "/health/live") {
      arguments.set("scope", "live");
    } else if (asked.path != "/health") {
      return refuse_method(asked);
    }
    desk_({.who = "health",
           .from = asked.request.remote,
           .role = OperatorRole::kRead,
           .verb = "health",
           .arguments = arguments.to_json()},
          [reply = asked.reply](const Result<std::string>& text) {
            if (!text) return reply(refusal(text.error()));
            const bool is_ok = text->starts_with(R"({"status":"ok")");
            reply(guarded({is_ok ? 200 : 503, *text + "\n"}));
          });
  }

  void stream(const Asked& asked) {
    if (caller(asked) == nullptr) return;
    const auto query = exchange::parse_query(exchange::query_of(asked.request.target));
    for (const auto& [name, value] : query)
      if (name != "after")
        return asked.reply(refusal(400, "invalid_input", name + ": is no argument of the stream",
                                   "it takes: after"));
    const auto given = query.find("after");
    std::string_view after = asked.request.header("last-event-id");
    if (after.empty() && given != query.end()) after = given->second;
    const std::optional<std::uint64_t> number = number_in(after);
    if (!after.empty() && !number)
      return asked.reply(refusal(400, "invalid_input", "after: is not an event's number"));
    HttpAnswer head = guarded({.status = 200, .body = {}, .content_type = "text/event-stream"});
    head.headers.emplace_back("X-Accel-Buffering", "no");
    const auto stream = asked.reply.responder.stream(std::move(head));
    if (stream) caf::anon_send(feed_, FollowEvents{stream, number});
  }

  // Empty: nothing a foreign page could have made a browser send.
  static std::optional<HttpAnswer> forged(const Asked& asked) {
    const HttpServerRequest& request = asked.request;
    // No form, and no page but one that was asked about first, sends a token; and whoever says
    // nothing says it in no type. Basic may come from a browser by itself.
    const bool says_nothing =
        request.body.empty() && request.header("authorization").starts_with("Bearer ");
    if (!says_nothing && !is_json(request.header("content-type")))
      return refusal(415, "wrong_type", "only application/json is taken",
                     "send Content-Type: application/json");
    if (request.header("authorization").empty() && request.header("x-botbox") != "1")
      return refusal(403, "forbidden", "neither a token nor the header X-Botbox: 1");
    if (asked.is_shared) return std::nullopt;
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
    // freqtrade's own client sends "null" where it has nothing to say.
    if (request.body == "null") return OperatorArguments{};
    Result<OperatorArguments> arguments = OperatorArguments::parse(request.body);
    if (verb != "create_bot" && verb != "update_bot") return arguments;
    if (arguments && arguments->has("toml")) return arguments;
    OperatorArguments bot;
    bot.set("json", request.body);
    return bot;
  }

  // The path says which bot is updated; who names it twice names the same one.
  static Result<void> agree(const OperatorArguments& arguments, const RouteMatch& match) {
    if (match.route->verb != "update_bot") return {};
    const std::string& bot = match.arguments.at("bot");
    for (const char* name : {"bot", "id"})
      if (arguments.has(name) && arguments.text(name) != bot)
        return fail(ErrorCode::kInvalidInput, "is not the bot of the path", name,
                    "leave it out, or give the same");
    return {};
  }

  // Changes nothing here, and shows the caller nothing but what its password is good for.
  void log_in(const Asked& asked) {
    const std::string_view header = asked.request.header("authorization");
    const std::string& address = asked.request.remote;
    const Timestamp now = clock_.now();
    const auto login = asked.path == kLogin ? callers_.log_in(header, address, now)
                                            : callers_.refresh(header, address, now);
    const std::string owner = login ? Asked::owner_of_token(login->token) : address;
    if (!logins_.take(owner, now) && !requests_.take(owner, now)) return asked.reply(too_many());
    asked.reply(login ? guarded({200, login->answer + "\n"}) : refusal(login.error()));
  }

  void change(const Asked& asked) {
    const RouteMatch match = match_route(asked.request.method, asked.path);
    if (match.route == nullptr) return refuse_method(asked);
    if (auto refused = forged(asked)) return asked.reply(std::move(*refused));
    const Caller* who = caller(asked);
    if (who == nullptr) return;
    Result<OperatorArguments> arguments = arguments_of(asked.request, match.route->verb);
    if (!arguments) return asked.reply(refusal(arguments.error()));
    if (const auto agreed = agree(*arguments, match); !agreed)
      return asked.reply(refusal(agreed.error()));
    for (const auto& [name, value] : match.arguments) arguments->set(name, value);
    ask(asked, *who, std::string(match.route->verb), std::move(*arguments), "application/json");
  }

  static void refuse_method(const Asked& asked) {
    const std::string allowed = match_route({}, asked.path).allowed;
    if (allowed.empty())
      return asked.reply(refusal(404, "not_found", "there is nothing here", "see /openapi.json"));
    HttpAnswer answer = refusal(405, "wrong_method", "not with this method");
    answer.headers.emplace_back("Allow", allowed);
    asked.reply(std::move(answer));
  }

  OperatorHttpSettings settings_;
  const Clock& clock_;
  OperatorEntry desk_;
  caf::actor feed_;
  exchange::HttpServer::Handler webhooks_;
  std::vector<std::string> hosts_;
  std::string openapi_;
  PageFiles files_;
  AddressBudgets requests_;  // all of them by Asked::owner()
  AddressBudgets logins_{kLoginsPerMinute};
  AddressBudgets bot_stops_{kBotStopsPerMinute};
  AddressBudgets engine_stops_{kEngineStopsPerMinute};
  ApiCallers callers_;
};

OperatorHttp::OperatorHttp(std::unique_ptr<Desk> desk, std::unique_ptr<exchange::HttpServer> server)
    : desk_(std::move(desk)), server_(std::move(server)) {}
OperatorHttp::~OperatorHttp() = default;

Result<std::unique_ptr<OperatorHttp>> OperatorHttp::start(OperatorHttpSettings settings,
                                                          const Clock& clock, OperatorEntry desk,
                                                          caf::actor feed,
                                                          exchange::HttpServer::Handler webhooks) {
  BOTBOX_ASSIGN(auto listening, exchange::HttpServer::listen(settings.http));
  return serve(std::move(listening), std::move(settings), clock, std::move(desk), std::move(feed),
               std::move(webhooks));
}

std::unique_ptr<OperatorHttp> OperatorHttp::serve(std::unique_ptr<exchange::HttpServer> listening,
                                                  OperatorHttpSettings settings, const Clock& clock,
                                                  OperatorEntry desk, caf::actor feed,
                                                  exchange::HttpServer::Handler webhooks) {
  auto made = std::make_unique<Desk>(std::move(settings), clock, std::move(desk), std::move(feed),
                                     std::move(webhooks));
  listening->serve(
      [desk = made.get()](const HttpServerRequest& request, const HttpResponder& responder) {
        desk->handle(request, responder);
      });
  return std::unique_ptr<OperatorHttp>(new OperatorHttp(std::move(made), std::move(listening)));
}

std::uint16_t OperatorHttp::port() const { return server_->port(); }
void OperatorHttp::stop(Duration grace) { server_->stop(grace); }

}  // namespace botbox::actors
