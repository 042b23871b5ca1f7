# cmake -DNPM= -DNODE= -DSOURCE= -DWORK= -DTARGET= -P install_vendor.cmake
# Installs the packages of SOURCE/package-lock.json into WORK and copies their ready-made files to
# TARGET. Where npm is missing or its registry does not answer, says what to do and makes a page
# that says so; the engine is built all the same. WORK/refused remembers that npm was refused, since
# it takes a minute to be refused again: tools/dashboard/npm_refusal says when npm is asked anew.
# Another package-lock.json is asked for at once.
function(do_without)
  string(JOIN "" why ${ARGV})
  message(WARNING "The dashboard is left out of this build. ${why}")
  file(MAKE_DIRECTORY ${TARGET})
  # The modules find what they import, and then the reason, which early.js shows.
  file(WRITE ${TARGET}/preact.js
       "const nothing = null;\nexport {nothing as html, nothing as render, nothing as useCallback, "
       "nothing as useEffect,\n        nothing as useLayoutEffect, nothing as useRef, nothing as "
       "useState};\nthrow new Error('This build has no dashboard: npm could not install its parts. "
       "Build again where npm works: BOTBOX_NPM=retry tools/build');\n")
  foreach(name charts.js uplot.js uplot.css licences.txt)
    file(WRITE ${TARGET}/${name} "")
  endforeach()
endfunction()

if(NOT NPM OR NOT NODE OR NPM MATCHES "NOTFOUND" OR NODE MATCHES "NOTFOUND")
  do_without("It needs node and npm, which were not found when this tree was configured.\n"
             "  Install them with tools/setup, then build again.")
  return()
endif()

file(MAKE_DIRECTORY ${WORK})
file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json DESTINATION ${WORK})
execute_process(COMMAND ${NPM} ci --ignore-scripts --prefer-offline --no-audit --no-fund
                        --loglevel=error
                WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result
                OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  file(WRITE ${WORK}/refused "${output}\n")
  do_without("npm could not install its parts (htm, lightweight-charts, uplot):\n${output}\n"
             "  No network: connect once, after that npm's own cache serves them.\n"
             "  A registry of your own or a proxy: npm config set registry, npm config set proxy.\n"
             "  Then: BOTBOX_NPM=retry tools/build. By itself tools/build asks again after a day.")
  return()
endif()
file(REMOVE ${WORK}/refused)

# copy_part(<file of a package> <name>)
function(copy_part from to)
  if(NOT EXISTS ${WORK}/node_modules/${from})
    message(FATAL_ERROR "npm installed its packages, but ${from} is not among them: does "
            "package-lock.json name the versions that install_vendor.cmake was written for?")
  endif()
  file(COPY_FILE ${WORK}/node_modules/${from} ${TARGET}/${to})
endfunction()

file(MAKE_DIRECTORY ${TARGET})
copy_part(htm/preact/standalone.module.js preact.js)
copy_part(lightweight-charts/dist/lightweight-charts.standalone.production.mjs charts.js)
copy_part(uplot/dist/uPlot.iife.min.js uplot.js)
copy_part(uplot/dist/uPlot.min.css uplot.css)

# The licences travel with the files: the packages' own texts behind ours of what they bundle.
file(READ ${SOURCE}/notices.txt licences)
foreach(package lightweight-charts htm uplot)
  file(READ ${WORK}/node_modules/${package}/LICENSE text)
  string(APPEND licences "\n==== ${package}\n\n${text}")
endforeach()
file(WRITE ${TARGET}/licences.txt "${licences}")
