# SPDX-License-Identifier: BSL-1.0
# What is said of wrong parameters, and that nothing passes for measured that was not.
# cmake -DRUN=<run.sh> -DPLUGIN=<library> -DELF=<firmware> -DFOLDER=<scratch> -P check_mistakes.cmake

set(wrong "")
file(MAKE_DIRECTORY ${FOLDER})

# expect(<regular expression> <parameters> [<arguments of run.sh>...]): it must fail and say so
function(expect sentence parameters)
  set(program ${ARGN})
  if(NOT program)
    set(program mps2-an386 ${ELF})
  endif()
  execute_process(COMMAND sh ${RUN} --cycles ${PLUGIN}${parameters} ${program}
                  RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(code EQUAL 0 OR NOT output MATCHES "${sentence}")
    set(wrong "${wrong}\n${parameters} ${program}: ${code}, ${output}" PARENT_SCOPE)
  endif()
endfunction()

expect("there is no parameter 'wait_state'; there are: elf, roi," ",wait_state=5")
expect("wait_states=16: a number from 0 to 15 is allowed" ",wait_states=16")
expect("wait_states=-1: a number from 0 to 15 is allowed" ",wait_states=-1")
expect("wait_states=5x: a number from 0 to 15 is allowed" ",wait_states=5x")
expect("wait_states=: a number" ",wait_states=")
expect("wait_states=on: a number" ",wait_states")
expect("'wait_states' is given twice" ",wait_states=1,wait_states=2")
expect("read_bytes=12: a power of two from 4 to 256 is allowed" ",read_bytes=12")
expect("line_bytes=8: from read_bytes, which is 16, to 64 times that is allowed" ",line_bytes=8")
expect("prefetch=on: cached, buffered or off is allowed" ",prefetch=on")
expect("roi=: a name is needed" ",roi=")
expect("roi=no_such: there is no function of this name in .*${NAME}" ",roi=no_such")
expect("roi=SysTick_Handler: the program ended, and never ran this function" ",roi=SysTick_Handler")
expect("json=/no/such/folder/x cannot be written: No such file" ",json=/no/such/folder/x")
expect("elf=.*CMakeLists.txt is no ELF file" "" mps2-an386 ${CMAKE_CURRENT_LIST_DIR}/CMakeLists.txt)
expect("cycles are known for the Cortex-M4 alone, mps2-an386, not for mps2-an500" "" mps2-an500 ${ELF})

# An emulator without plugins, and a path with a comma.
file(WRITE ${FOLDER}/no_plugins "#!/bin/sh\necho '-kernel bzImage'\n")
file(CHMOD ${FOLDER}/no_plugins PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
set(emulator $ENV{QEMU_SYSTEM_ARM})
set(ENV{QEMU_SYSTEM_ARM} ${FOLDER}/no_plugins)
expect("no cycles can be counted: .*no_plugins is not there, or built without plugins" "")
if(emulator)
  set(ENV{QEMU_SYSTEM_ARM} ${emulator})
else()
  unset(ENV{QEMU_SYSTEM_ARM})
endif()
file(COPY_FILE ${ELF} "${FOLDER}/a,b.elf")
file(REMOVE ${FOLDER}/c,d.json)
execute_process(COMMAND sh ${RUN} --cycles "${PLUGIN},json=${FOLDER}/c,,d.json" mps2-an386 "${FOLDER}/a,b.elf"
                RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT code EQUAL 0 OR NOT EXISTS ${FOLDER}/c,d.json)
  set(wrong "${wrong}\ncommas in paths: ${code}, ${output}")
endif()

if(wrong)
  message(FATAL_ERROR "not as expected:${wrong}")
endif()
