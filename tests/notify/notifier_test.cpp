// The notifier: from the event log to targets that are slow, that refuse, that come and go; and
// across restarts.
#include "actors/notifier_actor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <caf/send.hpp>
#include <map>
#include <vector>

#include "actors/journal_actor.hpp"
#include "actors/turn_commit.hpp"
#include "exchange/venue/signing.hpp"
#include "storage/codec.hpp"
#include "storage/directory.hpp"
#include "storage/memory_store.hpp"
#include "storage/reader.hpp"
#include "tests/notify/post_box.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::actors {
namespace {

const exchange::TelegramAccount kBot{"http://telegram", "1:token"};

struct NotifierWorld : test::ActorFixture {
  NotifierWorld() {
    directory = *storage::open_directory(store, {"test"});
    writer = std::make_shared<storage::CommitWriter>(store, directory);
    journal = spawn<JournalActor>(
        JournalSettings{.writer = writer, .store = &store, .group_max = 64, .on_fatal = {}},
        std::make_shared<JournalCounters>());
    pace = std::make_shared<MessagePace>(telegram_pace());
  }

  NotifierOutlet chat(std::int64_t id, NoticeLevels levels = {}) {
    return telegram_outlet(kBot, id, levels, pace);
  }
  static NotifierOutlet hook(const std::string& name,
                             std::map<NoticeKind, std::string> texts = {}) {
    return webhook_outlet({.name = name,
                           .shape = WebhookShape::kJson,
                           .url = "http://hook/" + name,
                           .secret = "secret",
                           .levels = {},
                           .templates = std::move(texts),
                           .engine = "night"});
  }
  caf::actor start(std::vector<NotifierOutlet> outlets, NotifierSettings settings = {}) {
    ++life;
    notifier = spawn<NotifierActor>(std::cref(clock()),
                                    NotifierParts{.store = store,
                                                  .journal = journal,
                                                  .observer = listener(alerts),
                                                  .epoch = {directory.process_epoch, life},
                                                  .sender = box,
                                                  .outlets = std::move(outlets)},
                                    settings);
    run();
    return notifier;
  }
  void happen(const std::string& kind, const std::string& detail, int times = 1) {
    auto commit = std::make_shared<storage::Commit>();
    commit->producer = "test";
    commit->epoch = {directory.process_epoch, 1};
    commit->turn = ++turn;
    commit->at = now();
    for (int i = 0; i < times; ++i)
      note(commit->always, {.at = now(),
                            .kind = kind,
                            .bot = {},
                            .subject = "s",
                            .detail = times == 1 ? detail : fmt::format("{} {}.", detail, i),
                            .actor = "alice"});
    tell(journal, CommitRequest{commit, nullptr});
  }
  storage::OutboxRow row(const std::string& name) const {
    const auto found = storage::find_outbox(store, name);
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    return **found;
  }
  std::size_t events_of(const std::string& kind) const {
    std::size_t count = 0;
    const auto logged = storage::load_newest_events(store, 10'000);
    REQUIRE(logged.has_value());
    for (const Event& event : *logged) count += event.kind == kind ? 1 : 0;
    return count;
  }

  storage::MemoryStore store;
  storage::DirectoryState directory;
  std::shared_ptr<storage::CommitWriter> writer;
  caf::actor journal;
  std::shared_ptr<test::PostBox> box = std::make_shared<test::PostBox>(clock());
  std::shared_ptr<MessagePace> pace;
  test::Inbox<AlertRaised> alerts;
  caf::actor notifier;
  std::uint64_t life = 0;
  std::uint64_t turn = 0;
};

}  // namespace

TEST_CASE("a new target is told of what happens from now on, many events in one message") {
  NotifierWorld world;
  world.happen("engine.mode", "long ago");
  world.start({world.chat(7)});
  world.advance(Duration{1'000});
  CHECK(world.box->letters.empty());
  world.happen("engine.mode", "halted");
  world.happen("signal.accepted", "LONG");
  world.happen("signal.rejected", "off by default");
  world.advance(Duration{300});
  REQUIRE(world.box->letters.size() == 1);
  const auto body = world.box->letters[0].body();
  CHECK(body["chat_id"] == 7);
  CHECK(body["disable_notification"] == false);
  CHECK(body["text"] == "engine.mode s: halted, by alice\nsignal LONG");
  world.happen("signal.accepted", "SHORT");
  world.advance(Duration{2'000});
  REQUIRE(world.box->letters.size() == 2);
  CHECK(world.box->letters[1].body()["disable_notification"] == true);
  CHECK(world.row("telegram/7").delivered == 2);
}

TEST_CASE(
    "what was durable and not delivered when the process died is told by the next one, once") {
  NotifierWorld world;
  world.box->silent = "telegram";
  world.start({world.chat(7)});
  world.happen("engine.mode", "halted");
  world.advance(Duration{1'000});
  CHECK(world.box->letters.size() == 1);
  world.kill(world.notifier);
  world.happen("engine.mode", "while nobody looked");
  world.box->silent.clear();
  world.start({world.chat(7)});
  world.advance(Duration{5'000});
  REQUIRE(world.box->letters.size() == 2);
  CHECK(world.box->letters[1].text() ==
        "engine.mode s: halted, by alice\nengine.mode s: while nobody looked, by alice");
  world.kill(world.notifier);
  world.start({world.chat(7)});
  world.advance(Duration{60'000});
  CHECK(world.box->letters.size() == 2);
}

TEST_CASE("a signal from outside is told with its numbers, though it was decided after it came") {
  NotifierWorld world;
  Signal signal;
  signal.id = {"s"};
  signal.bot = {};
  signal.symbol = {"BTC/USDT"};
  signal.created_at = world.now() - Duration{60'000};
  signal.entry = Price::literal("60000");
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "signals";
  commit->epoch = {world.directory.process_epoch, 1};
  commit->turn = 1;
  commit->at = world.now();
  commit->always.puts.push_back(
      {storage::signal_key(signal.bot, signal.created_at, signal.id), storage::encode(signal)});
  world.tell(world.journal, CommitRequest{commit, nullptr});
  world.start({world.chat(7)});
  world.happen("signal.accepted", "LONG");
  world.advance(Duration{1'000});
  REQUIRE(world.box->letters.size() == 1);
  CHECK(world.box->letters[0].text() == "signal LONG BTC/USDT at 60000");
}

TEST_CASE("a mark that moved over events nobody is told of is kept as well") {
  NotifierWorld world;
  world.start({world.chat(7)});
  const std::uint64_t before = world.row("telegram/7").next_event;
  world.happen("trade.executing", "attempt", 50);
  world.advance(Duration{40'000});
  CHECK(world.box->letters.empty());
  CHECK(world.row("telegram/7").next_event == before + 50);
}

TEST_CASE("a chat that is told to wait waits, and the others are written to meanwhile") {
  NotifierWorld world;
  world.start({world.chat(7), world.chat(8)});
  world.box->will_say(429, R"({"ok":false,"parameters":{"retry_after":30}})");
  world.happen("engine.mode", "halted");
  const Timestamp asked = world.now();
  world.advance(Duration{500});
  CHECK(world.box->letters.size() == 2);
  world.happen("engine.mode", "active");
  world.advance(Duration{28'500});
  REQUIRE(world.box->letters.size() == 3);
  CHECK(world.box->letters[0].body()["chat_id"] == 7);
  CHECK(world.box->letters[2].body()["chat_id"] == 8);
  CHECK(world.box->letters[2].at - asked < Duration{3'000});
  world.advance(Duration{5'000});
  REQUIRE(world.box->letters.size() == 4);
  CHECK(world.box->letters[3].body()["chat_id"] == 7);
  CHECK(world.box->letters[3].at - asked >= Duration{30'000});
  CHECK(world.box->letters[3].text().find("halted") != std::string::npos);
}

TEST_CASE(
    "when two chats are told to wait, no chat of that sender is written to before it is over") {
  NotifierWorld world;
  world.start({world.chat(7), world.chat(8), world.chat(9)});
  world.box->will_say(429, R"({"ok":false,"parameters":{"retry_after":30}})", 2);
  world.happen("engine.mode", "halted");
  const Timestamp asked = world.now();
  world.advance(Duration{500});
  // All had left before the word came.
  CHECK(world.box->letters.size() == 3);
  world.happen("engine.mode", "active");
  world.advance(Duration{28'500});
  CHECK(world.box->letters.size() == 3);
  world.advance(Duration{5'000});
  REQUIRE(world.box->letters.size() == 6);
  for (std::size_t i = 3; i < 6; ++i) CHECK(world.box->letters[i].at - asked >= Duration{30'000});
}

TEST_CASE("a target that fails is tried ever later, an alert says so, and nothing is lost") {
  NotifierWorld world;
  world.start({world.chat(7)});
  world.box->will_say(502, "", 5);
  world.happen("engine.mode", "halted");
  world.advance(Duration{120'000});
  const auto& letters = world.box->letters;
  REQUIRE(letters.size() == 6);
  for (std::size_t i = 2; i < letters.size(); ++i)
    CHECK(letters[i].at - letters[i - 1].at > letters[i - 1].at - letters[i - 2].at);
  REQUIRE(world.alerts.size() == 2);
  CHECK(world.alerts[0].kind == "notify.failing");
  CHECK(world.alerts[0].text.find("telegram chat 7: HTTP 502") != std::string::npos);
  CHECK(world.alerts[0].text.find("token") == std::string::npos);
  CHECK(world.alerts[0].subject == telegram_outlet_name(7));
  CHECK(world.alerts[1].kind == "notify.working");
  CHECK(world.alerts[1].subject == telegram_outlet_name(7));  // of no other target
  CHECK(letters.back().text().find("halted") != std::string::npos);
}

TEST_CASE("a target that never answers holds back nobody else") {
  NotifierWorld world;
  world.box->silent = "telegram";
  world.start({world.chat(7), NotifierWorld::hook("ops")});
  for (int i = 0; i < 20; ++i) {
    world.happen("engine.mode", std::to_string(i));
    world.advance(Duration{1'000});
  }
  CHECK(world.box->texts("telegram").size() == 1);
  CHECK(world.box->texts("hook").size() == 20);
}

TEST_CASE("a program is told of each event by itself, in order, signed, under a lasting id") {
  NotifierWorld world;
  world.start({NotifierWorld::hook("ops", {{NoticeKind::kStatus, R"({"say":"{text}"})"}})});
  world.happen("engine.mode", "a \"quoted\" reason");
  world.happen("alert.raised", "deep");
  world.box->will_say(500);
  world.advance(Duration{10'000});
  const auto& letters = world.box->letters;
  REQUIRE(letters.size() == 3);
  CHECK(letters[0].request.body == letters[1].request.body);
  CHECK(letters[0].body()["say"] == "engine.mode s: a \"quoted\" reason, by alice");
  CHECK(letters[2].body()["kind"] == "alert");
  std::map<std::string, std::string> headers;
  for (const std::string& line : letters[1].request.headers)
    headers[line.substr(0, line.find(':'))] = line.substr(line.find(':') + 2);
  CHECK(headers["X-Botbox-Event-Id"] == "event-1");
  CHECK(headers["X-Botbox-Signature"] ==
        "sha256=" + exchange::hmac_sha256_hex(
                        "secret", headers["X-Botbox-Timestamp"] + "." + letters[1].request.body));
}

TEST_CASE("what a program refuses five times is left out, and the next is told") {
  NotifierWorld world;
  world.start({NotifierWorld::hook("ops")});
  world.box->will_say(400, "", 5);
  world.happen("engine.mode", "first");
  world.happen("engine.mode", "second");
  world.advance(Duration{900'000});
  REQUIRE(world.box->letters.size() == 6);
  CHECK(world.box->letters[4].text().find("first") != std::string::npos);
  CHECK(world.box->letters[5].text().find("second") != std::string::npos);
  CHECK(world.row("webhook/ops").left_out == 1);
  CHECK(world.box->letters[5].body()["left_out"] == 1);
  world.happen("engine.mode", "third");
  world.advance(Duration{1'000});
  REQUIRE(world.box->letters.size() == 7);
  CHECK_FALSE(world.box->letters[6].body().contains("left_out"));
}

TEST_CASE("a program is told how many events it is not told of, once, whatever it refuses") {
  NotifierWorld world;
  const std::map<NoticeKind, std::string> texts{{NoticeKind::kStatus, R"({"n":{left_out}})"}};
  const auto start = [&] {
    world.start({NotifierWorld::hook("ops", texts)}, {.age_max = Duration{3'600'000}});
  };
  start();
  world.kill(world.notifier);
  world.happen("engine.mode", "yesterday", 3);
  world.advance(Duration{7'200'000});
  world.happen("engine.mode", "refused");
  world.happen("engine.mode", "taken");
  world.happen("engine.mode", "the next");
  world.box->will_say(400, "", 5);
  start();
  world.advance(Duration{900'000});
  const auto& letters = world.box->letters;
  REQUIRE(letters.size() == 7);
  const auto says = [&](std::size_t at, std::uint64_t count) {
    const auto& headers = letters[at].request.headers;
    const bool is_in_header =
        std::ranges::find(headers, fmt::format("X-Botbox-Left-Out: {}", count)) != headers.end();
    return letters[at].body()["n"] == count && is_in_header == (count > 0);
  };
  for (std::size_t attempt = 0; attempt < 5; ++attempt) CHECK(says(attempt, 3));
  CHECK(says(5, 4));
  CHECK(says(6, 0));
  CHECK(world.row("webhook/ops").left_out == 4);
  CHECK(world.row("webhook/ops").untold == 0);
}

TEST_CASE("events that are too old are counted, not told") {
  NotifierWorld world;
  world.box->silent = "telegram";
  world.start({world.chat(7)}, {.age_max = Duration{3'600'000}});
  world.kill(world.notifier);
  world.happen("engine.mode", "yesterday", 3);
  world.advance(Duration{7'200'000});
  world.happen("engine.mode", "today");
  world.box->silent.clear();
  world.start({world.chat(7)}, {.age_max = Duration{3'600'000}});
  world.advance(Duration{1'000});
  REQUIRE(world.box->letters.size() == 1);
  CHECK(world.box->letters[0].text() ==
        "engine.mode s: today, by alice\n3 events left out: they were too old");
  CHECK(world.row("telegram/7").left_out == 3);
}

TEST_CASE("a target that is too far behind goes on where it may") {
  NotifierWorld world;
  world.start({world.chat(7)});
  world.kill(world.notifier);
  world.happen("trade.executing", "x", 500);
  world.happen("engine.mode", "now");
  world.start({world.chat(7)}, {.behind_max = 100});
  world.advance(Duration{1'000});
  REQUIRE(world.box->letters.size() == 1);
  CHECK(world.row("telegram/7").left_out == 400);
}

TEST_CASE("the count of what was skipped outlives a message that fails, and a restart") {
  for (const bool is_restarted : {false, true}) {
    CAPTURE(is_restarted);
    NotifierWorld world;
    world.start({world.chat(7)});
    world.kill(world.notifier);
    world.happen("trade.executing", "x", 500);
    world.happen("engine.mode", "now");
    world.box->will_say(502);
    world.start({world.chat(7)}, {.behind_max = 100});
    world.advance(Duration{300});
    REQUIRE(world.box->letters.size() == 1);
    if (is_restarted) {
      world.kill(world.notifier);
      world.start({world.chat(7)}, {.behind_max = 100});
    }
    world.advance(Duration{60'000});
    REQUIRE(world.box->letters.size() == 2);
    CHECK(world.box->letters[1].text() ==
          "engine.mode s: now, by alice\n400 events left out: they were too old");
    CHECK(world.row("telegram/7").left_out == 400);
    CHECK(world.row("telegram/7").untold == 0);
  }
}

TEST_CASE("what was left out while there was nothing else to tell is told with the next message") {
  NotifierWorld world;
  world.start({world.chat(7)}, {.age_max = Duration{3'600'000}});
  world.kill(world.notifier);
  world.happen("engine.mode", "yesterday", 3);
  world.advance(Duration{7'200'000});
  world.start({world.chat(7)}, {.age_max = Duration{3'600'000}});
  world.advance(Duration{60'000});
  CHECK(world.box->letters.empty());
  CHECK(world.row("telegram/7").untold == 3);
  world.kill(world.notifier);
  world.start({world.chat(7)}, {.age_max = Duration{3'600'000}});
  world.happen("engine.mode", "today");
  world.advance(Duration{1'000});
  REQUIRE(world.box->letters.size() == 1);
  CHECK(world.box->letters[0].text() ==
        "engine.mode s: today, by alice\n3 events left out: they were too old");
}

TEST_CASE("events that left the log before they were told are counted as well") {
  NotifierWorld world;
  world.start({world.chat(7)});
  world.kill(world.notifier);
  world.happen("engine.mode", "gone", 5);
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "retention";
  commit->epoch = {world.directory.process_epoch, 1};
  commit->turn = 1;
  commit->at = world.now();
  for (std::uint64_t number = 1; number <= 5; ++number)
    commit->always.deletes.push_back(storage::event_key(number));
  world.tell(world.journal, CommitRequest{commit, nullptr});
  world.happen("engine.mode", "kept");
  world.start({world.chat(7)});
  world.advance(Duration{1'000});
  REQUIRE(world.box->letters.size() == 1);
  CHECK(world.box->letters[0].text() ==
        "engine.mode s: kept, by alice\n5 events left out: they were too old");
}

TEST_CASE("alerts become events, the same one once a minute, and are told as such") {
  NotifierWorld world;
  world.start({world.chat(7)});
  for (int i = 0; i < 5; ++i)
    world.tell(world.notifier, AlertRaised{"queue.deep", "51 trades wait, token=abcdefgh"});
  world.advance(Duration{1'000});
  CHECK(world.events_of("alert.raised") == 1);
  REQUIRE(world.box->letters.size() == 1);
  CHECK(world.box->letters[0].text() == "ALERT queue.deep: 51 trades wait, token=***");
  for (int i = 0; i < 500; ++i)
    world.tell(world.notifier, AlertRaised{"bot.failed", std::to_string(i)});
  world.advance(Duration{120'000});
  CHECK(world.events_of("alert.raised") == 1 + 59 + 1);
}

TEST_CASE("a storm of alerts hides no critical one, nor the end of one that was told") {
  NotifierWorld world;
  world.start({world.chat(7)});
  const auto storm = [&](const char* kind, const char* text) {
    for (int i = 0; i < 500; ++i)
      world.tell(world.notifier,
                 AlertRaised{kind, fmt::format("S{} {}", i, text), fmt::format("S{}", i)});
  };
  storm("data.stale", "is old");
  CHECK(world.events_of("alert.raised") == 60);
  world.tell(world.notifier, AlertRaised{"disk.low", "1 GiB is free"});
  CHECK(world.events_of("alert.raised") == 61);
  // A storm of one critical kind is bounded, and hides no other.
  storm("trade.unknown", "is unknown");
  CHECK(world.events_of("alert.raised") == 121);
  world.tell(world.notifier, AlertRaised{"actor.silent", "journal does not answer", "journal"});
  CHECK(world.events_of("alert.raised") == 122);
  storm("data.fresh", "is fresh again");  // 60 of them were told to be old
  storm("trade.known", "is known");
  CHECK(world.events_of("alert.cleared") == 120);
  world.tell(world.notifier, AlertRaised{"disk.enough", "9 GiB are free"});
  world.tell(world.notifier, AlertRaised{"exchange.reached", "of before this process"});
  CHECK(world.events_of("alert.cleared") == 122);
  world.advance(Duration{120'000});
  CHECK(world.events_of("alert.raised") == 123);
  std::string told;
  for (const auto& letter : world.box->letters) told += letter.text() + "\n";
  CHECK(told.find("ALERT disk.low: 1 GiB is free") != std::string::npos);
  CHECK(told.find("CLEARED disk.enough: 9 GiB are free") != std::string::npos);
  CHECK(told.find("CLEARED data.fresh: S59 is fresh again") != std::string::npos);
  CHECK(told.find("alerts.more: 1760 more alerts within a minute") != std::string::npos);
}

TEST_CASE("an alert that comes back within a minute is told again, and its end as an end") {
  NotifierWorld world;
  world.start({world.chat(7)});
  const auto say = [&](const char* kind, const char* text, const char* subject = "") {
    world.tell(world.notifier, AlertRaised{kind, text, subject});
  };
  for (int i = 0; i < 3; ++i) {
    say("exchange.health", "paper is failing");
    say("exchange.health", "paper is failing");
    say("exchange.health", "paper is healthy again");
    say("exchange.health", "paper is healthy again");
  }
  world.advance(Duration{1'000});
  CHECK(world.events_of("alert.raised") == 3);
  CHECK(world.events_of("alert.cleared") == 3);
  // Each of several subjects stands by itself.
  say("data.stale", "BTC/USDT is old", "BTC/USDT");
  say("data.stale", "ETH/USDT is old", "ETH/USDT");
  say("data.fresh", "BTC/USDT is fresh again", "BTC/USDT");
  world.advance(Duration{10'000});
  CHECK(world.events_of("alert.raised") == 5);
  CHECK(world.events_of("alert.cleared") == 4);
  std::string told;
  for (const auto& letter : world.box->letters) told += letter.text() + "\n";
  CHECK(told.find("ALERT exchange.health: paper is failing") != std::string::npos);
  CHECK(told.find("CLEARED exchange.health: paper is healthy again") != std::string::npos);
  CHECK(told.find("CLEARED data.fresh: BTC/USDT is fresh again") != std::string::npos);
}

TEST_CASE("a storm of loud events reaches a group whole, at the pace that is allowed there") {
  NotifierWorld world;
  world.start({world.chat(-100)});
  std::string words;
  for (int i = 0; i < 30; ++i) words += "word ";
  world.happen("engine.mode", words + "x", 1'000);
  world.advance(Duration{1'200'000});
  std::string all;
  const auto& letters = world.box->letters;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    all += letters[i].text() + "\n";
    CHECK(utf16_units(letters[i].text()) <= exchange::kTelegramTextMax);
    if (i >= 20) CHECK(letters[i].at - letters[i - 20].at >= Duration{60'000});
  }
  for (int i = 0; i < 1'000; ++i) {
    const std::string mark = fmt::format("x {}., by", i);
    const std::size_t at = all.find(mark);
    REQUIRE(at != std::string::npos);
    CHECK(all.find(mark, at + 1) == std::string::npos);
  }
}

TEST_CASE("an answer in a chat goes before notices, and only to a chat that is known") {
  NotifierWorld world;
  world.start({world.chat(7)});
  world.happen("engine.mode", "halted");
  world.tell(world.notifier, SayInChat{7, "hello"});
  world.tell(world.notifier, SayInChat{8, "stranger"});
  world.advance(Duration{3'000});
  const auto texts = world.box->texts();
  REQUIRE(texts.size() == 2);
  CHECK(texts[0] == "hello");
}

namespace {

// What a fleet did in two hours: every event, by its number.
std::vector<std::string> history_of(bool has_notifier) {
  auto started = VirtualEngine::start(test::fleet_options(12, 5));
  REQUIRE(started.has_value());
  VirtualEngine& engine = **started;
  auto box = std::make_shared<test::PostBox>(engine.clock());
  box->silent = "telegram";
  caf::actor notifier;
  if (has_notifier) {
    NoticeLevels all;
    all.by_kind.fill(NoticeLevel::kOn);
    const auto pace = std::make_shared<MessagePace>(telegram_pace());
    notifier = engine.system().spawn<NotifierActor>(
        std::cref(engine.clock()),
        NotifierParts{.store = engine.store(),
                      .journal = engine.engine().journal(),
                      .observer = engine.engine().scheduler(),
                      .epoch = engine.engine().epoch(),
                      .sender = box,
                      .outlets = {telegram_outlet(kBot, 7, all, pace)}},
        NotifierSettings{});
  }
  engine.advance(Duration{7'200'000});
  CHECK(box->letters.size() == (has_notifier ? 1 : 0));
  std::vector<std::string> history;
  const auto logged = storage::load_events(engine.store(), 1, 1'000'000);
  REQUIRE(logged.has_value());
  for (const Event& event : *logged)
    history.push_back(
        fmt::format("{} {} {} {}", event.at.ms, event.kind, event.bot.value, event.detail));
  history.push_back(fmt::format("{} cycles", engine.totals().cycles));
  if (notifier) caf::anon_send_exit(notifier, caf::exit_reason::user_shutdown);
  box->held.clear();
  engine.advance(Duration{1});
  return history;
}

}  // namespace

TEST_CASE("a chat that never answers changes nothing of what the fleet does, nor when") {
  const std::vector<std::string> without = history_of(false);
  CHECK(without.size() > 500);
  CHECK(history_of(true) == without);
}

}  // namespace botbox::actors
