#include "tools/botboxctl/admin_client.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tools/admin/admin_directory.hpp"
#include "tools/botboxctl/handshake_probe.hpp"

namespace botbox::ctl {

struct AskEngine {
  actors::AdminRequest request;
  Duration within;
};
struct ConnectToEngine {
  std::uint16_t port = 0;
  Duration within;
};

}  // namespace botbox::ctl

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::ctl::AskEngine)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::ctl::ConnectToEngine)

namespace botbox::ctl {
namespace {

constexpr const char* kLoopback = "127.0.0.1";
// What CAF's own machinery may take on top of the time that was allowed.
constexpr Duration kSlack{1'000};

std::chrono::milliseconds millis(Duration duration) {
  return std::chrono::milliseconds(duration.count());
}

struct ClientConfig : caf::actor_system_config {
  explicit ClientConfig(const AdminClientOptions& options) {
    load<caf::io::middleman>();
    load<caf::openssl::manager>();
    const admin::KeyPairFiles files = admin::client_files(options.directory, options.role);
    openssl_cafile = admin::authority_file(options.directory).string();
    openssl_certificate = files.certificate.string();
    openssl_key = files.key.string();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 1);
    set("middleman.workers", 1);
    set("middleman.heartbeat-interval", caf::timespan{std::chrono::milliseconds(1'000)});
    set("middleman.connection-timeout", caf::timespan{std::chrono::milliseconds(10'000)});
    actors::add_admin_protocol(*this, options.schema);
  }
};

// Holds the handle of the engine's facade. A lost connection answers what waits at once, which CAF
// alone would leave to the time-out.
class Correspondent : public caf::event_based_actor {
 public:
  Correspondent(caf::actor_config& config, caf::io::middleman_actor middleman)
      : caf::event_based_actor(config), middleman_(std::move(middleman)) {
    set_down_handler([this](const caf::down_msg& down) {
      engine_ = nullptr;
      for (auto& [ticket, promise] : std::exchange(waiting_, {})) promise.deliver(down.reason);
    });
  }
  const char* name() const override { return "correspondent"; }
  void on_exit() override {
    middleman_ = nullptr;
    engine_ = nullptr;
    waiting_.clear();
  }

 protected:
  caf::behavior make_behavior() override {
    return {[this](const ConnectToEngine& wanted) { return connect(wanted); },
            [this](const AskEngine& question) { return ask(question); }};
  }

 private:
  caf::result<bool> connect(const ConnectToEngine& wanted) {
    auto promise = make_response_promise<bool>();
    request(middleman_, millis(wanted.within), caf::connect_atom_v, std::string(kLoopback),
            wanted.port)
        .then(
            [this, promise](const caf::node_id&, caf::strong_actor_ptr& facade,
                            const std::set<std::string>&) mutable {
              if (!facade) {
                promise.deliver(make_error(caf::sec::no_actor_published_at_port));
                return;
              }
              engine_ = caf::actor_cast<caf::actor>(facade);
              monitor(engine_);
              promise.deliver(true);
            },
            [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
    return promise;
  }

  caf::result<actors::AdminAnswer> ask(const AskEngine& question) {
    if (!engine_) return caf::sec::no_route_to_receiving_node;
    const std::uint64_t ticket = ++last_ticket_;
    auto promise = make_response_promise<actors::AdminAnswer>();
    waiting_.emplace(ticket, promise);
    request(engine_, millis(question.within), question.request)
        .then(
            [this, ticket](const actors::AdminAnswer& answer) {
              if (auto waiting = waiting_.extract(ticket)) waiting.mapped().deliver(answer);
            },
            [this, ticket](caf::error& error) {
              if (auto waiting = waiting_.extract(ticket))
                waiting.mapped().deliver(std::move(error));
            });
    return promise;
  }

  caf::io::middleman_actor middleman_;
  caf::actor engine_;
  std::map<std::uint64_t, caf::typed_response_promise<actors::AdminAnswer>> waiting_;
  std::uint64_t last_ticket_ = 0;
};

ErrorCode code_named(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kTimeout); ++i)
    if (name == to_string(static_cast<ErrorCode>(i))) return static_cast<ErrorCode>(i);
  return ErrorCode::kInvalidInput;
}

Error told_by_engine(const std::string& body) {
  const auto document = nlohmann::json::parse(body, nullptr, false);
  const auto text = [&](const char* key) -> std::string {
    if (!document.is_object() || !document.contains("error")) return {};
    const auto& error = document["error"];
    if (!error.is_object() || !error.contains(key) || !error[key].is_string()) return {};
    return error[key].get<std::string>();
  };
  if (text("message").empty()) return {ErrorCode::kCorruption, "the engine's error is unreadable"};
  return {code_named(text("code")), text("message"), text("place"), text("fix")};
}

bool is(const caf::error& error, caf::sec code) { return error == code; }

Error other_version(std::uint16_t port, const std::string& version) {
  return {ErrorCode::kNewerData,
          version.empty() ? std::string("the engine speaks another version of the admin protocol")
                          : fmt::format("the engine is botbox {} and speaks another version of the "
                                        "admin protocol",
                                        version),
          place_of(port), "use the botboxctl that was built with it"};
}

// CAF says the same of a port where nobody listens and of a certificate that is refused at once.
bool is_listened_on(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_there =
      ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return is_there;
}

Error connect_error(const caf::error& error, const admin::AdminAddress& engine) {
  if (is(error, caf::sec::incompatible_application_ids))
    return other_version(engine.port, engine.version);
  if (is(error, caf::sec::disconnect_during_handshake) ||
      (is(error, caf::sec::cannot_connect_to_node) && is_listened_on(engine.port)))
    return certificate_refused(engine.port);
  if (is(error, caf::sec::request_timeout) || is(error, caf::sec::connection_timeout))
    return nobody_answers(engine.port);
  return nobody_listens(engine.port);
}

Result<void> check_readable(const std::filesystem::path& file) {
  if (::access(file.c_str(), R_OK) == 0) return {};
  return fail(ErrorCode::kNotFound, "cannot be read", file.string(),
              "name the engine's data directory with --data; the engine makes this file at its "
              "first start, and only who runs the engine may read it");
}

}  // namespace

struct AdminClient::Connection {
  explicit Connection(const AdminClientOptions& options) : config(options), system(config) {
    system.await_actors_before_shutdown(false);
    correspondent = system.spawn<Correspondent>(system.openssl_manager().actor_handle());
  }
  ~Connection() {
    caf::anon_send_exit(correspondent, caf::exit_reason::kill);
    correspondent = nullptr;
  }

  ClientConfig config;
  caf::actor_system system;
  caf::actor correspondent;
};

AdminClient::AdminClient(AdminClientOptions options) : options_(std::move(options)) {}

AdminClient::~AdminClient() = default;

Result<std::unique_ptr<AdminClient>> AdminClient::create(AdminClientOptions options) {
  ::signal(SIGPIPE, SIG_IGN);
  const admin::KeyPairFiles files = admin::client_files(options.directory, options.role);
  BOTBOX_TRY(check_readable(admin::authority_file(options.directory)));
  BOTBOX_TRY(check_readable(files.certificate));
  BOTBOX_TRY(check_readable(files.key));
  return std::unique_ptr<AdminClient>(new AdminClient(std::move(options)));
}

void AdminClient::disconnect() { connection_ = nullptr; }

void AdminClient::leave() { static_cast<void>(connection_.release()); }

Result<void> AdminClient::connect() {
  admin::AdminAddress engine{.port = options_.port, .schema = options_.schema};
  if (options_.port == 0) {
    BOTBOX_ASSIGN(engine, admin::read_address(options_.directory));
    if (engine.schema != options_.schema)
      return tl::unexpected<Error>(other_version(engine.port, engine.version));
  }
  BOTBOX_TRY(probe_handshake(engine.port, admin::authority_file(options_.directory),
                             admin::client_files(options_.directory, options_.role),
                             options_.connect_within));
  // A new system of actors for each connection: CAF remembers handles of engines that are gone.
  auto connection = std::make_unique<Connection>(options_);
  caf::scoped_actor self{connection->system};
  caf::error failed;
  self->request(connection->correspondent, millis(options_.connect_within + kSlack),
                ConnectToEngine{engine.port, options_.connect_within})
      .receive([](bool) {}, [&](caf::error& error) { failed = std::move(error); });
  if (failed) {
    // CAF waits for ever for a handshake that nobody answers, also when it should end; so what
    // waits there (the engine was stopped since the probe) is left to the end of this program.
    if (is(failed, caf::sec::request_timeout) || is(failed, caf::sec::connection_timeout))
      static_cast<void>(connection.release());
    return tl::unexpected<Error>(connect_error(failed, engine));
  }
  connection_ = std::move(connection);
  return {};
}

Result<std::string> AdminClient::ask(const std::string& verb, const std::string& args,
                                     Duration within, Repeat repeat) {
  const bool was_connected = is_connected();
  Result<std::string> answer = ask_once(verb, args, within);
  if (loss_ == Loss::kNone) return answer;
  disconnect();
  // Over an old connection: the engine may have been restarted since the last question.
  if (!was_connected || (loss_ == Loss::kAfter && repeat == Repeat::kNever)) return answer;
  answer = ask_once(verb, args, within);
  if (loss_ != Loss::kNone) disconnect();
  return answer;
}

Result<std::string> AdminClient::ask_once(const std::string& verb, const std::string& args,
                                          Duration within) {
  loss_ = Loss::kNone;
  if (!connection_) {
    BOTBOX_TRY(connect());
  }
  caf::scoped_actor self{connection_->system};
  Result<std::string> result = std::string{};
  const auto on_error = [&](caf::error& error) {
    const std::string why = connection_->system.render(error);
    const bool was_asked = !is(error, caf::sec::no_route_to_receiving_node);
    loss_ = was_asked ? Loss::kAfter : Loss::kBefore;
    if (is(error, caf::sec::request_timeout))
      result =
          fail(ErrorCode::kTimeout, fmt::format("no answer within {} s", within.count() / 1'000),
               verb, "what was asked for may be done; look with 'status'");
    else if (!was_asked)
      result = fail(ErrorCode::kUnavailable, "the connection was lost before the question", verb);
    else
      result = fail(ErrorCode::kOutcomeUnknown, "the connection was lost before the answer: " + why,
                    verb, "what was asked for may be done; look with 'status'");
  };
  self->request(connection_->correspondent, millis(within + kSlack),
                AskEngine{{.verb = verb, .args = args, .user = options_.user}, within})
      .receive(
          [&](const actors::AdminAnswer& answer) {
            if (answer.is_ok)
              result = answer.body;
            else
              result = tl::unexpected<Error>(told_by_engine(answer.body));
          },
          on_error);
  return result;
}

}  // namespace botbox::ctl
