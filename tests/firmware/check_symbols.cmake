# SPDX-License-Identifier: BSL-1.0
# cmake -DNM=<nm> -DSIZE=<size> -DELF=<elf> [-DDATA=<most bytes of .data>] -P check_symbols.cmake
# A firmware holds no heap, no stdio, no iostream, no guards of local statics, and no constructors.
execute_process(COMMAND "${NM}" "${ELF}" OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
if(NOT symbols MATCHES " Reset_Handler\n")
  message(FATAL_ERROR "${ELF}: nm shows no Reset_Handler, so that it proves nothing")
endif()
set(forbidden "_?(malloc|calloc|realloc|free|sbrk)(_r)?|_Zn[wa].*|_Zd[la].*|_?v?(f|s|sn|as|i)*printf(_r|_float|_i)?|puts"
    "fwrite|fopen|_ZSt.*|_ZNSt.*|_ZNKSt.*|__cxa_.*|__gxx_.*|_Unwind_.*|__aeabi_atexit|atexit|exp|expf|log|logf|tanhf?")
list(JOIN forbidden "|" forbidden)
string(REGEX MATCHALL "[^\n]* (${forbidden})\n" found "${symbols}")
if(found)
  message(FATAL_ERROR "${ELF} holds what firmware must not:\n${found}")
endif()

execute_process(COMMAND "${SIZE}" -A "${ELF}" OUTPUT_VARIABLE sections COMMAND_ERROR_IS_FATAL ANY)
if(sections MATCHES "\n\\.init_array +([0-9]+)" AND CMAKE_MATCH_1 GREATER 0)
  message(FATAL_ERROR "${ELF} runs constructors: .init_array has ${CMAKE_MATCH_1} bytes")
endif()
set(data 0)
if(sections MATCHES "\n\\.data +([0-9]+)")
  set(data ${CMAKE_MATCH_1})
endif()
if(DEFINED DATA AND data GREATER DATA)
  message(FATAL_ERROR "${ELF}: .data has ${data} bytes, more than ${DATA}")
endif()
message(STATUS "${ELF}: no forbidden symbol, no constructor, .data ${data} bytes")
