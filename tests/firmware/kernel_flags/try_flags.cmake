# SPDX-License-Identifier: BSL-1.0
# Builds kernels.cpp with the flags that are tried, runs it in the emulator and asks for the portable kernels' bytes:
#   cmake -DCOMPILER=<g++ or clang++> -DGXX=<arm-none-eabi-g++> "-DFLAGS=<flags>" -DASSEMBLY=<0 or 1> -DBOARD=<board>
#         -DBOARDS=<runtime/boards/arm> -DBOARD_OBJECT=<its C files> -DROOT=<sources> -DOUT=<file> -P try_flags.cmake
file(READ "${BOARDS}/${BOARD}/flags" board_flags)
separate_arguments(board_flags UNIX_COMMAND "${board_flags}")
set(compile_flags ${board_flags})
separate_arguments(FLAGS UNIX_COMMAND "${FLAGS}")

if(NOT COMPILER STREQUAL GXX)
  if(NOT EXISTS "${COMPILER}")
    message(FATAL_ERROR "a compiler is missing: apt-get install clang-14 clang-19")
  endif()
  # Headers of the C and C++ libraries that GCC finds for this core, without GCC's own, which are for its builtins.
  list(REMOVE_ITEM compile_flags -mfpu=auto)
  list(APPEND compile_flags --target=arm-none-eabi)
  execute_process(COMMAND "${GXX}" ${board_flags} -E -v -x c++ /dev/null ERROR_VARIABLE log OUTPUT_QUIET
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "\n /[^\n]*" folders "${log}")
  foreach(folder IN LISTS folders)
    string(STRIP "${folder}" folder)
    if(NOT folder MATCHES "/gcc/[^/]*/[^/]*/include(-fixed)?$")
      list(APPEND compile_flags -isystem "${folder}")
    endif()
  endforeach()
endif()

set(link_flags ${board_flags})
if(FLAGS MATCHES "-flto")
  list(APPEND link_flags ${FLAGS})
endif()
execute_process(
  COMMAND "${COMPILER}" ${compile_flags} -std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics -ffp-contract=off
          -fno-math-errno -Wall -Wextra -Werror -DINT8_KERNELS_SHARE=4 -DEXPECTED_ASSEMBLY=${ASSEMBLY} "-I${ROOT}"
          "-I${ROOT}/include" "-I${BOARDS}/${BOARD}" ${FLAGS} -c "${CMAKE_CURRENT_LIST_DIR}/kernels.cpp" -o "${OUT}.o"
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND "${GXX}" ${link_flags} -nostartfiles --specs=nano.specs --specs=nosys.specs -Wl,--gc-sections "-L${BOARDS}"
          -T "${BOARDS}/${BOARD}/board.ld" "${OUT}.o" "${BOARD_OBJECT}" -o "${OUT}.elf"
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND sh "${BOARDS}/run.sh" ${BOARD} "${OUT}.elf" OUTPUT_VARIABLE said RESULT_VARIABLE code)
if(NOT code EQUAL 0 OR NOT said MATCHES "int8 kernels ok")
  message(FATAL_ERROR "exit code ${code}: ${said}")
endif()
file(REMOVE "${OUT}.o" "${OUT}.elf")
