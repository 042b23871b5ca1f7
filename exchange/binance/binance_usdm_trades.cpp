#include "exchange/binance/binance_usdm_trades.hpp"

#include <algorithm>
#include <utility>

#include "exchange/binance/binance_codec.hpp"
#include "exchange/binance/binance_limits.hpp"

namespace botbox::exchange::usdm {
namespace {

using Executions = std::vector<VenueExecution>;

constexpr Duration kKept = std::chrono::hours(180 * 24);  // half a year
constexpr std::size_t kRowsMax = 1'000;

// A range is told from its oldest execution on, so many at once; the next request begins at the
// time of the last one, at which there may be more.
class OldTradesCall : public std::enable_shared_from_this<OldTradesCall> {
 public:
  OldTradesCall(std::shared_ptr<BinanceRest> rest, BinanceQuery about, ExecutionQuery wanted,
                Executions known, Reply<Executions> reply)
      : rest_(std::move(rest)),
        about_(std::move(about)),
        wanted_(std::move(wanted)),
        found_(std::move(known)),
        reply_(std::move(reply)),
        next_(std::max(wanted_.from, rest_->venue_now() - kKept)),
        end_(next_ + kTradesRange) {}

  void ask_further() {
    rest_->further_permit(binance_cost(MarketType::kLinear, VenueCall::kExecutions, 0),
                          [self = shared_from_this()](const Result<Permit>& permit) {
                            if (!permit) return self->reply_(tl::unexpected<Error>(permit.error()));
                            self->ask(*permit);
                          });
  }

 private:
  void ask(const Permit& permit) {
    BinanceQuery query = about_;
    query.add("startTime", next_.ms)
        .add("endTime", end_.ms - 1)
        .add("limit", static_cast<std::int64_t>(kRowsMax));
    rest_->send<Executions>(
        permit, {HttpMethod::kGet, "/fapi/v1/userTrades", query},
        [self = shared_from_this()](Result<Executions> part) { self->take(std::move(part)); },
        [](std::string_view json) {
          return binance_codec::parse_executions(json, MarketType::kLinear);
        });
  }

  void take(Result<Executions> part) {
    if (!part) return reply_(tl::unexpected<Error>(std::move(part).error()));
    const bool is_cut = part->size() >= kRowsMax;
    const Timestamp newest = part->empty() ? next_ : part->back().at;
    for (VenueExecution& execution : *part) {
      const bool is_known =
          std::ranges::find(found_, execution.id, &VenueExecution::id) != found_.end();
      if (execution.order_id != wanted_.order_id || is_known) continue;
      execution.symbol = wanted_.symbol;
      found_.push_back(std::move(execution));
    }
    if (sum_of(found_) >= wanted_.filled) return finish();
    if (is_cut && newest <= next_)
      return reply_(
          fail(ErrorCode::kOutcomeUnknown, "the answer has no end", "/fapi/v1/userTrades"));
    next_ = is_cut ? newest : end_;
    if (!is_cut) end_ = next_ + kTradesRange;
    if (next_ > rest_->venue_now()) return finish();
    ask_further();
  }

  void finish() {
    std::ranges::stable_sort(found_, {}, &VenueExecution::at);
    reply_(std::move(found_));
  }

  std::shared_ptr<BinanceRest> rest_;
  BinanceQuery about_;
  ExecutionQuery wanted_;
  Executions found_;
  Reply<Executions> reply_;
  Timestamp next_;  // of the range that is asked for
  Timestamp end_;   // exclusive
};

}  // namespace

Quantity sum_of(const std::vector<VenueExecution>& executions) {
  Quantity sum;
  for (const VenueExecution& execution : executions) sum += execution.quantity;
  return sum;
}

void find_old_trades(const std::shared_ptr<BinanceRest>& rest, const BinanceQuery& about,
                     const ExecutionQuery& wanted, std::vector<VenueExecution> known,
                     Reply<std::vector<VenueExecution>> reply) {
  std::make_shared<OldTradesCall>(rest, about, wanted, std::move(known), std::move(reply))
      ->ask_further();
}

}  // namespace botbox::exchange::usdm
