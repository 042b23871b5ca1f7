#include "actors/api_callers.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "actors/base64.hpp"

namespace botbox::actors {
namespace {

constexpr std::string_view kBearerScheme = "Bearer ";
constexpr std::string_view kBasicScheme = "Basic ";
constexpr Duration kAccessTime{15 * 60'000};
constexpr Duration kRefreshTime{30LL * 86'400'000};

std::string access_token(const OperatorToken& token, const std::string& user, Timestamp now) {
  return sign_login({token.name, user, LoginKind::kAccess, now + kAccessTime}, token.secret);
}

}  // namespace

// Compares with every token, so that neither which nor how much of one fits shows in the time.
const OperatorToken* ApiCallers::token_of(std::string_view secret) const {
  const OperatorToken* known = nullptr;
  for (const OperatorToken& token : tokens_)
    if (is_same_secret(secret, token.secret)) known = &token;
  return known;
}

ApiCallers::Known ApiCallers::basic(std::string_view authorization) const {
  if (!authorization.starts_with(kBasicScheme)) return {};
  const auto pair = from_base64(authorization.substr(kBasicScheme.size()));
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return {};
  return {token_of(std::string_view(*pair).substr(colon + 1)), pair->substr(0, colon)};
}

// Without a token: not a login, or not one of ours.
ApiCallers::Answer<ApiCallers::Known> ApiCallers::login(std::string_view authorization,
                                                        LoginKind kind, Timestamp now) const {
  if (!authorization.starts_with(kBearerScheme)) return Known{};
  const std::string_view text = authorization.substr(kBearerScheme.size());
  const auto claim = read_login(text);
  if (!claim || claim->kind != kind) return Known{};
  const auto token = std::ranges::find(tokens_, claim->token, &OperatorToken::name);
  if (token == tokens_.end() || !is_signed(text, token->secret)) return Known{};
  if (now >= claim->until) return tl::unexpected(CallerRefusal::kExpired);
  return Known{&*token, claim->user};
}

tl::unexpected<CallerRefusal> ApiCallers::wrong(const std::string& address, Timestamp now) {
  return tl::unexpected(wrong_.take(address, now) ? CallerRefusal::kWrong
                                                  : CallerRefusal::kTooManyWrong);
}

ApiCallers::Answer<Caller> ApiCallers::caller(std::string_view authorization,
                                              const std::string& address, CallerDoor door,
                                              Timestamp now) {
  if (authorization.empty()) {
    if (anonymous_ == OperatorRole::kNone) return tl::unexpected(CallerRefusal::kNobody);
    return Caller{.name = "anonymous", .role = anonymous_, .user = {}, .has_token = false};
  }
  Known known;
  if (authorization.starts_with(kBearerScheme))
    known.token = token_of(authorization.substr(kBearerScheme.size()));
  if (known.token == nullptr && door == CallerDoor::kFreqtrade) {
    known = basic(authorization);
    if (known.token == nullptr) {
      Answer<Known> logged_in = login(authorization, LoginKind::kAccess, now);
      if (!logged_in) return tl::unexpected(logged_in.error());
      known = std::move(*logged_in);
    }
  }
  if (known.token == nullptr) return wrong(address, now);
  return Caller{.name = known.token->name,
                .role = known.token->role,
                .user = std::move(known.user),
                .has_token = true};
}

ApiCallers::Answer<LoggedIn> ApiCallers::log_in(std::string_view authorization,
                                                const std::string& address, Timestamp now) {
  if (authorization.empty()) return tl::unexpected(CallerRefusal::kNobody);
  const Known known = basic(authorization);
  if (known.token == nullptr) return wrong(address, now);
  const OperatorToken& token = *known.token;
  const nlohmann::ordered_json answer{
      {"access_token", access_token(token, known.user, now)},
      {"refresh_token",
       sign_login({token.name, known.user, LoginKind::kRefresh, now + kRefreshTime},
                  token.secret)}};
  return LoggedIn{token.name, answer.dump()};
}

ApiCallers::Answer<LoggedIn> ApiCallers::refresh(std::string_view authorization,
                                                 const std::string& address, Timestamp now) {
  if (authorization.empty()) return tl::unexpected(CallerRefusal::kNobody);
  const Answer<Known> known = login(authorization, LoginKind::kRefresh, now);
  if (!known) return tl::unexpected(known.error());
  if (known->token == nullptr) return wrong(address, now);
  const nlohmann::ordered_json answer{
      {"access_token", access_token(*known->token, known->user, now)}};
  return LoggedIn{known->token->name, answer.dump()};
}

}  // namespace botbox::actors
