#include "tests/admin/admin_port_fixture.hpp"

#include <nlohmann/json.hpp>

#include "actors/wall_clock.hpp"
#include "tools/admin/admin_certificates.hpp"

namespace botbox::admin::test {
namespace {

void answer(const actors::AdminCall& call, const actors::AdminReply& reply) {
  if (call.verb == "never") return;
  if (call.verb == "operate" && call.role != actors::AdminRole::kOperate)
    return reply(fail(ErrorCode::kRejected, "needs the role operate"));
  if (call.verb == "missing")
    return reply(fail(ErrorCode::kNotFound, "no such bot", "bot x", "list them"));
  if (call.verb == "long") return reply(std::string(actors::kAdminAnswerBytesMax + 1, 'x'));
  if (call.verb == "much") return reply(std::string(actors::kAdminAnswerBytesMax, 'x'));
  reply(nlohmann::json{{"who", call.who},
                       {"role", actors::to_string(call.role)},
                       {"verb", call.verb},
                       {"args", call.args}}
            .dump());
}

}  // namespace

Timestamp certificate_time() { return actors::WallClock().now(); }

PortWorld::PortWorld(actors::AdminPortSettings settings)
    : directory_(admin_directory(home_.path())), settings_(std::move(settings)) {
  const auto made = ensure_certificates(directory_, certificate_time());
  REQUIRE_MESSAGE(made.has_value(), to_string(made.error()));
  const KeyPairFiles files = server_files(directory_);
  settings_.tls = {.authority = authority_file(directory_).string(),
                   .certificate = files.certificate.string(),
                   .key = files.key.string()};
  settings_.handler = [asked = asked_](const actors::AdminCall& call,
                                       const actors::AdminReply& reply) {
    ++*asked;
    answer(call, reply);
  };
  settings_.on_trouble = [replaced = replaced_](const std::string& trouble) {
    if (trouble.find("another facade") != std::string::npos) ++*replaced;
  };
  open_port(0);
}

PortWorld::~PortWorld() = default;

void PortWorld::open_port(std::uint16_t port) {
  settings_.port = port;
  auto opened = actors::AdminPort::open(settings_);
  REQUIRE_MESSAGE(opened.has_value(), to_string(opened.error()));
  port_ = std::move(*opened);
  REQUIRE(write_address(directory_, {port_->port(), settings_.schema, "0.0.0"}).has_value());
}

std::unique_ptr<ctl::AdminClient> PortWorld::shell(actors::AdminRole role) {
  auto client = ctl::AdminClient::create({.directory = directory_, .role = role, .user = "tester"});
  REQUIRE(client.has_value());
  return std::move(*client);
}

bool PortWorld::is_well() {
  const auto answer = shell()->ask("echo", "{}", Duration{20'000}, ctl::Repeat::kNever);
  if (!answer) MESSAGE(to_string(answer.error()));
  return answer.has_value();
}

}  // namespace botbox::admin::test
