#include "tests/simulation/trace.hpp"

#include <fmt/format.h>

namespace botbox::simulation {

std::string Trace::last() const {
  std::string text;
  for (const Noted& noted : last_)
    text += fmt::format("  {}  {}\n", to_iso8601(noted.at), noted.text);
  return text;
}

}  // namespace botbox::simulation
