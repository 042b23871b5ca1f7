#include "tests/storage/support.hpp"

namespace botbox::storage::test {
namespace {
using Names = std::vector<std::string>;
using Value = std::optional<std::string>;
}  // namespace

TEST_CASE_TEMPLATE("a new store is empty and has no sequence", Home, MemoryHome, RocksHome) {
  Home home;
  CHECK(home.store().last_sequence() == 0);
  CHECK(must(home.store().get(row("a"))) == std::nullopt);
  CHECK(keys_of(home.store(), {.kind = Kind::kLimiter, .prefix = {}, .from = {}}).empty());
}

TEST_CASE_TEMPLATE("what is written is there, and still there after a reopen", Home, MemoryHome,
                   RocksHome) {
  Home home;
  write_next(home.store(), {{row("a"), "1"}, {row("b"), std::string("\0\xFF", 2)}, {row("c"), ""}});
  write_next(home.store(), {{row("a"), "2"}}, {row("b")});
  for (int open = 0; open < 2; ++open) {
    CHECK(must(home.store().get(row("a"))) == Value("2"));
    CHECK(must(home.store().get(row("b"))) == std::nullopt);
    CHECK(must(home.store().get(row("c"))) == Value(""));
    CHECK(home.store().last_sequence() == 2);
    home.reopen();
  }
}

TEST_CASE_TEMPLATE("within a batch the last put wins and deletes come after puts", Home, MemoryHome,
                   RocksHome) {
  Home home;
  write_next(home.store(), {{row("a"), "1"}, {row("a"), "2"}, {row("b"), "1"}}, {row("b")});
  CHECK(must(home.store().get(row("a"))) == Value("2"));
  CHECK(must(home.store().get(row("b"))) == std::nullopt);
}

TEST_CASE_TEMPLATE("kinds do not see each other's rows", Home, MemoryHome, RocksHome) {
  Home home;
  std::vector<Put> puts;
  for (const Kind kind : kAllKinds) puts.push_back({{kind, "same"}, std::string(to_string(kind))});
  write_next(home.store(), puts);
  for (const Put& put : puts) {
    CHECK(must(home.store().get(put.key)) == Value(put.value));
    const Names found = keys_of(home.store(), {.kind = put.key.kind, .prefix = "sa", .from = {}});
    CHECK(found == Names{"same"});
  }
}

TEST_CASE_TEMPLATE("a batch that does not follow the last one changes nothing", Home, MemoryHome,
                   RocksHome) {
  Home home;
  write_next(home.store(), {{row("a"), "1"}});
  for (const std::uint64_t sequence : {0, 1, 3}) {
    const auto refused = home.store().write({sequence, {{row("a"), "x"}}, {}});
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kInvalidInput);
  }
  CHECK(must(home.store().get(row("a"))) == Value("1"));
  write_next(home.store(), {{row("a"), "2"}});
  CHECK(must(home.store().get(row("a"))) == Value("2"));
}

TEST_CASE_TEMPLATE("scans keep to prefix, start, direction and limit", Home, MemoryHome,
                   RocksHome) {
  Home home;
  write_next(home.store(), {{row("a"), ""},
                            {row("b"), ""},
                            {row("b1"), ""},
                            {row("b2"), ""},
                            {row("b2x"), ""},
                            {row("b\xFF"), ""},
                            {row("c"), ""}});
  const auto scan = [&](std::string prefix, std::string from, bool reverse, std::size_t limit) {
    return keys_of(home.store(),
                   {Kind::kLimiter, std::move(prefix), std::move(from), reverse, limit});
  };
  CHECK(scan("", "", false, SIZE_MAX) == Names{"a", "b", "b1", "b2", "b2x", "b\xFF", "c"});
  CHECK(scan("", "", true, 2) == Names{"c", "b\xFF"});
  CHECK(scan("b", "", false, SIZE_MAX) == Names{"b", "b1", "b2", "b2x", "b\xFF"});
  CHECK(scan("b", "b2", false, SIZE_MAX) == Names{"b2", "b2x", "b\xFF"});
  CHECK(scan("b", "b2", true, SIZE_MAX) == Names{"b2", "b1", "b"});
  CHECK(scan("b", "b15", true, SIZE_MAX) == Names{"b1", "b"});
  CHECK(scan("b", "a", false, 1) == Names{"b"});
  CHECK(scan("b", "c", false, SIZE_MAX) == Names{});
  CHECK(scan("b", "c", true, 1) == Names{"b\xFF"});
  CHECK(scan("b", "a", true, SIZE_MAX) == Names{});
  CHECK(scan("b\xFF", "", false, SIZE_MAX) == Names{"b\xFF"});
  CHECK(scan("b", "", false, 0) == Names{});
}

TEST_CASE_TEMPLATE("a scan over many rows gives each once, in order, and can be ended", Home,
                   MemoryHome, RocksHome) {
  Home home;
  std::vector<Put> puts;
  for (std::uint64_t i = 0; i < 1000; ++i) puts.push_back({{Kind::kCandle, big_endian(i)}, "v"});
  write_next(home.store(), puts);
  for (const bool reverse : {false, true}) {
    std::vector<std::uint64_t> seen;
    must(home.store().scan({Kind::kCandle, "", "", reverse, SIZE_MAX},
                           [&](std::string_view key, std::string_view) {
                             seen.push_back(from_big_endian(key));
                             return seen.size() < 700;
                           }));
    REQUIRE(seen.size() == 700);
    for (std::uint64_t i = 0; i < 700; ++i) REQUIRE(seen[i] == (reverse ? 999 - i : i));
  }
}

TEST_CASE(
    "a memory store that failed refuses writes, and a reopen tells how the failed one ended") {
  for (const WriteFault fault : {WriteFault::kFailBefore, WriteFault::kFailAfter}) {
    auto medium = std::make_shared<MemoryMedium>();
    auto store = std::make_unique<MemoryStore>(medium);
    write_next(*store, {{row("a"), "1"}});
    medium->fault = [&](const WriteBatch&) { return fault; };
    const auto failed = store->write({2, {{row("a"), "2"}}, {}});
    medium->fault = {};
    REQUIRE(!failed);
    CHECK(failed.error().code == ErrorCode::kIo);
    CHECK(must(store->get(row("a"))) == Value("1"));
    CHECK(store->last_sequence() == 1);
    const auto refused = store->write({2, {{row("b"), "2"}}, {}});
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kIo);

    store = std::make_unique<MemoryStore>(medium);
    const bool is_durable = fault == WriteFault::kFailAfter;
    CHECK(must(store->get(row("a"))) == Value(is_durable ? "2" : "1"));
    CHECK(store->last_sequence() == (is_durable ? 2 : 1));
    write_next(*store, {{row("b"), "3"}});
  }
}

TEST_CASE_TEMPLATE("each open of a directory has its own process epoch and one installation id",
                   Home, MemoryHome, RocksHome) {
  Home home;
  CHECK(read_directory(home.store()).error().code == ErrorCode::kNotFound);
  CHECK(open_directory(home.store(), {}).error().code == ErrorCode::kInvalidInput);
  const DirectoryState first = must(open_directory(home.store(), {"one"}));
  CHECK(first.installation.value == "one");
  CHECK(first.process_epoch == 1);
  home.reopen();
  const DirectoryState second = must(open_directory(home.store(), {"two"}));
  CHECK(second.installation.value == "one");
  CHECK(second.process_epoch == 2);
  CHECK(must(read_directory(home.store())).process_epoch == 2);
}

TEST_CASE_TEMPLATE("a directory of a newer layout is refused and left as it is", Home, MemoryHome,
                   RocksHome) {
  Home home;
  must(open_directory(home.store(), {"one"}));
  write_next(home.store(), {{meta_key("schema_version"), big_endian(kSchemaVersion + 1)}});
  const std::uint64_t before = home.store().last_sequence();
  const auto refused = open_directory(home.store(), {"one"});
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::kNewerData);
  CHECK(refused.error().fix.find("upgrade botbox") != std::string::npos);
  CHECK(home.store().last_sequence() == before);
}

}  // namespace botbox::storage::test
