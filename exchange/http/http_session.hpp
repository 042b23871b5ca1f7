// One connection of an HttpServer, and what all connections share. Private to http_server.cpp;
// lives on the server's thread.
#pragma once

#include <utility>  // Boost.Asio 1.74 uses std::exchange without including it

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "exchange/http/http_server.hpp"

namespace botbox::exchange {

class HttpSession;

// How other threads reach the server's: closed once the server has stopped.
class HttpDoor {
 public:
  explicit HttpDoor(boost::asio::io_context& context) : context_(&context) {}
  // Runs `task` on the server's thread; drops it when the server has stopped.
  void post(std::function<void()> task);
  void close();

 private:
  std::mutex mutex_;
  boost::asio::io_context* context_;  // under mutex_; null: closed
};

// What a connection is at that may be closed to make room; the first of these first.
enum class HttpPause : std::uint8_t {
  kIdle,      // between two requests, or after the last answer
  kTransfer,  // the client shakes hands, sends its request or takes its answer
  kOverdue,   // the handler holds the answer, and has had its time
};

// What the connections share: the handler, and the list of them.
class HttpHub {
 public:
  HttpHub(const HttpServerLimits& limits, HttpServer::Handler handler,
          std::shared_ptr<HttpDoor> door)
      : limits_(limits), handler_(std::move(handler)), door_(std::move(door)) {}

  // Closes a pausing connection if the house is full; false: there is none, so nobody may come in.
  bool make_room_for(const std::string& remote);
  void add(std::shared_ptr<HttpSession> session);
  void remove(HttpSession& session);
  void on_pause(HttpSession& session, HttpPause pause);
  void on_busy(HttpSession& session);
  // Lets everybody finish; `then` is called once nobody is left, perhaps at once.
  void drain(std::function<void()> then);
  void close_all();

  bool is_draining() const { return draining_; }
  const HttpServerLimits& limits() const { return limits_; }
  void handle(HttpServerRequest request, HttpResponder responder);
  const std::shared_ptr<HttpDoor>& door() const { return door_; }

 private:
  const HttpServerLimits limits_;
  HttpServer::Handler handler_;
  std::shared_ptr<HttpDoor> door_;
  std::unordered_map<HttpSession*, std::shared_ptr<HttpSession>> sessions_;
  std::unordered_map<std::string, std::size_t> per_address_;
  std::array<std::list<HttpSession*>, 3> pausing_;  // by HttpPause; longest first
  bool draining_ = false;
  std::function<void()> on_empty_;
};

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  explicit HttpSession(std::string remote) : remote_(std::move(remote)) {}
  virtual ~HttpSession() = default;
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  virtual void start() = 0;
  // At once; may be called again.
  virtual void close() = 0;
  // Closes when idle, else after the answer under way.
  virtual void drain() = 0;
  // HttpResponder::hold().
  virtual void hold(std::uint64_t request) = 0;
  // Of the request with this number; ignored when that one was answered before.
  virtual void answer(std::uint64_t request, HttpAnswer answer, HttpDelivery delivery) = 0;
  virtual void begin_stream(std::uint64_t request, HttpAnswer head,
                            std::shared_ptr<HttpStream::State> stream) = 0;
  virtual void pump() = 0;

  const std::string& remote() const { return remote_; }

  // The hub's place for it among those that pause; empty: it does not.
  std::optional<HttpPause> pause;
  std::list<HttpSession*>::iterator pausing_at;

 private:
  std::string remote_;
};

// Null context: plain.
std::shared_ptr<HttpSession> make_http_session(boost::asio::ip::tcp::socket socket,
                                               std::string remote, HttpHub& hub,
                                               boost::asio::ssl::context* tls);

// Shared by the pushing threads and the session that writes.
struct HttpStream::State {
  std::mutex mutex;
  std::string queued;         // under mutex
  std::size_t bytes_max = 0;  // set once
  bool is_ended = false;      // under mutex; by whoever pushes
  bool is_gone = false;       // under mutex; the client
  bool is_woken = false;      // under mutex: a pump() is on its way
  std::weak_ptr<HttpSession> session;
  std::shared_ptr<HttpDoor> door;

  void wake();
};

}  // namespace botbox::exchange
