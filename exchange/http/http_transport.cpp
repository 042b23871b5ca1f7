#include "exchange/http/http_transport.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "engine/assert.hpp"
#include "exchange/http/socket_watch.hpp"

namespace botbox::exchange {
namespace {

struct Transfer {
  HttpRequest request;
  HttpTransport::Answer answer;
  HttpResponse response;
  std::size_t bytes_max = 0;
  std::optional<std::chrono::steady_clock::time_point> begin_by;
  bool too_large = false;
  bool begun = false;           // a byte of it may have left
  bool repeat_refused = false;  // libcurl wanted to send it once more
  curl_slist* headers = nullptr;
};

bool changes_something(HttpMethod method) {
  return method == HttpMethod::kPost || method == HttpMethod::kPut;
}

// Called when a connection stands and the request is about to be written to it. A second time means
// that the connection died without an answer and libcurl wants to repeat the request on another:
// the venue may have executed it, so it must not.
int before_sending(void* user, char*, char*, int, int) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  if (transfer.begun && changes_something(transfer.request.method)) {
    transfer.repeat_refused = true;
    return CURL_PREREQFUNC_ABORT;
  }
  transfer.begun = true;
  return CURL_PREREQFUNC_OK;
}

std::size_t write_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  if (transfer.response.body.size() + size * count > transfer.bytes_max) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(bytes, size * count);
  return size * count;
}

std::size_t write_header(char* bytes, std::size_t size, std::size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  std::string line(bytes, size * count);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos || transfer.response.headers.size() >= 200) return size * count;
  std::transform(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), line.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  transfer.response.headers.push_back(std::move(line));
  return size * count;
}

// The URL without its query: that may carry a signature.
std::string place_of(const HttpRequest& request) {
  return request.url.substr(0, request.url.find('?'));
}

std::string message_of(CURLcode code, const Transfer& transfer) {
  if (transfer.too_large) return "the answer is too large";
  if (transfer.repeat_refused) return "the connection died before the answer";
  return curl_easy_strerror(code);
}

// As it may be shown: without user and password.
std::string name_of_proxy(const std::string& proxy) {
  if (proxy.empty()) return "of the environment";
  const std::size_t scheme = proxy.find("://");
  const std::size_t from = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t at = proxy.rfind('@');
  if (at == std::string::npos || at < from) return proxy;
  return proxy.substr(0, from) + proxy.substr(at + 1);
}

constexpr long kProxyWantsCredentials = 407;

// The proxy's own answer to a tunnel, or to a request: the venue has seen nothing of it.
Error refused_by_proxy(long status, const std::string& proxy, const Transfer& transfer) {
  const std::string name = name_of_proxy(proxy);
  if (status != kProxyWantsCredentials)
    return {ErrorCode::kUnavailable,
            fmt::format("the proxy {} opens no way to the venue: HTTP {}", name, status),
            place_of(transfer.request), "let the proxy pass this address, or use another proxy"};
  const bool has_user = proxy.find('@') != std::string::npos;
  return {ErrorCode::kUnavailable,
          fmt::format("the proxy {} {}: HTTP {}", name,
                      has_user ? "refuses the user and password that it is given"
                               : "wants a user and a password",
                      status),
          place_of(transfer.request),
          "write them before the proxy's host: http://user:password@host:port"};
}

Error error_of(CURLcode code, const std::string& proxy, const Transfer& transfer) {
  // Whatever failed last: what has begun may have arrived.
  if (!transfer.begun)
    return {ErrorCode::kUnavailable, message_of(code, transfer), place_of(transfer.request),
            proxy.empty() ? "check the address and the network"
                          : fmt::format("check the proxy {}, the address and the network",
                                        name_of_proxy(proxy))};
  return {ErrorCode::kOutcomeUnknown, message_of(code, transfer), place_of(transfer.request),
          std::string(fix_of_unknown(transfer.request.method))};
}

}  // namespace

std::string_view HttpResponse::header(std::string_view lower_case_name) const {
  for (const std::string_view line : headers) {
    if (!line.starts_with(lower_case_name) || line.size() <= lower_case_name.size() ||
        line[lower_case_name.size()] != ':')
      continue;
    const std::size_t from = line.find_first_not_of(' ', lower_case_name.size() + 1);
    return from == std::string_view::npos ? std::string_view{} : line.substr(from);
  }
  return {};
}

Result<HttpResponse> definite(HttpResponse response) {
  const int status = response.status;
  if (status == 429 || status == 418) {
    const std::string_view wait = response.header("retry-after");
    return fail(ErrorCode::kRateLimited, fmt::format("HTTP {}", status), {},
                wait.empty() ? "" : fmt::format("retry after {} s", wait));
  }
  if (status >= 200 && status < 500) return response;
  return fail(ErrorCode::kOutcomeUnknown, fmt::format("HTTP {}", status));
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~')
      out.push_back(c);
    else
      out += fmt::format("%{:02X}", byte);
  }
  return out;
}

class HttpTransport::Loop {
 public:
  explicit Loop(HttpOptions options) : options_(std::move(options)) {
    static std::once_flag once;
    std::call_once(once, [] { ENGINE_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
    multi_ = curl_multi_init();
    ENGINE_ASSERT(multi_ != nullptr);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.in_flight_max));
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    thread_ = std::thread([this] { run(); });
  }

  ~Loop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    sockets_.wake();
    thread_.join();
    for (CURL* easy : idle_) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi_);
  }

  void send(const Permit& permit, HttpRequest request, Answer answer) {
    const std::optional<Error> refusal = enqueue(permit, request, answer);
    if (refusal) answer(tl::unexpected<Error>(*refusal));
  }

 private:
  using Clock = std::chrono::steady_clock;

  // Moves from both unless it refuses.
  std::optional<Error> enqueue(const Permit& permit, HttpRequest& request, Answer& answer) {
    auto transfer = std::make_unique<Transfer>();
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= options_.queued_max)
      return Error{ErrorCode::kOverloaded, "too many requests are waiting", place_of(request), {}};
    if (!permit.consume())
      return Error{ErrorCode::kRateLimited, "the permit is used up", place_of(request), {}};
    transfer->request = std::move(request);
    transfer->answer = std::move(answer);
    transfer->bytes_max = options_.response_bytes_max;
    if (transfer->request.begin_within)
      transfer->begin_by = Clock::now() + *transfer->request.begin_within;
    queue_.push_back(std::move(transfer));
    // When more wait, the loop was woken for the first of them, or looks again as a place frees.
    if (queue_.size() == 1) sockets_.wake();
    return std::nullopt;
  }

  static int on_socket(CURL*, curl_socket_t socket, int what, void* user, void*) {
    SocketWatch& sockets = static_cast<Loop*>(user)->sockets_;
    if (what == CURL_POLL_REMOVE)
      sockets.forget(socket);
    else
      sockets.watch(socket, (what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
    return 0;
  }

  static int on_timer(CURLM*, long milliseconds, void* user) {
    std::optional<Clock::time_point>& due = static_cast<Loop*>(user)->due_;
    if (milliseconds < 0)
      due.reset();
    else
      due = Clock::now() + std::chrono::milliseconds(milliseconds);
    return 0;
  }

  void run() {
    while (start_queued()) {
      for (const SocketWatch::Ready& ready : sockets_.wait(time_left()))
        act(ready.socket, (ready.readable ? CURL_CSELECT_IN : 0) |
                              (ready.writable ? CURL_CSELECT_OUT : 0) |
                              (ready.failed ? CURL_CSELECT_ERR : 0));
      if (due_ && *due_ <= Clock::now()) {
        due_.reset();  // libcurl sets it anew where it wants to be called again
        act(CURL_SOCKET_TIMEOUT, 0);
      }
      finish_done();
    }
    stop_all();
  }

  void act(curl_socket_t socket, int events) {
    int running = 0;
    ENGINE_ASSERT(curl_multi_socket_action(multi_, socket, events, &running) == CURLM_OK);
  }

  // Until libcurl wants to be called without a socket being ready, rounded up; at most a second.
  Duration time_left() const {
    constexpr Duration kAtMost{1'000};
    if (!due_) return kAtMost;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due_ - Clock::now());
    return Duration{std::clamp<std::int64_t>(left.count(), 0, kAtMost.count())};
  }

  // Puts queued requests under way as places allow. False: stop.
  bool start_queued() {
    while (under_way_.size() < options_.in_flight_max) {
      std::unique_ptr<Transfer> transfer;
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) return false;
        if (queue_.empty()) return true;
        transfer = std::move(queue_.front());
        queue_.pop_front();
      }
      if (transfer->begin_by && *transfer->begin_by < Clock::now())
        give_up(*transfer);
      else
        begin(std::move(transfer));
    }
    const std::lock_guard lock(mutex_);
    return !stopping_;
  }

  static void give_up(const Transfer& transfer) {
    transfer.answer(fail(ErrorCode::kUnavailable, "its turn came after its permit had expired",
                         place_of(transfer.request),
                         "the venue answers slowly; it is asked again"));
  }

  void begin(std::unique_ptr<Transfer> transfer) {
    CURL* easy = nullptr;
    if (idle_.empty()) {
      easy = curl_easy_init();
      ENGINE_ASSERT(easy != nullptr);
    } else {
      easy = idle_.back();
      idle_.pop_back();
    }
    set_up(easy, *transfer);
    under_way_.emplace(easy, std::move(transfer));
    ENGINE_ASSERT(curl_multi_add_handle(multi_, easy) == CURLM_OK);
  }

  void set_up(CURL* easy, Transfer& transfer) const {
    const HttpRequest& request = transfer.request;
    for (const std::string& header : request.headers)
      transfer.headers = curl_slist_append(transfer.headers, header.c_str());
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    if (!options_.proxy.empty()) curl_easy_setopt(easy, CURLOPT_PROXY, options_.proxy.c_str());
    if (!options_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(options_.connect_timeout.count()));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &write_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    // What a proxy says of its tunnel (its Date) is no word of the venue's.
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &write_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &before_sending);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, &transfer);
    set_method(easy, transfer);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
  }

  static void set_method(CURL* easy, Transfer& transfer) {
    const HttpRequest& request = transfer.request;
    if (request.method == HttpMethod::kDelete)
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
    if (request.method == HttpMethod::kPut) curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
    if (!changes_something(request.method)) return;
    // "Expect: 100-continue" would cost a round trip on larger bodies.
    transfer.headers = curl_slist_append(transfer.headers, "Expect:");
    // Given whole, so that head and body leave in one packet.
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }

  void finish_done() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const easy = message->easy_handle;
      const CURLcode code = message->data.result;
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      Transfer& transfer = *under_way_.at(easy);
      const std::optional<Error> error = error_in(easy, code, status, transfer);
      const std::unique_ptr<Transfer> done = take_off(easy);
      done->response.status = static_cast<int>(status);
      if (error)
        done->answer(tl::unexpected<Error>(*error));
      else
        done->answer(std::move(done->response));
    }
  }

  // Empty: `status` is the venue's.
  std::optional<Error> error_in(CURL* easy, CURLcode code, long status,
                                const Transfer& transfer) const {
    long tunnel = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    if (!transfer.begun && tunnel >= 300) return refused_by_proxy(tunnel, options_.proxy, transfer);
    if (status == kProxyWantsCredentials && !options_.proxy.empty())
      return refused_by_proxy(status, options_.proxy, transfer);
    if (code != CURLE_OK) return error_of(code, options_.proxy, transfer);
    return std::nullopt;
  }

  // The handle keeps its connection and goes back to the pool.
  std::unique_ptr<Transfer> take_off(CURL* easy) {
    curl_multi_remove_handle(multi_, easy);
    const auto it = under_way_.find(easy);
    std::unique_ptr<Transfer> transfer = std::move(it->second);
    under_way_.erase(it);
    curl_easy_reset(easy);
    idle_.push_back(easy);
    curl_slist_free_all(transfer->headers);
    transfer->headers = nullptr;
    return transfer;
  }

  void stop_all() {
    while (!under_way_.empty()) {
      const std::unique_ptr<Transfer> transfer = take_off(under_way_.begin()->first);
      transfer->answer(fail(ErrorCode::kOutcomeUnknown, "stopped while the request was under way",
                            place_of(transfer->request),
                            std::string(fix_of_unknown(transfer->request.method))));
    }
    std::deque<std::unique_ptr<Transfer>> queued;
    {
      const std::lock_guard lock(mutex_);
      queued.swap(queue_);
    }
    for (const auto& transfer : queued)
      transfer->answer(
          fail(ErrorCode::kOverloaded, "stopped before sending", place_of(transfer->request)));
  }

  HttpOptions options_;
  SocketWatch sockets_;
  std::optional<Clock::time_point> due_;  // when libcurl wants to be called at the latest
  CURLM* multi_ = nullptr;
  std::mutex mutex_;
  bool stopping_ = false;                        // under mutex_
  std::deque<std::unique_ptr<Transfer>> queue_;  // under mutex_
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> under_way_;
  std::vector<CURL*> idle_;
  std::thread thread_;
};

HttpTransport::HttpTransport(HttpOptions options) : loop_(std::make_unique<Loop>(options)) {}
HttpTransport::~HttpTransport() = default;

void HttpTransport::send(const Permit& permit, HttpRequest request, Answer answer) {
  loop_->send(permit, std::move(request), std::move(answer));
}

}  // namespace botbox::exchange
