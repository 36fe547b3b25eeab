# SPDX-License-Identifier: BSL-1.0
# Writes batches, trains on the board in QEMU, compares: cmake -DDESKTOP= -DELF= -DBOARD= -DRUN= -DFOLDER= -P run.cmake
file(MAKE_DIRECTORY "${FOLDER}")
foreach(command IN ITEMS "${DESKTOP};prepare;batches.bin"
                         "sh;${RUN};${BOARD};${ELF};batches.bin;state.safetensors"
                         "${DESKTOP};compare;batches.bin;state.safetensors")
  execute_process(COMMAND ${command} WORKING_DIRECTORY "${FOLDER}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
