// What comes to the admin port that is no shell. After each of these a shell is answered as before.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "tests/admin/admin_port_fixture.hpp"
#include "tests/admin/hostile_peer.hpp"
#include "tools/admin/admin_certificates.hpp"

namespace botbox::admin::test {
namespace {

using actors::AdminRole;
using ctl::Repeat;

constexpr std::uint8_t kServerHandshake = 0;
constexpr std::uint8_t kClientHandshake = 1;
constexpr std::uint8_t kDirectMessage = 2;
constexpr std::uint8_t kRoutedMessage = 3;
constexpr std::uint32_t kFourGiB = 0xffffffff;

TlsPeer::Files client(const PortWorld& world, AdminRole role = AdminRole::kRead) {
  const KeyPairFiles files = client_files(world.directory(), role);
  return {authority_file(world.directory()), files.certificate, files.key};
}

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// Pages that are in memory.
std::size_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::size_t whole = 0;
  std::size_t resident = 0;
  in >> whole >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

}  // namespace

TEST_CASE("random bytes without TLS are hung up on") {
  PortWorld world;
  const std::uint64_t seed = std::random_device{}();
  INFO("seed ", seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 50; ++i) {
    const PlainPeer peer(world.port());
    REQUIRE(peer.is_connected());
    peer.send(random_bytes(random, 1 + random() % 4096));
    // Some begin like TLS and then say no more; those are put out when the places are needed.
  }
  const PlainPeer peer(world.port());
  peer.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  CHECK(peer.is_hung_up());
  CHECK(world.is_well());
  CHECK(world.asked() == 1);
}

TEST_CASE("the 32 bytes that end a bare port of CAF are nothing here") {
  PortWorld world;
  for (const std::uint8_t operation : {kServerHandshake, kClientHandshake}) {
    const PlainPeer plain(world.port());
    plain.send(basp_header(operation, 0));
    CHECK(plain.is_hung_up());
    // Nor do they from somebody whose certificate is good.
    const TlsPeer known(world.port(), client(world));
    REQUIRE(known.has_shaken_hands());
    known.send(basp_header(operation, 0));
    CHECK(known.is_hung_up());
  }
  CHECK(world.is_well());
}

TEST_CASE("an announced length of four GiB takes no memory") {
  PortWorld world;
  CHECK(world.is_well());
  const std::size_t before = resident_bytes();
  const PlainPeer plain(world.port());
  plain.send(basp_header(kServerHandshake, kFourGiB));
  CHECK(plain.is_hung_up());
  for (std::uint8_t operation = 0; operation < 8; ++operation) {
    const TlsPeer known(world.port(), client(world));
    known.send(basp_header(operation, kFourGiB));
    CHECK(known.is_hung_up());
  }
  CHECK(world.is_well());
  CHECK(resident_bytes() < before + (64U << 20));
}

TEST_CASE("without a certificate of this authority nobody is heard") {
  PortWorld world;
  storage::test::TemporaryDirectory elsewhere;
  const std::filesystem::path other = elsewhere.path() / "admin";
  REQUIRE(ensure_certificates(other, certificate_time()).has_value());
  const KeyPairFiles foreign = client_files(other, AdminRole::kOperate);
  const KeyPairFiles server = server_files(world.directory());
  const std::string node = basp_frame(kClientHandshake, node_payload(7));
  const std::string question =
      basp_frame(kDirectMessage, question_payload("echo", "{}"), 0, 11, 12);
  for (const TlsPeer::Files& files :
       {TlsPeer::Files{}, TlsPeer::Files{{}, foreign.certificate, foreign.key},
        // The engine's own is no shell's.
        TlsPeer::Files{{}, server.certificate, server.key}}) {
    const TlsPeer peer(world.port(), files);
    peer.send(node + question);
    CHECK(peer.is_hung_up());
  }
  CHECK(world.asked() == 0);
  CHECK(world.is_well());
}

TEST_CASE("a shell does not talk to somebody else's engine") {
  PortWorld world;
  PortWorld other;
  const auto shell =
      ctl::AdminClient::create({.directory = other.directory(), .port = world.port()});
  REQUIRE(shell.has_value());
  const auto refused = (*shell)->ask("echo", "", Duration{20'000}, Repeat::kNever);
  REQUIRE_FALSE(refused.has_value());
  CHECK_MESSAGE(refused.error().code == ErrorCode::kRejected, to_string(refused.error()));
  CHECK(world.asked() == 0);
}

TEST_CASE("a handshake that is replayed, cut short or changed gets nobody in") {
  PortWorld world;
  std::string heard;
  {
    const TlsPeer known(world.port(), client(world, AdminRole::kOperate));
    REQUIRE(known.has_shaken_hands());
    known.send(basp_frame(kClientHandshake, node_payload(7)));
    known.send(basp_frame(kDirectMessage, question_payload("echo", "{}"), 0, 11, 12));
    heard = known.handshake_bytes();
  }
  const PlainPeer replayed(world.port());
  replayed.send(heard);
  CHECK(replayed.is_hung_up());
  const std::uint64_t seed = std::random_device{}();
  INFO("seed ", seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 100; ++i) {
    const PlainPeer peer(world.port());
    std::string bytes = heard.substr(0, random() % heard.size());
    if (i % 2 == 0 && !bytes.empty())
      bytes[random() % bytes.size()] ^= static_cast<char>(1 + random() % 255);
    peer.send(bytes);
  }
  CHECK(world.asked() == 0);
  CHECK(world.is_well());
}

TEST_CASE("a thousand silent connections keep no shell out and no processor busy") {
  PortWorld world;
  std::vector<PlainPeer> silent;
  for (int i = 0; i < 1'000; ++i) {
    silent.emplace_back(world.port());
    REQUIRE(silent.back().is_connected());
  }
  CHECK(world.is_well());
  // The oldest lost their places, so what they hold is bounded.
  CHECK(silent.front().is_hung_up());
  const auto shell = world.shell();
  REQUIRE(shell->ask("echo", "", Duration{20'000}, Repeat::kNever).has_value());
  // A question that nobody answers is two seconds of peace.
  const double before = processor_seconds();
  CHECK_FALSE(shell->ask("never", "", Duration{2'000}, Repeat::kNever).has_value());
  CHECK(processor_seconds() - before < 1.0);
}

TEST_CASE("known shells that say nothing lose their places as well") {
  PortWorld world({.connections_max = 8});
  std::vector<std::unique_ptr<TlsPeer>> silent;
  for (int i = 0; i < 40; ++i) {
    silent.push_back(std::make_unique<TlsPeer>(world.port(), client(world)));
    REQUIRE(silent.back()->has_shaken_hands());
  }
  CHECK(silent.front()->is_hung_up());
  CHECK(world.is_well());
}

TEST_CASE("a certificate for looking can neither end the facade nor name another receiver") {
  PortWorld world;
  const auto shell = world.shell();
  REQUIRE(shell->ask("echo", "", Duration{20'000}, Repeat::kNever).has_value());
  const TlsPeer known(world.port(), client(world));
  known.send(basp_frame(kClientHandshake, node_payload(7)));
  for (std::uint64_t target = 0; target < 200; ++target)
    for (const std::uint8_t flags : {std::uint8_t{0}, std::uint8_t{1}})
      known.send(basp_frame(kDirectMessage, kill_payload(), flags, 11, target));
  // By the names of CAF's own servers as well ("ConfigServ", "SpawnServ"), which are numbers.
  CHECK(shell->ask("echo", "", Duration{20'000}, Repeat::kNever).has_value());
  CHECK_FALSE(world.has_replaced_facade());
  // A relayed message names its own sender.
  known.send(basp_frame(kRoutedMessage, node_payload(8) + node_payload(9), 0, 11, 12));
  CHECK(known.is_hung_up());
}

TEST_CASE("nobody takes the name of a connected shell with another certificate") {
  PortWorld world;
  const std::string node = basp_frame(kClientHandshake, node_payload(7));
  const TlsPeer operates(world.port(), client(world, AdminRole::kOperate));
  operates.send(node);
  // Heard when the next connection is: one thread reads them all.
  CHECK(world.is_well());
  const TlsPeer reads(world.port(), client(world, AdminRole::kRead));
  reads.send(node);
  CHECK(reads.is_hung_up());
  CHECK(world.is_well());
}

// CAF takes what the number of a message says of its kind on trust: as part of a stream, any other
// message is read as what it is not.
TEST_CASE("a question that says it is an answer, or part of a stream, hurts nobody") {
  PortWorld world;
  const TlsPeer peer(world.port(), client(world));
  peer.send(basp_frame(kClientHandshake, node_payload(7)));
  for (const char kind : {'\x20', '\x30', '\x40', '\x80', '\xf0'})
    for (std::uint64_t target = 0; target < 50; ++target) {
      std::string frame =
          basp_frame(kDirectMessage, question_payload("echo", R"({"a":1})"), 0, 11, target);
      frame[8] = kind;
      peer.send(frame);
    }
  CHECK(world.is_well());
  CHECK_FALSE(world.has_replaced_facade());
}

TEST_CASE("frames of a known shell that are changed at random hurt nobody") {
  PortWorld world;
  const std::uint64_t seed = std::random_device{}();
  INFO("seed ", seed);
  std::mt19937_64 random(seed);
  const std::string whole =
      basp_frame(kClientHandshake, node_payload(7)) +
      basp_frame(kDirectMessage, question_payload("echo", R"({"a":1})"), 0, 11, 12) +
      basp_frame(4, node_payload(7) + node_payload(8), 0, 0, 12) + basp_header(6, 0);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = whole.substr(0, random() % 4 == 0 ? random() % whole.size() : whole.size());
    for (std::uint64_t changes = 1 + random() % 4; changes > 0 && !bytes.empty(); --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const TlsPeer peer(world.port(), client(world));
    peer.send(bytes);
    peer.send(random_bytes(random, random() % 200));
  }
  CHECK(world.is_well());
}

}  // namespace botbox::admin::test
