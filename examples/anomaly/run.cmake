# SPDX-License-Identifier: BSL-1.0
# The desktop without a cut, then the board with two: cmake -DDESKTOP= -DELF= -DBOARD= -DRUN= -DFOLDER= -P run.cmake
# What they print is also in printed.txt.
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})

# run(<exit code that is expected> <command> ...): `printed` is what it says.
function(run expected)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE code OUTPUT_VARIABLE printed
                  ERROR_VARIABLE errors)
  message(NOTICE "${printed}")
  file(APPEND ${FOLDER}/printed.txt "${printed}")
  if(NOT code EQUAL expected)
    message(FATAL_ERROR "exit code ${code} instead of ${expected}: ${errors}")
  endif()
  set(printed "${printed}" PARENT_SCOPE)
endfunction()

message(NOTICE "-- on the desktop, without a cut")
run(0 ${DESKTOP} desktop.flash)
string(REGEX REPLACE "^boot: [^\n]*\n" "" expected "${printed}")

# A commit is 786 operations: 4 pages erased, 782 words programmed, of which the last is the seal. The first cut comes in
# the seal of the third commit, while the first machine is learned; the second in the data of the commit of tick 900, while
# the second machine is.
foreach(cut IN ITEMS 2357 12090)
  message(NOTICE "-- on the board, cut at operation ${cut} of the flash")
  run(3 sh ${RUN} ${BOARD} ${ELF} board.flash ${cut})
endforeach()
message(NOTICE "-- on the board, to the end")
run(0 sh ${RUN} ${BOARD} ${ELF} board.flash -1)
if(NOT printed MATCHES "^boot: the state is loaded")
  message(FATAL_ERROR "the board began anew")
endif()
string(REGEX REPLACE "^boot: [^\n]*\n" "" printed "${printed}")
string(REGEX REPLACE "measured: [^\n]*\n" "" printed "${printed}")
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "the board came to something else than the desktop")
endif()
message(NOTICE "-- after two cuts the board has the desktop's alarms, threshold, weights and moments, bit for bit")
