// From a stored event to the line that people are told: joined with the records that it names.
#pragma once

#include "engine/notify/notice.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

// notice_kind(event) must not be empty. A record that cannot be read is left out of the line.
Notice notice_of(const storage::Store& store, const Event& event);

}  // namespace botbox::actors
