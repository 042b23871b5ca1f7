#include "exchange/http/http_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/none.hpp>
#include <cctype>
#include <optional>
#include <sstream>
#include <type_traits>

namespace botbox::exchange {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// After the last answer, what the client still sends is read and dropped for so long: closing a
// socket with unread bytes resets the connection, and the client may lose the answer.
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kLingerBytesMax = 4 << 20;

std::string error_body(int status, std::string_view message) {
  return fmt::format(R"({{"error":"{}","status":{}}})", message, status);
}

HttpServerRequest served(http::request<http::string_body>&& message, const std::string& remote,
                         bool is_encrypted) {
  HttpServerRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.remote = remote;
  request.is_encrypted = is_encrypted;
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

// Which answer a request that cannot be read gets; 0: none, the connection is gone.
int status_of(const beast::error_code& error) {
  using Error = http::error;
  if (error.category() != http::make_error_code(Error::bad_method).category()) return 0;
  if (error == Error::end_of_stream || error == Error::partial_message) return 0;
  if (error == Error::header_limit || error == Error::buffer_overflow) return 431;
  return error == Error::body_limit ? 413 : 400;
}

template <class Stream>
class SessionOver final : public HttpSession {
 public:
  static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

  template <class... Tls>
  SessionOver(Tcp::socket socket, std::string remote, HttpHub& hub, Tls&... tls)
      : HttpSession(std::move(remote)),
        stream_(std::move(socket), tls...),
        timer_(stream_.get_executor()),
        hub_(hub),
        buffer_(hub.limits().header_bytes_max + (64U << 10)) {}

  void start() override {
    if constexpr (kIsTls) {
      hub_.on_pause(*this, HttpPause::kTransfer);
      tcp().expires_after(hub_.limits().header_timeout);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->self()](beast::error_code error) {
                                if (error || self->is_closed()) return self->close();
                                self->wait(self->hub_.limits().header_timeout);
                              });
    } else {
      wait(hub_.limits().header_timeout);
    }
  }

  void close() override {
    if (state_ == State::kClosed) return;
    state_ = State::kClosed;
    const auto alive = shared_from_this();
    if (pushed_) {
      const std::lock_guard lock(pushed_->mutex);
      pushed_->is_gone = true;
      pushed_->queued = {};
    }
    timer_.cancel();
    tcp().close();
    hub_.remove(*this);
  }

  void drain() override {
    if (state_ == State::kIdle) return close();
    if (state_ != State::kStreaming) return;  // write() asks the hub
    {
      const std::lock_guard lock(pushed_->mutex);
      pushed_->is_ended = true;
    }
    pump();
  }

  void answer(std::uint64_t request, HttpAnswer answer, HttpDelivery delivery) override {
    if (state_ != State::kAwaiting || request != number_) return;
    state_ = State::kAnswering;
    hub_.on_busy(*this);
    timer_.cancel();
    if (delivery.delay.count() <= 0) return deliver(std::move(answer), delivery.fate);
    timer_.expires_after(delivery.delay);
    timer_.async_wait([self = self(), answer = std::move(answer),
                       fate = delivery.fate](beast::error_code error) mutable {
      if (!error) self->deliver(std::move(answer), fate);
    });
  }

  void hold(std::uint64_t request) override {
    if (state_ == State::kAwaiting && request == number_) is_held_ = true;
  }

  void begin_stream(std::uint64_t request, HttpAnswer head,
                    std::shared_ptr<HttpStream::State> pushed) override {
    if (state_ != State::kAwaiting || request != number_) {
      const std::lock_guard lock(pushed->mutex);
      pushed->is_gone = true;
      return;
    }
    state_ = State::kStreaming;
    hub_.on_busy(*this);
    timer_.cancel();
    pushed_ = std::move(pushed);
    prepare(head);
    is_chunked_ = version_ >= 11;
    response_.chunked(is_chunked_);
    response_.keep_alive(false);
    std::ostringstream text;
    text << response_.base();
    sending_ = text.str();
    is_sending_ = true;
    if (hub_.is_draining()) drain();
    tcp().expires_never();
    watch_for_hang_up();
    send_pushed();
  }

  void pump() override {
    if (state_ != State::kStreaming || is_sending_) return;
    {
      const std::lock_guard lock(pushed_->mutex);
      pushed_->is_woken = false;
      if (pushed_->queued.empty() && !pushed_->is_ended) return;
      sending_ = std::move(pushed_->queued);
      pushed_->queued = {};
      is_last_ = pushed_->is_ended;
    }
    if (is_chunked_) {
      if (!sending_.empty()) sending_ = fmt::format("{:x}\r\n{}\r\n", sending_.size(), sending_);
      if (is_last_) sending_ += "0\r\n\r\n";
    }
    is_sending_ = true;
    send_pushed();
  }

 private:
  enum class State : std::uint8_t {
    kIdle,  // between two requests, also before the first
    kReading,
    kAwaiting,  // the handler's answer
    kAnswering,
    kStreaming,
    kClosed
  };

  std::shared_ptr<SessionOver> self() {
    return std::static_pointer_cast<SessionOver>(shared_from_this());
  }
  beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream_); }
  // Also of what had completed, and was not told yet, when it was closed.
  bool is_closed() const { return state_ == State::kClosed; }

  void wait(Duration patience) {
    if (hub_.is_draining()) return close();
    state_ = State::kIdle;
    if (buffer_.size() > 0) return read_header();
    hub_.on_pause(*this, HttpPause::kIdle);
    tcp().expires_after(patience);
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = self()](beast::error_code error, std::size_t bytes) {
                              if (error || self->is_closed()) return self->close();
                              self->buffer_.commit(bytes);
                              self->read_header();
                            });
  }

  void read_header() {
    state_ = State::kReading;
    hub_.on_pause(*this, HttpPause::kTransfer);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(hub_.limits().header_bytes_max));
    parser_->body_limit(hub_.limits().body_bytes_max);
    tcp().expires_after(hub_.limits().header_timeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = self()](beast::error_code error, std::size_t) {
                              if (self->is_closed()) return;
                              if (error) return self->refuse(error);
                              self->after_header();
                            });
  }

  void after_header() {
    tcp().expires_after(hub_.limits().body_timeout);
    if (parser_->is_done()) return serve();
    if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) return read_body();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue),
                      [self = self()](beast::error_code error, std::size_t) {
                        if (error || self->is_closed()) return self->close();
                        self->read_body();
                      });
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = self()](beast::error_code error, std::size_t) {
                       if (self->is_closed()) return;
                       if (error) return self->refuse(error);
                       self->serve();
                     });
  }

  // The request cannot be read. What follows on the connection is meaningless.
  void refuse(const beast::error_code& error) {
    const int status = status_of(error);
    if (status == 0) return close();
    state_ = State::kAnswering;
    version_ = 11;
    keep_alive_ = false;
    is_head_ = false;
    write({status, error_body(status, error.message())});
  }

  void serve() {
    tcp().expires_never();
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    version_ = message.version();
    is_head_ = message.method() == http::verb::head;
    state_ = State::kAwaiting;
    hub_.on_busy(*this);
    is_held_ = false;
    const std::uint64_t number = ++number_;
    timer_.expires_after(hub_.limits().answer_timeout);
    timer_.async_wait([self = self(), number](beast::error_code error) {
      if (!error) self->on_late(number);
    });
    hub_.handle(served(std::move(message), remote(), kIsTls), responder(number));
  }

  void on_late(std::uint64_t number) {
    if (state_ != State::kAwaiting || number != number_) return;
    if (!is_held_) return answer(number, {504, error_body(504, "no answer in time")}, {});
    hub_.on_pause(*this, HttpPause::kOverdue);
    timer_.expires_after(hub_.limits().held_timeout - hub_.limits().answer_timeout);
    timer_.async_wait([self = self(), number](beast::error_code error) {
      if (!error && self->state_ == State::kAwaiting && number == self->number_) self->close();
    });
  }

  HttpResponder responder(std::uint64_t number);

  void deliver(HttpAnswer answer, HttpDelivery::Fate fate) {
    if (state_ == State::kClosed) return;
    switch (fate) {
      case HttpDelivery::Fate::kDrop: return close();
      case HttpDelivery::Fate::kReset: {
        beast::error_code ignored;
        tcp().socket().set_option(asio::socket_base::linger(true, 0), ignored);
        return close();
      }
      case HttpDelivery::Fate::kCut: return write_half(std::move(answer));
      case HttpDelivery::Fate::kWhole: return write(std::move(answer));
    }
  }

  void prepare(HttpAnswer& answer) {
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(answer.status));
    if (!answer.content_type.empty()) response_.set(http::field::content_type, answer.content_type);
    response_.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : answer.headers) response_.set(name, value);
  }

  void prepare_whole(HttpAnswer& answer) {
    prepare(answer);
    keep_alive_ = keep_alive_ && !hub_.is_draining();
    response_.keep_alive(keep_alive_);
    response_.body() = std::move(answer.body);
    response_.prepare_payload();
    // It would have to be the length of what is not sent (RFC 9110 8.6).
    if (answer.status == 304) response_.content_length(boost::none);
    if (is_head_) response_.body().clear();
  }

  void write(HttpAnswer answer) {
    prepare_whole(answer);
    hub_.on_pause(*this, HttpPause::kTransfer);
    tcp().expires_after(hub_.limits().write_timeout);
    http::async_write(stream_, response_, [self = self()](beast::error_code error, std::size_t) {
      if (error || self->is_closed()) return self->close();
      if (!self->keep_alive_) return self->finish();
      self->wait(self->hub_.limits().idle_timeout);
    });
  }

  void write_half(HttpAnswer answer) {
    prepare_whole(answer);
    std::ostringstream whole;
    whole << response_;
    sending_ = whole.str();
    sending_.resize(sending_.size() - response_.body().size() / 2 - 1);
    tcp().expires_after(hub_.limits().write_timeout);
    asio::async_write(stream_, asio::buffer(sending_),
                      [self = self()](beast::error_code, std::size_t) { self->close(); });
  }

  void send_pushed() {
    tcp().expires_after(hub_.limits().write_timeout);  // of the write: a read is under way
    asio::async_write(stream_, asio::buffer(sending_),
                      [self = self()](beast::error_code error, std::size_t) {
                        self->is_sending_ = false;
                        if (error || self->is_last_) return self->close();
                        self->pump();
                      });
  }

  // A client of a stream has nothing to say; reading tells that it has gone.
  void watch_for_hang_up() {
    stream_.async_read_some(asio::buffer(dropped_),
                            [self = self()](beast::error_code error, std::size_t bytes) {
                              self->lingered_ += bytes;
                              if (error || self->lingered_ > self->dropped_.size())
                                return self->close();
                              self->watch_for_hang_up();
                            });
  }

  // The answer was the last: says so, and waits for the client to close.
  void finish() {
    hub_.on_pause(*this, HttpPause::kIdle);
    tcp().expires_after(kLinger);
    if constexpr (kIsTls) {
      stream_.async_shutdown([self = self()](beast::error_code) { self->close(); });
    } else {
      beast::error_code error;
      tcp().socket().shutdown(Tcp::socket::shutdown_send, error);
      if (error) return close();
      linger();
    }
  }

  void linger() {
    stream_.async_read_some(asio::buffer(dropped_),
                            [self = self()](beast::error_code error, std::size_t bytes) {
                              self->lingered_ += bytes;
                              if (error || self->lingered_ > kLingerBytesMax) return self->close();
                              self->linger();
                            });
  }

  Stream stream_;
  asio::steady_timer timer_;
  HttpHub& hub_;
  State state_ = State::kIdle;
  std::uint64_t number_ = 0;  // of the newest request
  unsigned version_ = 11;
  bool keep_alive_ = false;
  bool is_head_ = false;
  bool is_held_ = false;  // the handler's word on the request under way
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::shared_ptr<HttpStream::State> pushed_;
  std::string sending_;
  bool is_chunked_ = false;
  bool is_sending_ = false;
  bool is_last_ = false;
  std::size_t lingered_ = 0;
  std::array<char, 1024> dropped_;
};

}  // namespace

// -- what other threads hold

void HttpDoor::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (context_ != nullptr) asio::post(*context_, std::move(task));
}

void HttpDoor::close() {
  const std::lock_guard lock(mutex_);
  context_ = nullptr;
}

struct HttpResponder::State {
  std::weak_ptr<HttpSession> session;
  std::uint64_t number = 0;
  std::shared_ptr<HttpDoor> door;
  std::size_t stream_bytes_max = 0;
  std::atomic<bool> is_answered{false};
  std::atomic<bool> is_held{false};

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (is_answered) return;
    const auto fate = is_held ? HttpDelivery::Fate::kDrop : HttpDelivery::Fate::kWhole;
    send({500, error_body(500, "the request was not answered")}, {.fate = fate});
  }

  void send(HttpAnswer answer, HttpDelivery delivery) {
    door->post([session = session, number = number, answer = std::move(answer), delivery]() {
      if (const auto there = session.lock()) there->answer(number, answer, delivery);
    });
  }
};

void HttpResponder::answer(HttpAnswer answer, HttpDelivery delivery) const {
  if (!state_->is_answered.exchange(true)) state_->send(std::move(answer), delivery);
}

void HttpResponder::hold() const {
  state_->is_held = true;
  state_->door->post([session = state_->session, number = state_->number] {
    if (const auto there = session.lock()) there->hold(number);
  });
}

std::shared_ptr<HttpStream> HttpResponder::stream(HttpAnswer head) const {
  if (state_->is_answered.exchange(true)) return nullptr;
  auto stream = std::make_shared<HttpStream::State>();
  stream->bytes_max = state_->stream_bytes_max;
  stream->session = state_->session;
  stream->door = state_->door;
  state_->door->post([session = state_->session, number = state_->number, head, stream]() {
    if (const auto there = session.lock()) there->begin_stream(number, head, stream);
  });
  return std::make_shared<HttpStream>(std::move(stream));
}

template <class Stream>
HttpResponder SessionOver<Stream>::responder(std::uint64_t number) {
  auto state = std::make_shared<HttpResponder::State>();
  state->session = weak_from_this();
  state->number = number;
  state->door = hub_.door();
  state->stream_bytes_max = hub_.limits().stream_bytes_max;
  return HttpResponder(std::move(state));
}

void HttpStream::State::wake() {
  if (std::exchange(is_woken, true)) return;
  door->post([session = session] {
    if (const auto there = session.lock()) there->pump();
  });
}

HttpStream::Push HttpStream::push(std::string_view bytes) {
  const std::lock_guard lock(state_->mutex);
  if (state_->is_ended || state_->is_gone || state_->session.expired()) return Push::kClosed;
  if (state_->queued.size() + bytes.size() > state_->bytes_max) return Push::kFull;
  state_->queued += bytes;
  state_->wake();
  return Push::kQueued;
}

void HttpStream::close() {
  const std::lock_guard lock(state_->mutex);
  if (std::exchange(state_->is_ended, true) || state_->is_gone) return;
  state_->wake();
}

bool HttpStream::is_open() const {
  const std::lock_guard lock(state_->mutex);
  return !state_->is_ended && !state_->is_gone && !state_->session.expired();
}

std::string_view HttpServerRequest::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return {};
}

std::string HttpServerRequest::list_header(std::string_view lower_case_name) const {
  std::string list;
  for (const auto& [name, value] : headers) {
    if (name != lower_case_name) continue;
    if (!list.empty()) list += ", ";
    list += value;
  }
  return list;
}

// -- the hub

bool HttpHub::make_room_for(const std::string& remote) {
  const auto close_first = [&](auto is_wanted) {
    for (const std::list<HttpSession*>& pausing : pausing_) {
      const auto found = std::find_if(pausing.begin(), pausing.end(), is_wanted);
      if (found == pausing.end()) continue;
      (*found)->close();
      return true;
    }
    return false;
  };
  const auto own = per_address_.find(remote);
  if (own != per_address_.end() && own->second >= limits_.connections_per_address_max)
    return close_first([&](const HttpSession* one) { return one->remote() == remote; });
  if (sessions_.size() >= limits_.connections_max)
    return close_first([](const HttpSession*) { return true; });
  return true;
}

void HttpHub::add(std::shared_ptr<HttpSession> session) {
  ++per_address_[session->remote()];
  HttpSession& added = *session;
  sessions_.emplace(&added, std::move(session));
  added.start();
}

void HttpHub::remove(HttpSession& session) {
  on_busy(session);
  if (const auto own = per_address_.find(session.remote());
      own != per_address_.end() && --own->second == 0)
    per_address_.erase(own);
  sessions_.erase(&session);
  if (sessions_.empty() && on_empty_) std::exchange(on_empty_, nullptr)();
}

void HttpHub::on_pause(HttpSession& session, HttpPause pause) {
  on_busy(session);
  std::list<HttpSession*>& pausing = pausing_.at(static_cast<std::size_t>(pause));
  session.pausing_at = pausing.insert(pausing.end(), &session);
  session.pause = pause;
}

void HttpHub::on_busy(HttpSession& session) {
  if (!session.pause) return;
  pausing_.at(static_cast<std::size_t>(*session.pause)).erase(session.pausing_at);
  session.pause.reset();
}

void HttpHub::drain(std::function<void()> then) {
  draining_ = true;
  if (sessions_.empty()) return then();
  on_empty_ = std::move(then);
  const auto all = sessions_;
  for (const auto& [key, session] : all) session->drain();
}

void HttpHub::close_all() {
  on_empty_ = nullptr;
  const auto all = sessions_;
  for (const auto& [key, session] : all) session->close();
}

void HttpHub::handle(HttpServerRequest request, HttpResponder responder) {
  try {
    handler_(std::move(request), responder);
  } catch (const std::exception&) {
    responder.answer({500, error_body(500, "the request could not be handled")});
  }
}

std::shared_ptr<HttpSession> make_http_session(Tcp::socket socket, std::string remote, HttpHub& hub,
                                               asio::ssl::context* tls) {
  if (tls == nullptr)
    return std::make_shared<SessionOver<PlainStream>>(std::move(socket), std::move(remote), hub);
  return std::make_shared<SessionOver<TlsStream>>(std::move(socket), std::move(remote), hub, *tls);
}

}  // namespace botbox::exchange
