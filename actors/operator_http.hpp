// OperatorHttp: the operator's desk over HTTP, the page that uses it, and the webhooks, on one
// port.
//
// Who may: "Authorization: Bearer TOKEN" names a token of the settings, with its role; without one
// a caller is anonymous, with the role that the settings give (none unless they say otherwise). A
// wrong token is never anonymous. The page itself, /health and /openapi.json need no role. At
// /api/v1, where freqtrade's names and shapes are, logins count as well (actors/api_callers.hpp).
//
// Which bot /api/v1 speaks of: "/bots/ID" in front of it, else the argument "bot", else the user
// name of the login.
//
// What a foreign web page can make a browser send is refused: the Host header must name us (names
// that are rebound to this address do not), and whatever changes something is a POST of
// "application/json" that carries either a token or the header "X-Botbox: 1", with no Origin but
// our own. With a bearer's token the body may be left out, and its type with it. Nothing is shared
// across origins, but for /api/v1 with those of the settings. Webhooks have secrets of their own
// and none of these rules.
//
// Errors: {"error":{"code","message","fix"}} with 400, 401, 403, 404, 405, 409, 415, 429, 503.
#pragma once

#include <caf/actor.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api_callers.hpp"
#include "actors/operator_desk.hpp"
#include "actors/page_files.hpp"
#include "engine/clock.hpp"
#include "exchange/http/http_server.hpp"

namespace botbox::actors {

struct OperatorHttpSettings {
  exchange::HttpServerOptions http;
  std::vector<std::string> hosts;    // further names of this server, without port
  std::vector<std::string> origins;  // whose pages may read /api/v1: "https://ui.example.org"
  OperatorRole anonymous = OperatorRole::kNone;
  std::vector<OperatorToken> tokens;
  std::uint32_t wrong_tokens_per_minute = 60;  // of a budget_owner(); more are answered 429
  // Of each token, and of each budget_owner() for what comes without a valid one, pages too: so
  // nobody uses up what another's token may. What stops a bot or the engine (Urgency) has budgets
  // of its own, and so have logins: whoever looks too often can still stop what runs.
  std::uint32_t requests_per_minute = 12'000;
  std::vector<HttpAsset> assets;
  std::string version;  // of the API's description
};

class OperatorHttp {
 public:
  // `feed` takes FollowEvents. `webhooks` handles /webhook/...; null: nobody does. Errors: those of
  // HttpServer::start.
  static Result<std::unique_ptr<OperatorHttp>> start(OperatorHttpSettings settings,
                                                     const Clock& clock, OperatorEntry desk,
                                                     caf::actor feed,
                                                     exchange::HttpServer::Handler webhooks);
  // The same on a port that listens already: `listening` is of settings.http.
  static std::unique_ptr<OperatorHttp> serve(std::unique_ptr<exchange::HttpServer> listening,
                                             OperatorHttpSettings settings, const Clock& clock,
                                             OperatorEntry desk, caf::actor feed,
                                             exchange::HttpServer::Handler webhooks);
  // stop() without grace.
  ~OperatorHttp();
  OperatorHttp(const OperatorHttp&) = delete;
  OperatorHttp& operator=(const OperatorHttp&) = delete;

  std::uint16_t port() const;
  // Takes nothing more; ends streams; what is under way is answered, if that is within `grace`.
  void stop(Duration grace);

 private:
  class Desk;
  OperatorHttp(std::unique_ptr<Desk> desk, std::unique_ptr<exchange::HttpServer> server);
  std::unique_ptr<Desk> desk_;  // outlives the server, whose thread uses it
  std::unique_ptr<exchange::HttpServer> server_;
};

}  // namespace botbox::actors
