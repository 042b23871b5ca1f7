# cmake -DGIT=<git, or empty> -DSCRIPT=<write_revision.cmake> -DFOLDER=<to work in> -P this
#
# The revision is that of the moment of the build, it is empty where there is none, and its file is
# left alone while it says the same.
cmake_minimum_required(VERSION 3.25)
set(output ${FOLDER}/revision.cpp)

function(expect_revision git source wanted)
  execute_process(COMMAND ${CMAKE_COMMAND} -DGIT=${git} -DSOURCE=${source} -DOUTPUT=${output}
                          -P ${SCRIPT} COMMAND_ERROR_IS_FATAL ANY)
  file(READ ${output} text)
  string(FIND "${text}" "return \"${wanted}\";" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "not the revision '${wanted}' of ${source}:\n${text}")
  endif()
endfunction()

function(make_old)
  execute_process(COMMAND touch -d 2001-02-03 ${output} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(expect_old wanted)
  file(TIMESTAMP ${output} year "%Y" UTC)
  set(is_old OFF)
  if(year STREQUAL "2001")
    set(is_old ON)
  endif()
  if(NOT is_old STREQUAL wanted)
    message(FATAL_ERROR "was the file left alone? ${is_old} instead of ${wanted}")
  endif()
endfunction()

function(in_repository)
  execute_process(COMMAND ${GIT} -c user.name=test -c user.email=test@localhost
                          -c commit.gpgsign=false ${ARGN}
                  WORKING_DIRECTORY ${FOLDER}/repository OUTPUT_VARIABLE said
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(said "${said}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${FOLDER})
file(WRITE ${FOLDER}/repository/file.txt "one\n")
expect_revision("" ${FOLDER}/repository "")
expect_revision(${FOLDER}/no_such_git ${FOLDER}/repository "")
if(NOT GIT)
  message("git is not here: the rest is skipped")
  return()
endif()

in_repository(init -q)
expect_revision(${GIT} ${FOLDER}/repository "")  # nothing has been committed
in_repository(add file.txt)
in_repository(commit -q -m "One")
in_repository(rev-parse --short=12 HEAD)
set(first ${said})
expect_revision(${GIT} ${FOLDER}/repository ${first})
make_old()
expect_revision(${GIT} ${FOLDER}/repository ${first})
expect_old(ON)
file(WRITE ${FOLDER}/repository/file.txt "two\n")
expect_revision(${GIT} ${FOLDER}/repository ${first}-dirty)
expect_old(OFF)
in_repository(commit -q -a -m "Two")
in_repository(rev-parse --short=12 HEAD)
expect_revision(${GIT} ${FOLDER}/repository ${said})
# What was unpacked there is something else.
file(WRITE ${FOLDER}/repository/unpacked/file.txt "")
expect_revision(${GIT} ${FOLDER}/repository/unpacked "")
