// [admin]: the port of `botboxctl`.
#include "tests/tools_config/support.hpp"
#include "tools/config/masked_text.hpp"

namespace botbox::config::test {

TEST_CASE("the admin port is open on any port, unless it is said otherwise") {
  CHECK(good(good_config()).admin == AdminSection{.is_enabled = true, .port = 0});
  const EngineConfig config = good("[admin]\nenabled = false\nport = 4711\n" + good_config());
  CHECK(config.admin == AdminSection{.is_enabled = false, .port = 4711});
  // What is shown is a configuration that says the same.
  CHECK(good(to_masked_text(config)).admin == config.admin);
}

TEST_CASE("the admin port has no address: it is this machine's alone") {
  CHECK_FALSE(problems_of("[admin]\naddress = \"0.0.0.0\"\n" + good_config()).empty());
  CHECK_FALSE(problems_of("[admin]\nport = 70000\n" + good_config()).empty());
}

}  // namespace botbox::config::test
