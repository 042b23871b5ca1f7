#include "exchange/paper/wallet.hpp"

namespace botbox::exchange {

Wallet::Slot Wallet::slot(const Asset& asset) {
  for (Slot i = 0; i < purses_.size(); ++i)
    if (purses_[i].asset == asset) return i;
  purses_.push_back({asset, {}, {}});
  return purses_.size() - 1;
}

std::vector<Balance> Wallet::balances() const {
  std::vector<Balance> out;
  out.reserve(purses_.size());
  for (const Purse& p : purses_) out.push_back({p.asset, p.total - p.locked, p.locked});
  return out;
}

}  // namespace botbox::exchange
