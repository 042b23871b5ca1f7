#include "exchange/simulator/simulator_server.hpp"

#ifdef __SANITIZE_THREAD__
// ThreadSanitizer knows no fences; without them Asio synchronises by its mutexes, as one thread
// needs.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#endif
#include <utility>  // Boost.Asio 1.74 uses std::exchange without including it

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cctype>
#include <optional>
#include <sstream>
#include <thread>

namespace botbox::exchange::sim {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

constexpr std::size_t kHeaderBytesMax = 16 * 1024;
constexpr std::size_t kBodyBytesMax = 1024 * 1024;
constexpr std::chrono::seconds kSilenceMax{60};

// What the sessions share. Lives on the server's thread.
struct Shared {
  Simulator& simulator;
  std::size_t sessions = 0;
};

WireRequest wire_of(http::request<http::string_body>& message) {
  WireRequest request;
  request.method = std::string(message.method_string());
  const std::string target(message.target());
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) request.query = target.substr(mark + 1);
  request.body = std::move(message.body());
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    request.headers[name] = std::string(field.value());
  }
  return request;
}

// One connection: reads a request, answers it, reads the next.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Tcp::socket socket, Shared& shared)
      : stream_(std::move(socket)), timer_(stream_.get_executor()), shared_(shared) {
    ++shared_.sessions;
  }
  ~Session() { --shared_.sessions; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void read() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytesMax);
    parser_->body_limit(kBodyBytesMax);
    stream_.expires_after(kSilenceMax);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (error) return self->close();
                       self->serve();
                     });
  }

 private:
  void serve() {
    stream_.expires_never();
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    Delivery delivery = shared_.simulator.handle(wire_of(message));
    if (delivery.delay.count() <= 0) return deliver(std::move(delivery));
    timer_.expires_after(delivery.delay);
    timer_.async_wait([self = shared_from_this(),
                       delivery = std::move(delivery)](beast::error_code error) mutable {
      if (!error) self->deliver(std::move(delivery));
    });
  }

  void deliver(Delivery delivery) {
    if (delivery.drop) return close();
    if (delivery.reset) {
      beast::error_code ignored;
      stream_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
      return stream_.close();
    }
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(delivery.answer.status));
    response_.set(http::field::content_type, "application/json;charset=UTF-8");
    for (const auto& [name, value] : delivery.answer.headers) response_.set(name, value);
    response_.keep_alive(keep_alive_);
    response_.body() = std::move(delivery.answer.body);
    response_.prepare_payload();
    stream_.expires_after(kSilenceMax);
    if (delivery.cut) return write_half();
    http::async_write(stream_, response_,
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        if (error || !self->keep_alive_) return self->close();
                        self->read();
                      });
  }

  // The head promises the whole body.
  void write_half() {
    std::ostringstream whole;
    whole << response_;
    half_ = whole.str();
    half_.resize(half_.size() - response_.body().size() / 2 - 1);
    asio::async_write(
        stream_, asio::buffer(half_),
        [self = shared_from_this()](beast::error_code, std::size_t) { self->close(); });
  }

  void close() {
    beast::error_code ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_both, ignored);
    stream_.close();
  }

  beast::tcp_stream stream_;
  asio::steady_timer timer_;
  Shared& shared_;
  bool keep_alive_ = false;
  std::string half_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

}  // namespace

class SimulatorServer::Listener {
 public:
  Listener(Simulator& simulator, const ServerOptions& options)
      : shared_{simulator}, sessions_max_(options.sessions_max) {}
  ~Listener() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  Result<void> listen(std::uint16_t port) {
    const Tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    beast::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
      return fail(ErrorCode::kIo, fmt::format("cannot listen: {}", error.message()),
                  fmt::format("127.0.0.1:{}", port), "choose another port, or 0 for any");
    port_ = acceptor_.local_endpoint().port();
    accept();
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  std::uint16_t port() const { return port_; }

 private:
  void accept() {
    acceptor_.async_accept([this](beast::error_code error, Tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) {  // out of descriptors: asking again at once would spin
        pause_.expires_after(std::chrono::milliseconds(100));
        return pause_.async_wait([this](beast::error_code) { accept(); });
      }
      if (shared_.sessions < sessions_max_) {
        beast::error_code ignored;
        socket.set_option(Tcp::no_delay(true), ignored);
        std::make_shared<Session>(std::move(socket), shared_)->read();
      }
      accept();
    });
  }

  Shared shared_;
  std::size_t sessions_max_;
  std::uint16_t port_ = 0;
  asio::io_context context_{1};  // after what its handlers refer to: it is destroyed before
  Tcp::acceptor acceptor_{context_};
  asio::steady_timer pause_{context_};
  std::thread thread_;
};

SimulatorServer::SimulatorServer(std::unique_ptr<Listener> listener)
    : listener_(std::move(listener)) {}
SimulatorServer::~SimulatorServer() = default;

Result<std::unique_ptr<SimulatorServer>> SimulatorServer::start(Simulator& simulator,
                                                                const ServerOptions& options) {
  auto listener = std::make_unique<Listener>(simulator, options);
  BOTBOX_TRY(listener->listen(options.port));
  return std::unique_ptr<SimulatorServer>(new SimulatorServer(std::move(listener)));
}

std::uint16_t SimulatorServer::port() const { return listener_->port(); }

}  // namespace botbox::exchange::sim
