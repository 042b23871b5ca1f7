#include "actors/open_records.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/model/reason_code.hpp"
#include "storage/event_head.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {
namespace {

using storage::Store;

// Where a record stands in its list: newest first, then by id.
struct Place {
  Timestamp at;
  std::string_view id;

  bool is_before(const Place& other) const {
    return at != other.at ? at > other.at : id < other.id;
  }
};

std::string cursor_of(const Place& last) { return fmt::format("{}-{}", last.at.ms, last.id); }

// Empty: the first page.
Result<std::optional<Place>> place_of(std::string_view cursor) {
  if (cursor.empty()) return std::nullopt;
  Place place;
  const auto [end, error] = std::from_chars(cursor.begin(), cursor.end(), place.at.ms);
  if (error != std::errc{} || end == cursor.end() || *end != '-')
    return fail(ErrorCode::kInvalidInput, "is not a cursor of this list", "cursor",
                "give the \"next\" of the page before, unchanged");
  place.id = cursor.substr(static_cast<std::size_t>(end - cursor.begin()) + 1);
  return place;
}

// Of a position, which is read when the page comes to it.
struct Candidate {
  Place place;
  const BotId* bot = nullptr;
};

bool is_wanted(const PageQuery& query, const BotId& bot, const Symbol& symbol, Timestamp at) {
  return (query.bot.empty() || query.bot == bot) && query.takes_symbol(symbol) &&
         query.takes_time(at);
}

// Newest first, as far as a page may walk.
Result<std::vector<Position>> opened_since(const Store& store, std::uint64_t event) {
  std::vector<Position> opened;
  std::optional<Error> problem;
  std::size_t walked = 0;
  using storage::HeadVerdict;
  BOTBOX_TRY(storage::visit_events(
      store, {.kind = storage::Kind::kEvent, .prefix = {}, .from = {}, .reverse = true},
      [&](const storage::EventHead& head) {
        if (head.sequence <= event || ++walked > kPageEventsMax) return HeadVerdict::kEnd;
        return head.kind == "position.opened" ? HeadVerdict::kRead : HeadVerdict::kSkip;
      },
      [&](const Event& told) {
        auto position = storage::find_position(store, told.bot, {told.subject});
        if (!position) {
          problem = std::move(position).error();
          return false;
        }
        if (*position) opened.push_back(std::move(**position));
        return true;
      }));
  if (problem) return tl::unexpected<Error>(std::move(*problem));
  return opened;
}

// Of both, those that are wanted, each once.
std::vector<Candidate> candidates(const Fleet& fleet, const std::vector<Position>& opened,
                                  const PageQuery& query, const std::optional<Place>& after) {
  std::vector<Candidate> found;
  const auto add = [&](const BotId& bot, const Symbol& symbol, Place place) {
    if (is_wanted(query, bot, symbol, place.at) && (!after || after->is_before(place)))
      found.push_back({place, &bot});
  };
  for (const auto& [bot, position] : fleet.open)
    add(bot->id, position->symbol, {position->opened_at, position->id.value});
  const auto indexed = static_cast<std::ptrdiff_t>(found.size());
  for (const Position& position : opened)
    add(position.bot, position.symbol, {position.opened_at, position.id.value});
  const auto is_before = [](const Candidate& a, const Candidate& b) {
    return a.place.is_before(b.place);
  };
  std::sort(found.begin() + indexed, found.end(), is_before);
  std::inplace_merge(found.begin(), found.begin() + indexed, found.end(), is_before);
  const auto twice = std::ranges::unique(
      found, {}, [](const Candidate& one) { return std::pair(one.place.at, one.place.id); });
  found.erase(twice.begin(), twice.end());
  return found;
}

bool fits_reason(const PageQuery& query, ReasonCode reason) {
  return query.reason.empty() || query.reason == to_string(reason);
}

}  // namespace

Result<OpenPage<Position>> open_positions(const Store& store, const Fleet& fleet,
                                          const PageQuery& query) {
  OpenPage<Position> page;
  BOTBOX_ASSIGN(const std::optional<Place> after, place_of(query.cursor));
  BOTBOX_ASSIGN(const std::vector<Position> opened, opened_since(store, fleet.newest_event));
  for (const Candidate& one : candidates(fleet, opened, query, after)) {
    if (page.records.size() >= query.limit) {
      const Position& last = page.records.back();
      page.next = cursor_of({last.opened_at, last.id.value});
      break;
    }
    BOTBOX_ASSIGN(auto position,
                  storage::find_position(store, *one.bot, {std::string(one.place.id)}));
    if (position && position->status == PositionStatus::kOpen &&
        fits_reason(query, position->close_reason))
      page.records.push_back(std::move(*position));
  }
  return page;
}

bool asks_for_open_trades(const PageQuery& query) {
  return query.status == "OPEN" || query.status == to_string(TradeStatus::kPending) ||
         query.status == to_string(TradeStatus::kExecuting);
}

Result<OpenPage<Trade>> open_trades(const Store& store, const PageQuery& query) {
  OpenPage<Trade> page;
  BOTBOX_ASSIGN(const std::optional<Place> after, place_of(query.cursor));
  BOTBOX_ASSIGN(std::vector<Trade> trades, storage::load_open_trades(store));
  const auto place = [](const Trade& trade) { return Place{trade.created_at, trade.id.value}; };
  std::erase_if(trades, [&](const Trade& trade) {
    // Final meanwhile, or not yet sent.
    const bool has_status =
        query.status == "OPEN" ? !is_final(trade.status) : query.status == to_string(trade.status);
    return !has_status || !is_wanted(query, trade.bot, trade.symbol, trade.created_at) ||
           !fits_reason(query, trade.reason) || (after && !after->is_before(place(trade)));
  });
  std::ranges::sort(trades,
                    [&](const Trade& a, const Trade& b) { return place(a).is_before(place(b)); });
  if (trades.size() > query.limit) {
    trades.resize(query.limit);
    page.next = cursor_of(place(trades.back()));
  }
  page.records = std::move(trades);
  return page;
}

}  // namespace botbox::actors
