// Permit: the right to send one request. Only a limiter makes one, and it is good once.
#pragma once

#include <atomic>
#include <memory>

namespace botbox {

class PermitIssuer;

// Copies share one use: whichever copy is consumed first wins.
class Permit {
 public:
  // True exactly once over all copies. A transport that gets false must refuse the request.
  bool consume() const { return token_ != nullptr && !token_->exchange(true); }

 private:
  friend class PermitIssuer;
  explicit Permit(std::shared_ptr<std::atomic<bool>> used) : token_(std::move(used)) {}
  std::shared_ptr<std::atomic<bool>> token_;
};

// Base of whatever counts requests; nothing else can make a Permit.
class PermitIssuer {
 protected:
  static Permit issue() { return Permit(std::make_shared<std::atomic<bool>>(false)); }
  ~PermitIssuer() = default;
};

}  // namespace botbox
