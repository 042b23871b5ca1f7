#include "actors/dust.hpp"

#include "engine/model/difference.hpp"
#include "engine/model/position.hpp"
#include "storage/rows.hpp"

namespace botbox::actors {

Result<std::set<PositionId>> dust_positions(const storage::Store& store) {
  std::set<PositionId> dust;
  BOTBOX_TRY(storage::visit_all<Difference>(
      store, storage::Kind::kDifference, [&](std::string_view, Difference&& difference) {
        if (difference.kind == DifferenceKind::kDust && !is_over(difference.state))
          dust.insert(difference.position);
      }));
  return dust;
}

void mark_dust(nlohmann::ordered_json& position, const std::set<PositionId>& dust) {
  const bool is_let_go = position.at("status") == to_string(PositionStatus::kClosed) &&
                         position.at("quantity") != to_string(Quantity{});
  position["dust"] = is_let_go || dust.contains({position.at("id").get<std::string>()});
}

}  // namespace botbox::actors
