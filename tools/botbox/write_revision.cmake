# cmake -DGIT=<git, or empty> -DSOURCE=<folder> -DOUTPUT=<file> -P write_revision.cmake
#
# Writes the function of build_facts.hpp that tells the revision of SOURCE. Runs at every build and
# leaves the file alone while it says the same, so that only a new revision compiles anything.
cmake_minimum_required(VERSION 3.25)
set(revision "")
# The build must not hold a lock that somebody's commit would meet.
set(ENV{GIT_OPTIONAL_LOCKS} 0)
if(GIT)
  # Of SOURCE itself: a tarball may have been unpacked within some other repository.
  execute_process(COMMAND ${GIT} rev-parse --show-prefix WORKING_DIRECTORY ${SOURCE}
                  RESULT_VARIABLE failed OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE
                  ERROR_QUIET)
  if(failed EQUAL 0 AND prefix STREQUAL "")
    execute_process(COMMAND ${GIT} describe --always --dirty --abbrev=12 --exclude=*
                    WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE revision
                    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT
"#include \"tools/botbox/build_facts.hpp\"

namespace botbox::cli {

std::string_view source_revision() { return \"@revision@\"; }

}  // namespace botbox::cli
")
