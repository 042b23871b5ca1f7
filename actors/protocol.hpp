// Every message between actors. Structs, never strings; commands are imperative, facts past tense.
//
// Local messages only: nothing here crosses a process border, so none of it is registered for
// serialisation. A request that wants an answer names who gets it in `reply_to`; answers carry the
// `ticket` of their question. CAF's request/response is not used on the data path: its pending
// responses are searched linearly and every finite time-out leaves a timer behind
// (actors/README.md).
#pragma once

#include <array>
#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/exchange_calls.hpp"
#include "actors/histogram.hpp"
#include "engine/alert_thresholds.hpp"
#include "engine/decide.hpp"
#include "engine/execution/trade_queue.hpp"
#include "engine/limits/limiter_state.hpp"
#include "engine/limits/permit.hpp"
#include "engine/limits/rate_limiter.hpp"
#include "engine/market/market_needs.hpp"
#include "engine/market/market_view.hpp"
#include "engine/model/account.hpp"
#include "engine/model/bot.hpp"
#include "engine/model/difference.hpp"
#include "engine/model/event.hpp"
#include "engine/model/order.hpp"
#include "engine/model/trade.hpp"
#include "exchange/exchange.hpp"
#include "storage/commit.hpp"

namespace botbox::actors {

// -- journal

// Make this durable. Answered by Committed; on a failed write there is no answer, the process
// stops.
struct CommitRequest {
  std::shared_ptr<const storage::Commit> commit;
  caf::actor reply_to;  // null: nobody waits for it
};
// How a commit is sent that an order, a switch or somebody outside waits for: in a cycle the checks
// of thousands of bots queue up, and it is not behind all of them. A producer whose commits must
// keep their order sends all of them alike, or has one under way at a time.
constexpr auto kCommitFirst = caf::message_priority::high;
struct Committed {
  std::uint64_t turn = 0;
  storage::CommitResult result;
};
// Fence older activations of a bot, then read what is durable of it. Answered by BotRead.
struct ReadBot {
  BotId bot;
  storage::Epoch epoch;
  caf::actor reply_to;
};
struct BotRead {
  BotId bot;
  // Its trades that are PENDING: the dead activation may not have told the queue of them.
  std::vector<Trade> pending_trades;
  Result<std::optional<BotSnapshot>> snapshot;
};

// -- bot

// Look now. Answered by CheckDone, always.
struct Check {
  std::shared_ptr<const MarketView> market;
  Timestamp due_at;                           // "never": asked by hand
  std::shared_ptr<const EngineState> engine;  // null: as an engine is that was never told anything
  ExchangeHealth exchange_health = ExchangeHealth::kHealthy;
  DiskSpace disk;
  RateBudget budget = RateBudget::kAmple;
  std::uint64_t cycle = 0;
  caf::actor reply_to;
};
struct CheckDone {
  std::uint32_t slot = 0;  // the bot's place in the fleet
  std::uint64_t cycle = 0;
  CheckOutcome outcome = CheckOutcome::kNotACheck;
  ReasonCode reason = ReasonCode::kNone;  // kAlreadyChecking, kCheckFailed, or a refusal's
  Timestamp next_check_at;
  std::string error;        // kCheckFailed only
  Timestamp again_at = {};  // before that, which stays as it is (Turn::again_at); never: not
  // No trade of the bot is under way, and nothing waits for it.
  bool is_idle = false;
};
// The exchange's word on an order of this bot, or the queue's refusal to send it.
struct DeliverReport {
  std::shared_ptr<const OrderReported> report;
};
struct ChangeStatus {
  StatusChanged change;
  caf::actor reply_to = {};  // gets StatusTaken; null: nobody
};
// What the bot made of it, durably: who holds something is paused where it was to be archived.
struct StatusTaken {
  std::uint32_t slot = 0;
  BotStatus wanted = BotStatus::kActive;
  BotStatus status = BotStatus::kActive;
};
// Ends locks of the bot's guards; durable before it takes effect.
struct LiftLocks {
  LockLifted lift;
};

// -- signals from outside

// What became of an offered signal; told once that is durable.
struct OfferAnswer {
  SignalId id;
  bool is_repeated = false;  // it came before, and nothing new follows from it
  ExecutionStatus status = ExecutionStatus::kPending;
  ReasonCode reason = ReasonCode::kNone;
  Timestamp scheduled_at;  // "never": at once, or not known any more
  // False: it came more than a minute, or a life of the process, ago; its status stands in the
  // store, and those of above say nothing.
  bool is_status_known = true;
};
struct SignalOffer {
  // Without id and time of creation, which the inbox gives. PENDING: it waits for its bot; else it
  // is only recorded.
  Signal signal;
  std::string own_id;   // the sender's; empty: the content says what is the same
  std::string content;  // canonical
  // Called once, on any thread. Error kOverloaded: nothing was taken. None at all if the process
  // stops.
  std::function<void(Result<OfferAnswer>)> answer;
};
struct OfferSignal {
  std::shared_ptr<const SignalOffer> offer;
};
struct WaitingSignal {
  Signal signal;
  std::uint64_t order = 0;  // of arrival
  std::size_t bytes = 0;    // of its row
};
// To the scheduler: with a view of the bot's market, let the bot take it. Lost with the bot; the
// scheduler repeats it to the next activation, until it hears that it is settled.
struct DecideSignal {
  std::shared_ptr<const WaitingSignal> waiting;
  caf::actor reply_to;  // gets SignalSettled
};
// To the bot. The market of `look` is null where there is none to be had, and so are the minutes,
// for the price of an entry: they are looked at where the bot's own candles are longer.
struct TakeSignal {
  std::shared_ptr<const WaitingSignal> waiting;
  Check look;
  std::shared_ptr<const MarketView> newest = nullptr;
};
struct SignalSettled {
  BotId bot;
  std::uint64_t order = 0;
};

// -- trade queue

struct EnqueueTrade {
  Trade trade;
  std::uint32_t bot_slot = 0;
};
// The bot has made the report durable. One that two activations were told is settled twice, and
// the second time says nothing about the report that follows it.
struct ReportSettled {
  std::shared_ptr<const OrderReported> report;  // the very one that was told
  bool final = false;                           // the trade needs nothing more
  std::vector<ClientOrderId> closed;            // protective orders whose position is closed
  std::uint32_t bot_slot = 0;
  std::vector<CloseSize> closes = {};  // what closes that wait in the queue are to sell now
};
struct BotAttached {
  std::uint32_t slot = 0;
  BotId id;
  caf::actor bot;
  Symbol symbol;  // for the reconciler: whose orders are ours to look at
};
struct BotDetached {
  std::uint32_t slot = 0;
  // Who brings it back when there is something for it (WakeBot); null: it comes back by itself.
  caf::actor waker;
};
struct SetEngineState {
  EngineState state;
};
struct DiskMeasured {
  DiskSpace space;
};

// -- rate limiter

// To the gateway: names the call, and the gateway fills in what that costs at its exchange. From
// the gateway to the limiter: weight and orders count, the call does not.
struct AcquirePermits {
  std::uint64_t ticket = 0;
  std::optional<exchange::ExchangeCall> call;
  std::uint32_t size = 0;  // see Exchange::cost
  std::uint32_t weight = 1;
  std::uint32_t orders = 0;
  bool is_protective = false;
  std::uint32_t count = 1;
  caf::actor reply_to;
};
struct PermitsGranted {
  std::uint64_t ticket = 0;
  std::vector<Permit> permits;  // as many as there is room for; may be none
  Timestamp retry_at;           // when asking for the rest makes sense
};
// The exchange said "slow down". Also to the gateway itself, from its exchange.
struct ExchangeRefusedRate {
  std::optional<Duration> retry_after;
};
// The exchange's own counter of one published window; goes the same way.
struct ExchangeCounted {
  std::string window;
  std::int64_t used = 0;
};
// The exchange behind the gateway needs a permit for a request of its own. It is answered exactly
// once, also when the gateway, or the message, is dropped.
class PermitWish {
 public:
  explicit PermitWish(exchange::Reply<Permit> reply) : reply_(std::move(reply)) {}
  ~PermitWish() { answer(fail(ErrorCode::kUnavailable, "the gateway has ended")); }
  PermitWish(const PermitWish&) = delete;
  PermitWish& operator=(const PermitWish&) = delete;
  void answer(Result<Permit> permit) {
    if (auto reply = std::exchange(reply_, nullptr)) reply(std::move(permit));
  }

 private:
  exchange::Reply<Permit> reply_;
};
struct AcquireForExchange {
  PermitRequest request;
  std::shared_ptr<PermitWish> wish;
  bool may_wait = false;  // for room, for some seconds
};
struct RoomForWishes {};  // some may have it by now
// The gateway's local limiter hands over what it granted while the limiter was silent; answered by
// LocalAbsorbed once that is durable.
struct AbsorbLocal {
  LimiterState state;
  caf::actor reply_to;
};
struct LocalAbsorbed {};
// What a call to the exchange says about the exchange.
enum class CallOutcome : std::uint8_t { kAnswered, kFailed, kRateLimited };
struct ExchangeCalled {
  exchange::ExchangeCall call;
  CallOutcome outcome = CallOutcome::kAnswered;
};
struct ExchangeHealthChanged {
  ExchangeHealth health = ExchangeHealth::kHealthy;
};
struct WatchExchange {
  caf::actor watcher;  // gets ExchangeHealthChanged
};
// From the limiter to whoever may ask for less.
struct BudgetChanged {
  RateBudget budget = RateBudget::kAmple;
};
struct WatchBudget {
  caf::actor watcher;  // gets BudgetChanged, at once where the budget is tight
};

// -- exchange

struct PlaceOrders {
  struct Item {
    Permit permit;
    OrderRequest order;
    std::uint32_t attempt = 0;  // comes back with the answer
  };
  std::shared_ptr<const std::vector<Item>> items;
  caf::actor reply_to;
};
struct OrderAnswered {
  ClientOrderId client_id;
  Result<OrderReport> report;
  std::uint32_t attempt = 0;
};
struct OrdersAnswered {
  std::shared_ptr<const std::vector<OrderAnswered>> answers;
};
// To the gateway, by itself: answers to the orders of one PlaceOrders wait in the batch. One
// message however many come until it is read.
class OrderBatch;
struct AnswersWaiting {
  std::shared_ptr<OrderBatch> batch;
};
struct AskOrder {
  Permit permit;
  Symbol symbol;
  ClientOrderId client_id;
  caf::actor reply_to;
  Timestamp asked_at{};  // comes back with the answer
};
struct OrderAsked {
  ClientOrderId client_id;
  Result<std::optional<OrderReport>> report;
  Timestamp asked_at{};
};
struct PollOrderUpdates {
  Permit permit;
  std::uint64_t cursor = 0;
  caf::actor reply_to;
  Timestamp asked_at{};
};
struct OrderUpdatesPolled {
  Result<exchange::OrderUpdates> updates;
  Timestamp asked_at{};  // of the poll that is answered
};
struct FetchCandles {
  Permit permit;
  std::uint64_t ticket = 0;
  exchange::CandleQuery query;
  caf::actor reply_to;
};
struct CandlesFetched {
  std::uint64_t ticket = 0;
  Result<std::vector<Candle>> candles;
};
struct CancelOrder {
  Permit permit;
  Symbol symbol;
  ClientOrderId client_id;
  caf::actor reply_to;
  OrderId order_id = {};  // the exchange's, where the order has no client id
};
struct OrderCancelled {
  ClientOrderId client_id;
  Result<OrderReport> report;
  OrderId order_id = {};  // as it was asked
};
struct FetchAccount {
  Permit permit;
  caf::actor reply_to;
  Timestamp asked_at{};  // comes back with the answer
};
struct AccountFetched {
  Result<AccountSnapshot> account;
  Timestamp asked_at{};
};
struct FetchBalances {
  Permit permit;
  caf::actor reply_to;
  std::uint64_t reading = 0;  // comes back with the answer
};
struct BalancesFetched {
  Result<std::vector<exchange::Balance>> balances;
  std::uint64_t reading = 0;
};
// See Exchange::note_repeat; needs no permit.
struct NoteRepeat {
  OrderRequest order;
};
// See Exchange::note_reduction; needs no permit.
struct NoteReduction {
  PositionId group;
  ClientOrderId id;
  Quantity quantity;
};
// See Exchange::note_adoption; needs no permit. From bots through the trade queue, which tells this
// bot of the stop and target from then on.
struct NoteAdoption {
  std::uint32_t bot_slot = 0;
  exchange::AdoptedPart part;
};
// See Exchange::note_stop; needs no permit. From bots through the trade queue.
struct MoveStop {
  PositionId group;
  Price trigger;
};
struct FetchInstruments {
  Permit permit;
  caf::actor reply_to;
};
struct InstrumentsFetched {
  Result<std::vector<Instrument>> instruments;
};
// The exchange lists other symbols, or other filters, than it did. To the supervisor, and from it
// to every bot, which decides by the new list from its next turn on.
struct InstrumentsChanged {
  std::shared_ptr<const std::vector<Instrument>> instruments;  // sorted by symbol
};

// -- reconciliation

// The exchange said something on its own account (ExchangeLink::on_event).
struct ExchangeNoticed {
  std::string kind;
};
struct WatchNotices {
  caf::actor watcher;  // gets ExchangeNoticed
};
// Once, before anything else.
struct StartReconciling {
  caf::actor trade_queue;
  caf::actor supervisor;
};
// To the trade queue: these entries do not leave. Closes and protective orders always do.
struct HoldEntries {
  bool waiting = false;  // all of them wait until the account has been looked at
  bool closes = false;   // and so does what closes
  bool all = false;      // all of them end as blocked
  std::shared_ptr<const std::set<Symbol>> symbols;  // those of these symbols end as blocked
  std::string why_all = {};                         // why all of them do; may be empty
};
// From the trade queue: the first word since the start on an order that was open at the start; on a
// protective one, the first that tells of fills.
struct OrderHeard {
  std::shared_ptr<const OrderReport> report;
};
// The operator's word. Answered by DifferenceDecided once it is durable, or when it is refused.
struct DecideDifference {
  DifferenceId id;
  DifferenceDecision decision = DifferenceDecision::kWait;
  std::string by;
  caf::actor reply_to;  // null: nobody waits for it
  BotId adopter;        // of a position; empty: there is but one that can be meant
};
struct DifferenceDecided {
  DifferenceId id;
  Result<Difference> difference;
};
// To the supervisor: the first comparison of this start is durable.
struct AccountCompared {};
// To the gateway: see Exchange::set_own_orders.
struct LetOwnOrdersGo {};
// To a bot, which may be busy; asked again until the difference is gone.
struct AdoptReduction {
  ReductionAdopted event;
  caf::actor reply_to;  // gets ReductionSettled once that is durable
};
struct ReductionSettled {
  DifferenceId difference;
  PositionId position;
  Quantity quantity;
};
// As AdoptReduction; nobody waits for the answer.
struct AdoptPosition {
  PositionAdopted event;
};
struct RequestClose {
  CloseRequested event;
};
// From the exchange by the trade queue to the bot; who has no ear for it drops it, and is told
// again (ExchangeLink::on_stop_passed).
struct TellStopPassed {
  StopPassed event;
};
// To the gateway.
struct WatchStops {
  caf::actor watcher;  // gets TellStopPassed
};

// -- market data

struct SeriesRequest {
  Symbol symbol;
  Timeframe timeframe;
  MarketNeeds needs;
};
// Answered by one ViewReady, once the series and the longer ones that it needs are there.
struct PrepareView {
  std::uint64_t ticket = 0;
  std::shared_ptr<const SeriesRequest> series;
  caf::actor reply_to;
  bool is_watched = true;  // some bot looks at it at its pace; else this is one look, by hand
};
// No bot looks at it at its pace any more, until PrepareView says that one does.
struct SeriesLeft {
  Symbol symbol;
  Timeframe timeframe;
};
// To itself: the alerts of a series that nobody has come back to are over.
struct EndAlertsOfLeft {
  std::uint64_t series = 0;
  Timestamp left_at;
};
// To itself, when the wait for a permit is over.
struct RetryFetch {
  std::uint64_t series = 0;
};
struct ViewReady {
  std::uint64_t ticket = 0;
  Result<std::shared_ptr<const MarketView>> view;
  // Without a view: the exchange was asked and has no closed candle yet (a market that has just
  // begun, the first candle of a replay). Nothing is wrong, there is nothing to look at.
  bool has_no_candle_yet = false;
};

// -- scheduler and supervisor

// A bot is ready to be checked.
struct BotReady {
  std::uint32_t slot = 0;
  std::shared_ptr<const BotConfig> config;
  std::shared_ptr<const SeriesRequest> series;
  caf::actor bot;
  Timestamp next_check_at;
  BotStatus status = BotStatus::kActive;
  caf::actor supervisor;  // gets EvictBot and WakeBot; null: the bot stays in memory
  bool has_position = false;
};
// Paused, a bot goes on with what it holds: it is checked until it says that it holds nothing.
struct BotStopped {
  std::uint32_t slot = 0;
  BotStatus status = BotStatus::kError;
};
// From a bot that is not active, after each of its turns: does it hold a position that somebody has
// to look after?
struct BotHolds {
  std::uint32_t slot = 0;
  bool has_position = false;
};
struct TickNow {};       // one pass of an actor's own clockwork
struct RecoverFleet {};  // spawn the next portion of the fleet
struct StopFleet {};     // the supervisor ends all bots, then itself
struct RestartBot {
  std::uint32_t slot = 0;
};
// Take an idle bot out of memory: what it is stands in its durable snapshot. From here on the
// sender tells it nothing; BotReady says when it is back. Ignored when the bot was started anew
// meanwhile: the sender hears of the new one, and takes that to be there.
struct EvictBot {
  std::uint32_t slot = 0;
  caf::actor bot;  // null: whichever is there
};
// The last word to a bot: end as soon as no commit is under way.
struct EndWhenQuiet {};
// There is something for an evicted bot: bring it back from its durable snapshot. Said to one that
// is there, or on its way, it changes nothing.
struct WakeBot {
  std::uint32_t slot = 0;
};
struct RunCycleNow {};  // a pass of the scheduler without waiting for its tick
struct CheckBotNow {
  BotId bot;
  caf::actor reply_to;  // gets CheckDone
};
struct ChangeBotStatus {
  BotId bot;
  StatusChanged change;
};
// To the supervisor. A bot that is not running at the moment is not reached: an alert says so, and
// its locks stay.
struct LiftBotLocks {
  BotId bot;
  LockLifted lift;
};
// To the supervisor: ends locks of the guards of all bots together.
struct LiftFleetLocks {
  Symbol scope;                           // empty: of all bots, else of this symbol
  ReasonCode reason = ReasonCode::kNone;  // kNone: all of them
  std::string by;
};
// Operator's switch; durable before it takes effect.
struct ChangeEngineState {
  EngineState state;
};
// Stop taking on work, finish what is under way; answered by Drained.
struct Drain {
  caf::actor reply_to;
};
struct Drained {
  std::string who;
};

// -- the operator's seat: requests, answered as such

// Switches that are not given stay as they are. Answered by EngineSwitched, once durable.
struct RolloutWish {
  bool as_configured = false;  // what an operator said before does not count any more
  std::optional<std::uint32_t> live_bots;
  std::optional<Notional> order;
};
struct SwitchEngine {
  std::optional<EngineMode> mode;
  std::optional<bool> live_trading;
  std::optional<RolloutWish> rollout;
  std::string reason;
  std::string by;
};
struct EngineSwitched {
  EngineState state;
};
// Makes every active bot due and begins a cycle. Answered by CycleBegun.
struct CheckEverybody {};
struct CycleBegun {
  std::uint64_t cycle = 0;
  std::uint32_t found = 0;
};
// To the supervisor, which hands the event to the bot. The bot drops it while it is busy.
struct CloseBotPosition {
  BotId bot;
  CloseRequested event;
};
// To the trade queue: this trade is not wanted any more. It ends at once while it waits; an order
// that stands is cancelled at the exchange, one that is on its way there once it stands. Answered
// by TradeCancelled once the wish is durable: a restart goes on with it.
struct CancelTrade {
  TradeId id;
  std::string by;
};
struct TradeCancelled {
  // CANCELLED, CANCEL_SENT or CANCEL_WANTED. kNotFound; kAlreadyExists: it has ended.
  Result<std::string> outcome;
};
struct AskLimiter {};
struct LimiterTold {
  std::string exchange;
  LimiterSnapshot snapshot;
};
struct AskQueue {
  std::size_t rows_max = 0;
};
struct QueueTold {
  struct Row {
    Trade trade;
    QueueStage stage = QueueStage::kWaiting;
  };
  std::size_t size = 0;
  std::array<std::size_t, 7> by_stage{};  // by QueueStage
  std::size_t unknown = 0;
  std::size_t recovering = 0;
  std::vector<Row> rows;
};
struct AskCache {};
struct SeriesFacts {
  Symbol symbol;
  Timeframe timeframe;
  std::size_t candles = 0;
  std::size_t gaps = 0;
  Timestamp last_close;
  Timestamp as_of;
  Price close;
  bool is_asked = true;  // by bots of its own; else it is read beside shorter ones alone
};
struct CacheTold {
  std::vector<SeriesFacts> series;
  std::uint64_t hits = 0;  // views that needed no fetch, since the start
  std::uint64_t fetches = 0;
};
// What the cache holds of this series, without a fetch; null: nothing. Answered by SeriesTold.
struct AskSeries {
  Symbol symbol;
  Timeframe timeframe;
};
struct SeriesTold {
  std::shared_ptr<const MarketView> view;
};

// How an actor of the engine fares. Sent with high priority, so that the answer does not wait
// behind what it tells of.
constexpr auto kAskFirst = caf::message_priority::high;
struct AskActor {};
struct ActorTold {
  std::size_t mailbox = 0;  // messages that wait, and what it has queued of them
};
// To the gateway: what was asked of the exchange since the start.
struct AskCalls {};
struct CallsTold {
  std::string exchange;
  CallsByEndpoint by_endpoint;
  std::optional<Duration> clock_offset;  // the exchange's minus ours; empty: not known
};
// The configuration says anew from where on an operator hears of what.
struct AlertsConfigured {
  AlertThresholds thresholds;
};
// To the supervisor.
struct AskFleet {};
struct FleetTold {
  struct Row {
    BotId bot;
    std::uint32_t restarts = 0;
    BotStatus status = BotStatus::kActive;
    std::string failure;  // the newest
  };
  std::size_t bots = 0;
  std::size_t in_memory = 0;
  std::size_t evicted = 0;
  std::size_t without_stop = 0;       // open positions
  std::uint32_t live_bots = 0;        // that hold positions or have entries under way
  RolloutCaps rollout;                // that are in force
  bool is_rollout_configured = true;  // no operator has said otherwise
  std::uint64_t restarts = 0;         // of all of them, since the start
  std::vector<Row> restarted;         // the most often first, at most 50
  bool has_instruments = false;       // the exchange has told what it lists; before, nobody starts
};

// -- notices: for consoles, tests and metrics; never on the path of a decision

struct CycleFinished {
  CycleRecord record;
  DelayHistogram checks{};  // answered since the cycle before: from handed out to durable
  std::string failure{};    // of its first check that failed: whose, and why; empty: none did
};
struct SignalNoticed {
  BotId bot;
  CheckOutcome outcome = CheckOutcome::kNotACheck;
  ReasonCode reason = ReasonCode::kNone;
};
struct OrdersNoticed {
  std::uint32_t orders = 0;  // left for the exchange; attempts, protective ones apart
};
struct FillsNoticed {
  BotId bot;
  Symbol symbol;
  std::uint32_t fills = 0;
  bool is_opened = false;
  bool is_closed = false;
};
struct BotsEvicted {
  std::uint32_t bots = 0;  // out of memory at present
};
// The history was looked through: what was dropped, and what the rest takes (0: not known).
struct KindSwept {
  storage::Kind kind;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};
struct RetentionSwept {
  std::vector<KindSwept> kinds;
};
struct FleetReady {
  std::uint32_t bots = 0;
  std::uint32_t quarantined = 0;
};
struct AlertRaised {
  std::string kind;  // "limiter", "data.stale", "bot.quarantined", ...
  std::string text;
  std::string subject = {};  // which of several: a series, a trade, a bot; empty: there is one
};

}  // namespace botbox::actors

#define BOTBOX_LOCAL_MESSAGE(name) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::name)
BOTBOX_LOCAL_MESSAGE(CommitRequest)
BOTBOX_LOCAL_MESSAGE(Committed)
BOTBOX_LOCAL_MESSAGE(ReadBot)
BOTBOX_LOCAL_MESSAGE(BotRead)
BOTBOX_LOCAL_MESSAGE(Check)
BOTBOX_LOCAL_MESSAGE(CheckDone)
BOTBOX_LOCAL_MESSAGE(DeliverReport)
BOTBOX_LOCAL_MESSAGE(ChangeStatus)
BOTBOX_LOCAL_MESSAGE(StatusTaken)
BOTBOX_LOCAL_MESSAGE(LiftLocks)
BOTBOX_LOCAL_MESSAGE(OfferSignal)
BOTBOX_LOCAL_MESSAGE(DecideSignal)
BOTBOX_LOCAL_MESSAGE(TakeSignal)
BOTBOX_LOCAL_MESSAGE(SignalSettled)
BOTBOX_LOCAL_MESSAGE(EnqueueTrade)
BOTBOX_LOCAL_MESSAGE(ReportSettled)
BOTBOX_LOCAL_MESSAGE(BotAttached)
BOTBOX_LOCAL_MESSAGE(BotDetached)
BOTBOX_LOCAL_MESSAGE(SetEngineState)
BOTBOX_LOCAL_MESSAGE(DiskMeasured)
BOTBOX_LOCAL_MESSAGE(AcquirePermits)
BOTBOX_LOCAL_MESSAGE(PermitsGranted)
BOTBOX_LOCAL_MESSAGE(ExchangeRefusedRate)
BOTBOX_LOCAL_MESSAGE(ExchangeCounted)
BOTBOX_LOCAL_MESSAGE(AcquireForExchange)
BOTBOX_LOCAL_MESSAGE(RoomForWishes)
BOTBOX_LOCAL_MESSAGE(AbsorbLocal)
BOTBOX_LOCAL_MESSAGE(LocalAbsorbed)
BOTBOX_LOCAL_MESSAGE(ExchangeCalled)
BOTBOX_LOCAL_MESSAGE(ExchangeHealthChanged)
BOTBOX_LOCAL_MESSAGE(WatchExchange)
BOTBOX_LOCAL_MESSAGE(BudgetChanged)
BOTBOX_LOCAL_MESSAGE(WatchBudget)
BOTBOX_LOCAL_MESSAGE(PlaceOrders)
BOTBOX_LOCAL_MESSAGE(OrderAnswered)
BOTBOX_LOCAL_MESSAGE(OrdersAnswered)
BOTBOX_LOCAL_MESSAGE(AnswersWaiting)
BOTBOX_LOCAL_MESSAGE(AskOrder)
BOTBOX_LOCAL_MESSAGE(OrderAsked)
BOTBOX_LOCAL_MESSAGE(PollOrderUpdates)
BOTBOX_LOCAL_MESSAGE(OrderUpdatesPolled)
BOTBOX_LOCAL_MESSAGE(FetchCandles)
BOTBOX_LOCAL_MESSAGE(CandlesFetched)
BOTBOX_LOCAL_MESSAGE(FetchInstruments)
BOTBOX_LOCAL_MESSAGE(InstrumentsFetched)
BOTBOX_LOCAL_MESSAGE(InstrumentsChanged)
BOTBOX_LOCAL_MESSAGE(CancelOrder)
BOTBOX_LOCAL_MESSAGE(OrderCancelled)
BOTBOX_LOCAL_MESSAGE(FetchAccount)
BOTBOX_LOCAL_MESSAGE(AccountFetched)
BOTBOX_LOCAL_MESSAGE(FetchBalances)
BOTBOX_LOCAL_MESSAGE(BalancesFetched)
BOTBOX_LOCAL_MESSAGE(NoteRepeat)
BOTBOX_LOCAL_MESSAGE(NoteReduction)
BOTBOX_LOCAL_MESSAGE(MoveStop)
BOTBOX_LOCAL_MESSAGE(NoteAdoption)
BOTBOX_LOCAL_MESSAGE(ExchangeNoticed)
BOTBOX_LOCAL_MESSAGE(WatchNotices)
BOTBOX_LOCAL_MESSAGE(StartReconciling)
BOTBOX_LOCAL_MESSAGE(HoldEntries)
BOTBOX_LOCAL_MESSAGE(OrderHeard)
BOTBOX_LOCAL_MESSAGE(DecideDifference)
BOTBOX_LOCAL_MESSAGE(DifferenceDecided)
BOTBOX_LOCAL_MESSAGE(AccountCompared)
BOTBOX_LOCAL_MESSAGE(LetOwnOrdersGo)
BOTBOX_LOCAL_MESSAGE(AdoptReduction)
BOTBOX_LOCAL_MESSAGE(ReductionSettled)
BOTBOX_LOCAL_MESSAGE(AdoptPosition)
BOTBOX_LOCAL_MESSAGE(RequestClose)
BOTBOX_LOCAL_MESSAGE(TellStopPassed)
BOTBOX_LOCAL_MESSAGE(WatchStops)
BOTBOX_LOCAL_MESSAGE(PrepareView)
BOTBOX_LOCAL_MESSAGE(SeriesLeft)
BOTBOX_LOCAL_MESSAGE(EndAlertsOfLeft)
BOTBOX_LOCAL_MESSAGE(RetryFetch)
BOTBOX_LOCAL_MESSAGE(ViewReady)
BOTBOX_LOCAL_MESSAGE(BotReady)
BOTBOX_LOCAL_MESSAGE(BotStopped)
BOTBOX_LOCAL_MESSAGE(BotHolds)
BOTBOX_LOCAL_MESSAGE(EvictBot)
BOTBOX_LOCAL_MESSAGE(EndWhenQuiet)
BOTBOX_LOCAL_MESSAGE(WakeBot)
BOTBOX_LOCAL_MESSAGE(BotsEvicted)
BOTBOX_LOCAL_MESSAGE(RetentionSwept)
BOTBOX_LOCAL_MESSAGE(TickNow)
BOTBOX_LOCAL_MESSAGE(RecoverFleet)
BOTBOX_LOCAL_MESSAGE(StopFleet)
BOTBOX_LOCAL_MESSAGE(RestartBot)
BOTBOX_LOCAL_MESSAGE(RunCycleNow)
BOTBOX_LOCAL_MESSAGE(CheckBotNow)
BOTBOX_LOCAL_MESSAGE(ChangeBotStatus)
BOTBOX_LOCAL_MESSAGE(LiftBotLocks)
BOTBOX_LOCAL_MESSAGE(LiftFleetLocks)
BOTBOX_LOCAL_MESSAGE(ChangeEngineState)
BOTBOX_LOCAL_MESSAGE(Drain)
BOTBOX_LOCAL_MESSAGE(Drained)
BOTBOX_LOCAL_MESSAGE(SwitchEngine)
BOTBOX_LOCAL_MESSAGE(EngineSwitched)
BOTBOX_LOCAL_MESSAGE(CheckEverybody)
BOTBOX_LOCAL_MESSAGE(CycleBegun)
BOTBOX_LOCAL_MESSAGE(CloseBotPosition)
BOTBOX_LOCAL_MESSAGE(CancelTrade)
BOTBOX_LOCAL_MESSAGE(TradeCancelled)
BOTBOX_LOCAL_MESSAGE(AskLimiter)
BOTBOX_LOCAL_MESSAGE(LimiterTold)
BOTBOX_LOCAL_MESSAGE(AskQueue)
BOTBOX_LOCAL_MESSAGE(QueueTold)
BOTBOX_LOCAL_MESSAGE(AskCache)
BOTBOX_LOCAL_MESSAGE(CacheTold)
BOTBOX_LOCAL_MESSAGE(AskSeries)
BOTBOX_LOCAL_MESSAGE(SeriesTold)
BOTBOX_LOCAL_MESSAGE(AskActor)
BOTBOX_LOCAL_MESSAGE(ActorTold)
BOTBOX_LOCAL_MESSAGE(AskCalls)
BOTBOX_LOCAL_MESSAGE(CallsTold)
BOTBOX_LOCAL_MESSAGE(AlertsConfigured)
BOTBOX_LOCAL_MESSAGE(AskFleet)
BOTBOX_LOCAL_MESSAGE(FleetTold)
BOTBOX_LOCAL_MESSAGE(CycleFinished)
BOTBOX_LOCAL_MESSAGE(SignalNoticed)
BOTBOX_LOCAL_MESSAGE(OrdersNoticed)
BOTBOX_LOCAL_MESSAGE(FillsNoticed)
BOTBOX_LOCAL_MESSAGE(FleetReady)
BOTBOX_LOCAL_MESSAGE(AlertRaised)
#undef BOTBOX_LOCAL_MESSAGE
