// The head of a stored event, looked at before the whole of it is decoded: walks over the log want
// few of its events, and an event is five texts.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "engine/model/event.hpp"
#include "engine/result.hpp"
#include "storage/store.hpp"

namespace botbox::storage {

// Points into the row, or into an event; good for one call.
struct EventHead {
  std::uint64_t sequence = 0;
  Timestamp at;
  std::string_view kind;
  std::string_view bot;
  std::string_view subject;
};

enum class HeadVerdict : std::uint8_t { kSkip, kRead, kEnd };

// Events of `range`, whose kind is kEvent, in its order. `look` says which are read, and `visit`,
// which gets those, whether the walk goes on. A row whose head cannot be read is decoded to say
// what is wrong with it. Errors: those of the store, kCorruption, kNewerData.
Result<void> visit_events(const Store& store, const ScanRange& range,
                          const std::function<HeadVerdict(const EventHead&)>& look,
                          const std::function<bool(Event&&)>& visit);

}  // namespace botbox::storage
