#include "engine/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace botbox {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "botbox: bug: assertion '%s' failed at %s:%d; stopping, state is on disk\n",
               expression, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace botbox
