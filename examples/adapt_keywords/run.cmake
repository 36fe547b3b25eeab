# SPDX-License-Identifier: BSL-1.0
# What adapting does on the desktop, then one task on desktop and board, in QEMU, whose results have to be the same bytes:
# cmake -DDESKTOP= -DELF= -DBOARD= -DRUN= -DKWS=<folder> -DFOLDER= -P run.cmake
file(MAKE_DIRECTORY "${FOLDER}")
foreach(command IN ITEMS "${DESKTOP};study;${KWS}" "${DESKTOP};task;${KWS};task.bin" "${DESKTOP};adapt;task.bin;desktop.bin"
                         "sh;${RUN};${BOARD};${ELF};task.bin;board.bin"
                         "${CMAKE_COMMAND};-E;compare_files;desktop.bin;board.bin")
  execute_process(COMMAND ${command} WORKING_DIRECTORY "${FOLDER}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
message(STATUS "answers, features and weights of the board: the desktop's, byte for byte")
