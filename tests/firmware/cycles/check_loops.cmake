# SPDX-License-Identifier: BSL-1.0
# Runs the loops of loops.S and compares the cycles of each with what the manual says, to the cycle.
# cmake -DRUN=<run.sh> -DPLUGIN=<library> -DELF=<firmware> -DFOLDER=<scratch> -P check_loops.cmake

# Cycles of a body and what they are, by Arm's technical reference manuals of the M4 and, for branches, of the M3 (DDI
# 0337E); where those give a range or were found wrong: docs/cycles.md.
set(bodies
  alu:4                   # one each
  multiply:4              # one each, to 64 bits too
  multiply_add:2          # one each, by calibration
  divide:12               # six each, of 2 to 12
  load:6                  # 2 + 1 + 2 + 1
  loads:6                 # 2 + 1 + 1 + 1 + 1: loads behind one another
  load_of_loaded:4        # 2 + 2: the first gives the second's address
  load_of_sum:4           # 1 + 2, and one waiting for the address
  store:2
  store_register:3        # 2 with a register as offset, 1 with a number
  store_behind_load:3     # 2 + 1
  two:6                   # LDRD, STRD: 1 + 2 words each
  many:16                 # 1 + words: 5 + 5 + 3 + 3
  many_and_multiply:7     # 5 + 1 + 1
  unaligned:12            # 2 + 2, 1, 2 + 1, 1, 2 + 1
  branch:3                # 1 + 1 and the addition
  branch_to_wide:5        # 1, 1 + 2, 1
  branch_not_taken:3      # one each
  branch_register:4       # ADR, and 1 + 2
  load_counter:5          # 2 + 3
  table_branch:6          # 3 + 3
  if_then:2               # IT is folded behind a narrow instruction
  if_then_behind_wide:3
  fp:2
  fp_result:3             # 1 + 1, and one waiting for the first
  fp_long:17              # VFMA 3, VDIV 14
  fp_memory:14            # 2 + 1 + 1, 5, 5
  call:5                  # BL 1 + 1, BX 1 + 2, the latter in `leaf`
  tail_call:5)            # the same, the latter in `tail_end`; `tail` jumps there in 1 + 1

file(MAKE_DIRECTORY ${FOLDER})

# The JSON of a function, in `json`.
function(measure roi)
  set(file ${FOLDER}/${roi}.json)
  file(REMOVE ${file})
  execute_process(COMMAND sh ${RUN} --cycles ${PLUGIN},roi=${roi},json=${file},table=${FOLDER}/${roi}.txt mps2-an386 ${ELF}
                  RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0 OR NOT EXISTS ${file})
    message(FATAL_ERROR "${roi} was not measured: ${output}")
  endif()
  file(READ ${file} json)
  set(json ${json} PARENT_SCOPE)
endfunction()

measure(run_all)
string(JSON count LENGTH ${json} functions)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON name GET ${json} functions ${i} name)
  string(JSON cycles_${name} GET ${json} functions ${i} cycles)
endforeach()

set(wrong "")
function(expect name cycles)
  if(NOT "${cycles_${name}}" STREQUAL "${cycles}")
    set(wrong "${wrong}\n  ${name}: ${cycles_${name}} cycles instead of ${cycles}" PARENT_SCOPE)
  endif()
endfunction()

foreach(each IN LISTS bodies)
  string(REPLACE ":" ";" each ${each})
  list(GET each 0 name)
  list(GET each 1 body)
  # The loop's own: MOV 1; SUBS 1 and BNE 1 + 1, of which the last jumps nowhere; BX 1 + 2.
  math(EXPR cycles "100 * (${body} + 3) + 3")
  if(name MATCHES "call$")
    math(EXPR cycles "${cycles} - 299")  # 300 of the callee, another MOV
  endif()
  expect(loop_${name} ${cycles})
endforeach()
expect(leaf 300)
expect(tail 200)
expect(tail_end 300)
if(wrong)
  message(FATAL_ERROR "not what the manual says:${wrong}")
endif()

# What cycles are spent on adds up.
string(JSON total GET ${json} total cycles)
string(JSON spent GET ${json} total spent)
string(JSON causes LENGTH ${spent})
math(EXPR last "${causes} - 1")
set(sum 0)
foreach(i RANGE ${last})
  string(JSON cause MEMBER ${spent} ${i})
  string(JSON cycles GET ${spent} ${cause})
  math(EXPR sum "${sum} + ${cycles}")
endforeach()
if(NOT sum EQUAL total)
  message(FATAL_ERROR "the causes add up to ${sum} cycles, not to ${total}")
endif()

# Where a measured function begins and ends. What follows its return is its caller's.
function(expect_calls roi expected)
  measure(${roi})
  set(found "")
  foreach(path IN ITEMS calls unfinished "total;cycles" "total;instructions" "least;cycles" "most;cycles")
    string(JSON value GET ${json} ${path})
    list(APPEND found ${value})
  endforeach()
  if(NOT found STREQUAL expected)
    message(FATAL_ERROR "${roi}: ${found} instead of ${expected}")
  endif()
endfunction()
expect_calls(leaf "100;OFF;100;100;1;1")
expect_calls(tail "100;OFF;300;200;3;3")      # to the return of the function that it jumps to
expect_calls(tail_end "100;OFF;100;100;1;1")  # which was not called, and returns for `tail`
# One call, that which is not within another: PUSH 3, SUBS 1, BEQ 1, BL 2, POP 3 + 3; the deepest has no BL, and jumps; the
# return of the first is its caller's.
expect_calls(deeper "1;OFF;1296;499;1296;1296")
# The program ends in it. Of the semihosting, the instructions of QEMU's guest alone.
measure(board_exit)
string(JSON unfinished GET ${json} unfinished)
file(READ ${FOLDER}/board_exit.txt table)
if(NOT unfinished OR NOT table MATCHES "the program ended within the last call")
  message(FATAL_ERROR "board_exit does not return:\n${table}")
endif()
message(STATUS "all loops take what the manual says")
