// Commands that change the configuration: drafted first, then recorded, then done, one at a time.
#include <caf/send.hpp>

#include "actors/operator_actor.hpp"
#include "engine/short_text.hpp"

namespace botbox::actors {
namespace {

// A change of ten thousand bots reads, writes and starts all of them.
constexpr Duration kChangePatience{60'000};

nlohmann::ordered_json change_json(const BotChange& change) {
  return {{"bot", change.bot.value}, {"what", to_string(change.what)}, {"detail", change.detail}};
}

std::string changes_text(const FleetDraft& draft, const std::vector<BotChange>& changes) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (!draft.bot.empty()) json["bot"] = draft.bot.value;
  json["changes"] = nlohmann::ordered_json::array();
  for (const BotChange& change : changes) json["changes"].push_back(change_json(change));
  if (draft.bot.empty()) {
    json["settings"] = draft.now;
    json["at_next_start"] = draft.later;
  }
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// A bug in what reads the configuration fails this change, and none of the later ones.
Result<FleetDraft> draft_of(const FleetDrafter& draft, const FleetWish& wish) {
  try {
    return draft(wish);
  } catch (const std::exception& thrown) {
    return fail(ErrorCode::kCorruption, fmt::format("cannot be read: {}", thrown.what()),
                "configuration", "nothing was changed");
  }
}

}  // namespace

caf::behavior fleet_drafter(caf::event_based_actor* self, FleetDrafter draft) {
  return {[self, draft = std::move(draft)](const DraftFleet& wanted) {
    self->send(wanted.reply_to,
               FleetDrafted{std::make_shared<Result<FleetDraft>>(draft_of(draft, wanted.wish))});
  }};
}

void OperatorActor::reconfigure(const OperatorCallPtr& call) {
  if (!parts_.draft)
    return call->answer(fail(ErrorCode::kAlreadyExists,
                             "this engine runs without a configuration that could change"));
  reconfiguring_.push_back(call);
  next_reconfiguration();
}

void OperatorActor::next_reconfiguration() {
  while (!reconfiguring_.empty() && reconfiguring_.front()->is_answered()) {
    reconfiguring_.pop_front();
    is_drafting_ = false;
  }
  if (is_drafting_ || reconfiguring_.empty()) return;
  is_drafting_ = true;
  const OperatorCall& call = *reconfiguring_.front();
  const std::string& verb = call.request.verb;
  DraftFleet draft{{.what = verb == "create_bot"   ? FleetWish::What::kCreate
                            : verb == "update_bot" ? FleetWish::What::kUpdate
                                                   : FleetWish::What::kReload,
                    .bot = {std::string(call.arguments.text("bot"))},
                    .toml = std::string(call.arguments.text("toml")),
                    .json = std::string(call.arguments.text("json")),
                    .by = call.request.who,
                    .at = clock_.now()},
                   this};
  if (parts_.drafter) return send(parts_.drafter, std::move(draft));
  on_drafted({std::make_shared<Result<FleetDraft>>(draft_of(parts_.draft, draft.wish))});
}

void OperatorActor::on_drafted(const FleetDrafted& drafted) {
  const OperatorCallPtr call = reconfiguring_.front();
  if (!*drafted.draft) {
    call->answer(tl::unexpected<Error>(drafted.draft->error()));
    return next_reconfiguration();
  }
  const auto draft = std::make_shared<const FleetDraft>(std::move(**drafted.draft));
  if (!draft->bot.empty()) call->arguments.set("bot", draft->bot.value);
  // As an event keeps them; the answer has all of them.
  constexpr std::size_t kSettingsMax = kShortTextMax - 20;
  if (!draft->now.empty())
    call->arguments.set("settings", short_list(draft->now, "; ", kSettingsMax));
  if (!draft->later.empty())
    call->arguments.set("at_next_start", short_list(draft->later, "; ", kSettingsMax));
  record(call, [this, draft](const OperatorCallPtr& asked) { change_fleet(asked, draft); });
}

void OperatorActor::change_fleet(const OperatorCallPtr& call,
                                 const std::shared_ptr<const FleetDraft>& draft) {
  const std::shared_ptr<const FleetPlan> plan{draft, &draft->plan};
  request(parts_.supervisor, kChangePatience, ChangeFleet{plan})
      .then(
          [this, call, draft](const FleetChanged& changed) {
            if (changed.changes) {
              draft->adopt();
              call->answer(changes_text(*draft, *changed.changes));
            } else {
              call->answer(tl::unexpected<Error>(changed.changes.error()));
            }
            next_reconfiguration();
          },
          [this, call](const caf::error&) {
            call->answer(fail(ErrorCode::kTimeout,
                              "recorded; whether it was done will show in the list of bots"));
            next_reconfiguration();
          });
}

}  // namespace botbox::actors
