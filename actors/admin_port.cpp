#include "actors/admin_port.hpp"

#include <arpa/inet.h>
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
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <cerrno>
#include <set>
#include <system_error>

#include "actors/admin_middleman.hpp"

namespace botbox::actors {

struct OpenAdminPort {
  std::uint16_t port = 0;
};
struct LoseAdminFacade {};
struct TryOpeningAgain {};

}  // namespace botbox::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::OpenAdminPort)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::LoseAdminFacade)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::TryOpeningAgain)

namespace botbox::actors {
namespace {

constexpr const char* kLoopback = "127.0.0.1";
constexpr auto kRetryAfter = std::chrono::seconds(1);

// Keeps one facade published. Answers OpenAdminPort with the port.
class AdminKeeper : public caf::event_based_actor {
 public:
  AdminKeeper(caf::actor_config& config, caf::io::middleman_actor middleman,
              AdminFacadeSettings facade, std::function<void(const std::string&)> on_trouble)
      : caf::event_based_actor(config),
        middleman_(std::move(middleman)),
        facade_settings_(std::move(facade)),
        on_trouble_(std::move(on_trouble)) {
    set_down_handler([this](const caf::down_msg& down) {
      if (!facade_ || down.source != facade_.address()) return;
      tell("the facade of the admin port died: " + system().render(down.reason));
      facade_ = nullptr;
      replace();
    });
  }
  const char* name() const override { return "admin_keeper"; }
  void on_exit() override {
    if (facade_) caf::anon_send_exit(facade_, caf::exit_reason::kill);
    facade_ = nullptr;
    middleman_ = nullptr;
    facade_settings_ = {};
  }

 protected:
  caf::behavior make_behavior() override {
    return {[this](OpenAdminPort wanted) {
              auto promise = make_response_promise<std::uint16_t>();
              publish(wanted.port, promise);
              return promise;
            },
            [this](TryOpeningAgain) { replace(); },
            [this](LoseAdminFacade) {
              if (facade_) caf::anon_send_exit(facade_, caf::exit_reason::kill);
            }};
  }

 private:
  void publish(std::uint16_t port, caf::typed_response_promise<std::uint16_t> promise) {
    facade_ = spawn<AdminFacade, caf::monitored>(facade_settings_);
    request(middleman_, caf::infinite, caf::publish_atom_v, port,
            caf::actor_cast<caf::strong_actor_ptr>(facade_), std::set<std::string>{},
            std::string(kLoopback), true)
        .then(
            [this, promise](std::uint16_t opened) mutable {
              port_ = opened;
              promise.deliver(opened);
            },
            [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
  }

  // The port is closed first: CAF keeps one actor for each door.
  void replace() {
    if (facade_) return;
    facade_ = spawn<AdminFacade, caf::monitored>(facade_settings_);
    request(middleman_, caf::infinite, caf::close_atom_v, port_)
        .then([this] { reopen(); }, [this](caf::error&) { reopen(); });
  }

  void reopen() {
    request(middleman_, caf::infinite, caf::publish_atom_v, port_,
            caf::actor_cast<caf::strong_actor_ptr>(facade_), std::set<std::string>{},
            std::string(kLoopback), true)
        .then([this](std::uint16_t) { tell("another facade answers on the admin port"); },
              [this](caf::error& error) {
                tell(fmt::format("the admin port {} cannot be opened again: {}; trying once more",
                                 port_, system().render(error)));
                const caf::actor unheard = std::exchange(facade_, nullptr);
                demonitor(unheard);
                caf::anon_send_exit(unheard, caf::exit_reason::kill);
                delayed_send(this, kRetryAfter, TryOpeningAgain{});
              });
  }

  void tell(const std::string& trouble) {
    if (on_trouble_) on_trouble_(trouble);
  }

  caf::io::middleman_actor middleman_;
  AdminFacadeSettings facade_settings_;
  std::function<void(const std::string&)> on_trouble_;
  caf::actor facade_;
  std::uint16_t port_ = 0;
};

// CAF says of every port that it "cannot be opened"; the system says why.
int port_refusal(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return errno;
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_open =
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(socket, 1) == 0;
  const int refused = is_open ? 0 : errno;
  ::close(socket);
  return refused;
}

struct AdminSystemConfig : caf::actor_system_config {
  explicit AdminSystemConfig(const AdminPortSettings& settings) {
    load<caf::io::middleman>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 1);
    set("middleman.workers", 1);
    set("middleman.heartbeat-interval",
        caf::timespan{std::chrono::milliseconds(settings.heartbeat.count())});
    set("middleman.connection-timeout",
        caf::timespan{std::chrono::milliseconds(settings.silence_max.count())});
    add_admin_protocol(*this, settings.schema);
  }
};

}  // namespace

Error admin_port_error(std::uint16_t port, int refused, const std::string& said) {
  const std::string why = refused == 0 ? said : std::generic_category().message(refused);
  const bool is_taken = refused == EADDRINUSE;
  const bool is_of_port = is_taken || refused == EACCES || refused == EADDRNOTAVAIL;
  Error error{is_of_port ? ErrorCode::kIo : ErrorCode::kUnavailable,
              "cannot be listened on: " + why,
              fmt::format("{}:{}", kLoopback, port),
              {}};
  if (is_of_port)
    error.fix = is_taken ? "set [admin] port to 0 or to a free one"
                         : "set [admin] port to 0 or to one that this user may open";
  return error;
}

struct AdminPort::Parts {
  explicit Parts(const AdminPortSettings& settings) : config(settings), system(config) {
    system.await_actors_before_shutdown(false);
  }

  AdminSystemConfig config;
  caf::actor_system system;
  caf::io::middleman_actor middleman;
  caf::actor keeper;
  std::shared_ptr<AdminReplies> replies = std::make_shared<AdminReplies>();
};

AdminPort::AdminPort(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<AdminPort>> AdminPort::open(AdminPortSettings settings) {
  ::signal(SIGPIPE, SIG_IGN);
  BOTBOX_ASSIGN(std::shared_ptr<const AdminTls> tls, AdminTls::load(settings.tls));
  auto peers = std::make_shared<AdminPeers>();
  std::unique_ptr<AdminPort> opened(new AdminPort(std::make_unique<Parts>(settings)));
  Parts& parts = *opened->parts_;
  parts.middleman = spawn_admin_middleman(
      parts.system,
      {.tls = std::move(tls), .peers = peers, .connections_max = settings.connections_max});
  parts.keeper =
      parts.system.spawn<AdminKeeper>(parts.middleman,
                                      AdminFacadeSettings{.peers = peers,
                                                          .replies = parts.replies,
                                                          .handler = std::move(settings.handler),
                                                          .patience = settings.patience,
                                                          .waiting_max = settings.waiting_max},
                                      std::move(settings.on_trouble));
  caf::scoped_actor self{parts.system};
  std::string problem;
  self->request(parts.keeper, caf::infinite, OpenAdminPort{settings.port})
      .receive([&](std::uint16_t port) { opened->port_ = port; },
               [&](caf::error& error) { problem = parts.system.render(error); });
  if (!problem.empty())
    return tl::unexpected<Error>(
        admin_port_error(settings.port, port_refusal(settings.port), problem));
  return opened;
}

AdminPort::~AdminPort() {
  parts_->replies->close();
  caf::anon_send_exit(parts_->keeper, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(parts_->middleman, caf::exit_reason::kill);
  parts_->keeper = nullptr;
  parts_->middleman = nullptr;
}

void AdminPort::lose_facade() { caf::anon_send(parts_->keeper, LoseAdminFacade{}); }

}  // namespace botbox::actors
