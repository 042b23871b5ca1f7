#include "actors/login_token.hpp"

#include <nlohmann/json.hpp>

#include "actors/base64.hpp"
#include "actors/operator_arguments.hpp"
#include "engine/webhook/source_rules.hpp"
#include "exchange/venue/signing.hpp"

namespace botbox::actors {
namespace {

constexpr std::string_view kLoginHead = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::int64_t kLatestSecond = 253'402'300'799;  // the end of the year 9999

std::string signature_of(std::string_view message, std::string_view secret) {
  return to_base64url(exchange::hmac_sha256(secret, message));
}

std::string_view name_of(LoginKind kind) {
  return kind == LoginKind::kAccess ? "access" : "refresh";
}

}  // namespace

std::string sign_login(const LoginClaim& claim, std::string_view secret) {
  const nlohmann::ordered_json payload{{"sub", claim.token},
                                       {"user", claim.user},
                                       {"type", name_of(claim.kind)},
                                       {"exp", claim.until.ms / 1'000}};
  const std::string message =
      to_base64url(kLoginHead) + "." +
      to_base64url(payload.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  return message + "." + signature_of(message, secret);
}

std::optional<LoginClaim> read_login(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t last = text.rfind('.');
  if (first == std::string_view::npos || last == first) return std::nullopt;
  const auto head = from_base64(text.substr(0, first));
  const auto payload = from_base64(text.substr(first + 1, last - first - 1));
  if (!head || *head != kLoginHead || !payload) return std::nullopt;
  const Result<OperatorArguments> fields = OperatorArguments::parse(*payload);
  if (!fields) return std::nullopt;
  const auto until = fields->whole("exp", 1, kLatestSecond);
  const std::string_view type = fields->text("type");
  if (!until || !*until || (type != "access" && type != "refresh")) return std::nullopt;
  return LoginClaim{.token = std::string(fields->text("sub")),
                    .user = std::string(fields->text("user")),
                    .kind = type == "access" ? LoginKind::kAccess : LoginKind::kRefresh,
                    .until = {**until * 1'000}};
}

bool is_signed(std::string_view text, std::string_view secret) {
  const std::size_t last = text.rfind('.');
  if (last == std::string_view::npos || secret.empty()) return false;
  return is_same_secret(text.substr(last + 1), signature_of(text.substr(0, last), secret));
}

}  // namespace botbox::actors
