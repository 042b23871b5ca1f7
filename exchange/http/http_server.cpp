#include "exchange/http/http_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <thread>
#include "exchange/http/http_session.hpp"

namespace botbox::exchange {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using SystemError = boost::system::error_code;

Result<std::optional<asio::ssl::context>> tls_context(const HttpServerOptions& options) {
  if (options.certificate_file.empty() && options.key_file.empty())
    return std::optional<asio::ssl::context>{};
  if (options.certificate_file.empty() || options.key_file.empty())
    return fail(ErrorCode::kInvalidInput, "TLS takes a certificate and its key", {}, "name both");
  std::optional<asio::ssl::context> context(asio::ssl::context::tls_server);
  SystemError error;
  context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                           asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                           asio::ssl::context::no_tlsv1_1,
                       error);
  if (!error) context->use_certificate_chain_file(options.certificate_file, error);
  if (error)
    return fail(ErrorCode::kInvalidInput,
                fmt::format("the certificate cannot be used: {}", error.message()),
                options.certificate_file, "write a PEM file: the certificate, then its chain");
  context->use_private_key_file(options.key_file, asio::ssl::context::pem, error);
  if (error)
    return fail(ErrorCode::kInvalidInput,
                fmt::format("the key cannot be used: {}", error.message()), options.key_file,
                "write a PEM file with the key of the certificate, without a pass phrase");
  return context;
}

// A program that this process starts keeps neither the port nor a client's connection open.
void keep_to_this_process(int socket) { ::fcntl(socket, F_SETFD, FD_CLOEXEC); }

}  // namespace

class HttpServer::Loop {
 public:
  Loop(const HttpServerOptions& options, std::optional<asio::ssl::context> tls_or_plain)
      : door_(std::make_shared<HttpDoor>(context_)),
        hub_(
            options.limits,
            [this](HttpServerRequest request, HttpResponder responder) {
              handler_(std::move(request), std::move(responder));
            },
            door_),
        tls_(std::move(tls_or_plain)) {}
  ~Loop() { stop(Duration{0}); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Result<void> listen(const std::string& host, std::uint16_t port) {
    const std::string place = fmt::format("{}:{}", host, port);
    SystemError error;
    const asio::ip::address address = asio::ip::make_address(host, error);
    if (error)
      return fail(ErrorCode::kInvalidInput, "not an address", place,
                  "write an address of this machine, such as 127.0.0.1 or 0.0.0.0");
    const Tcp::endpoint endpoint(address, port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) keep_to_this_process(acceptor_.native_handle());
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
      return fail(ErrorCode::kIo, fmt::format("cannot listen: {}", error.message()), place,
                  "choose another port, or 0 for any");
    port_ = acceptor_.local_endpoint().port();
    return {};
  }

  void serve(Handler handler) {
    handler_ = std::move(handler);
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }

  void stop(Duration grace) {
    if (!thread_.joinable()) return;
    asio::post(context_, [this, grace] {
      SystemError ignored;
      acceptor_.close(ignored);
      patience_.expires_after(grace);
      patience_.async_wait([this](SystemError error) {
        if (!error) end();
      });
      hub_.drain([this] { end(); });
    });
    thread_.join();
    door_->close();
  }

  std::uint16_t port() const { return port_; }

 private:
  void end() {
    hub_.close_all();
    context_.stop();
  }

  void accept() {
    acceptor_.async_accept([this](SystemError error, Tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) {  // out of descriptors: asking again at once would spin
        pause_.expires_after(std::chrono::milliseconds(100));
        return pause_.async_wait([this](SystemError) {
          if (acceptor_.is_open()) accept();
        });
      }
      take_in(std::move(socket));
      accept();
    });
  }

  void take_in(Tcp::socket socket) {
    keep_to_this_process(socket.native_handle());
    SystemError error;
    const Tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) return;  // gone already
    std::string remote = peer.address().to_string();
    if (!hub_.make_room_for(remote)) return;
    socket.set_option(Tcp::no_delay(true), error);
    hub_.add(
        make_http_session(std::move(socket), std::move(remote), hub_, tls_ ? &*tls_ : nullptr));
  }

  std::uint16_t port_ = 0;
  asio::io_context context_{1};
  Handler handler_;
  std::shared_ptr<HttpDoor> door_;
  HttpHub hub_;
  std::optional<asio::ssl::context> tls_;
  Tcp::acceptor acceptor_{context_};
  asio::steady_timer pause_{context_};
  asio::steady_timer patience_{context_};
  std::thread thread_;
};

HttpServer::HttpServer(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::listen(const HttpServerOptions& options) {
  BOTBOX_ASSIGN(auto tls, tls_context(options));
  auto loop = std::make_unique<Loop>(options, std::move(tls));
  BOTBOX_TRY(loop->listen(options.address, options.port));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(loop)));
}

void HttpServer::serve(Handler handler) { loop_->serve(std::move(handler)); }

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options,
                                                      Handler handler) {
  BOTBOX_ASSIGN(auto server, listen(options));
  server->serve(std::move(handler));
  return server;
}

std::uint16_t HttpServer::port() const { return loop_->port(); }
void HttpServer::stop(Duration grace) { loop_->stop(grace); }

}  // namespace botbox::exchange
