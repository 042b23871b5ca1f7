#include "tests/exchange/scripted_server.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cctype>
#include <deque>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

namespace botbox::exchange::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

// What the test writes and the sessions read.
struct Script {
  mutable std::mutex mutex;
  std::deque<ScriptedReply> replies;                           // under mutex
  std::function<ScriptedReply(const ServedRequest&)> handler;  // under mutex
  std::vector<ServedRequest> requests;                         // under mutex
  std::function<void()> stop_accepting;                        // set before the first session

  ScriptedReply next(ServedRequest request) {
    const std::lock_guard lock(mutex);
    requests.push_back(std::move(request));
    if (!replies.empty()) {
      ScriptedReply reply = std::move(replies.front());
      replies.pop_front();
      return reply;
    }
    if (handler) return handler(requests.back());
    return {"no reply is written down for this request", 404};
  }
};

// One connection: reads a request, answers it, reads the next.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Tcp::socket socket, Script& script) : stream_(std::move(socket)), script_(script) {}

  void read() {
    request_ = {};
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (error) return self->close();
                       self->answer(self->script_.next(self->served()));
                     });
  }

 private:
  ServedRequest served() const {
    ServedRequest served{
        std::string(request_.method_string()), std::string(request_.target()), request_.body(), {}};
    for (const auto& field : request_) {
      std::string name(field.name_string());
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      served.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    return served;
  }

  void answer(ScriptedReply reply) {
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(reply.status));
    response_.set(http::field::content_type, "application/json");
    for (const auto& [name, value] : reply.headers) response_.set(name, value);
    response_.keep_alive(request_.keep_alive());
    response_.body() = std::move(reply.body);
    response_.prepare_payload();
    switch (reply.fault) {
      case ScriptedFault::kDropReply: return close();
      case ScriptedFault::kTruncate: return write_half();
      case ScriptedFault::kSilence: return wait_for_hang_up();
      case ScriptedFault::kLeave: script_.stop_accepting(); return close();
      case ScriptedFault::kNone: return write();
    }
  }

  void write() {
    http::async_write(stream_, response_,
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        if (error || !self->response_.keep_alive()) return self->close();
                        self->read();
                      });
  }

  void write_half() {
    std::ostringstream text;
    text << response_;
    half_ = text.str();
    half_.resize(half_.size() - response_.body().size() / 2);
    asio::async_write(
        stream_, asio::buffer(half_),
        [self = shared_from_this()](beast::error_code, std::size_t) { self->close(); });
  }

  void wait_for_hang_up() {
    stream_.async_read_some(
        asio::buffer(&ignored_, 1),
        [self = shared_from_this()](beast::error_code, std::size_t) { self->close(); });
  }

  void close() {
    beast::error_code ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_both, ignored);
    stream_.close();
  }

  beast::tcp_stream stream_;
  Script& script_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  std::string half_;
  char ignored_ = 0;
};

}  // namespace

class ScriptedServer::Server {
 public:
  Server() : acceptor_(context_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    port_ = acceptor_.local_endpoint().port();
    script_.stop_accepting = [this] { acceptor_.close(); };
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Server() {
    context_.stop();
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return port_; }
  Script& script() { return script_; }

 private:
  void accept() {
    acceptor_.async_accept([this](beast::error_code error, Tcp::socket socket) {
      if (!error) std::make_shared<Session>(std::move(socket), script_)->read();
      if (acceptor_.is_open()) accept();
    });
  }

  Script script_;
  std::uint16_t port_ = 0;
  asio::io_context context_{1};  // after what its handlers refer to: it is destroyed before
  Tcp::acceptor acceptor_;
  std::thread thread_;
};

std::string ServedRequest::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string() : target.substr(mark + 1);
}

std::string ServedRequest::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return {};
}

ScriptedServer::ScriptedServer() : server_(std::make_unique<Server>()) {}
ScriptedServer::~ScriptedServer() = default;

std::string ScriptedServer::base_url() const {
  return "http://127.0.0.1:" + std::to_string(server_->port());
}

void ScriptedServer::reply(ScriptedReply next) {
  const std::lock_guard lock(server_->script().mutex);
  server_->script().replies.push_back(std::move(next));
}

void ScriptedServer::handle(std::function<ScriptedReply(const ServedRequest&)> handler) {
  const std::lock_guard lock(server_->script().mutex);
  server_->script().handler = std::move(handler);
}

std::vector<ServedRequest> ScriptedServer::requests() const {
  const std::lock_guard lock(server_->script().mutex);
  return server_->script().requests;
}

std::size_t ScriptedServer::replies_left() const {
  const std::lock_guard lock(server_->script().mutex);
  return server_->script().replies.size();
}

}  // namespace botbox::exchange::testing
