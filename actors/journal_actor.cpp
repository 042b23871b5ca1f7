#include "actors/journal_actor.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "actors/wall_clock.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {
namespace {

struct TellGroup {
  std::shared_ptr<WrittenGroup> written;
};

// Answers of a group this small go out at once: a hop would cost more than it saves.
constexpr std::size_t kTellItself = 16;

template <class Sender>
void tell(Sender& sender, const WrittenGroup& written) {
  for (std::size_t i = 0; i < written.commits.size(); ++i)
    if (written.waiting[i])
      sender.send(written.waiting[i], Committed{written.commits[i]->turn, written.results[i]});
}

// Everybody waits for the one thread that writes, so it goes before those that give it work. Where
// the system does not allow that, it goes beside them.
void go_before_others() {
  constexpr int kNice = -5;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
}

// Bots write rows of their own, their snapshot first; all others write rows of bots as well.
bool is_turn_of_bot(const storage::Commit& commit) {
  const storage::WriteOps& rows = commit.claims.empty() ? commit.always : commit.if_claimed;
  return !rows.puts.empty() && rows.puts.front().key.kind == storage::Kind::kBotSnapshot;
}

caf::behavior acknowledge(caf::event_based_actor* self,
                          const std::shared_ptr<std::atomic<int>>& groups_to_tell) {
  return {[self, groups_to_tell](const TellGroup& group) {
    tell(*self, *group.written);
    --*groups_to_tell;
  }};
}

}  // namespace
}  // namespace botbox::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::TellGroup)

namespace botbox::actors {

JournalActor::JournalActor(caf::actor_config& config, JournalSettings settings,
                           std::shared_ptr<JournalCounters> counters)
    : caf::event_based_actor(config),
      settings_(std::move(settings)),
      counters_(std::move(counters)) {}

void JournalActor::on_exit() {
  waiting_.clear();
  acknowledger_ = nullptr;
}

caf::behavior JournalActor::make_behavior() {
  if (settings_.has_own_thread) go_before_others();
  acknowledger_ = system().spawn(acknowledge, groups_to_tell_);
  return {[this](const CommitRequest& request) { queue(request); }, [this](TickNow) { on_mark(); },
          [this](const ReadBot& request) { read_bot(request); },
          [this](AskActor) { return ActorTold{mailbox().size() + commits_.size()}; }};
}

// The mark goes behind everything that is in the mailbox now, so a group is what queued up while
// the last one was being synced. No timer: an idle journal commits at once, without a mark.
void JournalActor::queue(const CommitRequest& request) {
  if (broken_) return;
  commits_.push_back(request.commit);
  waiting_.push_back(request.reply_to);
  if (commits_.size() >= settings_.group_max || mailbox().empty()) return write_group();
  if (mark_ != Mark::kNone) return;
  mark_ = Mark::kAmongOthers;
  send(this, TickNow{});
}

// A mailbox has two queues, and takes turns: twelve commits that somebody waits for, then three
// others. A mark that came through one of them says nothing of the other, and a group that ended
// with it would be one of twelve commits, with hundreds behind it.
void JournalActor::on_mark() {
  if (mark_ == Mark::kAmongOthers && !mailbox().empty()) {
    mark_ = Mark::kAmongFirst;
    return send<kCommitFirst>(this, TickNow{});
  }
  mark_ = Mark::kNone;
  write_group();
}

// Rows of neighbouring bots are neighbours in the store, and going in one after the other they find
// their places in half the time. Turns of two bots did not wait for one another. A bot's turn and a
// commit of anybody else may well have: the trade queue says that an outcome is unknown and tells
// the bot the next moment how it went. Those keep their order, and so do commits of one producer.
void JournalActor::sort_by_producer() {
  std::vector<std::uint32_t> order(commits_.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto is_turn = [this](std::uint32_t i) { return is_turn_of_bot(*commits_[i]); };
  for (auto begin = order.begin(); begin != order.end();) {
    const auto end = std::find_if_not(begin, order.end(), is_turn);
    std::stable_sort(begin, end, [this](std::uint32_t a, std::uint32_t b) {
      return commits_[a]->producer < commits_[b]->producer;
    });
    begin = std::find_if(end, order.end(), is_turn);
  }
  std::vector<std::shared_ptr<const storage::Commit>> commits;
  std::vector<caf::actor> waiting;
  commits.reserve(order.size());
  waiting.reserve(order.size());
  for (const std::uint32_t i : order) {
    commits.push_back(std::move(commits_[i]));
    waiting.push_back(std::move(waiting_[i]));
  }
  commits_ = std::move(commits);
  waiting_ = std::move(waiting);
}

void JournalActor::write_group() {
  if (broken_ || commits_.empty()) return;
  if (commits_.size() > kTellItself) sort_by_producer();
  const Stopwatch watch;
  auto results = settings_.writer->write(commits_);
  if (!results) {
    broken_ = true;
    settings_.on_fatal(results.error());
    return;
  }
  ++counters_->groups;
  counters_->commits += commits_.size();
  counters_->write_seconds.add(watch.seconds());
  counters_->group_size.add(static_cast<double>(commits_.size()));
  answer({std::move(commits_), std::move(waiting_), std::move(*results)});
  commits_.clear();
  waiting_.clear();
}

// A producer hears of its commits in their order: while a group is still being told, the next ones
// take the same way.
void JournalActor::answer(WrittenGroup&& written) {
  if (written.commits.size() <= kTellItself && *groups_to_tell_ == 0) return tell(*this, written);
  ++*groups_to_tell_;
  send(acknowledger_, TellGroup{std::make_shared<WrittenGroup>(std::move(written))});
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
