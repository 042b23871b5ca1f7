// `botbox sweep`: many settings of one bot over the same candles, and how much of the best is luck.
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/statistics/curve_statistics.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/engine_assembly.hpp"
#include "tools/botbox/output.hpp"
#include "tools/botbox/sweep_run.hpp"
#include "tools/botbox/text_table.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

// By custom: below it the best may well be luck.
constexpr double kProbabilityMin = 0.95;
constexpr std::size_t kRowsShown = 20;

struct Sweep {
  SweepPlan plan;
  TimeRange learned;
  std::optional<TimeRange> tested;  // empty: nothing was held back
  Objective objective = Objective::kSharpe;
  std::vector<TrialScore> scores;
  std::vector<std::size_t> order;     // of the trials, the best first
  std::vector<TrialScore> confirmed;  // of the first of `order`, on what was held back
};

class SweepProgress {
 public:
  SweepProgress(std::string what, std::size_t trials) : what_(std::move(what)), trials_(trials) {}
  void show(std::size_t done, const TrialScore& score) {
    if (score.sharpe) best_ = std::max(best_.value_or(*score.sharpe), *score.sharpe);
    if (!is_watched_) return;
    constexpr std::size_t kWidth = 30;
    const std::size_t full = done * kWidth / trials_;
    const double left =
        watch_.seconds() / static_cast<double>(done) * static_cast<double>(trials_ - done);
    fmt::print(stderr, "\r\033[K{} [{}{}] {}/{}  {:.0f} s left{}", what_, std::string(full, '#'),
               std::string(kWidth - full, '.'), done, trials_, left,
               best_ ? fmt::format("  best Sharpe {:.2f}", *best_) : "");
  }
  ~SweepProgress() {
    if (is_watched_) fmt::print(stderr, "\r\033[K");
  }

 private:
  std::string what_;
  std::size_t trials_;
  std::optional<double> best_;
  actors::Stopwatch watch_;
  bool is_watched_ = ::isatty(STDERR_FILENO) == 1;
};

Result<Objective> objective_named(const std::string& name) {
  if (name == "sharpe") return Objective::kSharpe;
  if (name == "sortino") return Objective::kSortino;
  if (name == "calmar") return Objective::kCalmar;
  if (name == "return") return Objective::kReturn;
  if (name == "profit_factor") return Objective::kProfitFactor;
  return fail(ErrorCode::kInvalidInput, fmt::format("'{}' is nothing to sort by", name), "--by",
              "sharpe, sortino, calmar, return or profit_factor");
}

Result<BotConfig> chosen_bot(const config::EngineConfig& config, const std::string& id) {
  if (id.empty() && config.bots.size() == 1) return config.bots.front();
  for (const BotConfig& bot : config.bots)
    if (bot.id.value == id) return bot;
  return fail(ErrorCode::kNotFound,
              id.empty() ? "the configuration has several bots" : "there is no such bot", "--bot",
              fmt::format("name one of the {} of the configuration", config.bots.size()));
}

Result<SweepPlan> plan_of(const SweepOptions& options, const config::EngineConfig& config,
                          const BotConfig& bot) {
  std::vector<SweptSetting> settings;
  for (const std::string& text : options.set) {
    BOTBOX_ASSIGN(SweptSetting setting, parse_swept_setting(text));
    settings.push_back(std::move(setting));
  }
  // What other settings mean depends on it.
  std::stable_partition(settings.begin(), settings.end(),
                        [](const SweptSetting& setting) { return setting.name == "strategy"; });
  BOTBOX_ASSIGN(SweepPlan plan, options.random == 0 ? grid_plan(bot, settings, config.catalogue)
                                                    : random_plan(bot, settings, config.catalogue,
                                                                  options.random, options.seed));
  if (plan.trials.empty())
    return fail(ErrorCode::kInvalidInput, "no combination can be run", plan.first_refusal);
  return plan;
}

Result<void> split_range(Sweep& sweep, TimeRange range, double share) {
  if (share <= 0 || share > 1)
    return fail(ErrorCode::kInvalidInput, "must be above 0 and at most 1", "--split");
  sweep.learned = range;
  if (share == 1) return {};
  const auto part =
      static_cast<std::int64_t>(share * static_cast<double>((range.to - range.from).count()));
  const Timestamp border = Timeframe::minutes(60).floor(range.from + Duration{part});
  if (border <= range.from || border >= range.to)
    return fail(ErrorCode::kInvalidInput, "the candles are too few to be split", "--split",
                "give more of them, or --split 1");
  sweep.learned.to = border;
  sweep.tested = TimeRange{border, range.to};
  return {};
}

Result<std::vector<TrialScore>> run_some(const config::EngineConfig& config,
                                         const SweepOptions& options,
                                         const std::vector<BotConfig>& bots, TimeRange range,
                                         const std::string& what) {
  if (bots.empty()) return std::vector<TrialScore>{};
  SweepProgress progress(what, bots.size());
  const std::size_t threads =
      options.jobs > 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
  return run_trials(
      config, bots, [&] { return recorded_feed(options.candles, bots, options.venues); },
      {.range = range,
       .threads = threads,
       .on_done = [&](std::size_t done, const TrialScore& score) { progress.show(done, score); }});
}

Result<Sweep> sweep_over(const SweepOptions& options, const config::EngineConfig& config) {
  Sweep sweep;
  BOTBOX_ASSIGN(sweep.objective, objective_named(options.by));
  BOTBOX_ASSIGN(const BotConfig bot, chosen_bot(config, options.bot));
  BOTBOX_ASSIGN(sweep.plan, plan_of(options, config, bot));
  BOTBOX_ASSIGN(const auto feed, recorded_feed(options.candles, {bot}, options.venues));
  BOTBOX_ASSIGN(const TimeRange range, run_range(*feed, {bot}, options.from, options.to));
  BOTBOX_TRY(split_range(sweep, range, options.split));
  std::vector<BotConfig> bots;
  for (const Trial& trial : sweep.plan.trials) bots.push_back(trial.bot);
  BOTBOX_ASSIGN(sweep.scores, run_some(config, options, bots, sweep.learned, "trials"));
  sweep.order = ranked(sweep.scores, sweep.objective);
  if (!sweep.tested) return sweep;
  std::vector<BotConfig> best;
  for (std::size_t i = 0; i < std::min(options.confirm, sweep.order.size()); ++i)
    best.push_back(bots[sweep.order[i]]);
  BOTBOX_ASSIGN(sweep.confirmed, run_some(config, options, best, *sweep.tested, "held back"));
  return sweep;
}

Json optional_json(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

Json score_json(const TrialScore& score) {
  return {{"trades", score.trades},
          {"profit", score.profit},
          {"return", score.return_ratio},
          {"max_drawdown_ratio", score.max_drawdown_ratio},
          {"sharpe", optional_json(score.sharpe)},
          {"sortino", optional_json(score.sortino)},
          {"calmar", optional_json(score.calmar)},
          {"profit_factor", optional_json(score.profit_factor)}};
}

// What speaks against believing the best trial, in sentences.
std::vector<std::string> doubts(const Sweep& sweep, const std::optional<DeflatedSharpe>& luck) {
  std::vector<std::string> list;
  if (luck && luck->probability < kProbabilityMin)
    list.push_back(
        fmt::format("over-fitting: with {} trials, luck alone is expected to reach a Sharpe ratio "
                    "of {:.2f}; that the Sharpe ratio of the best is more than that has a "
                    "probability of {:.0f} %, less than {:.0f} %",
                    sweep.scores.size(), annualised(luck->benchmark, kDaysPerYear),
                    luck->probability * 100, kProbabilityMin * 100));
  if (!sweep.confirmed.empty() && sweep.confirmed.front().profit <= 0)
    list.push_back("over-fitting: the best trial loses on the candles that were held back");
  if (sweep.scores[sweep.order.front()].trades < 30)
    list.push_back("the best trial closed fewer than 30 trades: too few to say anything");
  return list;
}

Json overfitting_json(const Sweep& sweep) {
  const auto luck = luck_of(sweep.scores, sweep.order.front());
  Json json{{"trials", sweep.scores.size()}, {"luck_sharpe", nullptr}, {"probability", nullptr}};
  if (luck) {
    json["luck_sharpe"] = annualised(luck->benchmark, kDaysPerYear);
    json["probability"] = luck->probability;
  }
  json["warnings"] = doubts(sweep, luck);
  return json;
}

Json values_json(const Trial& trial) {
  Json json = Json::object();
  for (const ChosenValue& value : trial.values) json[value.name] = value.value;
  return json;
}

Json sweep_json(const Sweep& sweep) {
  Json results = Json::array();
  for (std::size_t rank = 0; rank < sweep.order.size(); ++rank) {
    Json row{{"values", values_json(sweep.plan.trials[sweep.order[rank]])},
             {"in_sample", score_json(sweep.scores[sweep.order[rank]])}};
    row["out_of_sample"] =
        rank < sweep.confirmed.size() ? score_json(sweep.confirmed[rank]) : Json(nullptr);
    results.push_back(std::move(row));
  }
  const auto range = [](TimeRange of) {
    return Json{{"from", to_iso8601(of.from)}, {"to", to_iso8601(of.to)}};
  };
  return {{"in_sample", range(sweep.learned)},
          {"out_of_sample", sweep.tested ? range(*sweep.tested) : Json(nullptr)},
          {"trials", sweep.scores.size()},
          {"refused", sweep.plan.refused},
          {"first_refusal", sweep.plan.first_refusal},
          {"overfitting", overfitting_json(sweep)},
          {"results", std::move(results)}};
}

std::string shown(const Json& value, double scale = 1) {
  return value.is_null() ? "-" : fmt::format("{:.2f}", value.get<double>() * scale);
}

void print_sweep(const Json& sweep) {
  std::vector<TableColumn> columns;
  for (const auto& [name, value] : sweep.at("results").at(0).at("values").items())
    columns.push_back({name, Align::kRight});
  for (const char* title : {"return %", "sharpe", "drawdown %", "factor", "trades",
                            "held back: return %", "sharpe ", "trades "})
    columns.push_back({title, Align::kRight});
  TextTable table(std::move(columns));
  for (const Json& row : sweep.at("results")) {
    if (table.size() == kRowsShown) break;
    std::vector<std::string> cells;
    for (const auto& [name, value] : row.at("values").items())
      cells.push_back(value.get<std::string>());
    const Json& in = row.at("in_sample");
    const Json& out = row.at("out_of_sample");
    cells.insert(cells.end(), {shown(in.at("return"), 100), shown(in.at("sharpe")),
                               shown(in.at("max_drawdown_ratio"), 100),
                               shown(in.at("profit_factor")), in.at("trades").dump()});
    if (out.is_null())
      cells.insert(cells.end(), {"", "", ""});
    else
      cells.insert(cells.end(), {shown(out.at("return"), 100), shown(out.at("sharpe")),
                                 out.at("trades").dump()});
    table.add(std::move(cells));
  }
  std::string text = table.text();
  const std::size_t total = sweep.at("results").size();
  text += fmt::format("\n{} trials{}", total,
                      total > kRowsShown ? fmt::format(", the best {} shown", kRowsShown) : "");
  if (const auto refused = sweep.at("refused").get<std::size_t>(); refused > 0)
    text += fmt::format("; {} combinations refused: {}", refused,
                        sweep.at("first_refusal").get<std::string>());
  text += '\n';
  for (const Json& warning : sweep.at("overfitting").at("warnings"))
    text += painted("warning: " + warning.get<std::string>(), Colour::kYellow) + '\n';
  print_text(text);
}

}  // namespace

int run_sweep(const SweepOptions& options) {
  const OutputFormat format = format_of(options.json);
  const auto config = config::load_config(options.config, config::process_environment(),
                                          config::shipped_catalogue());
  if (!config) {
    fmt::print(stderr, "{}", config::to_string(config.error()));
    return number(ExitCode::kConfig);
  }
  if (const auto writable = can_write(options.report); !writable)
    return report_error(writable.error(), format);
  const auto sweep = sweep_over(options, *config);
  if (!sweep) return report_error(sweep.error(), format);
  const Json json = sweep_json(*sweep);
  if (!options.report.empty()) {
    const auto written = write_file(options.report, json.dump(2) + '\n');
    if (!written) return report_error(written.error(), format);
  }
  if (options.json)
    print_json(json);
  else
    print_sweep(json);
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
