# SPDX-License-Identifier: BSL-1.0
# cmake -DSIZE=<size> -DELF=<elf> -DOBJECT=<object of the model> -DCODE=<most bytes> -DALL=<most bytes> -P ...
# OBJECT is Etch's code and constants, ELF's .text that with startup and a main; weights are a section of their own.
execute_process(COMMAND "${SIZE}" "${OBJECT}" OUTPUT_VARIABLE object COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${SIZE}" -A "${ELF}" OUTPUT_VARIABLE sections COMMAND_ERROR_IS_FATAL ANY)
if(NOT object MATCHES "\n *([0-9]+)")
  message(FATAL_ERROR "cannot read the size of ${OBJECT}: ${object}")
endif()
set(code ${CMAKE_MATCH_1})
if(NOT sections MATCHES "\n\\.text +([0-9]+)")
  message(FATAL_ERROR "cannot read the size of ${ELF}: ${sections}")
endif()
set(all ${CMAKE_MATCH_1})
message(STATUS "the MNIST network: ${code} bytes of Etch's code (most: ${CODE}), ${all} with startup and main (most: ${ALL})")
if(code GREATER CODE OR all GREATER ALL)
  message(FATAL_ERROR "the code of the MNIST network grew beyond what is promised")
endif()
