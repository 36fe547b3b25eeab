# SPDX-License-Identifier: BSL-1.0
#
# Firmware for the boards in runtime/boards/arm and riscv, built by arm-none-eabi-gcc and riscv64-unknown-elf-gcc from
# within a native project.
#
#   etch_add_firmware(<target> BOARD <board> SOURCES <files>
#                     [OPTIMIZE -Os|-O2] [INCLUDES <dirs>] [DEFINITIONS <names>] [OPTIONS <flags>]
#                     [MODELS <targets of etch_add_model>] [LINK_LANGUAGE C|CXX] [LINK_OPTIONS <flags>]
#                     [STACK_SIZE <bytes>] [DEPENDS <files or targets>] [EXCLUDE_FROM_ALL])
#     Sources are .c, .cpp, .S, .s, or ready .o and .a. A program without C++ sources, or with LINK_LANGUAGE C,
#     links without libstdc++, whether it has MODELS or not. The target's properties ETCH_ELF, ETCH_MAP and
#     ETCH_BOARD say what was built.
#   etch_add_firmware_run(<target> <firmware> [ARGS ...] [WORKING_DIRECTORY <dir>] [CYCLES <parameters>])
#     A target that runs it in QEMU. CYCLES also says what it takes on a Cortex-M4, as a table and as JSON:
#     CYCLES roi=model_predict wait_states=5 json=cycles.json (docs/cycles.md lists the parameters).
#   etch_add_firmware_test(NAME <name> FIRMWARE <firmware> [ARGS ...] [PASS_REGULAR_EXPRESSION <regex>]
#                          [WORKING_DIRECTORY <dir>] [TIMEOUT <seconds>] [LABELS ...] [CYCLES <parameters>])
#     A test: the firmware must exit with 0 (and print what matches, if given).
#   etch_cycles_plugin(<variable>)
#     The plugin for `run.sh --cycles`, as a generator expression: the target etch_cycles, which the first call makes.
#   etch_check_stack(<firmware> <bytes> [FUNCTIONS <names>])
#     The build of the firmware fails if a function (default: main) may take more stack, or stack without a bound
#     (recursion, calls through pointers). Interrupt handlers are not counted. The report is <firmware>.stack.txt.
#
# ETCH_FIRMWARE_FOUND says whether compiler and emulator for Arm are there, ETCH_RISCV_FOUND the same of RISC-V,
# ETCH_CYCLES_FOUND whether Arm's emulator also takes plugins, which CYCLES needs. ETCH_FIRMWARE_BOARDS lists the boards
# that can be built for, ETCH_FIRMWARE_BOARDS_DIR is the folder of those of Arm, ETCH_RISCV_BOARDS_DIR of RISC-V,
# ETCH_FIRMWARE_COMMON_DIR that of what can be linked beside them (trace.c, profile.c).
# ETCH_ROOT is the folder that holds runtime/ (deduced in a source tree); ETCH_FIRMWARE_INCLUDE_DIRS adds folders
# of headers for every firmware.

include_guard(GLOBAL)

if(DEFINED ETCH_ROOT)
  set(_etch_firmware_root "${ETCH_ROOT}")
else()
  cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH _etch_firmware_root)
endif()
set(ETCH_CHECK_STACK "${CMAKE_CURRENT_LIST_DIR}/check_stack.py" CACHE INTERNAL "")
if(NOT EXISTS "${_etch_firmware_root}/runtime/boards/common/sections.ld")
  message(FATAL_ERROR "EtchFirmware: there is no runtime/boards in ${_etch_firmware_root}: set ETCH_ROOT")
endif()

include("${CMAKE_CURRENT_LIST_DIR}/EtchFirmwareToolchains.cmake")

# Whether the emulator can count cycles: it may be built without plugins.
function(_etch_cycles_found result)
  set(${result} FALSE PARENT_SCOPE)
  if(ETCH_QEMU_ARM)
    execute_process(COMMAND "${ETCH_QEMU_ARM}" --help OUTPUT_VARIABLE help ERROR_QUIET)
    if(help MATCHES "\n-plugin ")
      set(${result} TRUE PARENT_SCOPE)
    else()
      message(STATUS "Etch: no cycles are counted: ${ETCH_QEMU_ARM} is built without plugins")
    endif()
  endif()
endfunction()

# Functions are global but variables are not: what functions need is kept in the cache.
function(_etch_firmware_init)
  _etch_toolchains_init("${_etch_firmware_root}")
  if(ETCH_ARM_MISSING)
    message(STATUS "Etch: no firmware for Arm is built; it needs: apt-get install ${ETCH_ARM_MISSING}")
  endif()
  if(ETCH_RISCV_MISSING)
    message(STATUS "Etch: no firmware for RISC-V is built; it needs: apt-get install ${ETCH_RISCV_MISSING}")
  endif()
  set(ETCH_FIRMWARE_FOUND ${ETCH_ARM_FOUND} CACHE INTERNAL "")
  set(ETCH_FIRMWARE_MISSING "${ETCH_ARM_MISSING}" CACHE INTERNAL "")
  _etch_cycles_found(found)
  set(ETCH_CYCLES_FOUND ${found} CACHE INTERNAL "")
  set(ETCH_CYCLES_DIR "${_etch_firmware_root}/runtime/boards/cycles" CACHE INTERNAL "")
  set(ETCH_CYCLES_ROOT "${_etch_firmware_root}" CACHE INTERNAL "")

  set(boards "")
  foreach(architecture IN ITEMS ARM RISCV)
    if(ETCH_${architecture}_FOUND)
      list(APPEND boards ${ETCH_${architecture}_BOARDS})
    endif()
  endforeach()
  set(ETCH_FIRMWARE_BOARDS "${boards}" CACHE INTERNAL "")
  set(ETCH_FIRMWARE_BOARDS_DIR "${ETCH_ARM_BOARDS_DIR}" CACHE INTERNAL "")
  set(ETCH_FIRMWARE_COMMON_DIR "${_etch_firmware_root}/runtime/boards/common" CACHE INTERNAL "")

  # The host's /usr/include never comes on the path of a cross compiler: only the folder `boost` out of it, and
  # `etch` and `runtime` if Etch is installed there.
  set(links "${CMAKE_BINARY_DIR}/etch_firmware/include")
  file(MAKE_DIRECTORY "${links}")
  if(ETCH_FIRMWARE_BOOST)
    file(CREATE_LINK "${ETCH_FIRMWARE_BOOST}/boost" "${links}/boost" SYMBOLIC)
  endif()
  set(includes "")
  foreach(dir IN LISTS _etch_firmware_root ETCH_FIRMWARE_INCLUDE_DIRS ITEMS "${_etch_firmware_root}/include")
    if(EXISTS "${dir}/stdio.h" OR EXISTS "${dir}/boost")
      foreach(name IN ITEMS etch runtime)
        if(EXISTS "${dir}/${name}")
          file(CREATE_LINK "${dir}/${name}" "${links}/${name}" SYMBOLIC)
        endif()
      endforeach()
    elseif(EXISTS "${dir}")
      list(APPEND includes "-I${dir}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES includes)
  list(APPEND includes -isystem "${links}")
  set(ETCH_FIRMWARE_INCLUDES "${includes}" CACHE INTERNAL "")
endfunction()
_etch_firmware_init()

function(_etch_firmware_check_arguments function prefix)
  if(${prefix}_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${function}: unknown arguments: ${${prefix}_UNPARSED_ARGUMENTS}")
  endif()
  if(${prefix}_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "${function}: no value for ${${prefix}_KEYWORDS_MISSING_VALUES}")
  endif()
endfunction()

function(etch_add_firmware target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "EXCLUDE_FROM_ALL" "BOARD;OPTIMIZE;LINK_LANGUAGE;STACK_SIZE"
                        "SOURCES;INCLUDES;MODELS;DEFINITIONS;OPTIONS;LINK_OPTIONS;DEPENDS")
  _etch_firmware_check_arguments(etch_add_firmware arg)
  _etch_toolchain_of(tool "etch_add_firmware(${target})" "${arg_BOARD}")
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "etch_add_firmware(${target}): no SOURCES")
  endif()
  if(NOT arg_OPTIMIZE)
    set(arg_OPTIMIZE -Os)
  endif()

  # Generated sources link without libstdc++: only the program's own sources decide who links.
  if(arg_MODELS AND NOT arg_LINK_LANGUAGE AND NOT "${arg_SOURCES}" MATCHES "\\.(cpp|cc|cxx)(;|$)")
    set(arg_LINK_LANGUAGE C)
  endif()
  foreach(model IN LISTS arg_MODELS)
    foreach(property IN ITEMS SOURCES INCLUDES FILES)
      get_target_property(model_${property} ${model} ETCH_MODEL_${property})
    endforeach()
    if(NOT model_SOURCES)
      message(FATAL_ERROR "etch_add_firmware(${target}): ${model} is no target of etch_add_model")
    endif()
    list(APPEND arg_SOURCES ${model_SOURCES})
    list(APPEND arg_INCLUDES ${model_INCLUDES})
    list(APPEND arg_DEPENDS ${model_FILES})
  endforeach()

  set(board_dir "${tool_DIR}/${arg_BOARD}")
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${target}.firmware")
  file(MAKE_DIRECTORY "${out}")

  set(flags "@${board_dir}/flags" ${arg_OPTIMIZE} -g -ffunction-sections -fdata-sections -ffp-contract=off
            -fno-math-errno -Wall -Wextra -fcallgraph-info=su)
  if(CMAKE_COMPILE_WARNING_AS_ERROR)
    list(APPEND flags -Werror)
  endif()
  list(APPEND arg_DEFINITIONS ETCH_WEIGHTS_SECTION=.weights)
  list(TRANSFORM arg_DEFINITIONS PREPEND -D)
  set(includes "")
  foreach(dir IN LISTS arg_INCLUDES)
    cmake_path(ABSOLUTE_PATH dir BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    list(APPEND includes "-I${dir}")
  endforeach()
  list(APPEND includes ${ETCH_FIRMWARE_INCLUDES} "-I${board_dir}")

  set(link_language C)
  set(objects "")
  set(call_graphs "")
  set(number 0)
  foreach(source IN LISTS arg_SOURCES ITEMS "${tool_DIR}/startup.c" "${tool_DIR}/console.c" "${tool_DIR}/counter.c"
                                            "${tool_DIR}/stack.c")
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    cmake_path(GET source FILENAME name)
    cmake_path(GET source EXTENSION LAST_ONLY extension)
    if(extension MATCHES "^\\.(o|obj|a)$")
      list(APPEND objects "${source}")
      continue()
    elseif(extension STREQUAL ".c")
      # Why not: runtime/kernels/language.hpp, which does the same for C++.
      set(command "${tool_GCC}" ${tool_C_FLAGS} -std=c99 -fno-branch-count-reg)
    elseif(extension MATCHES "^\\.(S|s)$")
      set(command "${tool_GCC}")
    elseif(extension MATCHES "^\\.(cpp|cc|cxx)$")
      set(command "${tool_GXX}" ${tool_C_FLAGS} -std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics
          -fconstexpr-ops-limit=1000000000 ${tool_CXX_FLAGS})
      set(link_language CXX)
    else()
      message(FATAL_ERROR "etch_add_firmware(${target}): ${source} is no .c, .cpp, .S, .o or .a")
    endif()
    math(EXPR number "${number} + 1")
    set(object "${out}/${number}-${name}.o")
    if(name MATCHES "_weights\\.c$")  # of a model whose weights are no assembly
      list(APPEND command -DETCH_WEIGHTS_IN_C)
    endif()
    set(depfile "")
    if(NOT extension STREQUAL ".s")
      list(APPEND command -MD -MF "${object}.d")
      set(depfile DEPFILE "${object}.d")
    endif()
    add_custom_command(
      OUTPUT "${object}"
      COMMAND ${command} ${flags} ${arg_DEFINITIONS} ${includes} ${arg_OPTIONS} -c "${source}" -o "${object}"
      DEPENDS "${source}" "${board_dir}/flags" ${arg_DEPENDS}
      ${depfile}
      COMMENT "Compiling ${name} for ${arg_BOARD} (${target})"
      COMMAND_EXPAND_LISTS VERBATIM)
    list(APPEND objects "${object}")
    if(NOT extension MATCHES "^\\.(S|s)$")
      list(APPEND call_graphs "${out}/${number}-${name}.ci")
    endif()
  endforeach()

  if(arg_LINK_LANGUAGE)
    set(link_language ${arg_LINK_LANGUAGE})
  endif()
  set(linker "${tool_GCC}")
  if(link_language STREQUAL "CXX")
    set(linker "${tool_CXX_LINKER}")
  endif()
  if(arg_STACK_SIZE)
    list(APPEND arg_LINK_OPTIONS "-Wl,--defsym=__stack_size=${arg_STACK_SIZE}")
  endif()
  set(elf "${CMAKE_CURRENT_BINARY_DIR}/${target}.elf")
  set(map "${CMAKE_CURRENT_BINARY_DIR}/${target}.map")
  add_custom_command(
    OUTPUT "${elf}"
    BYPRODUCTS "${map}"
    COMMAND "${linker}" "@${board_dir}/flags" ${arg_OPTIMIZE} -nostartfiles ${tool_C_LIBRARY}
            -Wl,--gc-sections "-Wl,-Map=${map}" "-L${tool_DIR}" -T "${board_dir}/board.ld"
            ${objects} ${arg_LINK_OPTIONS} -o "${elf}"
    COMMAND "${tool_SIZE}" "${elf}"
    DEPENDS ${objects} "${board_dir}/board.ld" "${ETCH_FIRMWARE_COMMON_DIR}/sections.ld"
    COMMENT "Linking ${target}.elf for ${arg_BOARD}"
    COMMAND_EXPAND_LISTS VERBATIM)

  set(all ALL)
  if(arg_EXCLUDE_FROM_ALL)
    set(all "")
  endif()
  add_custom_target(${target} ${all} DEPENDS "${elf}")
  foreach(model IN LISTS arg_MODELS)
    add_dependencies(${target} ${model}_files)
  endforeach()
  set_target_properties(${target} PROPERTIES ETCH_ELF "${elf}" ETCH_MAP "${map}" ETCH_BOARD "${arg_BOARD}"
                                             ETCH_CALL_GRAPHS "${call_graphs}" ETCH_IN_ALL "${all}")
endfunction()

function(etch_cycles_plugin result)
  if(NOT ETCH_CYCLES_FOUND)
    message(FATAL_ERROR "cycles need a qemu-system-arm that is built with plugins, as Debian's is: ask ETCH_CYCLES_FOUND "
                        "first")
  endif()
  if(NOT TARGET etch_cycles)
    file(GLOB sources CONFIGURE_DEPENDS "${ETCH_CYCLES_DIR}/*.cpp")
    add_library(etch_cycles MODULE ${sources})
    set_target_properties(etch_cycles PROPERTIES CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON PREFIX ""
                                                 LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/etch_firmware")
    if(TARGET etch_warnings)
      target_link_libraries(etch_cycles PRIVATE etch_warnings)
    endif()
    target_include_directories(etch_cycles PRIVATE "${ETCH_CYCLES_ROOT}")
    # QEMU loads it, and brings no sanitizer.
    target_compile_options(etch_cycles PRIVATE -O2 -fno-sanitize=all)
    target_link_options(etch_cycles PRIVATE -fno-sanitize=all)
  endif()
  set(${result} "$<TARGET_FILE:etch_cycles>" PARENT_SCOPE)
endfunction()

# The command that runs a firmware in QEMU: its flags stand in run.sh.
#   _etch_firmware_command(<variable> <calling function> <firmware> <parameters of CYCLES, a list> <arguments> ...)
function(_etch_firmware_command result function firmware cycles)
  if(NOT TARGET "${firmware}")
    message(FATAL_ERROR "${function}: ${firmware} is no target of etch_add_firmware")
  endif()
  get_target_property(elf "${firmware}" ETCH_ELF)
  get_target_property(board "${firmware}" ETCH_BOARD)
  if(NOT elf)
    message(FATAL_ERROR "${function}: ${firmware} is no target of etch_add_firmware")
  endif()
  set(counting "")
  if(cycles)
    if(NOT board STREQUAL "mps2-an386")
      message(FATAL_ERROR "${function}: CYCLES are known for the Cortex-M4 alone, board mps2-an386; ${firmware} is for "
                          "${board}")
    endif()
    etch_cycles_plugin(plugin)
    list(TRANSFORM cycles REPLACE "," ",,")
    list(JOIN cycles "," cycles)
    set(counting --cycles "${plugin},${cycles}")
  endif()
  _etch_toolchain_of(tool "${function}" "${board}")
  set(${result} ${tool_RUN} ${counting} "${board}" "${elf}" ${ARGN} PARENT_SCOPE)
endfunction()

function(etch_add_firmware_run target firmware)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "WORKING_DIRECTORY" "ARGS;CYCLES")
  _etch_firmware_check_arguments(etch_add_firmware_run arg)
  _etch_firmware_command(command etch_add_firmware_run "${firmware}" "${arg_CYCLES}" ${arg_ARGS})
  if(NOT arg_WORKING_DIRECTORY)
    set(arg_WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  endif()
  add_custom_target(${target} COMMAND ${command} WORKING_DIRECTORY "${arg_WORKING_DIRECTORY}" USES_TERMINAL VERBATIM)
  add_dependencies(${target} ${firmware})
  if(arg_CYCLES)
    add_dependencies(${target} etch_cycles)
  endif()
endfunction()

function(etch_add_firmware_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;FIRMWARE;PASS_REGULAR_EXPRESSION;WORKING_DIRECTORY;TIMEOUT"
                        "ARGS;LABELS;CYCLES")
  _etch_firmware_check_arguments(etch_add_firmware_test arg)
  if(NOT arg_NAME OR NOT arg_FIRMWARE)
    message(FATAL_ERROR "etch_add_firmware_test: NAME and FIRMWARE are needed")
  endif()
  _etch_firmware_command(command etch_add_firmware_test "${arg_FIRMWARE}" "${arg_CYCLES}" ${arg_ARGS})
  if(NOT arg_WORKING_DIRECTORY)
    set(arg_WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_test(NAME "${arg_NAME}" COMMAND ${command} WORKING_DIRECTORY "${arg_WORKING_DIRECTORY}")
  set_tests_properties("${arg_NAME}" PROPERTIES TIMEOUT "${arg_TIMEOUT}" LABELS "firmware;${arg_LABELS}")
  if(arg_PASS_REGULAR_EXPRESSION)
    # CTest then ignores the exit code: what run.sh says of a bad one makes the test fail.
    set_tests_properties("${arg_NAME}" PROPERTIES PASS_REGULAR_EXPRESSION "${arg_PASS_REGULAR_EXPRESSION}"
                                                  FAIL_REGULAR_EXPRESSION "run\\.sh: .* exited with code")
  endif()
endfunction()

function(etch_check_stack firmware budget)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "FUNCTIONS")
  _etch_firmware_check_arguments(etch_check_stack arg)
  if(NOT budget MATCHES "^[0-9]+$")
    message(FATAL_ERROR "etch_check_stack(${firmware} ${budget}): the budget is a number of bytes")
  endif()
  if(TARGET "${firmware}")
    get_target_property(elf "${firmware}" ETCH_ELF)
  endif()
  if(NOT elf)
    message(FATAL_ERROR "etch_check_stack: ${firmware} is no target of etch_add_firmware")
  endif()
  get_target_property(board "${firmware}" ETCH_BOARD)
  _etch_toolchain_of(tool etch_check_stack "${board}")
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  get_target_property(call_graphs "${firmware}" ETCH_CALL_GRAPHS)
  get_target_property(all "${firmware}" ETCH_IN_ALL)
  if(NOT all)
    set(all "")
  endif()
  list(TRANSFORM arg_FUNCTIONS PREPEND "--function=")
  set(report "${CMAKE_CURRENT_BINARY_DIR}/${firmware}.stack.txt")
  add_custom_command(
    OUTPUT "${report}"
    COMMAND Python3::Interpreter "${ETCH_CHECK_STACK}" --budget ${budget} --elf "${elf}"
            --objdump "${tool_OBJDUMP}" --report "${report}" ${arg_FUNCTIONS} ${call_graphs}
    DEPENDS "${elf}" "${ETCH_CHECK_STACK}"
    COMMENT "Checking that the stack of ${firmware} stays within ${budget} bytes"
    VERBATIM)
  add_custom_target(${firmware}_stack ${all} DEPENDS "${report}")
  add_dependencies(${firmware}_stack ${firmware})
endfunction()
