#include "actors/retention_actor.hpp"

#include <algorithm>
#include <utility>

#include "actors/turn_commit.hpp"
#include "storage/directory.hpp"
#include "storage/keys.hpp"

namespace botbox::actors {
namespace {

std::string swept_text(const std::vector<KindSwept>& swept) {
  std::string text;
  for (const KindSwept& one : swept)
    if (one.rows > 0)
      text += fmt::format("{}{} rows of kind {}", text.empty() ? "" : ", ", one.rows,
                          to_string(one.kind));
  return text;
}

}  // namespace

RetentionActor::RetentionActor(caf::actor_config& config, const Clock& clock, RetentionParts parts,
                               RetentionSettings settings)
    : caf::event_based_actor(config),
      clock_(clock),
      parts_(std::move(parts)),
      settings_(std::move(settings)) {}

void RetentionActor::on_exit() {
  parts_.journal = nullptr;
  parts_.observer = nullptr;
}

caf::behavior RetentionActor::make_behavior() {
  delayed_send(this, settings_.first, TickNow{});
  return {[this](TickNow) { begin(); },
          [this](const Committed& committed) { on_committed(committed); }};
}

void RetentionActor::begin() {
  swept_.clear();
  problem_.clear();
  kind_ = 0;
  auto needs = storage::load_retention_needs(parts_.store);
  if (!needs) return fail_sweep(needs.error());
  needs_ = std::move(*needs);
  if (const Result<void> started = start_kind(); !started) return fail_sweep(started.error());
  go_on();
}

Result<void> RetentionActor::start_kind() {
  const storage::Kind kind = storage::kRetainedKinds.at(kind_);
  const storage::RetentionRule rule = settings_.policy.of(kind);
  BOTBOX_ASSIGN(const std::uint64_t bytes, measure(kind, rule.bytes_max));
  Timestamp oldest;
  if (rule.bytes_max > 0 && bytes > rule.bytes_max) {
    BOTBOX_ASSIGN(oldest, storage::oldest_row(parts_.store, kind));
  }
  is_too_large_ = !oldest.is_never();
  before_ = storage::keep_from(rule, clock_.now(), bytes, oldest);
  from_.clear();
  is_all_ = before_.is_never();
  swept_.push_back({kind, 0, bytes});
  return {};
}

// What the living rows take, where that matters; 0: nobody can say.
Result<std::uint64_t> RetentionActor::measure(storage::Kind kind, std::uint64_t bytes_max) {
  if (!settings_.bytes_of || bytes_max == 0) return 0;
  Result<std::uint64_t> bytes = settings_.bytes_of(kind);
  if (!bytes || *bytes <= bytes_max || !settings_.compact || room().is_measured_right())
    return bytes;
  if (!compact(kind)) return 0;
  return settings_.bytes_of(kind);
}

// False: what was dropped takes its room still, which stops nothing else.
bool RetentionActor::compact(storage::Kind kind) {
  const Result<void> compacted = settings_.compact(kind);
  if (compacted) {
    room() = {.compacted_at = clock_.now(), .dropped = 0};
    return true;
  }
  if (problem_.empty())
    problem_ = "the room of old history has not come back: " + to_string(compacted.error());
  return false;
}

// The room of what was deleted comes back only here, and only then is it measured again.
Result<void> RetentionActor::end_kind() {
  KindSwept& swept = swept_.back();
  const bool is_due = is_too_large_ || room().compacted_at.is_never() ||
                      clock_.now() - room().compacted_at >= settings_.compact_every;
  if (settings_.compact && room().dropped > 0 && is_due) compact(swept.kind);
  if (settings_.bytes_of) {
    BOTBOX_ASSIGN(swept.bytes, settings_.bytes_of(swept.kind));
  }
  return {};
}

Result<bool> RetentionActor::next_portion() {
  if (is_all_) return false;
  BOTBOX_ASSIGN(storage::OldRows old,
                storage::find_old_rows(parts_.store, swept_.back().kind, before_, needs_, from_,
                                       settings_.portion));
  is_all_ = old.is_all;
  from_ = std::move(old.next);
  rows_ = old.keys.size();
  if (rows_ == 0) return false;
  storage::WriteOps rows;
  if (swept_.back().kind == storage::Kind::kEvent) {
    const std::uint64_t behind = storage::from_big_endian(old.keys.back().bytes) + 1;
    needs_.first_event = std::max(needs_.first_event, behind);
    rows.puts.push_back({storage::first_event_key(), storage::big_endian(needs_.first_event)});
  }
  rows.deletes = std::move(old.keys);
  commit(std::move(rows), true);
  return true;
}

void RetentionActor::go_on() {
  while (true) {
    const Result<bool> is_under_way = next_portion();
    if (!is_under_way) return fail_sweep(is_under_way.error());
    if (*is_under_way) return;
    if (const Result<void> ended = end_kind(); !ended) return fail_sweep(ended.error());
    if (++kind_ == storage::kRetainedKinds.size()) return finish();
    if (const Result<void> started = start_kind(); !started) return fail_sweep(started.error());
  }
}

void RetentionActor::on_committed(const Committed& committed) {
  if (committed.result.outcome != storage::CommitOutcome::kCommitted)
    return fail_sweep(fail(ErrorCode::kInvalidInput, "the journal takes no deletions").value());
  room().dropped += rows_;
  swept_.back().rows += std::exchange(rows_, 0);
  go_on();
}

void RetentionActor::finish() {
  if (const std::string text = swept_text(swept_); !text.empty()) {
    storage::WriteOps rows;
    note(rows, {.at = clock_.now(),
                .kind = "history.dropped",
                .bot = {},
                .subject = "retention",
                .detail = text,
                .actor = "engine"});
    commit(std::move(rows), false);
  }
  send(parts_.observer, RetentionSwept{std::move(swept_)});
  end(problem_);
}

void RetentionActor::fail_sweep(const Error& error) {
  end("the history was not looked through: " + to_string(error));
}

void RetentionActor::end(const std::string& problem) {
  swept_.clear();
  const bool is_failing = !problem.empty();
  if (is_failing && !is_failing_) send(parts_.observer, AlertRaised{"retention.failed", problem});
  if (!is_failing && is_failing_)
    send(parts_.observer, AlertRaised{"retention.works", "old history is dropped again"});
  is_failing_ = is_failing;
  delayed_send(this, settings_.interval, TickNow{});
}

void RetentionActor::commit(storage::WriteOps rows, bool is_answered) {
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "retention";
  commit->epoch = parts_.epoch;
  commit->turn = ++turn_;
  commit->at = clock_.now();
  commit->always = std::move(rows);
  send(parts_.journal,
       CommitRequest{std::move(commit), is_answered ? caf::actor(this) : caf::actor()});
}

}  // namespace botbox::actors
