#include "tests/simulation/world.hpp"

#include <map>

#include "engine/assert.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::simulation {
namespace {

// Thin: 3,000 USDT a minute in each symbol, so that a share of it is a part of an order.
std::shared_ptr<exchange::MarketFeed> thin_feed(std::uint64_t seed) {
  constexpr std::string_view kPrices[]{"60000", "3000", "150"};
  constexpr std::string_view kVolumes[]{"0.05", "1", "20"};
  exchange::SyntheticMarketConfig config;
  config.seed = seed;
  std::size_t next = 0;
  for (const exchange::PaperInstrument& listed : test::paper_config().instruments) {
    config.symbols.push_back({listed.instrument, Price::literal(kPrices[next]),
                              Decimal::literal("0.04"), Quantity::literal(kVolumes[next])});
    ++next;
  }
  auto market = exchange::SyntheticMarket::create(std::move(config));
  ENGINE_ASSERT(market.has_value());
  return std::make_shared<exchange::SyntheticMarket>(std::move(*market));
}

// A feed is a pure function of its seed; its cached days are worth keeping from run to run.
std::shared_ptr<exchange::MarketFeed> shared_feed(std::uint64_t seed) {
  static std::map<std::uint64_t, std::shared_ptr<exchange::MarketFeed>> feeds;
  std::shared_ptr<exchange::MarketFeed>& feed = feeds[seed];
  if (!feed) feed = thin_feed(seed);
  return feed;
}

std::unique_ptr<exchange::PaperExchange> paper_for(const Plan& plan, exchange::MarketFeed& feed,
                                                   const Clock& clock) {
  exchange::PaperConfig config = test::paper_config();
  config.max_participation = plan.max_participation;
  auto paper = exchange::PaperExchange::create(config, feed, clock);
  ENGINE_ASSERT(paper.has_value());
  return std::move(*paper);
}

// The tester's own way to the exchange.
class FreePass final : public PermitIssuer {
 public:
  static Permit permit() { return issue(); }
};

}  // namespace

World::World(const Plan& plan)
    : clock(plan.start),
      oracle(trace, plan.settings.limits, installation),
      line_random(plan.seed * 4 + 1),
      disk_random(plan.seed * 4 + 2),
      venue_random(plan.seed * 4 + 3),
      feed(shared_feed(plan.market_seed)),
      paper(paper_for(plan, *feed, clock)),
      door(*paper, clock, oracle),
      faulty(door, plan.faults, venue_random, clock),
      network(faulty, clock, oracle, trace, line_random),
      disk(oracle, trace, disk_random) {
  network.set_transit(plan.transit_most);
  disk.set_fault_chance(plan.commit_fault);
}

std::vector<OrderReport> World::venue_reports() {
  std::map<std::string, OrderReport> newest;
  std::uint64_t cursor = 0;
  for (bool more = true; more;) {
    paper->order_updates(FreePass::permit(), cursor, [&](Result<exchange::OrderUpdates> updates) {
      ENGINE_ASSERT(updates.has_value());
      more = !updates->reports.empty();
      cursor = updates->next_cursor;
      for (OrderReport& report : updates->reports)
        newest.insert_or_assign(report.client_id.value, std::move(report));
    });
  }
  std::vector<OrderReport> reports;
  for (auto& [id, report] : newest) reports.push_back(std::move(report));
  return reports;
}

}  // namespace botbox::simulation
