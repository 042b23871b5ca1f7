// The only file that includes Boost.Beast: it costs seconds per translation unit.
#include "exchange/http/paper_http_server.hpp"

#ifdef __SANITIZE_THREAD__
// ThreadSanitizer knows no fences; without them Asio synchronises by its mutexes, as one thread
// needs.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#endif
#include <utility>  // Boost.Asio 1.74 uses std::exchange without including it

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <random>
#include <thread>

#include "exchange/http/paper_api.hpp"

namespace botbox::exchange {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

constexpr std::size_t kHeaderBytesMax = 16 * 1024;
constexpr std::size_t kBodyBytesMax = 1024 * 1024;
constexpr std::chrono::seconds kSilenceMax{60};

enum class ServerFault { kNone, kDropReply, kAnswer500, kDelay };

// What the sessions share. Lives on the server's thread.
struct Shared {
  PaperApi& api;
  ServerFaults faults;
  std::mt19937_64 random;
  std::size_t sessions = 0;

  ServerFault draw(const ApiRequest& request) {
    if (request.method != "POST") return ServerFault::kNone;
    const std::uint64_t number = random() % 1000;
    if (number < faults.drop_reply) return ServerFault::kDropReply;
    if (number < faults.drop_reply + faults.answer_500) return ServerFault::kAnswer500;
    if (number < faults.drop_reply + faults.answer_500 + faults.delay) return ServerFault::kDelay;
    return ServerFault::kNone;
  }
};

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
    const bool keep_alive = message.keep_alive();
    const ApiRequest request{std::string(message.method_string()), std::string(message.target()),
                             std::move(message.body())};
    const ServerFault fault = shared_.draw(request);
    // The reply may come from another thread: back to ours.
    shared_.api.handle(request, [self = shared_from_this(), fault, keep_alive](ApiAnswer answer) {
      asio::post(self->stream_.get_executor(),
                 [self, fault, keep_alive, answer = std::move(answer)]() mutable {
                   self->answer(std::move(answer), fault, keep_alive);
                 });
    });
  }

  void answer(ApiAnswer answer, ServerFault fault, bool keep_alive) {
    switch (fault) {
      case ServerFault::kDropReply: return close();
      case ServerFault::kAnswer500: return write({500, "{}"}, keep_alive);
      case ServerFault::kDelay:
        timer_.expires_after(shared_.faults.delay_by);
        return timer_.async_wait([self = shared_from_this(), keep_alive,
                                  answer = std::move(answer)](beast::error_code error) mutable {
          if (!error) self->write(std::move(answer), keep_alive);
        });
      case ServerFault::kNone: return write(std::move(answer), keep_alive);
    }
  }

  void write(ApiAnswer answer, bool keep_alive) {
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(answer.status));
    response_.set(http::field::content_type, "application/json");
    response_.keep_alive(keep_alive);
    response_.body() = std::move(answer.body);
    response_.prepare_payload();
    stream_.expires_after(kSilenceMax);
    http::async_write(
        stream_, response_,
        [self = shared_from_this(), keep_alive](beast::error_code error, std::size_t) {
          if (error || !keep_alive) return self->close();
          self->read();
        });
  }

  void close() {
    beast::error_code ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_both, ignored);
    stream_.close();
  }

  beast::tcp_stream stream_;
  asio::steady_timer timer_;
  Shared& shared_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

}  // namespace

class PaperHttpServer::Listener {
 public:
  Listener(Exchange& exchange, const PaperServerOptions& options)
      : api_(exchange),
        shared_{api_, options.faults, std::mt19937_64(options.faults.seed)},
        sessions_max_(options.sessions_max) {}
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
  const OrderLedger& ledger() const { return api_.ledger(); }

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

  PaperApi api_;
  Shared shared_;
  std::size_t sessions_max_;
  std::uint16_t port_ = 0;
  asio::io_context context_{1};  // after what its handlers refer to: it is destroyed before
  Tcp::acceptor acceptor_{context_};
  asio::steady_timer pause_{context_};
  std::thread thread_;
};

PaperHttpServer::PaperHttpServer(std::unique_ptr<Listener> listener)
    : listener_(std::move(listener)) {}
PaperHttpServer::~PaperHttpServer() = default;

Result<std::unique_ptr<PaperHttpServer>> PaperHttpServer::start(Exchange& exchange,
                                                                const PaperServerOptions& options) {
  auto listener = std::make_unique<Listener>(exchange, options);
  BOTBOX_TRY(listener->listen(options.port));
  return std::unique_ptr<PaperHttpServer>(new PaperHttpServer(std::move(listener)));
}

std::uint16_t PaperHttpServer::port() const { return listener_->port(); }
const OrderLedger& PaperHttpServer::ledger() const { return listener_->ledger(); }

}  // namespace botbox::exchange
