// Wallet: what is owned of each asset, and how much of it open orders and positions hold.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/model/ids.hpp"
#include "exchange/exchange.hpp"

namespace botbox::exchange {

class Wallet {
 public:
  using Slot = std::size_t;

  // The asset's place; made on first use.
  Slot slot(const Asset& asset);
  // May go below zero only in linear markets: a loss beyond the margin is owed, nobody is
  // liquidated.
  Decimal total(Slot slot) const { return purses_[slot].total; }
  Decimal locked(Slot slot) const { return purses_[slot].locked; }
  Decimal free(Slot slot) const { return purses_[slot].total - purses_[slot].locked; }
  void add(Slot slot, Decimal amount) { purses_[slot].total += amount; }
  void lock(Slot slot, Decimal amount) { purses_[slot].locked += amount; }

  // In the order of first use.
  std::vector<Balance> balances() const;

 private:
  struct Purse {
    Asset asset;
    Decimal total;
    Decimal locked;
  };
  std::vector<Purse> purses_;
};

}  // namespace botbox::exchange
