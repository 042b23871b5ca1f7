// The chat: takes commands of people over Telegram's long poll, and hands them to the operator's
// desk, where they are recorded with who and when, as those of the API and the shell are.
//
// Our own name is asked for first: in a group, what is said to another bot is not for us, and says
// nothing about whoever said it.
//
// Who may: chats of the list, with their role; in a chat with a list of users, those alone. Whoever
// else writes is not answered; an event "operator.refused" says who it was (bounded per minute).
//
// A command is carried out at most once: how far updates were taken in is durable before any of
// them is acted on. One that changes something is asked back for a code first, which is good for a
// minute and for that chat and person; and it is refused when it waited for longer than two minutes
// (the engine was down), since nobody expects it any more.
#pragma once

#include <caf/event_based_actor.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/operator_desk.hpp"
#include "actors/protocol.hpp"
#include "engine/clock.hpp"
#include "engine/notify/alert_book.hpp"
#include "engine/notify/chat_command.hpp"
#include "exchange/messages/telegram_api.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

struct ChatMember {
  std::int64_t chat = 0;  // negative: a group
  std::string name;       // events say "telegram:<name>"
  OperatorRole role = OperatorRole::kRead;
  std::vector<std::int64_t> users;  // empty: whoever writes there
};

// To itself, from other threads.
struct ChatPolled {
  Result<std::vector<exchange::TelegramUpdate>> updates;
};
struct ChatNamed {
  Result<std::string> name;
};
struct ChatAnswered {
  std::uint64_t ticket = 0;
  Result<std::string> answer;
};

struct ChatParts {
  const storage::Store& store;
  caf::actor journal;
  caf::actor notifier;  // gets SayInChat
  caf::actor observer;  // gets AlertRaised when nobody can be heard
  storage::Epoch epoch;
  OperatorEntry desk;
  // Lets an answer wait for longer than poll_wait.
  std::shared_ptr<exchange::HttpSender> sender;
  exchange::TelegramAccount account;
  std::vector<ChatMember> members;
  Duration poll_wait{25'000};
};

class ChatActor : public caf::event_based_actor {
 public:
  ChatActor(caf::actor_config& config, const Clock& clock, ChatParts parts);
  const char* name() const override { return "chat"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  using Update = exchange::TelegramUpdate;
  struct Asked {
    const ChatCommand* command = nullptr;
    ChatWords words;
    Timestamp until;  // of a command that is asked back
  };
  struct Waiting {
    std::int64_t chat = 0;
    const ChatCommand* command = nullptr;
    std::optional<OperatorRequest> also;  // to be asked once this is answered
    std::string first;                    // the answer to what was asked before; empty: nothing was
  };

  void poll();
  void ask_name();
  void on_named(const ChatNamed& named);
  void on_deaf(const Error& error);
  void on_heard();
  void on_polled(const ChatPolled& polled);
  void on_committed(const Committed& committed);
  void take_in(std::vector<Update> updates);
  const ChatMember* member_of(const Update& update) const;
  void obey(const Update& update, const ChatMember& member);
  void confirm(const Update& update, const ChatMember& member, const std::string& code);
  void carry_out(const Update& update, const ChatMember& member, const Asked& asked);
  void ask(Waiting waiting, OperatorRequest request);
  void on_answered(const ChatAnswered& answered);
  void say(std::int64_t chat, std::string text);

  const Clock& clock_;
  ChatParts parts_;
  std::string name_;  // empty: not known yet
  std::int64_t next_update_ = 0;
  Timestamp polled_at_;
  std::uint64_t turn_ = 0;
  std::uint64_t ticket_ = 0;
  std::uint32_t failures_ = 0;
  std::map<std::uint64_t, std::vector<Update>> recording_;  // by turn
  std::map<std::string, Asked> asked_back_;                 // by chat, person and code
  std::map<std::uint64_t, Waiting> waiting_;                // by ticket
  AlertBook refusals_{10};
};

}  // namespace botbox::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::ChatPolled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::ChatNamed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::ChatAnswered)
