# botbox_embed_dashboard(<source>): writes a source that defines dashboard_assets() with the files of
# the target botbox_dashboard_assets, where there is one.
function(botbox_embed_dashboard source)
  set(declarations "")
  set(rows "")
  set(inputs "")
  if(TARGET botbox_dashboard_assets)
    get_target_property(directory botbox_dashboard_assets BOTBOX_ASSET_DIR)
    get_target_property(files botbox_dashboard_assets BOTBOX_ASSET_FILES)
    set(number 0)
    foreach(file ${files})
      set(path ${directory}/${file})
      list(APPEND inputs ${path})
      set(name botbox_asset_${number})
      math(EXPR number "${number} + 1")
      # The assembler copies the bytes; a string in the source would have to be written and read.
      string(APPEND declarations
             "__asm__(\".pushsection .rodata\\n.global ${name}\\n${name}:\\n.incbin \\\"${path}\\\"\\n\"\n"
             "        \".global ${name}_end\\n${name}_end:\\n.byte 0\\n.popsection\\n\");\n"
             "extern \"C\" const char ${name}[];\nextern \"C\" const char ${name}_end[];\n")
      set(url "/assets/${file}")
      if(file STREQUAL "index.html")
        set(url "/")
      endif()
      get_filename_component(extension ${file} LAST_EXT)
      set(type "application/octet-stream")
      if(extension STREQUAL ".html")
        set(type "text/html; charset=utf-8")
      elseif(extension STREQUAL ".js" OR extension STREQUAL ".mjs")
        set(type "text/javascript; charset=utf-8")
      elseif(extension STREQUAL ".css")
        set(type "text/css; charset=utf-8")
      elseif(extension STREQUAL ".svg")
        set(type "image/svg+xml")
      elseif(extension STREQUAL ".txt")
        set(type "text/plain; charset=utf-8")
      elseif(extension STREQUAL ".json" OR extension STREQUAL ".webmanifest")
        set(type "application/json")
      elseif(extension STREQUAL ".png")
        set(type "image/png")
      elseif(extension STREQUAL ".woff2")
        set(type "font/woff2")
      endif()
      string(APPEND rows "      {\"${url}\", \"${type}\",\n"
             "       {${name}, static_cast<std::size_t>(${name}_end - ${name})}},\n")
    endforeach()
  endif()
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [=[
#include "tools/botbox/dashboard_assets.hpp"

@declarations@
namespace botbox::cli {

const std::vector<DashboardAsset>& dashboard_assets() {
  static const std::vector<DashboardAsset> assets{
@rows@  };
  return assets;
}

}  // namespace botbox::cli
]=])
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${inputs}"
                              SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# botbox_embed_report(<source> <folder>): writes a source that defines report_assets() with the files
# of <folder>.
function(botbox_embed_report source folder)
  set(declarations "")
  set(inputs "")
  foreach(file page.html page.css page.js)
    get_filename_component(extension ${file} LAST_EXT)
    string(SUBSTRING ${extension} 1 -1 name)
    set(name botbox_report_${name})
    list(APPEND inputs ${folder}/${file})
    string(APPEND declarations
           "__asm__(\".pushsection .rodata\\n.global ${name}\\n${name}:\\n.incbin \\\"${folder}/${file}\\\"\\n\"\n"
           "        \".global ${name}_end\\n${name}_end:\\n.byte 0\\n.popsection\\n\");\n"
           "extern \"C\" const char ${name}[];\nextern \"C\" const char ${name}_end[];\n")
  endforeach()
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [=[
#include "tools/botbox/report_assets.hpp"

@declarations@
namespace botbox::cli {
namespace {

std::string_view text_of(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

const ReportAssets& report_assets() {
  static const ReportAssets assets{text_of(botbox_report_html, botbox_report_html_end),
                                   text_of(botbox_report_css, botbox_report_css_end),
                                   text_of(botbox_report_js, botbox_report_js_end)};
  return assets;
}

}  // namespace botbox::cli
]=])
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${inputs}"
                              SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
