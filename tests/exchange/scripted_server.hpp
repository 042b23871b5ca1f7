// ScriptedServer: an HTTP server on 127.0.0.1 that says what a test wrote down and remembers what
// it was asked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace botbox::exchange::testing {

struct ServedRequest {
  std::string method;
  std::string target;  // path and query as sent
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case

  std::string path() const { return target.substr(0, target.find('?')); }
  // Without the question mark; empty: none.
  std::string query() const;
  // Empty: not there.
  std::string header(std::string_view lower_case_name) const;
};

enum class ScriptedFault {
  kNone,
  kDropReply,  // closes the connection without an answer
  kTruncate,   // promises the whole body, sends half of it and closes
  kSilence,    // never answers
  kLeave,      // closes the connection without an answer, and takes no further one
};

struct ScriptedReply {
  std::string body;
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  ScriptedFault fault = ScriptedFault::kNone;
};

// Safe to use from any thread.
class ScriptedServer {
 public:
  ScriptedServer();
  // Closes all connections and joins the thread.
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  // "http://127.0.0.1:port".
  std::string base_url() const;
  // Each request takes the oldest reply that is left; then the handler is asked; without one, 404.
  void reply(ScriptedReply next);
  void reply(std::string body) { reply(ScriptedReply{std::move(body)}); }
  // Called on the server's thread.
  void handle(std::function<ScriptedReply(const ServedRequest&)> handler);
  // Everything asked so far, in order.
  std::vector<ServedRequest> requests() const;
  std::size_t replies_left() const;

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace botbox::exchange::testing
