# SPDX-License-Identifier: BSL-1.0
# Trains, runs the board in QEMU, compares: cmake -DDESKTOP= -DELF= -DBOARD= -DRUN= -DFOLDER= -P run.cmake
file(MAKE_DIRECTORY "${FOLDER}")
foreach(command IN ITEMS "${DESKTOP};train;weights.bin;readings.bin"
                         "sh;${RUN};${BOARD};${ELF};weights.bin;readings.bin;answers.bin"
                         "${DESKTOP};compare;weights.bin;readings.bin;answers.bin")
  execute_process(COMMAND ${command} WORKING_DIRECTORY "${FOLDER}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
