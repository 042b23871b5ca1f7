// The program `botbox-hooks`: sends alerts to a running engine over some connections, each waiting
// for its answer before it sends the next, and measures how long a durable answer takes.
#include <fmt/format.h>

#include <utility>  // Boost.Asio 1.74 uses std::exchange without including it

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

namespace botbox::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;

struct Options {
  std::uint16_t port = 8700;
  std::string secret;
  std::string bot = "hook";
  int bots = 100;  // hook-001, hook-002, ... as count = 100 makes them
  int connections = 64;
  int seconds = 10;
  double floor = 0;      // durable answers a second; 0: none is asked for
  double floor_p99 = 0;  // ms
};

struct Tally {
  std::vector<double> ms;  // of each answer
  std::uint64_t failed = 0;
  std::uint64_t sent = 0;
  Clock::time_point end;
};

// One connection: send, wait for the answer, send the next.
class Sender : public std::enable_shared_from_this<Sender> {
 public:
  Sender(asio::io_context& context, const Options& options, Tally& tally)
      : stream_(context), options_(options), tally_(tally) {}

  void start() {
    stream_.async_connect(Tcp::endpoint(asio::ip::address_v4::loopback(), options_.port),
                          [self = shared_from_this()](beast::error_code error) {
                            if (error) return self->fail();
                            self->stream_.socket().set_option(Tcp::no_delay(true));
                            self->send();
                          });
  }

 private:
  void send() {
    began_ = Clock::now();
    if (began_ >= tally_.end) return;
    const std::uint64_t number = ++tally_.sent;
    request_ = {};
    request_.method(http::verb::post);
    request_.version(11);
    request_.target(fmt::format("/webhook/tradingview/{}-{:0{}}", options_.bot,
                                number % static_cast<std::uint64_t>(options_.bots) + 1,
                                std::to_string(options_.bots).size()));
    request_.set(http::field::host, "127.0.0.1");
    request_.body() = fmt::format(R"({{"action":"{}","ticker":"BTCUSDT","n":{},"secret":"{}"}})",
                                  number % 2 == 0 ? "buy" : "close", number, options_.secret);
    request_.prepare_payload();
    http::async_write(stream_, request_,
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        if (error) return self->fail();
                        self->receive();
                      });
  }

  void receive() {
    response_ = {};
    http::async_read(
        stream_, buffer_, response_,
        [self = shared_from_this()](beast::error_code error, std::size_t) {
          if (error || self->response_.result_int() != 200) return self->fail();
          self->tally_.ms.push_back(
              std::chrono::duration<double, std::milli>(Clock::now() - self->began_).count());
          self->send();
        });
  }

  void fail() {
    if (++tally_.failed == 1)
      fmt::print(stderr, "first failure: HTTP {} {}\n", response_.result_int(), response_.body());
  }

  beast::tcp_stream stream_;
  const Options& options_;
  Tally& tally_;
  Clock::time_point began_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

int measure(const Options& options) {
  asio::io_context context{1};
  Tally tally;
  tally.ms.reserve(1'000'000);
  const Clock::time_point begin = Clock::now();
  tally.end = begin + std::chrono::seconds(options.seconds);
  for (int i = 0; i < options.connections; ++i)
    std::make_shared<Sender>(context, options, tally)->start();
  context.run();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (tally.ms.empty()) return 1;
  std::sort(tally.ms.begin(), tally.ms.end());
  const auto at = [&](double share) {
    return tally.ms[static_cast<std::size_t>(share * static_cast<double>(tally.ms.size() - 1))];
  };
  const double rate = static_cast<double>(tally.ms.size()) / seconds;
  fmt::print(
      "{} connections, {:.1f} s: {} durable answers, {:.0f}/s; p50 {:.2f} ms, p99 {:.2f} ms, "
      "longest {:.2f} ms; {} failed\n",
      options.connections, seconds, tally.ms.size(), rate, at(0.5), at(0.99), at(1), tally.failed);
  const auto floor = [](const char* what, bool is_met) {
    fmt::print("{}: {}\n", what, is_met ? "met" : "MISSED");
  };
  if (options.floor > 0)
    floor(fmt::format("floor of {:.0f}/s", options.floor).c_str(), rate >= options.floor);
  if (options.floor_p99 > 0)
    floor(fmt::format("floor of p99 below {:.0f} ms", options.floor_p99).c_str(),
          at(0.99) < options.floor_p99);
  return tally.failed == 0 ? 0 : 1;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Measures how long durable answers to webhooks take", "botbox-hooks");
  app.add_option("--port", options.port, "Of the engine on 127.0.0.1")->capture_default_str();
  app.add_option("--secret", options.secret, "Of a source without a rate limit to speak of")
      ->required();
  app.add_option("--bot", options.bot, "The id before the numbers")->capture_default_str();
  app.add_option("--bots", options.bots, "How many")->capture_default_str();
  app.add_option("--connections", options.connections)->capture_default_str();
  app.add_option("--seconds", options.seconds)->capture_default_str();
  app.add_option("--floor", options.floor, "Durable answers a second that are asked for");
  app.add_option("--floor-p99", options.floor_p99, "Milliseconds that 99 % of them may take");
  CLI11_PARSE(app, argc, argv);
  return measure(options);
}

}  // namespace
}  // namespace botbox::bench

int main(int argc, char** argv) { return botbox::bench::run(argc, argv); }
