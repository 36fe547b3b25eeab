# SPDX-License-Identifier: BSL-1.0
# Four recordings with the tool and on the board, in QEMU, whose features and scores have to be the same bytes:
# cmake -DTOOL= -DELF= -DBOARD= -DRUN= -DAUDIO= -DFRONT= -DMODEL= -DFOLDER= -P run.cmake
file(MAKE_DIRECTORY "${FOLDER}")
set(arguments "")
set(recordings yes no silence noise)
foreach(name IN LISTS recordings)
  message(STATUS "${name}, on the desktop")
  foreach(command IN ITEMS "${TOOL};run;${FRONT};${AUDIO}/${name}_1000ms.wav;--hop;320;-o;${name}.features"
                           "${TOOL};run;${MODEL};${name}.features"
                           "${TOOL};run;${MODEL};${name}.features;-o;${name}.scores")
    execute_process(COMMAND ${command} WORKING_DIRECTORY "${FOLDER}" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  file(COPY "${AUDIO}/${name}_1000ms.wav" DESTINATION "${FOLDER}")
  list(APPEND arguments ${name}_1000ms.wav ${name}.board)
endforeach()
message(STATUS "on the board")
execute_process(COMMAND sh ${RUN} ${BOARD} ${ELF} ${arguments} WORKING_DIRECTORY "${FOLDER}" COMMAND_ERROR_IS_FATAL ANY)
foreach(name IN LISTS recordings)
  file(READ "${FOLDER}/${name}.features" features HEX)
  file(READ "${FOLDER}/${name}.scores" scores HEX)
  file(READ "${FOLDER}/${name}.board" board HEX)
  if(NOT board STREQUAL "${features}${scores}")
    message(FATAL_ERROR "${name}: the board's features or scores are not the desktop's")
  endif()
endforeach()
message(STATUS "features and scores of the board: the desktop's, byte for byte")
