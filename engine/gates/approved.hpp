// Approved<T>: a value that has passed all gates. An order can be made only from one, so that a
// gate cannot be forgotten.
#pragma once

#include <utility>

namespace botbox {

class GateWalk;

template <class T>
class Approved {
 public:
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

 private:
  friend class GateWalk;
  explicit Approved(T value) : value_(std::move(value)) {}
  T value_;
};

}  // namespace botbox
