// KeptInstruments: the rows of the data directory that say what the venue lists, one a symbol. Only
// what changed is written, as a venue lists thousands.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/model/instrument.hpp"
#include "storage/commit.hpp"
#include "storage/kept_instrument.hpp"

namespace botbox::actors {

class KeptInstruments {
 public:
  // `rows`: as they are stored, of this venue.
  KeptInstruments(std::string venue, std::vector<storage::KeptInstrument> rows);

  // What has to be written so that the rows are what the venue lists now; empty: nothing.
  storage::WriteOps follow(const std::vector<Instrument>& listed, Timestamp now);

 private:
  std::string venue_;
  std::map<Symbol, storage::KeptInstrument> rows_;
};

}  // namespace botbox::actors
