// Answers in pages: one permit per page, all or nothing.
#pragma once

#include <algorithm>
#include <cctype>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exchange/bybit/bybit_session.hpp"

namespace botbox::exchange::bybit {

// Past it the venue is taken to repeat itself.
constexpr std::size_t kPagesMax = 200;

template <class T>
struct PagedRequest {
  Request request;           // of the first page
  std::size_t page_max = 0;  // rows of a full page; a shorter one is the last
  std::function<Result<Page<T>>(std::string_view)> parse;
};

// The venue's cursors come percent-encoded and go back as they came; anything else that could break
// out of its parameter is encoded.
inline std::string cursor_as_sent(std::string_view cursor) {
  std::string out;
  for (const char c : cursor)
    out += c == '%' ? std::string(1, c) : percent_encode(std::string_view(&c, 1));
  return out;
}

template <class T>
class PagedCall : public std::enable_shared_from_this<PagedCall<T>> {
 public:
  PagedCall(std::shared_ptr<Session> session, PagedRequest<T> paged, Reply<std::vector<T>> reply)
      : session_(std::move(session)), paged_(std::move(paged)), reply_(std::move(reply)) {}

  void ask(const Permit& permit, const std::string& cursor) {
    Request request = paged_.request;
    if (!cursor.empty()) request.payload += "&cursor=" + cursor_as_sent(cursor);
    session_->send(permit, std::move(request),
                   [self = this->shared_from_this()](Result<Answer> answer) {
                     self->take(std::move(answer));
                   });
  }

 private:
  void take(Result<Answer> answer) {
    if (!answer) return fail_with(std::move(answer).error());
    Result<Page<T>> page = paged_.parse(answer->body);
    if (!page)
      return fail_with(
          session_->unreadable(page.error(), paged_.request.method, paged_.request.path));
    std::move(page->items.begin(), page->items.end(), std::back_inserter(items_));
    if (page->next_cursor.empty() || page->rows < paged_.page_max) return reply_(std::move(items_));
    if (++pages_ >= kPagesMax)
      return fail_with({ErrorCode::kOutcomeUnknown,
                        "the answer has no end",
                        std::string(paged_.request.path),
                        {}});
    session_->further_permit(
        paged_.request.call,
        [self = this->shared_from_this(), cursor = page->next_cursor](Result<Permit> permit) {
          if (!permit) return self->fail_with(std::move(permit).error());
          self->ask(*permit, cursor);
        });
  }
  void fail_with(Error error) { reply_(tl::unexpected<Error>(std::move(error))); }

  std::shared_ptr<Session> session_;
  PagedRequest<T> paged_;
  Reply<std::vector<T>> reply_;
  std::vector<T> items_;
  std::size_t pages_ = 0;
};

template <class T>
void ask_pages(const std::shared_ptr<Session>& session, const Permit& permit, PagedRequest<T> paged,
               Reply<std::vector<T>> reply) {
  std::make_shared<PagedCall<T>>(session, std::move(paged), std::move(reply))->ask(permit, {});
}

struct WantedExecutions {
  std::string name;  // the venue's symbol; empty: all
  OrderId order_id;  // empty: by time
  Timestamp from;    // "never": the venue's last 7 days
  std::size_t limit = 0;
};
// Ascending. Goes from `from` to now in steps of 7 days until `limit` are found; what is left away
// then is the newest, so that a caller can go on from the last one it got.
void ask_executions(const std::shared_ptr<Session>& session, const Permit& permit,
                    WantedExecutions wanted, Reply<std::vector<VenueExecution>> reply);

struct WantedFunding {
  Symbol symbol;     // empty: all
  std::string coin;  // its base; empty: all
  Timestamp from;    // inclusive
  Timestamp to;      // inclusive
};
// Ascending. Goes through the range in steps of 7 days.
void ask_funding(const std::shared_ptr<Session>& session, const Permit& permit,
                 WantedFunding wanted, Reply<std::vector<VenueFunding>> reply);

}  // namespace botbox::exchange::bybit
