// The program `botbox-paper`: the paper exchange in a process of its own, over HTTP on 127.0.0.1.
// An engine reaches it with [exchange] kind = "paper-http". It lives on when the engine dies, and
// its ledger tells how often each client order id really arrived: GET /v1/ledger.
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>

#include "exchange/http/paper_http_server.hpp"
#include "exchange/paper/paper_exchange.hpp"
#include "tools/botbox/drill.hpp"
#include "tools/botbox/engine_assembly.hpp"
#include "tools/botbox/exit_code.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

struct PaperOptions {
  std::string config;
  exchange::PaperServerOptions server;
  DrillOptions drill;
};

sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

Result<void> serve(const PaperOptions& options, const config::PaperSection& paper) {
  const sigset_t signals = block_stop_signals();
  BOTBOX_ASSIGN(const std::unique_ptr<Clock> clock, clock_of(options.drill));
  BOTBOX_ASSIGN(const auto feed, market_feed(paper));
  BOTBOX_ASSIGN(const exchange::PaperConfig listed, paper_config(paper));
  BOTBOX_ASSIGN(const auto paper_exchange, exchange::PaperExchange::create(listed, *feed, *clock));
  BOTBOX_ASSIGN(const auto server,
                exchange::PaperHttpServer::start(*paper_exchange, options.server));
  fmt::print("listening on http://127.0.0.1:{}\n", server->port());
  std::fflush(stdout);
  int caught = 0;
  sigwait(&signals, &caught);
  return {};
}

int run(int argc, char** argv) {
  PaperOptions options;
  CLI::App app("The paper exchange as a process of its own", "botbox-paper");
  app.add_option("--config", options.config, "Configuration whose [paper] section to serve")
      ->required();
  app.add_option("--port", options.server.port, "Port on 127.0.0.1; 0: the system chooses");
  auto& faults = options.server.faults;
  app.add_option("--fault-seed", faults.seed, "Seed of the faults below");
  app.add_option("--drop-reply", faults.drop_reply,
                 "Of 1000 orders, how many are executed without an answer");
  app.add_option("--answer-500", faults.answer_500,
                 "Of 1000 orders, how many are executed and answered with HTTP 500");
  app.add_option("--delay", faults.delay, "Of 1000 orders, how many are answered 200 ms late");
  add_drill_options(app, options.drill);
  CLI11_PARSE(app, argc, argv);
  const auto config = config::load_config(options.config, config::process_environment(),
                                          config::shipped_catalogue());
  if (!config) {
    fmt::print(stderr, "{}", config::to_string(config.error()));
    return number(ExitCode::kConfig);
  }
  if (const auto served = serve(options, config->paper); !served) {
    fmt::print(stderr, "botbox-paper: {}\n", to_string(served.error()));
    return number(ExitCode::kError);
  }
  return number(ExitCode::kOk);
}

}  // namespace
}  // namespace botbox::cli

int main(int argc, char** argv) { return botbox::cli::run(argc, argv); }
