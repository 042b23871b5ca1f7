// What the rows of the faces have in common: numbers as text, names of states, ranges and limits.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exchange/simulator/face.hpp"

namespace botbox::exchange::sim {

inline constexpr Duration kDay = std::chrono::hours{24};
inline constexpr Duration kWeek = 7 * kDay;

// Eight places, as Binance writes money.
std::string money(Decimal value);
// With the places of the tick, of the lot.
std::string price_of(const Instrument& instrument, Price price);
std::string quantity_of(const Instrument& instrument, Quantity quantity);

// Binance's names. Empty: neither BUY nor SELL.
std::string binance_status_of(const Order& order);
std::optional<OrderSide> binance_side_of(const std::string& text);
// GTC, IOC, FOK, or the venue's own name of post-only.
std::string time_in_force_of(const PlaceOrder& request, std::string_view post_only);

// Between startTime and endTime, both included and both optional.
bool is_within(Timestamp at, const Params& params);
// The executions between the two, and those that an order may have. They stand in the order of time
// and are looked up in it: what a request costs must not grow with all that there ever were.
std::span<const Execution> executions_within(const Account& account, const Params& params);
std::span<const Execution> executions_between(const Account& account, Timestamp from, Timestamp to);
std::span<const Execution> executions_around(const Account& account, const Order& order);
// The sides on which a position is told: none is the net of both.
std::vector<std::optional<PositionSide>> told_sides(const Position& position);
// What of it is told on that side.
Position on_side(Position position, std::optional<PositionSide> side);

// The rows of orders as text. Clients poll what is open: the row of an order of which nothing has
// changed since it was told last is not written again.
class OrderRows {
 public:
  // `write` makes it of nothing but the order and its instrument.
  explicit OrderRows(std::function<Json(const Order&)> write) : write_(std::move(write)) {}
  // Stays until the next call.
  const std::string& of(const Order& order, const Instrument& instrument);

 private:
  static constexpr std::size_t kKept = 10'000;
  struct Told {
    Order order;
    Instrument instrument;
    std::string row;
  };

  std::function<Json(const Order&)> write_;
  std::unordered_map<std::uint64_t, Told> told_;  // by the order's id
};

// "[1,2]" of "1" and "2".
class JsonList {
 public:
  void add(std::string_view element) {
    if (size_++ > 0) elements_ += ',';
    elements_ += element;
  }
  std::size_t size() const { return size_; }
  std::string text() const { return '[' + elements_ + ']'; }

 private:
  std::string elements_;
  std::size_t size_ = 0;
};

// Leaves `limit` rows (500 unless named, `most` at most): the newest, or the oldest when the caller
// named where to begin.
void cut_rows(Json& rows, const Params& params, const char* from_name, std::int64_t most);

}  // namespace botbox::exchange::sim
