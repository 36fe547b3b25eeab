# SPDX-License-Identifier: BSL-1.0
# The bound of a function's stack against what it took as a board printed it, of which it is at most MORE bytes more:
# cmake -DBOUND=<report of etch_check_stack> -DMORE= -DPAINTED=<regular expression, its group the bytes>
#       (-DPRINTED=<file> | -DRUN=<run.sh> -DBOARD= -DELF=) -P check_painted_stack.cmake
file(READ ${BOUND} bound)
if(PRINTED)
  file(READ ${PRINTED} printed)
else()
  execute_process(COMMAND sh ${RUN} ${BOARD} ${ELF} OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
endif()
if(NOT bound MATCHES ": at most ([0-9]+) bytes of stack")
  message(FATAL_ERROR "${BOUND} names no bound: ${bound}")
endif()
set(bound ${CMAKE_MATCH_1})
if(NOT printed MATCHES "${PAINTED}")
  message(FATAL_ERROR "${PRINTED} says nothing of the stack: ${printed}")
endif()
set(painted ${CMAKE_MATCH_1})
math(EXPR more "${bound} - ${painted}")
if(more LESS 0 OR more GREATER ${MORE})
  message(FATAL_ERROR "painted ${painted} bytes of stack, bound ${bound}")
endif()
message(STATUS "painted ${painted} bytes of stack, bound ${bound}")
