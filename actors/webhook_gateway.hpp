// WebhookGateway: where signals from outside come in, over HTTP.
//
//   POST /webhook/tradingview/{bot}          the secret in the body
//   POST /webhook/tradingview/{bot}/{token}  the secret in the path
//   POST /webhook/tradingview/{token}        the secret in the path, the bot in the body
//   POST /webhook/signal                     bot and secret in the body, or the secret in
//                                            "Authorization: Bearer ..."
//
// Bodies: engine/webhook/alert.hpp. Answers are JSON:
//
//   200  {"signal_id","status","reason","duplicate"}: the signal is durable. status is PENDING; or
//        IGNORED at once, when the source may not signal this bot (BOT_NOT_ALLOWED, whether there
//        is such a bot or not) or no such bot runs here (UNKNOWN_BOT). With
//        "execution_scheduled_at" where the alert asked for a time or a delay: it is PENDING until
//        then. A duplicate is answered as the signal was when it came; where that is not known any
//        more (after a minute, or a restart) without status and reason: those of now are in the
//        records.
//   400  the body is refused; "error" says why, and the signal is recorded as refused, with the
//        beginning of its body (engine/webhook/kept_body.hpp: no secret). So is one that cannot be
//        read, where it shows the secret all the same
//   nothing  the disk is slower than HttpServerLimits::held_timeout, or the engine stops: the
//        connection is closed, and neither side knows what became of the alert. Who sends it again
//        while it counts as the same (actors/signal_inbox_actor.hpp) is told. No 5xx is ever told
//        of an alert that may be kept.
//   401, 403, 429  secret, address, rate: nothing is recorded
//   503  too many signals wait: nothing was taken
//
// Only who knows a secret gets anything recorded.
#pragma once

#include <caf/actor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "engine/clock.hpp"
#include "engine/model/bot.hpp"
#include "engine/webhook/alert.hpp"
#include "exchange/http/http_server.hpp"

namespace botbox::actors {

struct WebhookSource {
  std::string name;
  std::string secret;                  // not empty; unique among the sources
  std::vector<std::string> addresses;  // patterns; empty: anybody
  std::vector<std::string> bots;       // patterns of those it may signal; empty: every bot
  std::uint32_t per_minute = 0;        // 0: no limit
  AlertMapping mapping;
};

struct WebhookSettings {
  exchange::HttpServerOptions http;
  std::vector<std::string> trusted_proxies;
  std::vector<WebhookSource> sources;
  Duration delay_max{86'400'000};  // how far ahead an alert may be scheduled; 0: not at all
  std::uint32_t wrong_secrets_per_minute = 60;  // of a budget_owner(); more are answered 429
};

class WebhookGateway {
 public:
  // `inbox` takes OfferSignal. Errors: those of HttpServer::start.
  static Result<std::unique_ptr<WebhookGateway>> start(WebhookSettings settings,
                                                       const std::vector<BotConfig>& bots,
                                                       const Clock& clock, caf::actor inbox);
  // The same on a port that listens already: `listening` is of settings.http.
  static std::unique_ptr<WebhookGateway> serve(std::unique_ptr<exchange::HttpServer> listening,
                                               WebhookSettings settings,
                                               const std::vector<BotConfig>& bots,
                                               const Clock& clock, caf::actor inbox);
  // Without a server of its own: whoever has one calls handle(), always on the same thread, and
  // drops what is offered to a gateway that is gone.
  static std::unique_ptr<WebhookGateway> attach(WebhookSettings settings,
                                                const std::vector<BotConfig>& bots,
                                                const Clock& clock, caf::actor inbox);
  // stop() without grace.
  ~WebhookGateway();
  WebhookGateway(const WebhookGateway&) = delete;
  WebhookGateway& operator=(const WebhookGateway&) = delete;

  void handle(const exchange::HttpServerRequest& request, const exchange::HttpResponder& responder);

  // For which bots alerts are taken from now on. Safe to call from any thread.
  void set_bots(const std::vector<BotConfig>& bots);

  // Of its own server.
  std::uint16_t port() const;
  // Of its own server: takes nothing more; what was offered is still answered, if the inbox answers
  // within `grace`.
  void stop(Duration grace);

 private:
  class Desk;
  WebhookGateway(std::unique_ptr<Desk> desk, std::unique_ptr<exchange::HttpServer> server);
  std::unique_ptr<Desk> desk_;  // outlives the server, whose thread uses it
  std::unique_ptr<exchange::HttpServer> server_;
};

}  // namespace botbox::actors
