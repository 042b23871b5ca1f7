// ENGINE_ASSERT: a broken invariant is a bug. The process says which one and ends; the next start
// rebuilds every bot from storage. On in every build, release included.
#pragma once

namespace botbox {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}  // namespace botbox

#define ENGINE_ASSERT(expression)                       \
  (static_cast<bool>(expression) ? static_cast<void>(0) \
                                 : ::botbox::assertion_failed(#expression, __FILE__, __LINE__))
