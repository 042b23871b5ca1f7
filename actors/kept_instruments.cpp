#include "actors/kept_instruments.hpp"

#include <set>

#include "storage/codec.hpp"
#include "storage/keys.hpp"

namespace botbox::actors {

KeptInstruments::KeptInstruments(std::string venue, std::vector<storage::KeptInstrument> rows)
    : venue_(std::move(venue)) {
  for (storage::KeptInstrument& row : rows) {
    const Symbol symbol = row.instrument.symbol;
    rows_.insert_or_assign(symbol, std::move(row));
  }
}

storage::WriteOps KeptInstruments::follow(const std::vector<Instrument>& listed, Timestamp now) {
  storage::WriteOps changes;
  std::set<Symbol> symbols;
  for (const Instrument& told : listed) {
    symbols.insert(told.symbol);
    const auto known = rows_.find(told.symbol);
    if (known != rows_.end() && known->second.instrument == told) continue;
    const storage::KeptInstrument row{venue_, told, now};
    changes.puts.push_back({storage::instrument_key(venue_, told.symbol), storage::encode(row)});
    rows_.insert_or_assign(told.symbol, row);
  }
  std::erase_if(rows_, [&](const auto& row) {
    if (symbols.contains(row.first)) return false;
    changes.deletes.push_back(storage::instrument_key(venue_, row.first));
    return true;
  });
  return changes;
}

}  // namespace botbox::actors
