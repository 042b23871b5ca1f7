// The files of tools/report, which the build puts into the program byte for byte.
#pragma once

#include <string_view>

namespace botbox::cli {

struct ReportAssets {
  std::string_view page;
  std::string_view style;
  std::string_view script;
};
const ReportAssets& report_assets();

}  // namespace botbox::cli
