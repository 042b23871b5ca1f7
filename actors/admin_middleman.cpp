#include "actors/admin_middleman.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor_impl.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/doorman_impl.hpp>
#include <caf/io/network/stream_impl.hpp>
#include <caf/scoped_execution_unit.hpp>
#include <list>
#include <vector>

#include "actors/admin_frames.hpp"
#include "actors/admin_protocol.hpp"

namespace botbox::actors {
namespace {

namespace network = caf::io::network;

// Answers that a peer does not fetch: more, and it is put out.
constexpr std::size_t kUnfetchedBytesMax = 4 * kAdminAnswerBytesMax;

class AdminScribe;

// What all connections of one door share. The multiplexer's thread alone uses it, but for `peers`.
struct AdminDoor {
  AdminDoorSettings settings;
  std::string question;             // of AdminFrames
  std::list<AdminScribe*> scribes;  // oldest first; each leaves when it ends
};

// How a question begins on the wire: CAF writes the stages, the names of the types, then the
// fields.
std::string question_prefix(caf::actor_system& system) {
  caf::scoped_execution_unit unit(&system);
  const std::vector<caf::strong_actor_ptr> stages;
  std::vector<char> whole;
  std::vector<char> fields;
  caf::binary_serializer whole_sink(&unit, whole);
  caf::binary_serializer field_sink(&unit, fields);
  AdminRequest empty;
  const caf::message message = caf::make_message(empty);
  if (whole_sink(stages, message) || field_sink(empty)) return {};
  return {whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(fields.size())};
}

struct AdminTlsPolicy {
  AdminTlsPolicy(AdminTlsSession& tls_session, AdminScribe& scribe)
      : session(tls_session), owner(scribe) {}

  network::rw_state read_some(std::size_t& result, network::native_socket, void* buffer,
                              std::size_t size);
  network::rw_state write_some(std::size_t& result, network::native_socket, const void* buffer,
                               std::size_t size) {
    return state_of(session.write(result, buffer, size));
  }
  bool must_read_more(network::native_socket, std::size_t threshold) {
    return session.pending() >= threshold;
  }
  static network::rw_state state_of(TlsOutcome outcome) {
    return outcome == TlsOutcome::kFailed ? network::rw_state::failure : network::rw_state::success;
  }

  AdminTlsSession& session;
  AdminScribe& owner;
};

class AdminScribe final : public caf::io::scribe {
 public:
  AdminScribe(network::default_multiplexer& multiplexer, network::native_socket socket,
              std::shared_ptr<AdminDoor> door)
      : scribe(network::conn_hdl_from_socket(socket)),
        door_(std::move(door)),
        session_(door_->settings.tls, socket),
        stream_(multiplexer, socket, session_, *this),
        frames_(door_->question) {
    place_ = door_->scribes.insert(door_->scribes.end(), this);
    await_header();
  }
  ~AdminScribe() override { leave(); }

  // CAF says how much it wants next; here whole frames are read, whatever it wants.
  void configure_read(caf::io::receive_policy::config) override {
    if (is_launched_) return;
    is_launched_ = true;
    stream_.start(this);
  }
  void ack_writes(bool enable) override { stream_.ack_writes(enable); }
  std::vector<char>& wr_buf() override { return stream_.wr_buf(); }
  // What CAF is given, which is not what was read last.
  std::vector<char>& rd_buf() override { return given_; }
  void graceful_shutdown() override {
    stream_.graceful_shutdown();
    // A peer that never hangs up would keep its place for ever.
    shut();
    detach(&stream_.backend(), false);
  }
  // Before the handshake is done there is nothing to send by; a socket that can be written would
  // only be reported again and again.
  void flush() override {
    if (session_.peer()) stream_.flush(this);
  }
  std::string addr() const override {
    const auto address = network::remote_addr_of_fd(stream_.fd());
    return address ? *address : std::string{};
  }
  std::uint16_t port() const override {
    const auto port = network::remote_port_of_fd(stream_.fd());
    return port ? *port : std::uint16_t{0};
  }
  void add_to_loop() override { stream_.activate(this); }
  void remove_from_loop() override { stream_.passivate(); }

  bool consume(caf::execution_unit* unit, const void* bytes, std::size_t size) override {
    if (take(unit, {static_cast<const char*>(bytes), size})) return true;
    if (!detached()) io_failure(unit, network::operation::read);
    shut();
    return false;
  }

  bool is_known() const { return session_.peer().has_value(); }
  // The multiplexer finds the socket closed and ends the connection as if the peer had.
  void shut() { ::shutdown(stream_.fd(), SHUT_RDWR); }

 private:
  void await_header() {
    is_header_ = true;
    stream_.configure_read(caf::io::receive_policy::exactly(kAdminFrameHeaderBytes));
  }

  // What was read is a header or the payload of the last one. False: the connection ends.
  bool take(caf::execution_unit* unit, std::span<const char> bytes) {
    if (!is_header_) {
      await_header();
      return take_frame(unit, bytes);
    }
    header_bytes_.assign(bytes.begin(), bytes.end());
    header_ = parse_admin_frame_header(bytes);
    if (frames_.announced(header_) != FrameVerdict::kPass) return false;
    if (header_.payload_bytes == 0) return take_frame(unit, {});
    is_header_ = false;
    stream_.configure_read(caf::io::receive_policy::exactly(header_.payload_bytes));
    return true;
  }

  bool take_frame(caf::execution_unit* unit, std::span<const char> payload) {
    const FrameVerdict verdict = frames_.whole(header_, payload);
    if (verdict == FrameVerdict::kRefuse || wr_buf().size() > kUnfetchedBytesMax) return false;
    if (verdict == FrameVerdict::kLeaveOut) return true;
    constexpr std::uint8_t kHandshake = 1;
    if (header_.operation == kHandshake && !join(unit, payload)) return false;
    return give(unit, header_bytes_) && (payload.empty() || give(unit, payload));
  }

  bool give(caf::execution_unit* unit, std::span<const char> bytes) {
    given_.assign(bytes.begin(), bytes.end());
    return scribe::consume(unit, given_.data(), given_.size());
  }

  bool join(caf::execution_unit* unit, std::span<const char> payload) {
    if (has_joined_) return true;  // AdminFrames: it is the same node
    caf::binary_deserializer source(unit, payload.data(), payload.size());
    if (source(node_) || !node_) return false;
    has_joined_ = door_->settings.peers->join(node_, *session_.peer());
    return has_joined_;
  }

  void leave() {
    door_->scribes.erase(place_);
    if (has_joined_) door_->settings.peers->leave(node_);
  }

  std::shared_ptr<AdminDoor> door_;
  std::list<AdminScribe*>::iterator place_;
  AdminTlsSession session_;
  network::stream_impl<AdminTlsPolicy> stream_;
  AdminFrames frames_;
  bool is_launched_ = false;
  bool is_header_ = true;
  std::vector<char> header_bytes_;
  AdminFrameHeader header_;
  std::vector<char> given_;
  caf::node_id node_;
  bool has_joined_ = false;
};

network::rw_state AdminTlsPolicy::read_some(std::size_t& result, network::native_socket,
                                            void* buffer, std::size_t size) {
  const bool was_known = session.peer().has_value();
  const TlsOutcome outcome = session.read(result, buffer, size);
  // What CAF wrote when the connection came has waited for this.
  if (!was_known && session.peer()) owner.flush();
  return state_of(outcome);
}

class AdminDoorman final : public network::doorman_impl {
 public:
  AdminDoorman(network::default_multiplexer& multiplexer, network::native_socket socket,
               std::shared_ptr<AdminDoor> door)
      : doorman_impl(multiplexer, socket), door_(std::move(door)) {}

  bool new_connection() override {
    const network::native_socket socket = acceptor_.accepted_socket();
    if (detached()) {
      network::close_socket(socket);
      return false;
    }
    make_room();
    auto& multiplexer = acceptor_.backend();
    auto scribe = caf::make_counted<AdminScribe>(multiplexer, socket, door_);
    const auto handle = scribe->hdl();
    parent()->add_scribe(std::move(scribe));
    return doorman::new_connection(&multiplexer, handle);
  }

 private:
  void make_room() {
    auto& scribes = door_->scribes;
    if (scribes.size() < door_->settings.connections_max) return;
    const auto stranger =
        std::ranges::find_if(scribes, [](const AdminScribe* s) { return !s->is_known(); });
    const auto oldest = stranger == scribes.end() ? scribes.begin() : stranger;
    (*oldest)->shut();
    // Its end is noticed later; the next one that comes must not choose it again.
    scribes.splice(scribes.end(), scribes, oldest);
  }

  std::shared_ptr<AdminDoor> door_;
};

class AdminMiddleman final : public caf::io::middleman_actor_impl {
 public:
  AdminMiddleman(caf::actor_config& config, caf::actor broker, std::shared_ptr<AdminDoor> door)
      : caf::io::middleman_actor_impl(config, std::move(broker)), door_(std::move(door)) {}
  const char* name() const override { return "admin_middleman"; }

 protected:
  caf::expected<caf::io::doorman_ptr> open(std::uint16_t port, const char* address,
                                           bool reuse) override {
    const auto socket = network::new_tcp_acceptor_impl(port, address, reuse);
    if (!socket) return socket.error();
    auto& multiplexer = static_cast<network::default_multiplexer&>(system().middleman().backend());
    return caf::make_counted<AdminDoorman>(multiplexer, *socket, door_);
  }

 private:
  std::shared_ptr<AdminDoor> door_;
};

}  // namespace

caf::io::middleman_actor spawn_admin_middleman(caf::actor_system& system,
                                               AdminDoorSettings settings) {
  auto door = std::make_shared<AdminDoor>();
  door->settings = std::move(settings);
  door->question = question_prefix(system);
  const caf::actor broker =
      system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  return system.spawn<AdminMiddleman, caf::hidden>(broker, std::move(door));
}

}  // namespace botbox::actors
