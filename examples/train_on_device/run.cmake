# SPDX-License-Identifier: BSL-1.0
# Writes batches, trains on the board in QEMU, compares: cmake -DDESKTOP= -DELF= -DBOARD= -DRUN= -DFOLDER= -P run.cmake
# What they print is also in printed.txt.
file(MAKE_DIRECTORY "${FOLDER}")
file(WRITE "${FOLDER}/printed.txt" "")
foreach(command IN ITEMS "${DESKTOP};prepare;batches.bin"
                         "sh;${RUN};${BOARD};${ELF};batches.bin;state.safetensors"
                         "${DESKTOP};compare;batches.bin;state.safetensors")
  execute_process(COMMAND ${command} WORKING_DIRECTORY "${FOLDER}" OUTPUT_VARIABLE printed ECHO_OUTPUT_VARIABLE
                  COMMAND_ERROR_IS_FATAL ANY)
  file(APPEND "${FOLDER}/printed.txt" "${printed}")
endforeach()
