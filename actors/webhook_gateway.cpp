#include "actors/webhook_gateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <caf/send.hpp>
#include <mutex>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "actors/lower_case.hpp"
#include "actors/protocol.hpp"
#include "engine/short_text.hpp"
#include "engine/webhook/kept_body.hpp"
#include "engine/webhook/source_rules.hpp"
#include "exchange/http/http_target.hpp"

namespace botbox::actors {
namespace {

using exchange::HttpAnswer;
using exchange::HttpResponder;
using exchange::HttpServerRequest;
using Json = nlohmann::ordered_json;

std::string alert_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

HttpAnswer json_answer(int status, const Json& json) { return {status, alert_text(json) + "\n"}; }

HttpAnswer refusal(int status, std::string_view why) {
  HttpAnswer answer = json_answer(status, {{"error", why}});
  if (status == 429) answer.headers.emplace_back("Retry-After", "60");
  if (status == 405) answer.headers.emplace_back("Allow", "POST");
  return answer;
}

HttpAnswer answer_of(const Result<OfferAnswer>& result, const std::string& refused) {
  if (!result) return refusal(503, result.error().message);
  Json json{{"signal_id", result->id.value}};
  if (result->is_status_known) {
    json["status"] = to_string(result->status);
    json["reason"] = to_string(result->reason);
  }
  json["duplicate"] = result->is_repeated;
  if (!result->scheduled_at.is_never())
    json["execution_scheduled_at"] = to_iso8601(result->scheduled_at);
  if (refused.empty()) return json_answer(200, json);
  json["error"] = refused;
  return json_answer(400, json);
}

// What the path says.
struct Route {
  bool is_known = false;
  std::string first;  // bot or token
  std::string token;
};

Route route_of(std::string_view target) {
  constexpr std::string_view kTradingView = "/webhook/tradingview/";
  std::string_view path = exchange::path_of(target);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path == "/webhook/signal" || path == "/webhook/tradingview") return {.is_known = true};
  if (!path.starts_with(kTradingView)) return {};
  path.remove_prefix(kTradingView.size());
  const std::size_t slash = path.find('/');
  Route route{.is_known = true, .first = exchange::path_decode(path.substr(0, slash))};
  if (slash != std::string_view::npos) route.token = exchange::path_decode(path.substr(slash + 1));
  return route;
}

std::string bearer_of(const HttpServerRequest& request) {
  constexpr std::string_view kBearer = "bearer ";  // in any case (RFC 9110 11.1)
  const std::string_view header = request.header("authorization");
  return lower_case(header.substr(0, kBearer.size())) == kBearer
             ? std::string(header.substr(kBearer.size()))
             : std::string();
}

bool is_bot_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

// Names are whatever the sender wrote, in small letters.
Json names_json(const std::vector<std::string>& names, const WebhookSource& source) {
  Json all = Json::array();
  for (const std::string& name : names)
    all.push_back(short_text(with_secrets_masked(name, {source.secret})));
  return all;
}

std::string alert_context(const WebhookSource& source, const Alert& alert, Timeframe timeframe) {
  Json json{{"source", source.name}, {"action", to_string(alert.action)}};
  if (alert.symbol) json["symbol"] = alert.symbol->unified.value;
  if (alert.price) json["price"] = to_string(*alert.price);
  if (alert.quantity) json["quantity"] = to_string(*alert.quantity);
  if (alert.interval) json["interval"] = to_string(*alert.interval);
  // What is kept and told to people holds no secret, wherever its sender wrote it.
  if (!alert.id.empty()) json["id"] = without_secret(alert.id, source.secret);
  if (!alert.comment.empty()) json["comment"] = without_secret(alert.comment, source.secret);
  const std::vector<std::string> ignored = not_followed(alert, timeframe);
  if (!ignored.empty()) json["ignored"] = names_json(ignored, source);
  return alert_text(Json{{"alert", json}});
}

}  // namespace

// Reads requests and offers signals. Lives on the server's thread.
class WebhookGateway::Desk {
 public:
  Desk(WebhookSettings settings, const std::vector<BotConfig>& bots, const Clock& clock,
       caf::actor inbox)
      : settings_(std::move(settings)), clock_(clock), inbox_(std::move(inbox)) {
    set_bots(bots);
    for (const WebhookSource& source : settings_.sources) budgets_.emplace_back(source.per_minute);
  }

  const WebhookSettings& settings() const { return settings_; }

  // Any thread.
  void set_bots(const std::vector<BotConfig>& bots) {
    auto targets = std::make_shared<Targets>();
    for (const BotConfig& bot : bots)
      targets->emplace(bot.id.value, Target{bot.symbol, bot.market, bot.timeframe});
    const std::lock_guard lock(bots_mutex_);
    bots_ = std::move(targets);
  }

  void handle(const HttpServerRequest& request, const HttpResponder& responder) {
    const Route route = route_of(request.target);
    if (!route.is_known) return responder.answer(refusal(404, "no such path"));
    if (request.method != "POST") return responder.answer(refusal(405, "use POST"));
    const std::string client = exchange_client(request);
    const Timestamp now = clock_.now();
    const Sender sender = sender_of(request, route);
    if (sender.source == SIZE_MAX) {
      const bool patient = wrong_secret(client, now);
      return responder.answer(patient ? refusal(401, "the secret is missing or wrong")
                                      : refusal(429, "too many wrong secrets"));
    }
    const WebhookSource& source = settings_.sources[sender.source];
    if (!source.addresses.empty() && !matches_any_address(source.addresses, client))
      return responder.answer(refusal(403, "this address may not send alerts"));
    if (!budgets_[sender.source].take(now))
      return responder.answer(refusal(429, "too many alerts of this source"));
    take(request, source, sender.bot, responder);
  }

 private:
  struct Target {
    Symbol symbol;
    MarketType market;
    Timeframe timeframe;
  };
  using Targets = std::unordered_map<std::string, Target>;
  std::shared_ptr<const Targets> targets() {
    const std::lock_guard lock(bots_mutex_);
    return bots_;
  }
  struct Sender {
    std::size_t source = SIZE_MAX;  // none
    std::string bot;                // by the path; empty: the body says
  };

  std::string exchange_client(const HttpServerRequest& request) const {
    // Proxies may add a line of their own to what the sender wrote.
    return client_address(request.remote, request.list_header("x-forwarded-for"),
                          settings_.trusted_proxies);
  }

  // Compares with every source, so that neither which nor how much of one fits shows in the time.
  std::size_t source_with(std::string_view secret) const {
    std::size_t found = SIZE_MAX;
    for (std::size_t i = 0; i < settings_.sources.size(); ++i)
      if (is_same_secret(secret, settings_.sources[i].secret)) found = i;
    return found;
  }

  Sender sender_of(const HttpServerRequest& request, const Route& route) const {
    if (!route.token.empty()) return {source_with(route.token), route.first};
    if (const std::size_t source = source_with(route.first); source != SIZE_MAX)
      return {source, {}};
    if (const std::string bearer = bearer_of(request); !bearer.empty())
      return {source_with(bearer), route.first};
    // Which field holds the secret may depend on the source, which the secret names. A body is read
    // once for all sources that do not say so: nobody has shown a secret yet.
    Sender sender{SIZE_MAX, route.first};
    const std::string usual = secret_in(request.body);
    for (std::size_t i = 0; i < settings_.sources.size(); ++i) {
      const WebhookSource& source = settings_.sources[i];
      const bool is_usual = std::ranges::none_of(
          source.mapping, [](const auto& entry) { return entry.first == "secret"; });
      if (is_same_secret(is_usual ? usual : secret_in(request.body, source.mapping), source.secret))
        sender.source = i;
    }
    return sender;
  }

  // False: this address has tried too often.
  bool wrong_secret(const std::string& client, Timestamp now) {
    constexpr std::size_t kClientsMax = 10'000;
    if (wrong_.size() >= kClientsMax) wrong_.clear();
    const auto [at, added] =
        wrong_.try_emplace(budget_owner(client), settings_.wrong_secrets_per_minute);
    return at->second.take(now);
  }

  void take(const HttpServerRequest& request, const WebhookSource& source, std::string bot,
            const HttpResponder& responder) {
    const auto alert = parse_alert(request.body, source.mapping);
    auto offer = std::make_shared<SignalOffer>();
    std::string refused;
    if (!alert) {
      refused = to_string(alert.error());
    } else {
      if (bot.empty()) bot = alert->bot;
      if (bot.empty()) refused = "bot is missing: name it in the path or in the body";
    }
    const std::shared_ptr<const Targets> bots = targets();
    const auto target = bots->find(bot);
    if (!refused.empty() || !is_bot_name(bot)) {
      reject(*offer, ReasonCode::kMalformedAlert, refused, {source, bot, request});
      if (refused.empty()) refused = "bot is not a bot's id";
    } else if (!may_signal(source.bots, bot)) {
      fill(*offer, source, *alert, bot, nowhere(*alert));
      reject(*offer, ReasonCode::kBotNotAllowed,
             fmt::format("source {} may not signal this bot", source.name), {source, bot, request});
    } else if (target == bots->end()) {
      fill(*offer, source, *alert, bot, nowhere(*alert));
      reject(*offer, ReasonCode::kUnknownBot, "no bot of this id runs here",
             {source, bot, request});
    } else {
      fill(*offer, source, *alert, bot, target->second);
      refused = schedule(offer->signal, *alert);
      if (!refused.empty())
        reject(*offer, ReasonCode::kScheduledTooFar, refused, {source, bot, request});
    }
    responder.hold();
    offer->answer = [responder, refused](const Result<OfferAnswer>& result) {
      responder.answer(answer_of(result, refused));
    };
    caf::anon_send(inbox_, OfferSignal{std::move(offer)});
  }

  // Of a bot that this alert does not reach.
  static Target nowhere(const Alert& alert) {
    return {{}, MarketType::kLinear, alert.interval.value_or(Timeframe())};
  }

  static void fill(SignalOffer& offer, const WebhookSource& source, const Alert& alert,
                   const std::string& bot, const Target& target) {
    Signal& signal = offer.signal;
    signal.source = SignalSource::kWebhook;
    signal.bot = {bot};
    signal.symbol = alert.symbol ? alert.symbol->unified : target.symbol;
    signal.direction = direction_of(alert.action, target.market);
    signal.timeframe = alert.interval.value_or(target.timeframe);
    signal.candle_close = alert.sent_at;
    signal.score = 1;
    if (alert.price) signal.entry = {*alert.price};
    signal.market_context = alert_context(source, alert, target.timeframe);
    offer.own_id = alert.id;
    offer.content = alert.content;
  }

  // Empty; or why the alert cannot wait so long.
  std::string schedule(Signal& signal, const Alert& alert) const {
    const Timestamp now = clock_.now();
    signal.execution_scheduled_at = scheduled_time(alert, now);
    const Duration ahead = signal.execution_scheduled_at - now;
    if (signal.execution_scheduled_at.is_never() || ahead <= settings_.delay_max) return {};
    return fmt::format("is to be executed in {}, at most {} are allowed (delay_max)",
                       humanize(ahead), humanize(settings_.delay_max));
  }

  struct Refused {
    const WebhookSource& source;
    const std::string& bot;
    const HttpServerRequest& request;
  };

  // Recorded, and nothing else.
  void reject(SignalOffer& offer, ReasonCode reason, const std::string& detail,
              const Refused& from) const {
    Signal& signal = offer.signal;
    signal.source = SignalSource::kWebhook;
    signal.bot = {is_bot_name(from.bot) ? from.bot : "unknown"};
    signal.decision = SignalDecision::kRejected;
    signal.rejection_reason = reason;
    const bool is_ignored =
        reason == ReasonCode::kUnknownBot || reason == ReasonCode::kBotNotAllowed;
    signal.execution_status = is_ignored ? ExecutionStatus::kIgnored : ExecutionStatus::kFiltered;
    signal.execution_reason = reason;
    signal.verdicts.push_back(refuse("webhook", reason, short_text(detail)));
    add_body(signal.market_context, from);
    name_refused(offer, reason, from);
  }

  // Whoever asks what was sent is shown how it began.
  void add_body(std::string& context, const Refused& from) const {
    Json json =
        context.empty() ? Json{{"source", from.source.name}} : Json::parse(context, nullptr, false);
    const std::string& body = from.request.body;
    json["body_bytes"] = body.size();
    json["body"] = kept_body(body, secrets_to_hide(secret_in(body, from.source.mapping)));
    context = alert_text(json);
  }

  // Of all sources, and what a body gives as its secret, be it another one than it should.
  std::vector<std::string_view> secrets_to_hide(const std::string& given) const {
    constexpr std::size_t kTellingLeast = 4;  // shorter ones stand in other words as well
    std::vector<std::string_view> secrets;
    for (const WebhookSource& source : settings_.sources) secrets.emplace_back(source.secret);
    if (given.size() >= kTellingLeast) secrets.emplace_back(given);
    return secrets;
  }

  // A refusal must not stand in the way of the alert that is sent rightly: by another source, or
  // corrected under the same id. Only where there is no such bot the id is used up.
  static void name_refused(SignalOffer& offer, ReasonCode reason, const Refused& from) {
    if (reason != ReasonCode::kUnknownBot) offer.own_id.clear();
    const std::string body = without_secret(from.request.body, from.source.secret);
    offer.content = fmt::format("{} {}\n{}", to_string(reason), from.source.name,
                                offer.content.empty() ? body : offer.content);
  }

  WebhookSettings settings_;
  const Clock& clock_;
  caf::actor inbox_;
  std::mutex bots_mutex_;
  std::shared_ptr<const Targets> bots_;                 // under bots_mutex_
  std::vector<AlertBudget> budgets_;                    // of the sources
  std::unordered_map<std::string, AlertBudget> wrong_;  // secrets, by budget_owner()
};

WebhookGateway::WebhookGateway(std::unique_ptr<Desk> desk,
                               std::unique_ptr<exchange::HttpServer> server)
    : desk_(std::move(desk)), server_(std::move(server)) {}
WebhookGateway::~WebhookGateway() = default;

Result<std::unique_ptr<WebhookGateway>> WebhookGateway::start(WebhookSettings settings,
                                                              const std::vector<BotConfig>& bots,
                                                              const Clock& clock,
                                                              caf::actor inbox) {
  BOTBOX_ASSIGN(auto listening, exchange::HttpServer::listen(settings.http));
  return serve(std::move(listening), std::move(settings), bots, clock, std::move(inbox));
}

std::unique_ptr<WebhookGateway> WebhookGateway::serve(
    std::unique_ptr<exchange::HttpServer> listening, WebhookSettings settings,
    const std::vector<BotConfig>& bots, const Clock& clock, caf::actor inbox) {
  auto desk = std::make_unique<Desk>(std::move(settings), bots, clock, std::move(inbox));
  listening->serve(
      [desk = desk.get()](const HttpServerRequest& request, const HttpResponder& responder) {
        desk->handle(request, responder);
      });
  return std::unique_ptr<WebhookGateway>(new WebhookGateway(std::move(desk), std::move(listening)));
}

std::unique_ptr<WebhookGateway> WebhookGateway::attach(WebhookSettings settings,
                                                       const std::vector<BotConfig>& bots,
                                                       const Clock& clock, caf::actor inbox) {
  return std::unique_ptr<WebhookGateway>(new WebhookGateway(
      std::make_unique<Desk>(std::move(settings), bots, clock, std::move(inbox)), nullptr));
}

void WebhookGateway::handle(const HttpServerRequest& request, const HttpResponder& responder) {
  desk_->handle(request, responder);
}

void WebhookGateway::set_bots(const std::vector<BotConfig>& bots) { desk_->set_bots(bots); }

std::uint16_t WebhookGateway::port() const { return server_->port(); }
void WebhookGateway::stop(Duration grace) {
  if (server_) server_->stop(grace);
}

}  // namespace botbox::actors
