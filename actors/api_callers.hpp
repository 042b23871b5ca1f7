// ApiCallers: who sends a request to the operator's API, by its header Authorization.
//
//   Bearer SECRET     the API token of that secret, with its role
//   Bearer LOGIN      at /api/v1: what a login was answered with (actors/login_token.hpp)
//   Basic USER:SECRET at /api/v1: the same as a login, at each request
//   nothing           "anonymous", with the role that the settings give; none: refused
//
// A wrong one is never anonymous. What is wrong is counted by address. Lives on one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/login_token.hpp"
#include "actors/operator_desk.hpp"
#include "engine/webhook/source_rules.hpp"

namespace botbox::actors {

struct OperatorToken {
  std::string name;
  std::string secret;  // not empty
  OperatorRole role = OperatorRole::kRead;
};

// So many a minute of each budget_owner(), or of whoever else is named.
class AddressBudgets {
 public:
  explicit AddressBudgets(std::uint32_t per_minute) : per_minute_(per_minute) {}
  // False: too many; nothing is counted.
  bool take(const std::string& address, Timestamp now) {
    constexpr std::size_t kAddressesMax = 10'000;
    if (budgets_.size() >= kAddressesMax) budgets_.clear();
    return budgets_.try_emplace(budget_owner(address), per_minute_).first->second.take(now);
  }

 private:
  std::uint32_t per_minute_;
  std::unordered_map<std::string, AlertBudget> budgets_;
};

struct Caller {
  std::string name;
  OperatorRole role = OperatorRole::kNone;
  std::string user;        // of a login: the bot that is meant; empty: none
  bool has_token = false;  // false: "anonymous"
};

struct LoggedIn {
  std::string token;   // the name of the API token whose secret was given
  std::string answer;  // JSON
};

enum class CallerRefusal : std::uint8_t { kNobody, kWrong, kExpired, kTooManyWrong };

// Where somebody stands: logins count only at /api/v1.
enum class CallerDoor : std::uint8_t { kApi, kFreqtrade };

class ApiCallers {
 public:
  ApiCallers(std::vector<OperatorToken> tokens, OperatorRole anonymous,
             std::uint32_t wrong_per_minute)
      : tokens_(std::move(tokens)), anonymous_(anonymous), wrong_(wrong_per_minute) {}

  template <class T>
  using Answer = tl::expected<T, CallerRefusal>;

  Answer<Caller> caller(std::string_view authorization, const std::string& address, CallerDoor door,
                        Timestamp now);
  // {"access_token","refresh_token"}, good for a quarter of an hour and for thirty days.
  Answer<LoggedIn> log_in(std::string_view authorization, const std::string& address,
                          Timestamp now);
  // {"access_token"} for a refresh token.
  Answer<LoggedIn> refresh(std::string_view authorization, const std::string& address,
                           Timestamp now);

 private:
  struct Known {
    const OperatorToken* token = nullptr;  // null: none
    std::string user;
  };
  const OperatorToken* token_of(std::string_view secret) const;
  Known basic(std::string_view authorization) const;
  Answer<Known> login(std::string_view authorization, LoginKind kind, Timestamp now) const;
  tl::unexpected<CallerRefusal> wrong(const std::string& address, Timestamp now);

  std::vector<OperatorToken> tokens_;
  OperatorRole anonymous_;
  AddressBudgets wrong_;
};

}  // namespace botbox::actors
