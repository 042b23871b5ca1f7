// The page's files, which the build puts into the program byte for byte.
#pragma once

#include <string_view>
#include <vector>

namespace botbox::cli {

struct DashboardAsset {
  std::string_view path;  // "/", "/assets/app.js"
  std::string_view content_type;
  std::string_view bytes;
};

// Empty in a build without a page.
const std::vector<DashboardAsset>& dashboard_assets();

}  // namespace botbox::cli
