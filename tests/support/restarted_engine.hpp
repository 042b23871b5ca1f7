// A place in which engines end and start again: disk, exchange and time outlive them.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exchange/faults/order_ledger.hpp"
#include "storage/memory_store.hpp"
#include "storage/reader.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/engine_records.hpp"
#include "tests/support/following_clock.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::test {

// Writes down which orders reach the exchange, and insists on a fresh permit for every call.
class WatchedExchange final : public exchange::Exchange {
 public:
  explicit WatchedExchange(exchange::Exchange& inner) : inner_(inner) {}

  bool connect(exchange::ExchangeLink link) override {
    stop_passed = link.on_stop_passed;
    return inner_.connect(std::move(link));
  }
  void instruments(Permit permit, exchange::Reply<std::vector<Instrument>> reply) override {
    inner_.instruments(spend(permit), std::move(reply));
  }
  void candles(Permit permit, const exchange::CandleQuery& query,
               exchange::Reply<std::vector<Candle>> reply) override {
    inner_.candles(spend(permit), query, std::move(reply));
  }
  void place(Permit permit, const OrderRequest& order,
             exchange::Reply<OrderReport> reply) override {
    inner_.place(
        spend(permit), order,
        [this, id = order.client_id, reply = std::move(reply)](Result<OrderReport> report) {
          ledger.note(id, report);
          reply(std::move(report));
        });
  }
  void order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                          exchange::Reply<std::optional<OrderReport>> reply) override {
    inner_.order_by_client_id(spend(permit), symbol, id, std::move(reply));
  }
  void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
              exchange::Reply<OrderReport> reply) override {
    inner_.cancel(spend(permit), symbol, id, std::move(reply));
  }
  void order_updates(Permit permit, std::uint64_t cursor,
                     exchange::Reply<exchange::OrderUpdates> reply) override {
    inner_.order_updates(spend(permit), cursor, std::move(reply));
  }
  void balances(Permit permit, exchange::Reply<std::vector<exchange::Balance>> reply) override {
    inner_.balances(spend(permit), std::move(reply));
  }
  std::optional<std::vector<exchange::Balance>> balances_now() const override {
    return inner_.balances_now();
  }

  bool moves_stops() const override { return inner_.moves_stops(); }
  void note_stop(const PositionId& group, Price trigger) override {
    ++moves;
    inner_.note_stop(group, trigger);
  }

  exchange::OrderLedger ledger;
  std::uint64_t calls = 0;
  std::uint64_t moves = 0;  // of stops
  // What the engine that runs gave it to tell that; null: none runs.
  std::function<void(exchange::PassedStop)> stop_passed;

 private:
  Permit spend(const Permit& permit) {
    ++calls;
    const bool is_fresh = permit.consume();
    CHECK(is_fresh);
    return TestPermits::fresh();
  }

  exchange::Exchange& inner_;
};

// What outlives an engine: the disk, the exchange, time.
struct Place {
  explicit Place(std::shared_ptr<exchange::MarketFeed> market = synthetic_feed(1),
                 const exchange::PaperConfig& config = paper_config())
      : feed(std::move(market)) {
    auto made = exchange::PaperExchange::create(config, *feed, clock);
    REQUIRE(made.has_value());
    paper = std::move(*made);
    venue = std::make_shared<WatchedExchange>(*paper);
  }
  ~Place() { stop(); }
  actors::VirtualEngineOptions options(std::vector<BotConfig> bots) {
    actors::VirtualEngineOptions made;
    made.start = clock.now();
    made.bots = std::move(bots);
    made.exchange = venue;
    made.settings.limits = actors::default_limits();
    made.open_store = [this](const Clock&) -> Result<std::unique_ptr<storage::Store>> {
      return std::make_unique<storage::MemoryStore>(medium);
    };
    return made;
  }
  // As after a power cut: what was under way is gone.
  void start(actors::VirtualEngineOptions made) {
    stop();
    made.start = clock.now();
    auto started = actors::VirtualEngine::start(std::move(made));
    REQUIRE_MESSAGE(started.has_value(), to_string(started.error()));
    engine = std::move(*started);
    clock.follow(&engine->clock());
  }
  void stop() {
    clock.follow(nullptr);
    if (venue) venue->stop_passed = nullptr;
    engine.reset();
  }
  BotSnapshot snapshot(const std::string& bot) {
    const auto row = storage::load_bot(engine->store(), {bot});
    REQUIRE_MESSAGE(row.has_value(), to_string(row.error()));
    return row->snapshot;
  }
  std::size_t events_of(const std::string& kind) { return test::events_of(engine->store(), kind); }
  void check_books() { test::check_books(engine->store(), engine->now()); }

  FollowingClock clock{actors::VirtualEngineOptions{}.start};
  std::shared_ptr<exchange::MarketFeed> feed;
  std::shared_ptr<storage::MemoryMedium> medium = std::make_shared<storage::MemoryMedium>();
  std::shared_ptr<exchange::PaperExchange> paper;
  std::shared_ptr<WatchedExchange> venue;
  std::unique_ptr<actors::VirtualEngine> engine;
};

}  // namespace botbox::test
