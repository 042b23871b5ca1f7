// The admin facade: the one actor that a shell can reach. It looks up who asks, hands the question
// to the engine's side, and passes the answer back.
//
// It trades nothing, knows no other actor, and may die: the port makes another one.
#pragma once

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "actors/admin_peers.hpp"
#include "actors/admin_protocol.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::actors {

// A question, and who asks as the certificate says.
struct AdminCall {
  std::string who;  // "<certificate>/<user>", as events name people; the user is only what he says
  AdminRole role = AdminRole::kRead;
  std::string verb;
  std::string args;  // a JSON object; empty: none
};
// Called once, from any thread, sooner or later or never; the JSON of the answer.
using AdminReply = std::function<void(Result<std::string>)>;
// What may be called from any thread and does not block.
using AdminHandler = std::function<void(AdminCall, AdminReply)>;

// Where answers go. It outlives facades and the port itself, so a handler may keep what replies to
// it for as long as it likes.
class AdminReplies {
 public:
  // Answers go to this facade from now on.
  void attach(caf::actor facade);
  void answer(std::uint64_t ticket, Result<std::string> answer);
  // Answers go nowhere from now on.
  void close();
  std::uint64_t next_ticket();

 private:
  std::mutex mutex_;
  caf::actor facade_;  // null: nobody waits
  bool is_closed_ = false;
  std::uint64_t last_ticket_ = 0;
};

struct AdminFacadeSettings {
  std::shared_ptr<const AdminPeers> peers;
  std::shared_ptr<AdminReplies> replies;
  AdminHandler handler;
  Duration patience{30'000};  // for the handler; then the shell is told that it took too long
  // Questions under way; more are refused, those of who may operate at twice as many: whoever may
  // only look keeps nobody from a pause.
  std::size_t waiting_max = 64;
};

class AdminFacade : public caf::event_based_actor {
 public:
  AdminFacade(caf::actor_config& config, AdminFacadeSettings settings);
  const char* name() const override { return "admin_facade"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  caf::result<AdminAnswer> ask(const AdminRequest& request);
  Result<AdminCall> call_of(const AdminRequest& request);
  void finish(std::uint64_t ticket, const Result<std::string>& answer);

  AdminFacadeSettings settings_;
  std::unordered_map<std::uint64_t, caf::typed_response_promise<AdminAnswer>> waiting_;
};

}  // namespace botbox::actors
