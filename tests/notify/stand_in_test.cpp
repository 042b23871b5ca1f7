// Notifier and chat over real sockets, to a local stand-in of the Bot API.
#include <doctest/doctest.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include "actors/chat_actor.hpp"
#include "actors/journal_actor.hpp"
#include "actors/notifier_actor.hpp"
#include "actors/turn_commit.hpp"
#include "actors/wall_clock.hpp"
#include "exchange/http/http_transport.hpp"
#include "storage/directory.hpp"
#include "storage/rocksdb_store.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/bot_api.hpp"

namespace botbox::actors {
namespace {

constexpr const char* kStandInToken = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

struct SocketedChat {
  SocketedChat() {
    directory = *storage::open_directory(*store, {"test"});
    journal = system.spawn<JournalActor>(
        JournalSettings{.writer = std::make_shared<storage::CommitWriter>(*store, directory),
                        .store = store.get(),
                        .group_max = 64,
                        .on_fatal = {}},
        std::make_shared<JournalCounters>());
    const caf::actor nobody = system.spawn(
        [](caf::event_based_actor*) -> caf::behavior { return {[](const AlertRaised&) {}}; });
    const exchange::TelegramAccount account{api.url(), kStandInToken};
    notifier = system.spawn<NotifierActor, caf::detached>(
        std::cref(clock),
        NotifierParts{.store = *store,
                      .journal = journal,
                      .observer = nobody,
                      .epoch = {directory.process_epoch, 1},
                      .sender = messages,
                      .outlets = {telegram_outlet(account, 7, {},
                                                  std::make_shared<MessagePace>(telegram_pace()))}},
        NotifierSettings{.interval = Duration{5}});
    chat = system.spawn<ChatActor>(
        std::cref(clock),
        ChatParts{.store = *store,
                  .journal = journal,
                  .notifier = notifier,
                  .observer = nobody,
                  .epoch = {directory.process_epoch, 1},
                  .desk =
                      [](const OperatorRequest& request, const OperatorAnswer& answer) {
                        answer(fmt::format(R"({{"status":"asked {} by {}","checks":[]}})",
                                           request.verb, request.who));
                      },
                  .sender = poll,
                  .account = account,
                  .members = {{7, "alice", OperatorRole::kRead, {}}}});
  }
  ~SocketedChat() {
    for (const caf::actor& one : {chat, notifier, journal})
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    system.await_all_actors_done();
  }
  void happen(const std::string& detail) {
    auto commit = std::make_shared<storage::Commit>();
    commit->producer = "test";
    commit->epoch = {directory.process_epoch, 1};
    commit->turn = ++turn;
    commit->at = clock.now();
    note(commit->always, {.at = clock.now(),
                          .kind = "engine.mode",
                          .bot = {},
                          .subject = "HALTED",
                          .detail = detail,
                          .actor = "alice"});
    caf::anon_send(journal, CommitRequest{commit, nullptr});
  }

  WallClock clock;
  storage::test::TemporaryDirectory home;
  std::unique_ptr<storage::RocksDbStore> store =
      std::move(*storage::RocksDbStore::open(home.path() / "data", clock));
  storage::DirectoryState directory;
  test::BotApi api{kStandInToken};
  caf::actor_system_config config;
  caf::actor_system system{config};
  std::shared_ptr<exchange::HttpTransport> messages =
      std::make_shared<exchange::HttpTransport>(exchange::HttpOptions{.timeout = Duration{1'000}});
  std::shared_ptr<exchange::HttpTransport> poll =
      std::make_shared<exchange::HttpTransport>(exchange::HttpOptions{.timeout = Duration{60'000}});
  caf::actor journal;
  caf::actor notifier;
  caf::actor chat;
  std::uint64_t turn = 0;
};

}  // namespace

TEST_CASE(
    "a message arrives whatever the other side does first, and commands are heard meanwhile") {
  SocketedChat world;
  world.api.write(7, 7, "/health", world.clock.now().ms / 1'000);
  CHECK(world.api.hears("asked health by telegram:alice"));
  world.api.throttle(1, 1);
  world.api.fail(1);
  world.happen("throttled");
  CHECK(world.api.hears("throttled"));
  world.api.hold(true);
  const std::size_t before = world.api.attempts();
  world.happen("held");
  CHECK(world.api.was_tried(before + 1));
  world.api.hold(false);
  CHECK(world.api.hears("held"));
  CHECK(world.api.polls() >= 2);
  for (const test::SentMessage& message : world.api.messages()) CHECK(message.chat == 7);
}

}  // namespace botbox::actors
