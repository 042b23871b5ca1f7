#include "exchange/simulator/simulator.hpp"

#include <algorithm>

#include "exchange/simulator/binance_spot_face.hpp"
#include "exchange/simulator/binance_usdm_face.hpp"
#include "exchange/simulator/bybit_face.hpp"

namespace botbox::exchange::sim {
namespace {

VenueRules bybit_rules() {
  VenueRules rules;
  rules.spot_fees = {Decimal::literal("0.001"), Decimal::literal("0.001")};
  rules.linear_fees = {Decimal::literal("0.0002"), Decimal::literal("0.00055")};
  rules.spot_caps = {.open = 0, .conditional = 30, .of_market = 500};
  rules.linear_caps = {.open = 500, .conditional = 10, .of_market = 0};
  rules.conditional_orders_lock = false;
  rules.flat_cancels_reduce_only = true;
  rules.post_only_is_stored = true;
  return rules;
}

VenueRules binance_rules() {
  VenueRules rules;
  rules.spot_fees = {Decimal::literal("0.001"), Decimal::literal("0.001")};
  rules.linear_fees = {Decimal::literal("0.0002"), Decimal::literal("0.0005")};
  rules.spot_caps = {.open = 200, .conditional = 5, .of_market = 0};
  rules.linear_caps = {.open = 200, .conditional = 10, .of_market = 0};
  rules.client_ids = ClientIds::kUniqueAmongOpen;
  return rules;
}

std::vector<Listing> of_market(const std::vector<Listing>& all, MarketType market) {
  std::vector<Listing> some;
  for (const Listing& listing : all)
    if (listing.instrument.market == market) some.push_back(listing);
  return some;
}

// Over a limit, or banned.
bool is_turned_away(const WireAnswer& answer) {
  return answer.status == 429 || answer.status == 418 || answer.status == 403 ||
         answer.body.starts_with(R"({"retCode":10006)") ||
         answer.body.starts_with(R"({"retCode":10018)");
}

}  // namespace

Simulator::~Simulator() = default;

Simulator::Simulator(const SimulatorConfig& config, MarketFeed& feed, SimulatorClock& clock)
    : clock_(clock), faults_(config.faults) {
  faults_.reseed(config.faults.seed);
  FaceSettings settings;
  for (const SimulatorKey& key : config.keys) settings.secrets[key.key] = key.secret;
  settings.check_timestamps = config.check_timestamps;
  settings.enforce_limits = config.enforce_limits;
  settings.speed = std::max<std::int64_t>(1, clock.speed());
  const auto open = [&](const std::string& name, VenueRules rules, std::vector<Listing> listings) {
    rules.max_participation = config.max_participation;
    rules.spot_fees.coin = config.spot_fee_coin;
    if (!config.enforce_order_caps) rules.spot_caps = rules.linear_caps = {};
    if (!config.funding_rate.is_zero())
      rules.funding = FundingSchedule::constant(config.funding_rate);
    auto venue = std::make_unique<SimulatedVenue>(rules, std::move(listings), feed, clock.now());
    for (const SimulatorKey& key : config.keys) venue->open_account(key.key, config.balances);
    return venues_.emplace(name, std::move(venue)).first->second.get();
  };
  const auto note = [this](const std::string& venue) {
    return [this, venue](const std::string& client_id, Arrival arrival) {
      ledger_.note_order(venue, client_id, arrival);
    };
  };
  SimulatedVenue* bybit = open("bybit", bybit_rules(), config.listings);
  SimulatedVenue* spot =
      open("binance-spot", binance_rules(), of_market(config.listings, MarketType::kSpot));
  SimulatedVenue* usdm =
      open("binance-usdm", binance_rules(), of_market(config.listings, MarketType::kLinear));
  faces_.push_back(std::make_unique<BybitFace>(*bybit, settings, note("bybit")));
  faces_.push_back(std::make_unique<BinanceSpotFace>(*spot, settings, note("binance-spot")));
  faces_.push_back(std::make_unique<BinanceUsdmFace>(*usdm, settings, note("binance-usdm")));
}

void Simulator::move_venues(Timestamp now) {
  for (auto& [name, venue] : venues_) {
    venue->path().set_candle_faults(faults_.candle_lag, faults_.repeat_candles);
    venue->set_read_lag(faults_.read_lag);
    venue->advance(now);
  }
}

void Simulator::remember_holdings() {
  for (auto& [name, venue] : venues_) venue->remember_holdings();
}

// What was late comes in its own time, before anything that was sent after it.
void Simulator::move_market() {
  const Timestamp now = clock_.now();
  while (!late_.empty()) {
    const auto next = std::ranges::min_element(late_, {}, &Late::arrives_at);
    if (next->arrives_at > now) break;
    const Late late = std::move(*next);
    late_.erase(next);
    serve_late(late);
  }
  move_venues(now);
  remember_holdings();
}

void Simulator::serve_late(const Late& late) {
  if (late.arrives_at < faults_.outage_until) return;
  move_venues(late.arrives_at);
  const WireAnswer unheard = late.face->handle(late.request, late.arrives_at + faults_.clock_skew);
  if (!is_turned_away(unheard))
    ledger_.note_late_execution(late.face->name(), late.request.method + " " + late.request.path);
  remember_holdings();
}

Delivery Simulator::handle(const WireRequest& request) {
  move_market();
  if (request.path == "/admin" || request.path.starts_with("/admin/")) {
    Delivery delivery{admin(request)};
    remember_holdings();
    return delivery;
  }
  for (const auto& face : faces_)
    if (face->serves(request)) {
      Delivery delivery = serve(*face, request);
      remember_holdings();
      return delivery;
    }
  return {{404, R"({"error":"no such path"})", {}}};
}

Delivery Simulator::serve(Face& face, const WireRequest& request) {
  const Timestamp now = clock_.now();
  const std::string what = request.method + " " + request.path;
  RequestNote note{now, face.name(), what, 0, {}};
  Delivery delivery;
  if (now < faults_.outage_until) {
    note.fault = "outage";
    delivery.drop = true;
    ledger_.note_request(std::move(note), false, false);
    return delivery;
  }
  const auto fault = faults_.draw(what);
  if (fault) note.fault = to_string(fault->kind);
  const bool bans = fault && (fault->kind == FaultKind::kBan || fault->kind == FaultKind::kIpLimit);
  if (bans)
    face.ban(now + faults_.clock_skew + fault->lasts,
             fault->kind == FaultKind::kBan ? BanWord::kStatus : BanWord::kCode);
  const bool executes = !fault || is_executed(fault->kind) || bans;
  if (executes) delivery.answer = face.handle(request, now + faults_.clock_skew);
  if (fault) switch (fault->kind) {
      case FaultKind::kLatency: delivery.delay = fault->lasts; break;
      case FaultKind::kLate: late_.push_back({now + fault->lasts, &face, request}); [[fallthrough]];
      case FaultKind::kDropRequest:
      case FaultKind::kDropReply: delivery.drop = true; break;
      case FaultKind::kReset: delivery.reset = true; break;
      case FaultKind::kUnavailable:
      case FaultKind::kError500: delivery.answer = face.broken("internal"); break;
      case FaultKind::kTimeout: delivery.answer = face.broken("timeout"); break;
      case FaultKind::kRateLimited: delivery.answer = face.broken("rate"); break;
      case FaultKind::kTruncate: delivery.cut = true; break;
      case FaultKind::kMalformed:
        delivery.answer.body.resize(delivery.answer.body.size() / 2);
        delivery.answer.body += "<html>";
        break;
      case FaultKind::kBan:
      case FaultKind::kIpLimit: break;
    }
  const int status = delivery.answer.status;
  const bool away = is_turned_away(delivery.answer);
  note.status = delivery.drop || delivery.reset ? 0 : status;
  ledger_.note_request(std::move(note), executes && !away, away && !fault);
  return delivery;
}

}  // namespace botbox::exchange::sim
