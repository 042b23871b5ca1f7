#include "actors/retention_actor.hpp"

#include <utility>

#include "actors/turn_commit.hpp"

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
  kind_ = 0;
  auto needs = storage::load_retention_needs(parts_.store);
  if (!needs) return end(tl::unexpected<Error>(needs.error()));
  needs_ = std::move(*needs);
  if (const Result<void> started = start_kind(); !started) return end(started);
  go_on();
}

Result<void> RetentionActor::start_kind() {
  const storage::Kind kind = storage::kRetainedKinds.at(kind_);
  const storage::RetentionRule rule = settings_.policy.of(kind);
  std::uint64_t bytes = 0;
  Timestamp oldest;
  if (settings_.bytes_of && rule.bytes_max > 0) {
    BOTBOX_ASSIGN(bytes, settings_.bytes_of(kind));
    if (bytes > rule.bytes_max) {
      BOTBOX_ASSIGN(oldest, storage::oldest_row(parts_.store, kind));
    }
  }
  is_too_large_ = !oldest.is_never();
  before_ = storage::keep_from(rule, clock_.now(), bytes, oldest);
  from_.clear();
  is_all_ = before_.is_never();
  swept_.push_back({kind, 0, bytes});
  return {};
}

// The room of what was deleted comes back only here, and only then is it measured again.
Result<void> RetentionActor::end_kind() {
  KindSwept& swept = swept_.back();
  if (settings_.compact && swept.rows > 0 &&
      (is_too_large_ || swept.rows >= settings_.compact_from))
    BOTBOX_TRY(settings_.compact(swept.kind));
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
  rows.deletes = std::move(old.keys);
  commit(std::move(rows), true);
  return true;
}

void RetentionActor::go_on() {
  while (true) {
    const Result<bool> is_under_way = next_portion();
    if (!is_under_way) return end(tl::unexpected<Error>(is_under_way.error()));
    if (*is_under_way) return;
    if (const Result<void> ended = end_kind(); !ended) return end(ended);
    if (++kind_ == storage::kRetainedKinds.size()) return finish();
    if (const Result<void> started = start_kind(); !started) return end(started);
  }
}

void RetentionActor::on_committed(const Committed& committed) {
  if (committed.result.outcome != storage::CommitOutcome::kCommitted)
    return end(fail(ErrorCode::kInvalidInput, "the journal takes no deletions"));
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
  end({});
}

void RetentionActor::end(const Result<void>& how) {
  swept_.clear();
  if (!how && !is_failing_)
    send(parts_.observer, AlertRaised{"retention.failed", "the history was not looked through: " +
                                                              to_string(how.error())});
  if (how && is_failing_)
    send(parts_.observer, AlertRaised{"retention.works", "old history is dropped again"});
  is_failing_ = !how;
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
