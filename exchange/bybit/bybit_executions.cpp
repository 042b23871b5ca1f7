#include "exchange/bybit/bybit_pages.hpp"

namespace botbox::exchange::bybit {
namespace {

constexpr Duration kStep = std::chrono::hours(7 * 24);
constexpr Duration kKept = std::chrono::hours(730 * 24);  // what the venue remembers

class ExecutionsCall : public std::enable_shared_from_this<ExecutionsCall> {
 public:
  ExecutionsCall(std::shared_ptr<Session> session, WantedExecutions wanted,
                 Reply<std::vector<VenueExecution>> reply)
      : session_(std::move(session)), wanted_(std::move(wanted)), reply_(std::move(reply)) {
    const Timestamp oldest = session_->venue_now() - kKept;
    if (!wanted_.from.is_never()) wanted_.from = std::max(wanted_.from, oldest);
  }

  void ask(const Permit& permit) {
    const MarketType market = session_->market();
    ask_pages<VenueExecution>(
        session_, permit,
        {{VenueCall::kExecutions, Purpose::kRead, HttpMethod::kGet, "/v5/execution/list", query()},
         100,
         [market](std::string_view body) { return parse_executions(market, body); }},
        [self = shared_from_this()](Result<std::vector<VenueExecution>> step) {
          self->take(std::move(step));
        });
  }

 private:
  bool by_time() const { return wanted_.order_id.empty() && !wanted_.from.is_never(); }

  std::string query() const {
    std::string start, end;
    if (by_time()) {
      start = std::to_string(wanted_.from.ms);
      end = std::to_string((wanted_.from + kStep).ms - 1);
    }
    return query_of({{"category", to_string(session_->market())},
                     {"symbol", wanted_.name},
                     {"orderId", wanted_.order_id.value},
                     {"startTime", start},
                     {"endTime", end},
                     {"limit", "100"}});
  }

  void take(Result<std::vector<VenueExecution>> step) {
    if (!step) return reply_(tl::unexpected<Error>(std::move(step).error()));
    std::move(step->begin(), step->end(), std::back_inserter(found_));
    wanted_.from = by_time() ? wanted_.from + kStep : Timestamp{};
    if (!by_time() || found_.size() >= wanted_.limit || wanted_.from > session_->venue_now())
      return finish();
    session_->further_permit(
        VenueCall::kExecutions, [self = shared_from_this()](Result<Permit> permit) {
          if (!permit) return self->reply_(tl::unexpected<Error>(std::move(permit).error()));
          self->ask(*permit);
        });
  }

  // The pages of one step come newest first.
  void finish() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const VenueExecution& a, const VenueExecution& b) { return a.at < b.at; });
    if (found_.size() > wanted_.limit) found_.resize(wanted_.limit);
    reply_(std::move(found_));
  }

  std::shared_ptr<Session> session_;
  WantedExecutions wanted_;
  Reply<std::vector<VenueExecution>> reply_;
  std::vector<VenueExecution> found_;
};

}  // namespace

void ask_executions(const std::shared_ptr<Session>& session, const Permit& permit,
                    WantedExecutions wanted, Reply<std::vector<VenueExecution>> reply) {
  std::make_shared<ExecutionsCall>(session, std::move(wanted), std::move(reply))->ask(permit);
}

}  // namespace botbox::exchange::bybit
