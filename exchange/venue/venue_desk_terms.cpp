// Leverage and margin mode as configured: set before a symbol's first entry.
#include <fmt/format.h>

#include "exchange/venue/venue_desk.hpp"
#include "exchange/venue/venue_desk_calls.hpp"

namespace botbox::exchange {
namespace {

// What the venue says no to stays as it is, which is told; what is not known to be set is not taken
// for set.
bool is_refusal(ErrorCode code) {
  return code == ErrorCode::kRejected || code == ErrorCode::kInvalidInput ||
         code == ErrorCode::kNothingOpen || code == ErrorCode::kNotFound;
}

}  // namespace

bool VenueDesk::needs_terms(const Symbol& symbol, bool is_held) const {
  if (features_.market == MarketType::kSpot || is_held || agreed_.contains(symbol)) return false;
  return settings_.leverage.has_value() ||
         (settings_.margin_mode.has_value() && !mode_agreed_.contains(symbol));
}

// The mode that is set stays so where there is no permit for the leverage: of many first entries at
// once, that all began with it again at each try, none might ever come to its leverage.
void VenueDesk::with_terms(const Symbol& symbol, const Agreed& then) {
  set_margin_mode(symbol, [this, symbol, then](const Result<void>& mode) {
    if (!mode) return then(mode);
    set_leverage(symbol, [this, symbol, then](const Result<void>& leverage) {
      if (leverage) agreed_.insert(symbol);
      then(leverage);
    });
  });
}

void VenueDesk::set_margin_mode(const Symbol& symbol, const Agreed& then) {
  if (!settings_.margin_mode || mode_agreed_.contains(symbol)) return then({});
  send_own<std::monostate>(
      VenueCall::kSetMarginMode, 0,
      [symbol, mode = *settings_.margin_mode](VenueApi& api, const Permit& permit, auto reply) {
        api.set_margin_mode(permit, symbol, mode, reply);
      },
      [this, symbol, then](const Result<std::monostate>& done) {
        on_term_set("margin mode", symbol, done, [this, symbol, then](const Result<void>& mode) {
          if (mode) mode_agreed_.insert(symbol);
          then(mode);
        });
      });
}

void VenueDesk::set_leverage(const Symbol& symbol, const Agreed& then) {
  if (!settings_.leverage) return then({});
  send_own<std::monostate>(
      VenueCall::kSetLeverage, 0,
      [symbol, leverage = *settings_.leverage](VenueApi& api, const Permit& permit, auto reply) {
        api.set_leverage(permit, symbol, leverage, reply);
      },
      [this, symbol, then](const Result<std::monostate>& done) {
        on_term_set("leverage", symbol, done, then);
      });
}

void VenueDesk::on_term_set(std::string_view what, const Symbol& symbol,
                            const Result<std::monostate>& done, const Agreed& then) {
  if (done) return then({});
  const Error& error = done.error();
  if (!is_refusal(error.code))
    return then(fail(ErrorCode::kUnavailable, fmt::format("the {} of {} is not known to be set: {}",
                                                          what, symbol.value, error.message)));
  tell("account.terms",
       fmt::format("the {} of {} stays as it is: {}", what, symbol.value, error.message));
  then({});
}

}  // namespace botbox::exchange
