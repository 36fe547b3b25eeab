# SPDX-License-Identifier: BSL-1.0
#
# Programs for any x86-64 that are fast on each.
#
#   etch_dispatch(<target> FILES <sources of the target>...)
#     Compiles these files three times, for x86-64, x86-64-v3 (AVX2) and x86-64-v4 (AVX-512). When the program starts, the
#     loader binds each of their functions that others call to that of the highest level the machine has (IFUNC): no
#     constructors run, and a call costs what one of a shared library does. Whatever else a level's files hold, inline
#     functions of the standard library among them, is theirs alone, so that no other code runs instructions that the
#     machine lacks.
#     The files must hold nothing that is made when the program starts and no variables that other files name: the build
#     says so. They stay as they are, with one line that says why, for other processors and object formats, with an
#     -march of one's own, with sanitizers, and without GNU ld, nm, objdump and objcopy.

include_guard(GLOBAL)

set(ETCH_DISPATCH_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/EtchDispatchLevels.cmake" CACHE INTERNAL "")
set(ETCH_DISPATCH_CHOICE "${CMAKE_CURRENT_LIST_DIR}/EtchDispatchChoice.hpp" CACHE INTERNAL "")

# What a configuration without levels loses, once. Measured in docs/performance.md.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$" AND NOT CMAKE_CXX_FLAGS MATCHES "-march=|-mavx"
   AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  message(STATUS "Etch: compiled for any x86-64: AVX2 (-march=x86-64-v3, or native) trains, and runs int8 "
                 "models, more than twice as fast; etch_dispatch(<target> FILES ...) does so on every machine")
endif()

# Why files cannot be compiled once a level, or nothing.
function(_etch_dispatch_obstacle result)
  set(obstacle "")
  find_program(ETCH_LD NAMES ld.bfd ld)
  find_program(ETCH_NM NAMES nm)
  find_program(ETCH_OBJDUMP NAMES objdump)
  find_program(ETCH_OBJCOPY NAMES objcopy)
  mark_as_advanced(ETCH_LD ETCH_NM ETCH_OBJDUMP ETCH_OBJCOPY)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  set(flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}")
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$" OR NOT CMAKE_SYSTEM_NAME STREQUAL "Linux"
     OR NOT CMAKE_SIZEOF_VOID_P EQUAL 8 OR NOT CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang)$")
    set(obstacle "levels are those of x86-64, on Linux, by g++ or clang++")
  elseif(flags MATCHES "-march=")
    set(obstacle "CMAKE_CXX_FLAGS has an -march of its own")
  elseif(flags MATCHES "-fsanitize=|-flto")
    set(obstacle "CMAKE_CXX_FLAGS has sanitizers or -flto")
  elseif(NOT ETCH_LD OR NOT ETCH_NM OR NOT ETCH_OBJDUMP OR NOT ETCH_OBJCOPY)
    set(obstacle "it needs ld, nm, objdump and objcopy of GNU binutils")
  else()
    execute_process(COMMAND "${ETCH_LD}" --help OUTPUT_VARIABLE help ERROR_QUIET)
    if(NOT help MATCHES "--force-group-allocation")
      set(obstacle "${ETCH_LD} has no --force-group-allocation")
    endif()
  endif()
  set(${result} "${obstacle}" PARENT_SCOPE)
endfunction()

# Takes files from the sources of a target.
function(_etch_dispatch_take target)
  get_target_property(sources ${target} SOURCES)
  get_target_property(folder ${target} SOURCE_DIR)
  set(taken "")
  set(others "")
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${folder}" NORMALIZE OUTPUT_VARIABLE path)
    if(path IN_LIST ARGN)
      list(APPEND taken "${path}")
    else()
      list(APPEND others "${source}")
    endif()
  endforeach()
  foreach(file IN LISTS ARGN)
    if(NOT file IN_LIST taken)
      message(FATAL_ERROR "etch_dispatch: ${file} is no source of ${target}")
    endif()
  endforeach()
  set_property(TARGET ${target} PROPERTY SOURCES "${others}")
endfunction()

function(etch_dispatch target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FILES")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_FILES OR NOT TARGET ${target})
    message(FATAL_ERROR "etch_dispatch(${target} FILES <sources>...): a target and files of it are needed; unknown: "
                        "${arg_UNPARSED_ARGUMENTS}")
  endif()
  _etch_dispatch_obstacle(obstacle)
  if(obstacle)
    message(STATUS "Etch: ${target} has one level of instructions: ${obstacle}")
    return()
  endif()
  set(files "")
  foreach(file IN LISTS arg_FILES)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    list(APPEND files "${file}")
  endforeach()
  _etch_dispatch_take(${target} ${files})

  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}.levels")
  set(levels x86-64 x86-64-v3 x86-64-v4)
  set(lists "")
  set(libraries "")
  set(outputs "")
  set(number 0)
  foreach(level IN LISTS levels)
    set(library ${target}_level_${number})
    # An archive, not an OBJECT library: makefiles have no rule for the objects of another target, but build targets that
    # a command names.
    add_library(${library} STATIC EXCLUDE_FROM_ALL ${files})
    foreach(property IN ITEMS INCLUDE_DIRECTORIES COMPILE_DEFINITIONS COMPILE_FEATURES COMPILE_OPTIONS LINK_LIBRARIES
                              POSITION_INDEPENDENT_CODE CXX_STANDARD)
      get_target_property(value ${target} ${property})
      if(NOT value MATCHES "-NOTFOUND$")
        set_property(TARGET ${library} PROPERTY ${property} "${value}")
      endif()
    endforeach()
    target_compile_options(${library} PRIVATE -march=${level} -fno-lto)
    list(APPEND libraries ${library})
    list(APPEND lists "-DOBJECTS_${number}=$<TARGET_OBJECTS:${library}>")
    list(APPEND outputs "${folder}/level_${number}.o")
    math(EXPR number "${number} + 1")
  endforeach()
  set(choice "${folder}/choice.cpp")
  add_custom_command(
    OUTPUT ${outputs} "${choice}"
    COMMAND "${CMAKE_COMMAND}" "-DTARGET=${target}" "-DFOLDER=${folder}" "-DLEVELS=${number}" ${lists}
            "-DLD=${ETCH_LD}" "-DNM=${ETCH_NM}" "-DOBJDUMP=${ETCH_OBJDUMP}" "-DOBJCOPY=${ETCH_OBJCOPY}"
            "-DCHOICE=${ETCH_DISPATCH_CHOICE}" -P "${ETCH_DISPATCH_SCRIPT}"
    DEPENDS ${libraries} "${ETCH_DISPATCH_SCRIPT}" "${ETCH_DISPATCH_CHOICE}"
    COMMENT "Choosing between levels of x86-64 in ${target}"
    VERBATIM)
  set_source_files_properties(${outputs} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  # The loader asks before anything else runs: nothing may be prepared yet.
  set_source_files_properties("${choice}" PROPERTIES GENERATED TRUE SKIP_PRECOMPILE_HEADERS ON
                              COMPILE_OPTIONS "-O1;-fno-stack-protector")
  target_sources(${target} PRIVATE "${choice}" ${outputs})
endfunction()
