# SPDX-License-Identifier: BSL-1.0
# cmake -DOBJDUMP=<objdump> -DELF=<elf> -P check_scalar_floats.cmake
# A firmware computes with floats, and none of its vector instructions does: those make zeros of subnormal numbers.
execute_process(COMMAND "${OBJDUMP}" -d --no-show-raw-insn "${ELF}" OUTPUT_VARIABLE code COMMAND_ERROR_IS_FATAL ANY)
if(NOT code MATCHES "\tvadd\\.f32\ts[0-9]" OR NOT code MATCHES "\tvmul\\.f32\ts[0-9]")
  message(FATAL_ERROR "${ELF} has no floats, so that it proves nothing")
endif()
# Those of runtime/kernels/fused/helium_loops.hpp look whether a number was flushed, and are no others' business.
string(REPLACE ";" "," code "${code}")
string(REGEX REPLACE "\n\n" ";" functions "${code}")
list(FILTER functions EXCLUDE REGEX "<[^>\n]*helium_assembly[a-z_]*11fused_forms(6helium|13descend_tiles|14momentum_tiles)[^>\n]*>:")
string(REGEX MATCHALL "[^\n]*\tv[a-z0-9]*(\\.[a-z0-9]+)*\\.f(16|32)[^\n]*[\t ]q[0-7][^\n]*" found "${functions}")
if(found)
  list(JOIN found "\n" found)
  message(FATAL_ERROR "${ELF} has vector instructions for floats:\n${found}")
endif()
