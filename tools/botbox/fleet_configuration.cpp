#include "tools/botbox/fleet_configuration.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <set>

#include "actors/prepared_strategies.hpp"
#include "storage/codec.hpp"
#include "storage/operator_bot.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"
#include "tools/config/bot_json.hpp"
#include "tools/config/masked_text.hpp"

namespace botbox::cli {
namespace {

using actors::FleetDraft;
using actors::FleetWish;
using config::BotByHand;
using config::EngineConfig;

Error error_of(const std::vector<config::ConfigProblem>& problems) {
  std::string text = config::to_string(problems);
  while (text.ends_with('\n')) text.pop_back();
  return {ErrorCode::kInvalidInput, std::move(text), "configuration", "nothing was changed"};
}

Result<BotByHand> by_hand_of(const storage::OperatorBot& row) {
  BotByHand given{.id = row.bot,
                  .toml = row.toml,
                  .in_file = std::nullopt,
                  .is_new = false,
                  .by = row.by,
                  .at = row.at};
  if (!row.in_file.empty()) {
    BOTBOX_ASSIGN(given.in_file, storage::decode<BotConfig>(row.in_file));
  }
  return given;
}

// A line that its author did not write does not count.
void leave_out(std::uint32_t line, const std::string& file,
               std::vector<config::ConfigProblem>& problems) {
  for (config::ConfigProblem& problem : problems)
    if (line > 0 && problem.file == file && problem.line > line) --problem.line;
}

storage::Put row_of(const BotByHand& given) {
  return {storage::operator_bot_key(given.id),
          storage::encode(storage::OperatorBot{
              .bot = given.id,
              .toml = given.toml,
              .in_file = given.in_file ? storage::encode(*given.in_file) : std::string(),
              .by = given.by,
              .at = given.at})};
}

// "[engine]" and "mode = 1" as "engine.mode"; the second of [[paper.symbol]] as
// "paper.symbol[2].price".
std::map<std::string, std::string> settings_of(EngineConfig config) {
  config.bots.clear();
  config.strategies.clear();
  std::map<std::string, std::string> settings;
  std::map<std::string, int> seen;
  std::string section;
  const std::string text = config::to_comparable_text(config);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("[[")) {
      section = line.substr(2, line.find(']') - 2);
      section += fmt::format("[{}]", ++seen[section]);
    } else if (line.starts_with('[')) {
      section = line.substr(1, line.find(']') - 1);
    } else if (const std::size_t equals = line.find(" = "); equals != std::string::npos) {
      settings[section + "." + line.substr(0, equals)] = line.substr(equals + 3);
    }
  }
  settings.erase("engine.log_level");
  return settings;
}

}  // namespace

std::vector<std::string> settings_that_differ(const EngineConfig& before,
                                              const EngineConfig& after) {
  const auto old_settings = settings_of(before);
  const auto new_settings = settings_of(after);
  const auto value_in = [](const auto& settings, const std::string& name) {
    const auto found = settings.find(name);
    return found != settings.end() ? found->second : std::string("(not set)");
  };
  std::set<std::string> names;
  for (const auto* settings : {&old_settings, &new_settings})
    for (const auto& [name, value] : *settings) names.insert(name);
  std::vector<std::string> differ;
  for (const std::string& name : names) {
    const std::string was = value_in(old_settings, name);
    const std::string is = value_in(new_settings, name);
    if (was != is) differ.push_back(fmt::format("{} {} -> {}", name, was, is));
  }
  return differ;
}

FleetConfiguration::FleetConfiguration(std::string path, config::Environment environment,
                                       StrategyCatalogue shipped)
    : path_(std::move(path)), environment_(std::move(environment)), shipped_(std::move(shipped)) {}

config::ConfigResult FleetConfiguration::parse(Files& files,
                                               const std::vector<BotByHand>& by_hand) const {
  const auto read = [&files](const std::string& path) {
    const auto [known, added] = files.others.try_emplace(path);
    if (added) known->second = config::read_text_file(path);
    return known->second;
  };
  return config::parse_config(files.text, path_, environment_, shipped_, config::is_text_file, read,
                              by_hand);
}

config::ConfigResult FleetConfiguration::load() {
  const auto text = config::read_text_file(path_);
  if (!text) return tl::unexpected(std::vector{config::unreadable(path_)});
  auto files = std::make_shared<Files>();
  files->text = *text;
  config::ConfigResult config = parse(*files, {});
  if (config) {
    at_start_ = std::make_shared<const EngineConfig>(*config);
    adopt(at_start_, std::move(files));
  }
  return config;
}

Result<void> FleetConfiguration::take_operators_bots(const storage::Store& store) {
  store_ = &store;
  std::vector<BotByHand> given;
  std::optional<Error> problem;
  BOTBOX_TRY(storage::visit_all<storage::OperatorBot>(
      store, storage::Kind::kOperatorBot, [&](std::string_view, storage::OperatorBot&& row) {
        Result<BotByHand> one = by_hand_of(row);
        if (one)
          given.push_back(std::move(*one));
        else
          problem = one.error();
      }));
  if (problem) return tl::unexpected<Error>(std::move(*problem));
  if (given.empty()) return {};
  std::vector<BotByHand> fitting;
  for (const BotByHand& one : given) {
    const config::ConfigResult alone = parse(*files_, {one});
    if (alone)
      fitting.push_back(one);
    else
      spdlog::error(
          "what {} gave as bot {} does not fit the configuration file any more, and is "
          "left out: {}",
          one.by, one.id.value, error_of(alone.error()).message);
  }
  config::ConfigResult whole = parse(*files_, fitting);
  if (!whole) return tl::unexpected<Error>(error_of(whole.error()));
  for (const BotId& overruled : whole->overruled)
    std::erase_if(given, [&](const BotByHand& one) { return one.id == overruled; });
  const std::lock_guard lock(mutex_);
  by_hand_ = std::move(given);
  current_ = std::make_shared<const EngineConfig>(std::move(*whole));
  return {};
}

storage::WriteOps FleetConfiguration::first_rows() const {
  storage::WriteOps rows;
  for (const BotId& bot : current()->overruled)
    rows.deletes.push_back(storage::operator_bot_key(bot));
  return rows;
}

std::shared_ptr<const EngineConfig> FleetConfiguration::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void FleetConfiguration::on_adopted(std::function<void(const EngineConfig&)> told) {
  told_ = std::move(told);
}

void FleetConfiguration::adopt(std::shared_ptr<const EngineConfig> next,
                               std::shared_ptr<Files> files) {
  {
    const std::lock_guard lock(mutex_);
    files_ = std::move(files);
    for (const BotId& overruled : next->overruled)
      std::erase_if(by_hand_, [&](const BotByHand& one) { return one.id == overruled; });
    for (const BotByHand& given : next->by_hand) {
      const auto known = std::ranges::find(by_hand_, given.id, &BotByHand::id);
      if (known != by_hand_.end())
        *known = given;
      else
        by_hand_.push_back(given);
    }
    current_ = next;
  }
  if (told_) told_(*next);
}

Result<FleetDraft> FleetConfiguration::draft(const FleetWish& wish) {
  return wish.what == FleetWish::What::kReload ? draft_reload(wish) : draft_bot(wish);
}

Result<FleetDraft> FleetConfiguration::draft_reload(const FleetWish& wish) {
  const auto text = config::read_text_file(path_);
  if (!text) return tl::unexpected<Error>(error_of({config::unreadable(path_)}));
  auto files = std::make_shared<Files>();
  files->text = *text;
  config::ConfigResult config = parse(*files, by_hand_);
  if (!config) return tl::unexpected<Error>(error_of(config.error()));
  auto next = std::make_shared<const EngineConfig>(std::move(*config));
  BOTBOX_ASSIGN(FleetDraft draft, plan_of(next, std::move(files), wish));
  draft.plan.is_whole = true;
  for (const BotId& overruled : next->overruled)
    draft.plan.rows.deletes.push_back(storage::operator_bot_key(overruled));
  // Alerts follow at once; the rest waits, and is told at every reload until there was a start.
  const auto is_of_alerts = [](const std::string& difference) {
    return difference.starts_with("alerts.");
  };
  draft.now = settings_that_differ(*current(), *next);
  std::erase_if(draft.now, std::not_fn(is_of_alerts));
  draft.later = settings_that_differ(*at_start_, *next);
  std::erase_if(draft.later, is_of_alerts);
  return draft;
}

Result<FleetDraft> FleetConfiguration::draft_bot(const FleetWish& wish) {
  BotByHand given{.id = wish.bot,
                  .toml = wish.toml,
                  .in_file = std::nullopt,
                  .is_new = true,
                  .by = wish.by,
                  .at = wish.at};
  if (given.toml.empty()) {
    BOTBOX_ASSIGN(given.toml, config::bot_toml(wish.json));
  }
  const bool is_creation = wish.what == FleetWish::What::kCreate;
  if (is_creation) {
    BOTBOX_ASSIGN(given.id.value, config::id_in_bot_toml(given.toml));
  }
  if (given.id.empty()) return fail(ErrorCode::kInvalidInput, "is missing", "id");
  const Result<storage::StoredBot> stored = storage::load_bot(*store_, given.id);
  const bool is_there = stored && stored->snapshot.status != BotStatus::kArchived;
  if (is_creation && is_there)
    return fail(ErrorCode::kAlreadyExists, "there is a bot of this id", "id",
                "update it, or choose another id");
  if (!is_creation && !is_there)
    return fail(stored ? ErrorCode::kAlreadyExists : ErrorCode::kNotFound,
                stored ? "the bot is archived" : "there is no such bot", "bot", "create it");
  std::uint32_t added_line = 0;
  if (!is_creation) {
    config::NamedBotToml named = config::with_id(std::move(given.toml), given.id.value);
    given.toml = std::move(named.toml);
    added_line = named.added_line;
  }
  std::vector<BotByHand> all{given};
  for (const BotByHand& one : current()->by_hand)
    if (one.id != given.id) all.push_back(one);
  auto files = std::make_shared<Files>(*files_);
  config::ConfigResult config = parse(*files, all);
  if (!config) {
    leave_out(added_line, "bot " + given.id.value, config.error());
    return tl::unexpected<Error>(error_of(config.error()));
  }
  auto next = std::make_shared<const EngineConfig>(std::move(*config));
  BOTBOX_ASSIGN(FleetDraft draft, plan_of(next, std::move(files), wish));
  draft.bot = given.id;
  draft.plan.returns_archived = is_creation;
  std::erase_if(draft.plan.bots,
                [&](const actors::WantedBot& wanted) { return wanted.config->id != given.id; });
  draft.plan.rows.puts.push_back(row_of(next->by_hand.front()));
  return draft;
}

Result<FleetDraft> FleetConfiguration::plan_of(std::shared_ptr<const EngineConfig> next,
                                               std::shared_ptr<Files> files,
                                               const FleetWish& wish) {
  FleetDraft draft;
  draft.plan.by = wish.by;
  actors::PreparedStrategies strategies(next->catalogue);
  draft.plan.bots.reserve(next->bots.size());
  for (const BotConfig& bot : next->bots) {
    BOTBOX_ASSIGN(std::shared_ptr<const Strategy> strategy, strategies.of(bot));
    draft.plan.bots.push_back({std::make_shared<const BotConfig>(bot), std::move(strategy)});
  }
  draft.adopt = [this, next, files] { adopt(next, files); };
  return draft;
}

}  // namespace botbox::cli
