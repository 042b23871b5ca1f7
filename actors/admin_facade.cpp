#include "actors/admin_facade.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>
#include <utility>

namespace botbox::actors {

struct AdminAnswered {
  std::uint64_t ticket = 0;
  Result<std::string> answer;
};
struct AdminExpired {
  std::uint64_t ticket = 0;
};

}  // namespace botbox::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::AdminAnswered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::AdminExpired)

namespace botbox::actors {
namespace {

AdminAnswer answer_of(const Result<std::string>& result) {
  if (result && result->size() <= kAdminAnswerBytesMax) return {true, *result};
  const Error error = result ? Error{ErrorCode::kOverloaded,
                                     "the answer is too long",
                                     {},
                                     "ask for less, for example with --limit"}
                             : result.error();
  const nlohmann::ordered_json document = {{"error",
                                            {{"code", to_string(error.code)},
                                             {"message", error.message},
                                             {"place", error.place},
                                             {"fix", error.fix}}}};
  return {false, document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

}  // namespace

void AdminReplies::attach(caf::actor facade) {
  const std::scoped_lock lock(mutex_);
  // The one before is let go of after the lock.
  if (!is_closed_) std::swap(facade_, facade);
}

void AdminReplies::answer(std::uint64_t ticket, Result<std::string> answer) {
  const std::scoped_lock lock(mutex_);
  if (facade_) caf::anon_send(facade_, AdminAnswered{ticket, std::move(answer)});
}

void AdminReplies::close() {
  const std::scoped_lock lock(mutex_);
  is_closed_ = true;
  facade_ = nullptr;
}

std::uint64_t AdminReplies::next_ticket() {
  const std::scoped_lock lock(mutex_);
  return ++last_ticket_;
}

AdminFacade::AdminFacade(caf::actor_config& config, AdminFacadeSettings settings)
    : caf::event_based_actor(config), settings_(std::move(settings)) {}

void AdminFacade::on_exit() {
  waiting_.clear();
  settings_ = {};
}

caf::behavior AdminFacade::make_behavior() {
  settings_.replies->attach(caf::actor_cast<caf::actor>(this));
  return {[this](const AdminRequest& request) { return ask(request); },
          [this](const AdminAnswered& answered) { finish(answered.ticket, answered.answer); },
          [this](const AdminExpired& expired) {
            finish(expired.ticket, fail(ErrorCode::kTimeout, "the engine took too long to answer",
                                        {}, "look with 'status'; what was asked for may be done"));
          }};
}

caf::result<AdminAnswer> AdminFacade::ask(const AdminRequest& request) {
  Result<AdminCall> call = call_of(request);
  if (!call) return answer_of(tl::unexpected<Error>(call.error()));
  const std::size_t room =
      call->role == AdminRole::kOperate ? 2 * settings_.waiting_max : settings_.waiting_max;
  if (waiting_.size() >= room)
    return answer_of(fail(ErrorCode::kOverloaded, "too many questions are waiting for an answer",
                          {}, "try again"));
  const std::uint64_t ticket = settings_.replies->next_ticket();
  auto promise = make_response_promise<AdminAnswer>();
  waiting_.emplace(ticket, promise);
  delayed_send(this, std::chrono::milliseconds(settings_.patience.count()), AdminExpired{ticket});
  settings_.handler(std::move(*call),
                    [replies = settings_.replies, ticket](Result<std::string> answer) {
                      replies->answer(ticket, std::move(answer));
                    });
  return promise;
}

Result<AdminCall> AdminFacade::call_of(const AdminRequest& request) {
  const caf::strong_actor_ptr& asker = current_sender();
  const auto peer = asker ? settings_.peers->find(asker->node()) : std::nullopt;
  if (!peer) return fail(ErrorCode::kRejected, "it is not known who asks", {}, "connect again");
  if (request.verb.empty() || request.verb.size() > kAdminVerbBytesMax ||
      request.args.size() > kAdminArgsBytesMax || request.user.size() > kAdminUserBytesMax)
    return fail(ErrorCode::kInvalidInput, "the question is too long, or says nothing");
  std::string user = request.user;
  std::ranges::replace_if(
      user, [](char c) { return !is_plain(c); }, '_');
  return AdminCall{.who = user.empty() ? peer->name : fmt::format("{}/{}", peer->name, user),
                   .role = peer->role,
                   .verb = request.verb,
                   .args = request.args};
}

void AdminFacade::finish(std::uint64_t ticket, const Result<std::string>& answer) {
  const auto waiting = waiting_.find(ticket);
  if (waiting == waiting_.end()) return;
  waiting->second.deliver(answer_of(answer));
  waiting_.erase(waiting);
}

}  // namespace botbox::actors
