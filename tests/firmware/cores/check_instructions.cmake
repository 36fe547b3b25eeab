# SPDX-License-Identifier: BSL-1.0
# cmake -DOBJDUMP=<objdump> -DELF=<elf> -DFORBIDDEN=<regular expression of whole names> -P check_instructions.cmake
# No instruction of a firmware has such a name.
execute_process(COMMAND "${OBJDUMP}" -d --no-show-raw-insn "${ELF}" OUTPUT_VARIABLE code COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "\t(add|addi)[a-z.]*\t" known "${code}")
list(LENGTH known count)
if(count LESS 100)
  message(FATAL_ERROR "${ELF}: the disassembly shows ${count} additions, so that it proves nothing")
endif()
string(REGEX MATCHALL "\n[^\n]*\t(${FORBIDDEN})[ \t][^\n]*" found "${code}")
if(found)
  list(LENGTH found count)
  list(SUBLIST found 0 5 found)
  message(FATAL_ERROR "${ELF} has ${count} instructions that its core does not know:${found}")
endif()
