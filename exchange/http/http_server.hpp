// HttpServer: HTTP/1.1, with or without TLS, from one thread; fit to stand at the edge of a
// network.
//
// A request is handed to the handler whole, and answered through its responder: at once, or later
// from any thread. Requests of one connection are handled one after the other; what a client sends
// ahead waits in the kernel. A connection costs a few kB and no thread.
//
// What clients can make it do is bounded (HttpServerLimits). A full house closes the connection
// that has been idle for longest, else the one that has been sending its request, or taking its
// answer, for longest, so that idle and slow ones keep nobody out. Malformed requests are answered
// 400, 413 or 431 and never reach the handler. A handler that throws, or lets go of its responder,
// answers 500; one that does not answer in time, 504; neither once it has said hold().
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::exchange {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpServerRequest {
  std::string method;  // "GET"
  std::string target;  // path and query, as sent
  std::string body;
  HttpHeaders headers;  // names in lower case, in the order sent
  std::string remote;   // the peer's address without its port: "127.0.0.1", "::1"
  bool is_encrypted = false;

  // The first of that name; empty: not there.
  std::string_view header(std::string_view lower_case_name) const;
  // All of that name, in the order sent, with ", " between them: of a header that is a list,
  // several lines say the same as one (RFC 9110 5.3), and the last word may stand in the last line.
  std::string list_header(std::string_view lower_case_name) const;
};

struct HttpAnswer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  HttpHeaders headers = {};
};

// How an answer reaches the client; other than whole and at once for simulated failures only.
struct HttpDelivery {
  enum class Fate : std::uint8_t {
    kWhole,
    kDrop,   // the connection is closed without a byte
    kReset,  // as kDrop, with a TCP reset
    kCut,    // the head promises the whole body, half of it is sent
  };
  Fate fate = Fate::kWhole;
  Duration delay{0};
};

// A response without a known end, such as server-sent events. Safe to use from any thread. The last
// handle that goes ends the response.
class HttpStream {
 public:
  enum class Push : std::uint8_t {
    kQueued,
    kFull,    // the client does not keep up; nothing of this was taken. Skip it, or close().
    kClosed,  // the client is gone, or the stream was closed
  };
  struct State;

  explicit HttpStream(std::shared_ptr<State> state) : state_(std::move(state)) {}
  ~HttpStream() { close(); }
  HttpStream(const HttpStream&) = delete;
  HttpStream& operator=(const HttpStream&) = delete;

  // Bytes reach the client in order, all of a call or none of them.
  Push push(std::string_view bytes);
  // What was taken is still sent.
  void close();
  bool is_open() const;

 private:
  std::shared_ptr<State> state_;
};

// Answers one request, once: what comes after the first answer is ignored, as is what comes after
// the client or the server has gone. Copies are the same responder. Safe to use from any thread.
class HttpResponder {
 public:
  struct State;

  explicit HttpResponder(std::shared_ptr<State> state) : state_(std::move(state)) {}

  void answer(HttpAnswer answer, HttpDelivery delivery = {}) const;
  // From now on the request may have had its effect, so nobody but the handler may say that it
  // failed: it has HttpServerLimits::held_timeout to answer. If it does not, or lets go, or the
  // house is full once answer_timeout has passed, the connection is closed without a byte.
  void hold() const;
  // Sends status and headers of `head`, then what is pushed. Null: answered before.
  std::shared_ptr<HttpStream> stream(HttpAnswer head) const;

 private:
  std::shared_ptr<State> state_;
};

struct HttpServerLimits {
  std::size_t header_bytes_max = 16 * 1024;  // request line included
  std::size_t body_bytes_max = 64 * 1024;
  std::size_t connections_max = 1024;
  std::size_t connections_per_address_max = SIZE_MAX;
  Duration header_timeout{10'000};  // first byte to last, also for a client that sends in drops;
                                    // and the TLS handshake
  Duration body_timeout{20'000};    // first byte to last
  Duration idle_timeout{60'000};    // between two requests
  Duration answer_timeout{30'000};  // of the handler
  Duration held_timeout{600'000};   // of one that said hold()
  Duration write_timeout{30'000};   // of an answer; of a stream, for what is queued
  std::size_t stream_bytes_max = 256 * 1024;  // queued for one client
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // of this machine: "0.0.0.0", "::1"
  std::uint16_t port = 0;             // 0: the system chooses
  HttpServerLimits limits = {};
  // PEM; both or neither. The certificate first, then its chain. TLS 1.2 and later.
  std::string certificate_file = {};
  std::string key_file = {};
};

class HttpServer {
 public:
  // Called on the server's thread; must not block it.
  using Handler = std::function<void(HttpServerRequest, HttpResponder)>;

  // Has the port; whoever connects waits until serve(). Error kIo: the address is taken or none of
  // ours. kInvalidInput: address, certificate or key.
  static Result<std::unique_ptr<HttpServer>> listen(const HttpServerOptions& options);
  // Called once.
  void serve(Handler handler);
  // Both.
  static Result<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options,
                                                   Handler handler);
  // stop() without grace.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  // Takes no connection and no further request; ends streams; waits until what is under way is
  // answered, at most `grace`, then closes everything and joins the thread. Not to be called by the
  // handler.
  void stop(Duration grace);

 private:
  class Loop;
  explicit HttpServer(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace botbox::exchange
