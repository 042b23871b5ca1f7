#include <algorithm>
#include <chrono>
#include <set>
#include <string>

#include "exchange/bybit/bybit_pages.hpp"

namespace botbox::exchange::bybit {
namespace {

constexpr Duration kFundingStep = std::chrono::hours(7 * 24);
constexpr std::size_t kFundingPage = 50;

class FundingCall : public std::enable_shared_from_this<FundingCall> {
 public:
  FundingCall(std::shared_ptr<Session> session, WantedFunding wanted,
              Reply<std::vector<VenueFunding>> reply)
      : session_(std::move(session)), wanted_(std::move(wanted)), reply_(std::move(reply)) {}

  void ask(const Permit& permit) {
    ask_pages<VenueFunding>(session_, permit,
                            {{VenueCall::kFunding, Purpose::kRead, HttpMethod::kGet,
                              "/v5/account/transaction-log", query()},
                             kFundingPage,
                             parse_funding},
                            [self = shared_from_this()](Result<std::vector<VenueFunding>> step) {
                              self->take(std::move(step));
                            });
  }

 private:
  Timestamp end_of_step() const {
    return std::min(wanted_.to, wanted_.from + kFundingStep - Duration{1});
  }

  std::string query() const {
    return query_of({{"accountType", "UNIFIED"},
                     {"category", "linear"},
                     {"currency", "USDT"},
                     {"baseCoin", wanted_.coin},
                     {"type", "SETTLEMENT"},
                     {"startTime", std::to_string(wanted_.from.ms)},
                     {"endTime", std::to_string(end_of_step().ms)},
                     {"limit", std::to_string(kFundingPage)}});
  }

  void take(Result<std::vector<VenueFunding>> step) {
    if (!step) return reply_(tl::unexpected<Error>(std::move(step).error()));
    for (VenueFunding& payment : *step)
      if ((wanted_.symbol.empty() || payment.symbol == wanted_.symbol) &&
          seen_.insert(payment.id).second)
        found_.push_back(std::move(payment));
    wanted_.from = end_of_step() + Duration{1};
    if (wanted_.from > wanted_.to) return finish();
    session_->further_permit(
        VenueCall::kFunding, [self = shared_from_this()](Result<Permit> permit) {
          if (!permit) return self->reply_(tl::unexpected<Error>(std::move(permit).error()));
          self->ask(*permit);
        });
  }

  // The pages of one step come newest first.
  void finish() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const VenueFunding& a, const VenueFunding& b) { return a.at < b.at; });
    reply_(std::move(found_));
  }

  std::shared_ptr<Session> session_;
  WantedFunding wanted_;
  Reply<std::vector<VenueFunding>> reply_;
  std::vector<VenueFunding> found_;
  std::set<std::string> seen_;  // by the venue's ids
};

}  // namespace

void ask_funding(const std::shared_ptr<Session>& session, const Permit& permit,
                 WantedFunding wanted, Reply<std::vector<VenueFunding>> reply) {
  std::make_shared<FundingCall>(session, std::move(wanted), std::move(reply))->ask(permit);
}

}  // namespace botbox::exchange::bybit
