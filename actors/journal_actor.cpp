#include "actors/journal_actor.hpp"

#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {

JournalActor::JournalActor(caf::actor_config& config, JournalSettings settings,
                           std::shared_ptr<JournalCounters> counters)
    : caf::event_based_actor(config),
      settings_(std::move(settings)),
      counters_(std::move(counters)) {}

caf::behavior JournalActor::make_behavior() {
  return {[this](const CommitRequest& request) { queue(request); },
          [this](const ReadBot& request) { read_bot(request); },
          [this](TickNow) {
            mark_sent_ = false;
            write_group();
          }};
}

// The mark goes behind everything that is in the mailbox now, so a group is what queued up while
// the last one was being synced. No timer: an idle journal commits at once.
void JournalActor::queue(const CommitRequest& request) {
  if (broken_) return;
  commits_.push_back(request.commit);
  waiting_.push_back(request.reply_to);
  if (commits_.size() >= settings_.group_max) return write_group();
  if (mark_sent_) return;
  mark_sent_ = true;
  send(this, TickNow{});
}

void JournalActor::write_group() {
  if (broken_ || commits_.empty()) return;
  const auto results = settings_.writer->write(commits_);
  if (!results) {
    broken_ = true;
    settings_.on_fatal(results.error());
    return;
  }
  ++counters_->groups;
  counters_->commits += commits_.size();
  for (std::size_t i = 0; i < commits_.size(); ++i)
    if (waiting_[i]) send(waiting_[i], Committed{commits_[i]->turn, (*results)[i]});
  commits_.clear();
  waiting_.clear();
}

void JournalActor::read_bot(const ReadBot& request) {
  write_group();
  if (broken_) return;
  settings_.writer->fence(request.bot.value, request.epoch);
  BotRead answer;
  answer.bot = request.bot;
  const auto row = settings_.store->get(storage::bot_snapshot_key(request.bot));
  if (!row) {
    answer.snapshot = tl::unexpected(row.error());
  } else if (row->has_value()) {
    answer.snapshot = storage::decode<BotSnapshot>(**row).map(
        [](BotSnapshot snapshot) { return std::optional<BotSnapshot>(std::move(snapshot)); });
  }
  if (answer.snapshot && *answer.snapshot)
    for (const PendingTrade& pending : (*answer.snapshot)->pending) {
      const auto trade = storage::find_trade(*settings_.store, pending.id);
      if (trade && *trade && (*trade)->status == TradeStatus::kPending)
        answer.pending_trades.push_back(**trade);
    }
  send(request.reply_to, std::move(answer));
}

}  // namespace botbox::actors
