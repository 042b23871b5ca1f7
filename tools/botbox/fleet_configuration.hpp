// The configuration of a running engine: its file, the environment, and what operators gave beside
// them. Validated whole whenever any of it changes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/fleet_draft.hpp"
#include "storage/commit.hpp"
#include "storage/store.hpp"
#include "tools/config/load_config.hpp"

namespace botbox::cli {

class FleetConfiguration {
 public:
  FleetConfiguration(std::string path, config::Environment environment, StrategyCatalogue shipped);

  // Reads the file, before any data directory is open.
  config::ConfigResult load();

  // What operators gave to earlier lives of the engine joins it. One that does not fit the file any
  // more is left out, with a line of the log, and kept for a file that it fits. Errors: rows that
  // cannot be read. `store` outlives this.
  Result<void> take_operators_bots(const storage::Store& store);
  // Rows of what the file has overruled since; for the first commit of this life.
  storage::WriteOps first_rows() const;

  // Not null once load() succeeded. Safe to call from any thread.
  std::shared_ptr<const config::EngineConfig> current() const;
  // See actors/fleet_draft.hpp; one caller at a time.
  Result<actors::FleetDraft> draft(const actors::FleetWish& wish);
  // Called with the configuration that has come into force, on any thread; set before any draft.
  void on_adopted(std::function<void(const config::EngineConfig&)> told);

 private:
  // The file as it was read, with those that bots name as their strategies: an edit counts from the
  // next reload on, not from the next bot that somebody creates.
  struct Files {
    std::string text;
    std::map<std::string, std::optional<std::string>> others;
  };
  config::ConfigResult parse(Files& files, const std::vector<config::BotByHand>& by_hand) const;
  Result<actors::FleetDraft> draft_reload(const actors::FleetWish& wish);
  Result<actors::FleetDraft> draft_bot(const actors::FleetWish& wish);
  Result<actors::FleetDraft> plan_of(std::shared_ptr<const config::EngineConfig> next,
                                     std::shared_ptr<Files> files, const actors::FleetWish& wish);
  void adopt(std::shared_ptr<const config::EngineConfig> next, std::shared_ptr<Files> files);

  std::string path_;
  config::Environment environment_;
  StrategyCatalogue shipped_;
  const storage::Store* store_ = nullptr;
  // Whose settings are in force as long as the process runs, but for what is taken over at once.
  std::shared_ptr<const config::EngineConfig> at_start_;
  mutable std::mutex mutex_;  // of the three below
  std::shared_ptr<const config::EngineConfig> current_;
  std::shared_ptr<Files> files_;
  std::vector<config::BotByHand> by_hand_;  // also those that do not fit at present
  std::function<void(const config::EngineConfig&)> told_;
};

// "api.port 8700 -> 8701": settings outside of bots and strategies that differ, but for the log's
// level, which a running engine follows.
std::vector<std::string> settings_that_differ(const config::EngineConfig& before,
                                              const config::EngineConfig& after);

}  // namespace botbox::cli
