#include "tests/support/simulator_sender.hpp"

#include <algorithm>
#include <cctype>

namespace botbox::test {
namespace {

using exchange::HttpMethod;

std::string in_lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string name_of(HttpMethod method) {
  switch (method) {
    case HttpMethod::kGet: return "GET";
    case HttpMethod::kPost: return "POST";
    case HttpMethod::kPut: return "PUT";
    case HttpMethod::kDelete: return "DELETE";
  }
  return "?";
}

exchange::sim::WireRequest wire_request(const exchange::HttpRequest& request) {
  exchange::sim::WireRequest wire;
  wire.method = name_of(request.method);
  const std::size_t host = request.url.find("://");
  const std::size_t path = request.url.find('/', host == std::string::npos ? 0 : host + 3);
  const std::size_t question = request.url.find('?');
  wire.path = request.url.substr(path, question == std::string::npos ? question : question - path);
  if (question != std::string::npos) wire.query = request.url.substr(question + 1);
  wire.body = request.body;
  for (const std::string& line : request.headers) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos)
      wire.headers[in_lower_case(line.substr(0, colon))] = line.substr(colon + 2);
  }
  return wire;
}

}  // namespace

void SimulatorSender::send(const Permit& permit, exchange::HttpRequest request, Answer answer) {
  if (!permit.consume()) return answer(fail(ErrorCode::kRateLimited, "the permit is used up"));
  const exchange::sim::Delivery delivery = simulator_.handle(wire_request(request));
  if (delivery.drop || delivery.reset || delivery.cut)
    return answer(fail(ErrorCode::kOutcomeUnknown, "the connection broke"));
  exchange::HttpResponse response{delivery.answer.status, delivery.answer.body, {}};
  for (const auto& [name, value] : delivery.answer.headers)
    response.headers.push_back(in_lower_case(name) + ": " + value);
  answer(std::move(response));
}

}  // namespace botbox::test
