// How VenueDesk sends: the templates that its source files share.
#pragma once

#include <utility>

#include "exchange/venue/venue_desk.hpp"

namespace botbox::exchange {

template <class T>
Reply<T> VenueDesk::on_strand(std::function<void(Result<T>)> then) {
  return [self = shared_from_this(), then = std::move(then)](Result<T> result) {
    self->post([then, result = std::move(result)](VenueDesk&) { then(result); });
  };
}

template <class T, class Call>
void VenueDesk::send(Call call, std::function<void(Result<T>)> then) {
  if (api_ == nullptr) return then(fail(ErrorCode::kUnavailable, "the exchange is being closed"));
  call(*api_, on_strand<T>(std::move(then)));
}

template <class T, class Call>
void VenueDesk::send_own(VenueCall kind, std::uint32_t size, Call call,
                         std::function<void(Result<T>)> then) {
  send_on<T>(link_.acquire, kind, size, std::move(call), std::move(then));
}

template <class T, class Call>
void VenueDesk::send_further(VenueCall kind, std::uint32_t size, Call call,
                             std::function<void(Result<T>)> then) {
  send_on<T>(link_.acquire_further, kind, size, std::move(call), std::move(then));
}

template <class T, class Call>
void VenueDesk::send_on(const AcquirePermit& acquire, VenueCall kind, std::uint32_t size, Call call,
                        std::function<void(Result<T>)> then) {
  with_permit(acquire, kind, size, [this, call, then](const Result<Permit>& permit) {
    if (!permit) return then(tl::unexpected<Error>(permit.error()));
    send<T>([&](VenueApi& api, Reply<T> reply) { call(api, *permit, reply); }, then);
  });
}

}  // namespace botbox::exchange
