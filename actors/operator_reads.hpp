// OperatorReads: the verbs that only look. Reads the store beside the writer; blocks its caller for
// as long as that takes. Safe to use from several threads.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "actors/engine_facts.hpp"
#include "actors/engine_overview.hpp"
#include "actors/engine_statistics.hpp"
#include "actors/equity_curve.hpp"
#include "actors/fleet_index.hpp"
#include "actors/operator_arguments.hpp"
#include "actors/operator_settings.hpp"
#include "actors/record_pages.hpp"
#include "engine/clock.hpp"

namespace botbox::actors {

struct ReadQuery {
  std::string verb;
  OperatorArguments arguments;
  std::string who;
  std::string role;
  std::shared_ptr<const EngineFacts> facts;  // not null
  std::shared_ptr<const MarketView> market;  // of those that draw candles; null: none yet
};

class OperatorReads {
 public:
  // Store and clock outlive it.
  OperatorReads(const storage::Store& store, const Clock& clock,
                std::shared_ptr<const EngineStatistics> statistics, EngineIdentity identity);

  // JSON text, but for "prometheus". Errors: see OperatorDesk; kNotFound: no such verb here;
  // kCorruption: also a bug, which fails this answer and nothing else.
  Result<std::string> read(const ReadQuery& query);
  FleetIndex& fleet() { return fleet_; }
  // Reads what the first questions would have to wait for. What cannot be read is told by them.
  void warm();

 private:
  struct Verb;
  Result<std::string> answer(const ReadQuery& query);
  Result<FleetIndex::FleetPtr> whole_fleet();
  Result<FleetCounts> counts(const EngineFacts& facts);
  Result<nlohmann::ordered_json> session(const ReadQuery& query);
  Result<nlohmann::ordered_json> show_overview(const ReadQuery& query);
  Result<nlohmann::ordered_json> documents(const ReadQuery& query);
  Result<nlohmann::ordered_json> equity(const ReadQuery& query);
  Result<nlohmann::ordered_json> bots(const ReadQuery& query);
  Result<nlohmann::ordered_json> bot(const ReadQuery& query);
  Result<nlohmann::ordered_json> candles(const ReadQuery& query);
  Result<nlohmann::ordered_json> why(const ReadQuery& query);
  Result<nlohmann::ordered_json> page(const ReadQuery& query);
  Result<nlohmann::ordered_json> new_events(const ReadQuery& query, const PageQuery& wanted);
  Result<nlohmann::ordered_json> signal(const ReadQuery& query);
  Result<nlohmann::ordered_json> trade(const ReadQuery& query);
  Result<nlohmann::ordered_json> locks(const ReadQuery& query);
  Result<nlohmann::ordered_json> alerts(const ReadQuery& query);
  Result<nlohmann::ordered_json> reasons(const ReadQuery& query);
  Result<nlohmann::ordered_json> latency(const ReadQuery& query);
  Result<nlohmann::ordered_json> limiter(const ReadQuery& query);
  Result<nlohmann::ordered_json> balances(const ReadQuery& query);
  Result<nlohmann::ordered_json> cache(const ReadQuery& query);
  Result<nlohmann::ordered_json> queue(const ReadQuery& query);
  Result<nlohmann::ordered_json> rollout(const ReadQuery& query);
  Result<nlohmann::ordered_json> journal(const ReadQuery& query);
  Result<nlohmann::ordered_json> actors(const ReadQuery& query);
  Result<nlohmann::ordered_json> config(const ReadQuery& query);
  Result<nlohmann::ordered_json> metrics(const ReadQuery& query);
  Result<nlohmann::ordered_json> health(const ReadQuery& query);
  Result<std::string> prometheus(const ReadQuery& query);
  Result<nlohmann::ordered_json> freqtrade(const ReadQuery& query);
  Result<EngineState> engine_state() const;
  EngineView view(const EngineFacts& facts) const;

  const storage::Store& store_;
  const Clock& clock_;
  std::shared_ptr<const EngineStatistics> statistics_;
  EngineIdentity identity_;
  FleetIndex fleet_;
  std::atomic<bool> was_ready_{false};  // the fleet, when it was looked at last
  EquityCurve equity_;
};

}  // namespace botbox::actors
