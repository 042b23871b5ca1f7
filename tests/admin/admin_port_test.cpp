// The admin port as shells meet it, over real sockets.
#include <doctest/doctest.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "tests/admin/admin_port_fixture.hpp"

namespace botbox::admin::test {
namespace {

using actors::AdminRole;
using ctl::Repeat;

constexpr Duration kPatience{20'000};

}  // namespace

TEST_CASE("a shell is answered, and the engine knows by its certificate who asks") {
  PortWorld world;
  const auto operate = world.shell();
  const auto answer = operate->ask("echo", R"({"bot":"a"})", kPatience, Repeat::kNever);
  REQUIRE_MESSAGE(answer.has_value(), to_string(answer.error()));
  const auto echoed = nlohmann::json::parse(*answer);
  CHECK(echoed["who"] == "shell-operate/tester");
  CHECK(echoed["role"] == "operate");
  CHECK(echoed["args"] == R"({"bot":"a"})");
  const auto read = world.shell(AdminRole::kRead);
  const auto other = read->ask("echo", "", kPatience, Repeat::kNever);
  REQUIRE(other.has_value());
  CHECK(nlohmann::json::parse(*other)["role"] == "read");
  // Both at once: each keeps its own.
  CHECK(operate->ask("operate", "", kPatience, Repeat::kNever).has_value());
}

TEST_CASE("a certificate for looking cannot do what needs another") {
  PortWorld world;
  const auto refused = world.shell(AdminRole::kRead)->ask("operate", "", kPatience, Repeat::kNever);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kRejected);
}

TEST_CASE("an error of the engine arrives whole") {
  PortWorld world;
  const auto missing = world.shell()->ask("missing", "", kPatience, Repeat::kNever);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error() == Error{ErrorCode::kNotFound, "no such bot", "bot x", "list them"});
}

TEST_CASE("an answer may be as long as is allowed, and a longer one is an error") {
  PortWorld world;
  const auto shell = world.shell();
  const auto much = shell->ask("much", "", kPatience, Repeat::kNever);
  REQUIRE(much.has_value());
  CHECK(much->size() == actors::kAdminAnswerBytesMax);
  const auto longer = shell->ask("long", "", kPatience, Repeat::kNever);
  REQUIRE_FALSE(longer.has_value());
  CHECK(longer.error().code == ErrorCode::kOverloaded);
}

TEST_CASE("a question that is longer than allowed ends in an error, and not the port") {
  PortWorld world;
  const auto shell = world.shell();
  const std::string args(actors::kAdminArgsBytesMax + 1, ' ');
  const auto refused = shell->ask("echo", args, kPatience, Repeat::kNever);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kInvalidInput);
  const std::string far_longer(4 * actors::kAdminArgsBytesMax, ' ');
  CHECK_FALSE(shell->ask("echo", far_longer, kPatience, Repeat::kNever).has_value());
  CHECK(world.is_well());
}

TEST_CASE("a question that nobody answers ends by the time that was allowed for it") {
  PortWorld world({.patience = Duration{200}});
  const auto late = world.shell()->ask("never", "", kPatience, Repeat::kNever);
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == ErrorCode::kTimeout);
  CHECK(late.error().message == "the engine took too long to answer");
  PortWorld patient;
  const auto shell = patient.shell();
  const auto early = shell->ask("never", "", Duration{200}, Repeat::kNever);
  REQUIRE_FALSE(early.has_value());
  CHECK(early.error().code == ErrorCode::kTimeout);
  CHECK(shell->ask("echo", "", kPatience, Repeat::kNever).has_value());
}

TEST_CASE("whoever may only look can ask too much, and whoever operates is heard all the same") {
  PortWorld world({.waiting_max = 2});
  const auto reader = world.shell(AdminRole::kRead);
  ErrorCode refused = ErrorCode::kTimeout;
  for (int i = 0; i < 50 && refused != ErrorCode::kOverloaded; ++i) {
    const auto never = reader->ask("never", "", Duration{200}, Repeat::kNever);
    REQUIRE_FALSE(never.has_value());
    refused = never.error().code;
  }
  CHECK(refused == ErrorCode::kOverloaded);
  const auto operate = world.shell()->ask("operate", "", kPatience, Repeat::kNever);
  CHECK_MESSAGE(operate.has_value(), to_string(operate.error()));
}

TEST_CASE("a shell of another version is told so, by the file and by the port") {
  PortWorld world;
  ctl::AdminClientOptions options{.directory = world.directory(), .schema = "0123456789abcdef"};
  for (const std::uint16_t port : {std::uint16_t{0}, world.port()}) {
    options.port = port;
    const auto shell = ctl::AdminClient::create(options);
    REQUIRE(shell.has_value());
    const auto refused = (*shell)->ask("echo", "", kPatience, Repeat::kNever);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kNewerData);
  }
  CHECK(world.asked() == 0);
  CHECK(world.is_well());
}

TEST_CASE("a shell finds an engine again that was restarted, on whatever port") {
  PortWorld world;
  const auto shell = world.shell();
  REQUIRE(shell->ask("echo", "", kPatience, Repeat::kOnce).has_value());
  const std::uint16_t port = world.port();
  world.close_port();
  const auto alone = shell->ask("echo", "", kPatience, Repeat::kOnce);
  REQUIRE_FALSE(alone.has_value());
  CHECK(alone.error().code == ErrorCode::kUnavailable);
  world.open_port(port);
  CHECK(shell->ask("echo", "", kPatience, Repeat::kOnce).has_value());
  world.close_port();
  world.open_port(0);
  CHECK(shell->ask("echo", "", kPatience, Repeat::kOnce).has_value());
}

TEST_CASE("a facade that dies is replaced on the same port") {
  PortWorld world;
  const auto shell = world.shell();
  const std::uint16_t port = world.port();
  REQUIRE(shell->ask("echo", "", kPatience, Repeat::kOnce).has_value());
  for (int round = 0; round < 3; ++round) {
    world.admin_port().lose_facade();
    // While nobody is there a shell is refused; that it ends at all is what is tested.
    bool is_back = false;
    for (int i = 0; i < 10'000 && !is_back; ++i)
      is_back = shell->ask("echo", "", kPatience, Repeat::kOnce).has_value();
    CHECK(is_back);
  }
  CHECK(world.port() == port);
}

TEST_CASE("many shells at once are all answered") {
  PortWorld world;
  std::vector<std::unique_ptr<ctl::AdminClient>> shells;
  for (int i = 0; i < 8; ++i)
    shells.push_back(world.shell(i % 2 == 0 ? AdminRole::kOperate : AdminRole::kRead));
  for (int round = 0; round < 3; ++round)
    for (const auto& shell : shells)
      CHECK(shell->ask("echo", "", kPatience, Repeat::kNever).has_value());
}

TEST_CASE("a port that is taken is an error that says which") {
  PortWorld world;
  const KeyPairFiles files = server_files(world.directory());
  const auto second =
      actors::AdminPort::open({.port = world.port(),
                               .tls = {.authority = authority_file(world.directory()).string(),
                                       .certificate = files.certificate.string(),
                                       .key = files.key.string()},
                               .handler = [](actors::AdminCall, actors::AdminReply) {}});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == ErrorCode::kIo);
  CHECK(second.error() == actors::admin_port_error(world.port(), EADDRINUSE, ""));
}

TEST_CASE("why the port is not open is said as the system says it, and a taken one only if it is") {
  const auto words = [](int refused) { return std::generic_category().message(refused); };
  const Error taken = actors::admin_port_error(4711, EADDRINUSE, "cannot_open_port");
  CHECK(taken.code == ErrorCode::kIo);
  CHECK(taken.place == "127.0.0.1:4711");
  CHECK(taken.message == "cannot be listened on: " + words(EADDRINUSE));
  CHECK(taken.fix.find("to a free one") != std::string::npos);
  const Error forbidden = actors::admin_port_error(80, EACCES, "cannot_open_port");
  CHECK(forbidden.code == ErrorCode::kIo);
  CHECK(forbidden.message == "cannot be listened on: " + words(EACCES));
  CHECK(forbidden.fix.find("may open") != std::string::npos);
  // Not the section's fault: the engine trades without a shell.
  const Error crowded = actors::admin_port_error(4711, EMFILE, "cannot_open_port");
  CHECK(crowded.code == ErrorCode::kUnavailable);
  CHECK(crowded.message == "cannot be listened on: " + words(EMFILE));
  CHECK(crowded.fix.empty());
  const Error unknown = actors::admin_port_error(4711, 0, "cannot_open_port");
  CHECK(unknown.code == ErrorCode::kUnavailable);
  CHECK(unknown.message == "cannot be listened on: cannot_open_port");
}

TEST_CASE("an answer that comes after the port is closed goes nowhere") {
  auto kept = std::make_shared<actors::AdminReply>();
  {
    storage::test::TemporaryDirectory unused;
    PortWorld world;
    const KeyPairFiles files = server_files(world.directory());
    auto port = actors::AdminPort::open(
        {.tls = {.authority = authority_file(world.directory()).string(),
                 .certificate = files.certificate.string(),
                 .key = files.key.string()},
         .handler = [kept](const actors::AdminCall&, const actors::AdminReply& reply) {
           *kept = reply;
         }});
    REQUIRE(port.has_value());
    const auto shell =
        ctl::AdminClient::create({.directory = world.directory(), .port = (*port)->port()});
    CHECK_FALSE((*shell)->ask("echo", "", Duration{200}, Repeat::kNever).has_value());
  }
  REQUIRE(*kept);
  (*kept)(std::string("{}"));
}

}  // namespace botbox::admin::test
