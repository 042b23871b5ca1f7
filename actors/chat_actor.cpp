#include "actors/chat_actor.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <charconv>

#include "actors/chat_replies.hpp"
#include "actors/notifier_actor.hpp"
#include "actors/turn_commit.hpp"
#include "engine/notify/message_pace.hpp"
#include "engine/notify/message_template.hpp"
#include "engine/notify/redact.hpp"
#include "engine/short_text.hpp"
#include "storage/outbox.hpp"

namespace botbox::actors {
namespace {

constexpr std::string_view kUpdatesRow = "telegram/updates";
constexpr std::size_t kAskedBackMax = 64;
constexpr Duration kPollsApart{1'000};
constexpr std::uint32_t kPollFailuresToTell = 3;

// What a permit of the long poll stands for: it is one request at a time, and no message.
class PollPermits : private PermitIssuer {
 public:
  static Permit fresh() { return issue(); }
};

std::string asked_key(const exchange::TelegramUpdate& update, std::string_view code) {
  return fmt::format("{}/{}/{}", update.chat, update.user, code);
}

std::string chat_arguments(const ChatCommand& command, const ChatWords& words) {
  std::string inside(command.extra);
  const auto add = [&](std::string_view name, std::string_view value) {
    inside += fmt::format(R"({}"{}":"{}")", inside.empty() ? "" : ",", name, json_inside(value));
  };
  if (command.needs != ChatNeed::kNothing && !words.first.empty()) add("bot", words.first);
  if (command.name == "why" && !words.rest.empty()) add("at", words.rest);
  return "{" + inside + "}";
}

// The verb and its arguments: a bot's own where one is named.
std::pair<std::string, std::string> desk_question(const ChatCommand& command,
                                                  const ChatWords& words) {
  if (names_all(command, words))
    return {std::string(command.all_verb),
            fmt::format(R"({{"reason":"{}"}})", json_inside(words.rest))};
  const bool names_bot = command.needs != ChatNeed::kNothing && !words.first.empty();
  if (!names_bot || command.bot_verb.empty())
    return {std::string(command.verb), chat_arguments(command, words)};
  std::string inside = fmt::format(R"("bot":"{}")", json_inside(words.first));
  if (command.changes && !words.rest.empty())
    inside += fmt::format(R"(,"reason":"{}")", json_inside(words.rest));
  return {std::string(command.bot_verb), "{" + inside + "}"};
}

std::string plain_text(const Error& error) { return fmt::format("no: {}", to_string(error)); }

}  // namespace

ChatActor::ChatActor(caf::actor_config& config, const Clock& clock, ChatParts parts)
    : caf::event_based_actor(config), clock_(clock), parts_(std::move(parts)) {}

void ChatActor::on_exit() {
  parts_.journal = nullptr;
  parts_.notifier = nullptr;
  parts_.observer = nullptr;
  parts_.desk = nullptr;
  parts_.sender = nullptr;
}

caf::behavior ChatActor::make_behavior() {
  const auto row = storage::find_outbox(parts_.store, kUpdatesRow);
  if (row && *row) next_update_ = (*row)->next_update;
  poll();
  return {[this](TickNow) { poll(); }, [this](const ChatPolled& polled) { on_polled(polled); },
          [this](const ChatNamed& named) { on_named(named); },
          [this](const Committed& committed) { on_committed(committed); },
          [this](const ChatAnswered& answered) { on_answered(answered); }};
}

void ChatActor::poll() {
  if (name_.empty()) return ask_name();
  polled_at_ = clock_.now();
  parts_.sender->send(PollPermits::fresh(),
                      exchange::telegram_updates(parts_.account, next_update_, parts_.poll_wait),
                      [to = caf::actor(this)](const Result<exchange::HttpResponse>& response) {
                        caf::anon_send(to, ChatPolled{exchange::read_telegram_updates(response)});
                      });
}

void ChatActor::ask_name() {
  parts_.sender->send(PollPermits::fresh(), exchange::telegram_name(parts_.account),
                      [to = caf::actor(this)](const Result<exchange::HttpResponse>& response) {
                        caf::anon_send(to, ChatNamed{exchange::read_telegram_name(response)});
                      });
}

void ChatActor::on_named(const ChatNamed& named) {
  if (!named.name) return on_deaf(named.name.error());
  name_ = *named.name;
  on_heard();
  poll();
}

void ChatActor::on_deaf(const Error& error) {
  Duration wait = delivery_retry_delay(++failures_, kUpdatesRow);
  std::int64_t seconds = 0;
  if (error.code == ErrorCode::kRateLimited &&
      std::from_chars(error.fix.data(), error.fix.data() + error.fix.size(), seconds).ec ==
          std::errc{})
    wait = std::max(wait, Duration{seconds * 1'000});
  if (failures_ == kPollFailuresToTell)
    send(parts_.observer, AlertRaised{"notify.deaf", to_string(error)});
  delayed_send(this, wait, TickNow{});
}

void ChatActor::on_heard() {
  if (failures_ >= kPollFailuresToTell)
    send(parts_.observer, AlertRaised{"notify.hears", "commands are heard again"});
  failures_ = 0;
}

void ChatActor::on_polled(const ChatPolled& polled) {
  if (!polled.updates) return on_deaf(polled.updates.error());
  on_heard();
  std::vector<Update> updates = *polled.updates;
  std::erase_if(updates, [](const Update& update) { return update.id <= 0; });
  if (!updates.empty()) return take_in(std::move(updates));
  // A poll waits at the other end; an answer that comes at once must not be asked for at once.
  const bool is_early = abs(clock_.now() - polled_at_) < kPollsApart;
  if (!is_early) return poll();
  delayed_send(this, kPollsApart, TickNow{});
}

// Durable first: an update that was acted on must not come again.
void ChatActor::take_in(std::vector<Update> updates) {
  // Their numbers may begin anew after a week of silence, so the last one counts, not the highest.
  next_update_ = updates.back().id + 1;
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "chat";
  commit->epoch = parts_.epoch;
  commit->turn = ++turn_;
  commit->at = clock_.now();
  storage::OutboxRow row;
  row.next_update = next_update_;
  row.changed_at = clock_.now();
  commit->always.puts.push_back({storage::outbox_key(kUpdatesRow), storage::encode_outbox(row)});
  for (const Update& update : updates) {
    if (update.chat == 0 || member_of(update) != nullptr ||
        !is_chat_command_for(name_, update.text))
      continue;
    const std::string from =
        fmt::format("telegram chat {} user {} ({})", update.chat, update.user, update.name);
    if (refusals_.take("refused", from, clock_.now()) != AlertTaken::kRecord) continue;
    note(commit->always,
         {.at = clock_.now(),
          .kind = "operator.refused",
          .bot = {},
          .subject = std::to_string(update.chat),
          .detail = short_text(redacted(fmt::format("{} wrote: {}", from, update.text))),
          .actor = "telegram:stranger"});
  }
  recording_.emplace(turn_, std::move(updates));
  send(parts_.journal, CommitRequest{std::move(commit), this});
}

void ChatActor::on_committed(const Committed& committed) {
  const auto node = recording_.extract(committed.turn);
  if (node.empty()) return;
  if (committed.result.outcome == storage::CommitOutcome::kCommitted)
    for (const Update& update : node.mapped())
      if (const ChatMember* member = update.chat != 0 ? member_of(update) : nullptr)
        obey(update, *member);
  poll();
}

const ChatMember* ChatActor::member_of(const Update& update) const {
  const auto found = std::ranges::find(parts_.members, update.chat, &ChatMember::chat);
  if (found == parts_.members.end() || found->role == OperatorRole::kNone) return nullptr;
  if (!found->users.empty() && std::ranges::find(found->users, update.user) == found->users.end())
    return nullptr;
  return &*found;
}

void ChatActor::say(std::int64_t chat, std::string text) {
  send(parts_.notifier, SayInChat{chat, std::move(text)});
}

void ChatActor::obey(const Update& update, const ChatMember& member) {
  if (!is_chat_command_for(name_, update.text)) return;  // people talk to one another in groups
  const std::optional<ChatWords> words = parse_chat(update.text);
  const ChatCommand* command = find_chat_command(words->command);
  if (command == nullptr)
    return say(update.chat, fmt::format("there is no /{}; /help lists what there is",
                                        short_text(words->command)));
  if (command->name == "help") return say(update.chat, chat_help());
  if (command->name == "confirm") return confirm(update, member, words->first);
  if (command->needs == ChatNeed::kBot && words->first.empty())
    return say(update.chat, fmt::format("write /{} and the id of a bot{}", command->name,
                                        command->all_verb.empty() ? "" : ", or all"));
  // Done for all where one was meant, it would be a riddle.
  if (command->changes && command->needs == ChatNeed::kNothing && !words->first.empty())
    return say(update.chat,
               fmt::format("/{} is for the whole engine: write it alone", command->name));
  if (command->changes && clock_.now() - update.at > kChatCommandAgeMax)
    return say(update.chat,
               fmt::format("/{} was sent {} ago and was not done; send it again if you still want "
                           "it",
                           command->name, humanize(clock_.now() - update.at)));
  const Asked asked{command, *words, clock_.now() + kConfirmWithin};
  if (!command->is_confirmed || member.role < OperatorRole::kOperate)
    return carry_out(update, member, asked);
  std::erase_if(asked_back_, [&](const auto& one) { return one.second.until < clock_.now(); });
  if (asked_back_.size() >= kAskedBackMax) asked_back_.clear();
  const std::string code = confirm_code(update.chat, update.id);
  asked_back_.insert_or_assign(asked_key(update, code), asked);
  say(update.chat,
      fmt::format("/{}{}{}: {}. Sure? Within a minute: /confirm {}", command->name,
                  words->first.empty() ? "" : " ", short_text(words->first),
                  names_all(*command, *words) ? kChatConsequenceForAll
                                              : chat_consequence(*command, !words->first.empty()),
                  code));
}

void ChatActor::confirm(const Update& update, const ChatMember& member, const std::string& code) {
  const auto node = asked_back_.extract(asked_key(update, code));
  if (node.empty() || node.mapped().until < clock_.now())
    return say(update.chat, "nothing waits for that code, or not any more");
  carry_out(update, member, node.mapped());
}

void ChatActor::carry_out(const Update& update, const ChatMember& member, const Asked& asked) {
  auto [verb, arguments] = desk_question(*asked.command, asked.words);
  OperatorRequest request{.who = "telegram:" + member.name,
                          .from = fmt::format("telegram chat {} user {}", update.chat, update.user),
                          .role = member.role,
                          .verb = std::move(verb),
                          .arguments = std::move(arguments)};
  Waiting waiting{update.chat, asked.command, std::nullopt, {}};
  if (!asked.command->also.empty() && asked.words.first.empty()) {
    waiting.also = request;
    waiting.also->verb = asked.command->also;
    waiting.also->arguments.clear();
  }
  ask(std::move(waiting), std::move(request));
}

void ChatActor::ask(Waiting waiting, OperatorRequest request) {
  const std::uint64_t ticket = ++ticket_;
  waiting_.emplace(ticket, std::move(waiting));
  parts_.desk(std::move(request), [to = caf::actor(this), ticket](Result<std::string> answer) {
    caf::anon_send(to, ChatAnswered{ticket, std::move(answer)});
  });
}

void ChatActor::on_answered(const ChatAnswered& answered) {
  auto node = waiting_.extract(answered.ticket);
  if (node.empty()) return;
  Waiting waiting = std::move(node.mapped());
  const Result<std::string>& answer = answered.answer;
  const bool is_second = !waiting.first.empty();
  if (!is_second && !answer) return say(waiting.chat, plain_text(answer.error()));
  if (waiting.also) {
    OperatorRequest also = *std::move(waiting.also);
    waiting.also.reset();
    waiting.first = *answer;
    return ask(std::move(waiting), std::move(also));
  }
  std::string text =
      chat_reply(*waiting.command, is_second ? waiting.first : *answer, clock_.now());
  if (is_second) text += "\n" + (answer ? account_lines(*answer) : plain_text(answer.error()));
  say(waiting.chat, std::move(text));
}

}  // namespace botbox::actors
