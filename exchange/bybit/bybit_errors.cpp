#include "exchange/bybit/bybit_errors.hpp"

#include <algorithm>
#include <array>

#include "exchange/http/http_sender.hpp"

namespace botbox::exchange::bybit {
namespace {

struct Row {
  std::int64_t code;
  Meaning meaning;
};

constexpr std::array kTable{
    Row{-2015, Meaning::kRefused},  // the key has expired (spot)
    Row{0, Meaning::kAccepted},
    Row{429, Meaning::kSlowDown},   // the trading service is under high load
    Row{10000, Meaning::kUnknown},  // server time-out
    Row{10001, Meaning::kRefused},  // parameters
    Row{10002, Meaning::kClock},
    Row{10003, Meaning::kRefused},    // key invalid, or of another environment
    Row{10004, Meaning::kRefused},    // signature
    Row{10005, Meaning::kRefused},    // permission
    Row{10006, Meaning::kSlowDown},   // the account's limit of an endpoint
    Row{10007, Meaning::kRefused},    // authentication
    Row{10008, Meaning::kRefused},    // account banned, or of the wrong kind
    Row{10009, Meaning::kBanned},     // address banned; by now: none is served from its region
    Row{10010, Meaning::kRefused},    // address not bound to the key
    Row{10014, Meaning::kDuplicate},  // duplicate request
    Row{10016, Meaning::kUnknown},    // server error
    Row{10017, Meaning::kRefused},    // route
    Row{10018, Meaning::kBanned},     // the address's limit; retired, 403 tells it by now
    Row{10019, Meaning::kNotAccepting},
    Row{10020, Meaning::kRefused},      // not for this kind of account
    Row{10024, Meaning::kRefused},      // compliance
    Row{10027, Meaning::kRefused},      // transactions banned
    Row{10028, Meaning::kRefused},      // not for this kind of account
    Row{10029, Meaning::kRefused},      // symbol not on the key's list
    Row{10429, Meaning::kSlowDown},     // system-level frequency protection
    Row{30208, Meaning::kRefused},      // the price is above what may be paid
    Row{30209, Meaning::kRefused},      // or below what may be asked
    Row{30228, Meaning::kRefused},      // no new positions while it is delisted
    Row{30256, Meaning::kRefused},      // margin limit of a loan
    Row{33004, Meaning::kRefused},      // the key has expired (derivatives)
    Row{34036, Meaning::kNothingToDo},  // leverage not modified
    Row{34040, Meaning::kNothingToDo},  // stop and target not modified
    Row{40004, Meaning::kUnknown},      // modified while it was being replaced
    Row{100028, Meaning::kRefused},     // not for unified accounts
    Row{110001, Meaning::kNoSuchOrder},
    Row{110008, Meaning::kNoSuchOrder},   // finished or cancelled already
    Row{110010, Meaning::kNoSuchOrder},   // cancelled already
    Row{110017, Meaning::kNothingOpen},   // reduce-only: no position, or on the other side
    Row{110019, Meaning::kNoSuchOrder},   // invalid order id
    Row{110024, Meaning::kRefused},       // position mode: there is a position
    Row{110025, Meaning::kNothingToDo},   // position mode not modified
    Row{110026, Meaning::kNothingToDo},   // margin mode not modified
    Row{110027, Meaning::kNothingToDo},   // margin not modified
    Row{110028, Meaning::kRefused},       // position mode: there are open orders
    Row{110030, Meaning::kDuplicate},     // duplicate orderId; retired
    Row{110034, Meaning::kNothingOpen},   // no net position
    Row{110043, Meaning::kNothingToDo},   // leverage not modified
    Row{110072, Meaning::kDuplicate},     // duplicate orderLinkId
    Row{110075, Meaning::kNothingToDo},   // risk limit not modified
    Row{110079, Meaning::kNotAccepting},  // the order is being worked on: again later
    Row{110092, Meaning::kPassed},        // it should rise to its trigger, and is there
    Row{110093, Meaning::kPassed},        // it should fall to it
    Row{170001, Meaning::kUnknown},       // internal error
    Row{170005, Meaning::kSlowDown},      // too many new orders
    Row{170007, Meaning::kUnknown},       // no answer of the back end in time
    Row{170032, Meaning::kUnknown},       // network error
    Row{170035, Meaning::kUnknown},       // "submitted to the system for processing"
    Row{170139, Meaning::kNoSuchOrder},   // filled
    Row{170141, Meaning::kDuplicate},     // duplicate client order id
    Row{170142, Meaning::kNoSuchOrder},   // cancelled
    Row{170143, Meaning::kNoSuchOrder},   // not on the book
    Row{170146, Meaning::kUnknown},       // creation timed out
    Row{170147, Meaning::kUnknown},       // cancellation timed out
    Row{170149, Meaning::kUnknown},       // creation failed, no word why
    Row{170150, Meaning::kUnknown},       // cancellation failed, no word why
    Row{170190, Meaning::kNoSuchOrder},   // finished
    Row{170191, Meaning::kNotAccepting},  // not cancelled: again later
    Row{170212, Meaning::kUnknown},       // a cancellation is under way
    Row{170213, Meaning::kNoSuchOrder},
    Row{170222, Meaning::kSlowDown},  // too many requests in this time frame
    Row{170234, Meaning::kUnknown},   // system error
    Row{170310, Meaning::kUnknown},   // modification timed out
    Row{170311, Meaning::kUnknown},   // modification failed, no word why
    Row{3400214, Meaning::kUnknown},  // server error
};

// Families in which every code that the table does not name is a refusal.
struct Family {
  std::int64_t first;
  std::int64_t last;
};
constexpr std::array kRefusals{
    Family{30133, 30136},      // limits of institutional loans
    Family{110000, 110999},    // derivatives trading
    Family{130000, 131999},    // derivatives, wallet
    Family{140000, 140999},    // inverse of older accounts
    Family{170000, 170999},    // spot trading
    Family{176000, 176999},    // margin
    Family{182000, 182999},    // collateral
    Family{3100000, 3299999},  // modes of the account, institutional loans
    Family{3400000, 3499999},  // account settings
};

std::string_view fix_for(Meaning meaning, Purpose purpose) {
  const bool is_of_order = purpose == Purpose::kPlace || purpose == Purpose::kChange;
  switch (meaning) {
    case Meaning::kUnknown:
    case Meaning::kDuplicate: return is_of_order ? kAskForOrder : std::string_view();
    case Meaning::kClock: return "synchronise the clock, or raise the receive window";
    default: return {};
  }
}

}  // namespace

Meaning meaning_of(std::int64_t ret_code) {
  const auto row =
      std::find_if(kTable.begin(), kTable.end(), [&](const Row& r) { return r.code == ret_code; });
  if (row != kTable.end()) return row->meaning;
  const bool refusal = std::any_of(kRefusals.begin(), kRefusals.end(), [&](const Family& f) {
    return f.first <= ret_code && ret_code <= f.last;
  });
  return refusal ? Meaning::kRefused : Meaning::kUnknown;
}

ErrorCode error_code_of(Meaning meaning, Purpose purpose) {
  switch (meaning) {
    case Meaning::kAccepted:
    case Meaning::kUnknown: return ErrorCode::kOutcomeUnknown;
    case Meaning::kRefused:
    case Meaning::kNothingToDo: return ErrorCode::kRejected;
    case Meaning::kNothingOpen: return ErrorCode::kNothingOpen;
    case Meaning::kPassed: return ErrorCode::kTriggerPassed;
    case Meaning::kDuplicate:
      // The twin of a cancellation or amendment may have been executed.
      return purpose == Purpose::kPlace ? ErrorCode::kAlreadyExists : ErrorCode::kOutcomeUnknown;
    case Meaning::kNoSuchOrder:
      return purpose == Purpose::kPlace ? ErrorCode::kRejected : ErrorCode::kNotFound;
    case Meaning::kClock:
    case Meaning::kNotAccepting: return ErrorCode::kUnavailable;
    case Meaning::kSlowDown:
    case Meaning::kBanned: return ErrorCode::kRateLimited;
  }
  return ErrorCode::kOutcomeUnknown;
}

Error venue_error(std::int64_t ret_code, std::string_view ret_msg, Purpose purpose,
                  std::string_view path, const Credentials& credentials) {
  const Meaning meaning = meaning_of(ret_code);
  return {error_code_of(meaning, purpose),
          fmt::format("Bybit {}: {}", ret_code, without_secrets(ret_msg, credentials)),
          std::string(path), std::string(fix_for(meaning, purpose))};
}

}  // namespace botbox::exchange::bybit
