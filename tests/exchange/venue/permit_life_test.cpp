// How long a request may wait for its turn, as the adapters take it from its permit.
#include <doctest/doctest.h>

#include "exchange/venue/venue_factory.hpp"
#include "tests/exchange/fixture.hpp"

namespace botbox::exchange::testing {
namespace {

// Sends nothing, and remembers what it was to send.
class DeafSender final : public HttpSender {
 public:
  void send(const Permit& permit, HttpRequest request, Answer answer) override {
    CHECK(permit.consume());
    last = std::move(request);
    answer(fail(ErrorCode::kUnavailable, "nobody is there"));
  }
  HttpRequest last;
};

struct TimedPermits : PermitIssuer {
  static Permit until(Timestamp end) { return issue(end); }
};

}  // namespace

TEST_CASE("a request waits for its turn no longer than its permit is good") {
  for (const VenueKind kind : {VenueKind::kBybitSpot, VenueKind::kBybitLinear,
                               VenueKind::kBinanceSpot, VenueKind::kBinanceUsdm}) {
    DeafSender sender;
    ManualClock clock{kStart};
    VenueOptions options;
    options.kind = kind;
    options.credentials = {"key", "secret"};
    const auto api = open_venue_over(sender, options, clock);
    const auto waits = [&](const Permit& permit) {
      api->balances(permit, [](const Result<std::vector<Balance>>&) {});
      return sender.last.begin_within;
    };
    CHECK(waits(TimedPermits::until(kStart + Duration{700})) == Duration{700});
    // What is late already: for a moment.
    CHECK(waits(TimedPermits::until(kStart - Duration{5'000})) == Duration{100});
    CHECK(waits(Permits::fresh()) == std::nullopt);
  }
}

}  // namespace botbox::exchange::testing
