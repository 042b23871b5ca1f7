// KeptInstrument: what a venue said last of one of its instruments, for whoever reads a data
// directory without asking the venue. An engine trades by the venue's own answer alone.
#pragma once

#include <string>

#include "engine/model/instrument.hpp"
#include "engine/model/time.hpp"

namespace botbox::storage {

struct KeptInstrument {
  std::string venue;  // as the configuration names it: "binance-spot"
  Instrument instrument;
  Timestamp since;  // when the venue first said just this

  bool operator==(const KeptInstrument&) const = default;
};

}  // namespace botbox::storage
