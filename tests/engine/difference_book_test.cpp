// The life of a difference between the first look that shows it and its end.
#include "engine/execution/difference_book.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox {
namespace {

using Kind = DifferenceKind;
using State = DifferenceState;
using Choice = DifferenceDecision;
using Bots = std::set<BotId>;

constexpr Timestamp kNoon = testing::opens(0);
constexpr Duration kConfirm{5'000};
constexpr Timestamp at_second(std::int64_t second) { return kNoon + Duration{1'000} * second; }

Difference external(std::int64_t size, const std::string& symbol = "BTC/USDT:USDT",
                    Kind kind = Kind::kExternalPosition) {
  Difference made;
  made.kind = kind;
  made.symbol = {symbol};
  made.theirs = Decimal::from_int(size);
  made.id = difference_id(made);
  return made;
}
Comparison look(std::vector<Difference> found) {
  Comparison compared;
  compared.found = std::move(found);
  for (std::size_t kind = 0; kind < kDifferenceKinds; ++kind)
    compared.compared.insert(static_cast<Kind>(kind));
  return compared;
}
DifferenceBook book(Choice decision = Choice::kWait, std::vector<Difference> stored = {}) {
  ReconciliationRules rules;
  rules.decisions.fill(decision);
  return {{"installation"}, rules, kConfirm, std::move(stored)};
}

}  // namespace

TEST_CASE("a difference is recorded once, when it has stood long enough") {
  DifferenceBook differences = book();
  CHECK(differences.on_look(look({external(1)}), at_second(0)).empty());
  CHECK(differences.is_unsettled());
  CHECK(differences.on_look(look({external(1)}), at_second(3)).empty());
  const auto recorded = differences.on_look(look({external(1)}), at_second(5));
  REQUIRE(recorded.size() == 1);
  CHECK(recorded.front().state == State::kWaiting);
  CHECK(recorded.front().found_at == at_second(5));
  CHECK_FALSE(differences.is_unsettled());
  for (int second = 6; second < 60; ++second)
    CHECK(differences.on_look(look({external(1)}), at_second(second)).empty());
}

TEST_CASE("what existed between two looks only is never recorded") {
  DifferenceBook differences = book();
  for (int second = 0; second < 60; second += 3) {
    CHECK(differences.on_look(look({external(second + 1)}), at_second(second)).empty());
    CHECK(differences.is_unsettled());
  }
  CHECK(differences.on_look(look({}), at_second(60)).empty());
  CHECK_FALSE(differences.is_unsettled());
}

TEST_CASE("what another bot trades up and down is told after a minute, and its symbol stays held") {
  DifferenceBook differences = book();
  for (int second = 0; second < 60; second += 2) {
    CHECK(differences.on_look(look({external(second + 1)}), at_second(second)).empty());
    CHECK(differences.is_in_question());
  }
  const auto recorded = differences.on_look(look({external(61)}), at_second(60));
  REQUIRE(recorded.size() == 1);
  CHECK(recorded.front().theirs == Decimal::from_int(61));
  CHECK_FALSE(differences.is_in_question());
  // It changes on, and ends its record; nothing of the symbol leaves until it stands still or goes.
  for (int second = 62; second < 100; second += 2) {
    differences.on_look(look({external(second + 1)}), at_second(second));
    CHECK(differences.holds().symbols == std::set<Symbol>{{"BTC/USDT:USDT"}});
    CHECK(differences.is_unsettled());
    CHECK_FALSE(differences.is_in_question());
  }
  CHECK(differences.standing().empty());
  Comparison doubtful = look({});
  doubtful.in_doubt.insert({"BTC/USDT:USDT"});
  differences.on_look(doubtful, at_second(100));
  CHECK_FALSE(differences.holds().symbols.empty());
  differences.on_look(look({}), at_second(102));
  CHECK(differences.holds() == DifferenceBook::Holds{});
}

TEST_CASE("orders of others that come and go are no question, however many") {
  DifferenceBook differences = book();
  for (int second = 0; second < 200; second += 2) {
    const Difference order = external(second + 1, "BTC/USDT:USDT", Kind::kExternalOrder);
    CHECK(differences.on_look(look({order}), at_second(second)).empty());
    CHECK(differences.is_unsettled());
    CHECK_FALSE(differences.is_in_question());
    CHECK(differences.holds() == DifferenceBook::Holds{});
  }
}

TEST_CASE("a restart finds the same difference under its record and records nothing anew") {
  DifferenceBook before = book();
  before.on_look(look({external(1)}), at_second(0));
  const auto recorded = before.on_look(look({external(1)}), at_second(5));
  DifferenceBook after = book(Choice::kWait, recorded);
  CHECK(after.on_look(look({external(1)}), at_second(100)).empty());
  CHECK(after.on_look(look({external(1)}), at_second(200)).empty());
  const auto gone = after.on_look(look({}), at_second(300));
  REQUIRE(gone.size() == 1);
  CHECK(gone.front().id == recorded.front().id);
  CHECK(gone.front().state == State::kGone);
}

TEST_CASE("what comes back after its end is a new occurrence with an id of its own") {
  DifferenceBook differences = book();
  std::set<DifferenceId> ids;
  for (int round = 0; round < 5; ++round) {
    differences.on_look(look({external(1)}), at_second(round * 100));
    const auto recorded = differences.on_look(look({external(1)}), at_second(round * 100 + 5));
    REQUIRE(recorded.size() == 1);
    CHECK(ids.insert(recorded.front().id).second);
    CHECK(recorded.front().occurrence == static_cast<std::uint32_t>(round));
    differences.on_look(look({}), at_second(round * 100 + 50));
  }
}

TEST_CASE("nothing ends by a look that did not look at it") {
  DifferenceBook differences = book();
  differences.on_look(look({external(1)}), at_second(0));
  differences.on_look(look({external(1)}), at_second(5));
  CHECK(differences.on_look(Comparison{}, at_second(10)).empty());
  Comparison doubtful = look({});
  doubtful.in_doubt.insert({"BTC/USDT:USDT"});
  CHECK(differences.on_look(doubtful, at_second(15)).empty());
  CHECK(differences.standing().size() == 1);
}

TEST_CASE("what a decision does, and what it holds back") {
  struct Row {
    Choice decision;
    State state;
    bool holds;
    State end;
  };
  const Row rows[] = {{Choice::kWait, State::kWaiting, true, State::kGone},
                      {Choice::kFlatten, State::kActing, true, State::kResolved},
                      {Choice::kIgnore, State::kIgnored, false, State::kGone},
                      {Choice::kHalt, State::kHalted, true, State::kGone}};
  for (const Row& row : rows) {
    CAPTURE(to_string(row.decision));
    for (const bool by_operator : {false, true}) {
      DifferenceBook differences = book(by_operator ? Choice::kWait : row.decision);
      differences.on_look(look({external(1)}), at_second(0));
      const auto recorded = differences.on_look(look({external(1)}), at_second(5));
      REQUIRE(recorded.size() == 1);
      Difference difference = recorded.front();
      if (by_operator)
        difference =
            differences.decide(difference.id, row.decision, "cli:alice", at_second(6)).value();
      CHECK(difference.state == row.state);
      if (row.decision != Choice::kWait)
        CHECK(difference.decided_by == (by_operator ? "cli:alice" : "config"));
      CHECK(differences.holds().symbols.empty() == !row.holds);
      CHECK_FALSE(differences.holds().all);
      const auto ended = differences.on_look(look({}), at_second(10));
      REQUIRE(ended.size() == 1);
      CHECK(ended.front().state == row.end);
      CHECK(differences.holds() == DifferenceBook::Holds{});
    }
  }
}

TEST_CASE("decisions that a kind does not know, or that come too late, are refused") {
  DifferenceBook differences = book();
  differences.on_look(look({external(1)}), at_second(0));
  const DifferenceId id = differences.on_look(look({external(1)}), at_second(5)).front().id;
  CHECK(differences.decide({"no such"}, Choice::kIgnore, "x", kNoon).error().code ==
        ErrorCode::kNotFound);
  CHECK(differences.decide(id, Choice::kAdopt, "x", kNoon).error().code ==
        ErrorCode::kInvalidInput);
  differences.on_look(look({}), at_second(10));
  CHECK(differences.decide(id, Choice::kIgnore, "x", kNoon).error().code ==
        ErrorCode::kInvalidInput);
}

TEST_CASE("a reduction is adopted only where one position of ours is meant") {
  Difference reduced = external(1, "BTC/USDT:USDT", Kind::kPositionReduced);
  DifferenceBook differences = book(Choice::kAdopt);
  differences.on_look(look({reduced}), at_second(0));
  const auto waiting = differences.on_look(look({reduced}), at_second(5));
  REQUIRE(waiting.size() == 1);
  CHECK(waiting.front().state == State::kWaiting);
  CHECK_FALSE(differences.decide(waiting.front().id, Choice::kAdopt, "x", kNoon).has_value());
  reduced.position = {"p1"};
  differences.on_look(look({reduced}), at_second(10));
  CHECK(differences.on_look(look({reduced}), at_second(15)).front().state == State::kActing);
}

namespace {

constexpr const char* kBitcoin = "BTC/USDT";

Difference coins(std::int64_t known, std::int64_t beyond) {
  Difference made = external(beyond, kBitcoin, Kind::kHoldingLarger);
  made.ours = Decimal::from_int(known);
  made.id = difference_id(made);
  return made;
}
Comparison look_at_coins(std::vector<Difference> found) {
  Comparison looked = look(std::move(found));
  looked.coins.insert({"BTC"});
  return looked;
}
Decimal known_bitcoin(const DifferenceBook& differences) {
  const auto known = differences.known_coins();
  const auto of = known.find({"BTC"});
  return of == known.end() ? Decimal{} : of->second;
}

}  // namespace

TEST_CASE("coins that are there before the first trade are known, and recorded once") {
  DifferenceBook differences = book();
  const auto begun = differences.on_look(look_at_coins({coins(0, 5)}), at_second(0));
  REQUIRE(begun.size() == 1);
  CHECK(begun.front().state == State::kResolved);
  CHECK(begun.front().decision == Choice::kAdopt);
  CHECK(begun.front().decided_by == "engine");
  CHECK_FALSE(differences.is_unsettled());
  CHECK(known_bitcoin(differences) == Decimal::from_int(5));
  CHECK(differences.on_look(look_at_coins({}), at_second(10)).empty());
  // More of them is news from now on, also in a later life.
  for (const bool restarted : {false, true}) {
    DifferenceBook later = restarted ? book(Choice::kWait, begun) : differences;
    CHECK(later.on_look(look_at_coins({coins(5, 8)}), at_second(20)).empty());
    const auto news = later.on_look(look_at_coins({coins(5, 8)}), at_second(25));
    REQUIRE(news.size() == 1);
    CHECK(news.front().state == State::kWaiting);
    CHECK(later.holds() == DifferenceBook::Holds{});
    CHECK(known_bitcoin(later) == Decimal::from_int(5));
    const auto adopted =
        later.decide(news.front().id, Choice::kAdopt, "cli:alice", at_second(30)).value();
    CHECK(adopted.state == State::kActing);
    CHECK(known_bitcoin(later) == Decimal::from_int(8));
    const auto ended = later.on_look(look_at_coins({}), at_second(35));
    REQUIRE(ended.size() == 1);
    CHECK(ended.front().state == State::kResolved);
    CHECK(known_bitcoin(later) == Decimal::from_int(8));
  }
}

TEST_CASE("coins of which there were none at the first look, or that were traded, are news") {
  for (const bool was_traded : {false, true}) {
    DifferenceBook differences = book();
    if (was_traded)
      differences.set_traded({{"BTC"}});
    else
      differences.on_look(look_at_coins({}), at_second(0));
    CHECK(differences.on_look(look_at_coins({coins(0, 5)}), at_second(10)).empty());
    const auto news = differences.on_look(look_at_coins({coins(0, 5)}), at_second(15));
    REQUIRE(news.size() == 1);
    CHECK(news.front().state == State::kWaiting);
    CHECK(known_bitcoin(differences).is_zero());
    const auto sold = differences.decide(news.front().id, Choice::kFlatten, "x", at_second(20));
    REQUIRE(sold.has_value());
    CHECK_FALSE(sold->action_order.empty());
    CHECK(known_bitcoin(differences).is_zero());
  }
}

TEST_CASE(
    "another leverage or margin mode that is adopted is expected from then on, restart or not") {
  for (const Kind kind : {Kind::kLeverage, Kind::kMarginMode})
    for (const bool by_operator : {false, true}) {
      CAPTURE(to_string(kind));
      Difference other = external(3, "BTC/USDT:USDT", kind);
      other.ours = Decimal::from_int(5);
      other.id = difference_id(other);
      DifferenceBook differences = book(by_operator ? Choice::kWait : Choice::kAdopt);
      differences.on_look(look({other}), at_second(0));
      Difference adopted = differences.on_look(look({other}), at_second(5)).front();
      CHECK(differences.accepted_terms().empty() == by_operator);
      if (by_operator)
        adopted = differences.decide(adopted.id, Choice::kAdopt, "cli:alice", at_second(6)).value();
      CHECK(adopted.state == State::kActing);
      CHECK(differences.accepted_terms() == std::set<DifferenceId>{other.id});
      const auto ended = differences.on_look(look({}), at_second(10));
      REQUIRE(ended.size() == 1);
      CHECK(ended.front().state == State::kResolved);
      CHECK(book(Choice::kWait, ended).accepted_terms() == std::set<DifferenceId>{other.id});
    }
}

TEST_CASE("dust that the records let go of is known, if it was not among the first coins") {
  const auto dust = [](std::int64_t second) {
    Difference made = external(0, kBitcoin, Kind::kDust);
    made.position = {"p" + std::to_string(second)};
    made.ours = Decimal::from_int(1);
    made.id = difference_id(made);
    made.state = State::kResolved;
    made.decision = Choice::kAdopt;
    made.decided_at = at_second(second);
    return made;
  };
  CHECK(known_bitcoin(book(Choice::kWait, {dust(1), dust(2)})) == Decimal::from_int(2));
  Difference begun = coins(0, 5);
  begun.state = State::kResolved;
  begun.decision = Choice::kAdopt;
  begun.decided_at = at_second(2);
  CHECK(known_bitcoin(book(Choice::kWait, {dust(1), begun, dust(3)})) == Decimal::from_int(6));

  DifferenceBook differences = book(Choice::kWait, {dust(1)});
  Difference standing = dust(4);
  standing.state = State::kWaiting;
  CHECK_FALSE(differences.learn_let_go({dust(1), standing, coins(0, 5)}));
  CHECK(differences.learn_let_go({dust(1), dust(2), standing}));
  CHECK(known_bitcoin(differences) == Decimal::from_int(2));
  CHECK_FALSE(differences.learn_let_go({dust(1), dust(2)}));
  CHECK(differences.standing().empty());
}

TEST_CASE("a position of nobody is adopted by the bot of its symbol, or by the one that is named") {
  const Symbol symbol{"BTC/USDT:USDT"};
  for (const bool by_operator : {false, true}) {
    DifferenceBook differences = book(by_operator ? Choice::kWait : Choice::kAdopt);
    differences.set_traders({{symbol, Bots{{"one"}}}, {Symbol{"ETH/USDT:USDT"}, Bots{{"other"}}}});
    differences.on_look(look({external(1)}), at_second(0));
    Difference adopted = differences.on_look(look({external(1)}), at_second(5)).front();
    if (by_operator)
      adopted = differences.decide(adopted.id, Choice::kAdopt, "cli:alice", at_second(6)).value();
    CHECK(adopted.state == State::kActing);
    CHECK(adopted.adopter.value == "one");
    CHECK(adopted.action_order.empty());
    const auto ended = differences.on_look(look({}), at_second(10));
    REQUIRE(ended.size() == 1);
    CHECK(ended.front().state == State::kResolved);
  }
  DifferenceBook differences = book(Choice::kAdopt);
  differences.set_traders({{symbol, Bots{{"one"}, {"two"}}}});
  differences.on_look(look({external(1)}), at_second(0));
  const Difference waiting = differences.on_look(look({external(1)}), at_second(5)).front();
  CHECK(waiting.state == State::kWaiting);
  const auto decide = [&](const char* bot, Choice choice = Choice::kAdopt) {
    return differences.decide(waiting.id, choice, "cli:alice", at_second(6), {bot});
  };
  CHECK(decide("").error().code == ErrorCode::kInvalidInput);
  CHECK(decide("three").error().code == ErrorCode::kInvalidInput);
  CHECK(decide("two", Choice::kIgnore).error().code == ErrorCode::kInvalidInput);
  REQUIRE(decide("two").has_value());
  CHECK(decide("two")->adopter.value == "two");
  CHECK(decide("", Choice::kWait)->adopter.empty());
}

TEST_CASE("what was added to a position is adopted by the bot that has it, and by no other") {
  Difference larger = external(3, "BTC/USDT:USDT", Kind::kPositionLarger);
  larger.ours = Decimal::from_int(1);
  larger.bot = {"one"};
  larger.position = {"p1"};
  larger.id = difference_id(larger);
  DifferenceBook differences = book();
  differences.set_traders({{larger.symbol, Bots{{"one"}, {"two"}}}});
  differences.on_look(look({larger}), at_second(0));
  const DifferenceId id = differences.on_look(look({larger}), at_second(5)).front().id;
  CHECK_FALSE(differences.decide(id, Choice::kAdopt, "x", kNoon, {"two"}).has_value());
  CHECK(differences.decide(id, Choice::kAdopt, "x", kNoon)->adopter.value == "one");
  // Several have one: the operator names whose it becomes.
  Difference shared = larger;
  shared.bot = {};
  shared.position = {};
  shared.id = difference_id(shared);
  DifferenceBook others = book(Choice::kAdopt);
  others.set_traders({{shared.symbol, Bots{{"one"}, {"two"}}}});
  others.on_look(look({shared}), at_second(0));
  const Difference waiting = others.on_look(look({shared}), at_second(5)).front();
  CHECK(waiting.state == State::kWaiting);
  CHECK_FALSE(others.decide(waiting.id, Choice::kAdopt, "x", kNoon).has_value());
  CHECK(others.decide(waiting.id, Choice::kAdopt, "x", kNoon, {"two"})->adopter.value == "two");
}

TEST_CASE("nothing is adopted at an exchange that would place no stop for it") {
  DifferenceBook differences = book(Choice::kAdopt);
  differences.set_traders({{Symbol{"BTC/USDT:USDT"}, Bots{{"one"}}}});
  differences.refuse_positions();
  differences.on_look(look({external(1)}), at_second(0));
  const Difference waiting = differences.on_look(look({external(1)}), at_second(5)).front();
  CHECK(waiting.state == State::kWaiting);
  CHECK_FALSE(differences.decide(waiting.id, Choice::kAdopt, "x", at_second(6)).has_value());
  CHECK(differences.decide(waiting.id, Choice::kFlatten, "x", at_second(6)).has_value());
}

TEST_CASE("a refused adoption goes back to the operator, who may name another bot") {
  const Symbol symbol{"BTC/USDT:USDT"};
  DifferenceBook differences = book(Choice::kAdopt);
  differences.set_traders({{symbol, Bots{{"one"}}}});
  differences.on_look(look({external(1)}), at_second(0));
  const DifferenceId id = differences.on_look(look({external(1)}), at_second(5)).front().id;
  const auto refused = differences.on_refused(id, "bot one cannot take it in", at_second(6));
  REQUIRE(refused.has_value());
  CHECK(refused->state == State::kWaiting);
  CHECK(refused->adopter.empty());
  CHECK(refused->detail == "adoption was refused: bot one cannot take it in");
  CHECK(differences.on_look(look({external(1)}), at_second(10)).empty());
  differences.set_traders({{symbol, Bots{{"one"}, {"two"}}}});
  const auto again = differences.decide(id, Choice::kAdopt, "cli:alice", at_second(11), {"two"});
  REQUIRE(again.has_value());
  CHECK(again->adopter.value == "two");
}

TEST_CASE("a refused flatten goes back to the operator, and its next try is another order") {
  DifferenceBook differences = book(Choice::kFlatten);
  differences.on_look(look({external(1)}), at_second(0));
  const DifferenceId id = differences.on_look(look({external(1)}), at_second(5)).front().id;
  const auto refused = differences.on_refused(id, "no margin", at_second(6));
  REQUIRE(refused.has_value());
  CHECK(refused->state == State::kWaiting);
  CHECK(refused->attempts == 1);
  CHECK(refused->detail.find("no margin") != std::string::npos);
  CHECK_FALSE(differences.on_refused(id, "again", at_second(7)).has_value());
  const auto again = differences.decide(id, Choice::kFlatten, "cli:alice", at_second(8));
  REQUIRE(again.has_value());
  CHECK_FALSE(again->action_order.empty());
  CHECK(again->action_order != refused->action_order);
  // Both are orders of ours: neither is taken for somebody else's.
  CHECK(differences.action_orders().contains(again->action_order));
}

TEST_CASE("hedge mode holds every entry, a foreign order none") {
  DifferenceBook differences = book();
  const Difference mode = external(0, "", Kind::kPositionMode);
  const Difference order = external(1, "BTC/USDT", Kind::kExternalOrder);
  differences.on_look(look({mode, order}), at_second(0));
  CHECK(differences.on_look(look({mode, order}), at_second(5)).size() == 2);
  CHECK(differences.holds().all);
  CHECK(differences.holds().symbols.empty());
  CHECK(differences.why_all_held().starts_with("POSITION_MODE: "));
  differences.on_look(look({order}), at_second(10));
  CHECK(differences.why_all_held().empty());
}

TEST_CASE("whatever comes and goes, each difference is recorded once and ends once") {
  testing::SeededRuns runs;
  INFO("seed " << runs.seed());
  for (int run = 0; run < 50; ++run) {
    DifferenceBook differences = book(runs.one_in(2) ? Choice::kWait : Choice::kFlatten);
    std::map<DifferenceId, Difference> durable;
    std::map<std::int64_t, bool> present;
    for (int second = 0; second < 300; second += 2) {
      std::vector<Difference> found;
      for (std::int64_t size = 1; size <= 4; ++size) {
        if (runs.one_in(12)) present[size] = !present[size];
        if (present[size]) found.push_back(external(size));
      }
      if (runs.one_in(20)) {  // a restart keeps what is durable and nothing else
        std::vector<Difference> stored;
        for (const auto& [id, difference] : durable) stored.push_back(difference);
        differences = book(Choice::kWait, stored);
      }
      for (const Difference& changed : differences.on_look(look(found), at_second(second))) {
        const auto known = durable.find(changed.id);
        if (known == durable.end()) {
          CHECK_FALSE(is_over(changed.state));
        } else {
          CHECK_FALSE(is_over(known->second.state));
          CHECK(is_over(changed.state));
        }
        durable[changed.id] = changed;
      }
      std::set<std::string> open;
      for (const auto& [id, difference] : durable) {
        if (is_over(difference.state)) continue;
        // At most one record of one thing stands, and only while the thing exists.
        CHECK(open.insert(to_string(difference.theirs)).second);
        CHECK(std::any_of(found.begin(), found.end(), [&](const Difference& there) {
          return there.theirs == difference.theirs;
        }));
      }
    }
  }
}

}  // namespace botbox
