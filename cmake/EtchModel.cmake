# SPDX-License-Identifier: BSL-1.0
#
# A model as a part of firmware and as a desktop library: one that `etch::host::export_firmware` wrote, or a file that
# the tool `etch` reads.
#
#   etch_add_model(<target> FOLDER <folder of the generated files> [NAME <name given to export_firmware>]
#                  [INCLUDES <dirs of the header with the declaration>]
#                  [COMMAND <program that exports> <arguments>... [DEPENDS <files>]] [C_ARRAY] [SELFTEST] [STEP])
#     NAME is <target> by default. With COMMAND, the files are made when something needs them; without it, they
#     must be there when the model is built. C_ARRAY takes the weights from a .c instead of .S and .bin. SELFTEST and
#     STEP compile <name>_selftest.c and <name>_step.cpp too, which `etch compile` writes and export_firmware does not.
#     - Firmware: etch_add_firmware(... MODELS <target>) compiles it in; C programs still link as C.
#     - Desktop: link <target>, a static library with the same C API.
#     Properties: ETCH_MODEL_SOURCES, ETCH_MODEL_INCLUDES, ETCH_MODEL_FILES.
#   etch_add_model_file(<target> FILE <model file> [BOARD <board>] [NAME <C identifier>] [CUT <value>] [ENDS_IN_ARENA]
#                       [CALIBRATE <samples of each input>... [INT16]] [FOLDER <dir>] [DEPENDS <targets>] [C_ARRAY] [STEP]
#                       [WEIGHTS_BLOB] [MODEL_VERSION <number>]
#                       [WEIGHTS int8|int4|auto] [MAX_ERROR <part>] [QUANTIZED])
#     The same of a file: `etch compile` writes its sources when something needs them. NAME is <target> by default.
#     <name>_selftest is there; STEP compiles <name>_step too, which takes the compiler as long as the model once more.
#     Without BOARD, the arena has room for every core's kernels.
#     CUT takes the model only up to a value, a name or the number of an operator (docs/tool.md).
#     ENDS_IN_ARENA has inputs and outputs in the arena; CALIBRATE quantizes a float model to int8, with INT16 to 16x8.
#     The files may be made by the build; DEPENDS names what makes them in other folders.
#     WEIGHTS brings weights of a quantized model to 4 bits (docs/int4.md), `auto` where outputs change by at most MAX_ERROR.
#     QUANTIZED says that the file is quantized already: CALIBRATE is then for WEIGHTS alone.
#     WEIGHTS_BLOB has weights that can be replaced, whose version is MODEL_VERSION (docs/weights_blob.md).
#     The tool is Etch's own, built or installed, or ETCH_TOOL.

include_guard(GLOBAL)

function(etch_add_model target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "C_ARRAY;SELFTEST;STEP" "FOLDER;NAME" "INCLUDES;COMMAND;DEPENDS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_FOLDER)
    message(FATAL_ERROR "etch_add_model(${target}): FOLDER is needed; unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_NAME)
    set(arg_NAME ${target})
  endif()
  cmake_path(ABSOLUTE_PATH arg_FOLDER BASE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}" NORMALIZE)
  set(base "${arg_FOLDER}/${arg_NAME}")
  set(files "${base}.h" "${base}.cpp" "${base}_weights.S" "${base}_weights.bin" "${base}_weights.c")
  set(weights "${base}_weights.S")
  if(arg_C_ARRAY)
    set(weights "${base}_weights.c")
  endif()
  set(parts "")
  if(arg_SELFTEST)
    list(APPEND parts "${base}_selftest.c")
  endif()
  if(arg_STEP)
    list(APPEND parts "${base}_step.cpp")
  endif()
  list(APPEND files ${parts})
  set(sources "${base}.cpp" "${weights}" ${parts})
  set(includes "${arg_FOLDER}")
  foreach(dir IN LISTS arg_INCLUDES)
    cmake_path(ABSOLUTE_PATH dir BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    list(APPEND includes "${dir}")
  endforeach()

  if(arg_COMMAND)
    list(GET arg_COMMAND 0 program)
    add_custom_command(OUTPUT ${files} COMMAND ${arg_COMMAND} DEPENDS ${program} ${arg_DEPENDS}
                       COMMENT "Exporting ${arg_NAME}" VERBATIM)
  else()
    set_source_files_properties(${files} PROPERTIES GENERATED TRUE)
  endif()
  # Whoever compiles the files in parallel waits for one export.
  add_custom_target(${target}_files DEPENDS ${files})

  # GCC and Clang take one of the two files, the other is empty.
  set_source_files_properties("${base}_weights.c" PROPERTIES COMPILE_DEFINITIONS ETCH_WEIGHTS_IN_C)
  # A desktop project need not have assembly among its languages.
  add_library(${target} STATIC EXCLUDE_FROM_ALL "${base}.cpp" "${base}_weights.c" ${parts})
  add_dependencies(${target} ${target}_files)
  target_include_directories(${target} PUBLIC ${includes})
  target_link_libraries(${target} PRIVATE etch::etch)
  set_target_properties(${target} PROPERTIES
    ETCH_MODEL_SOURCES "${sources}" ETCH_MODEL_INCLUDES "${includes}" ETCH_MODEL_FILES "${files}")
endfunction()

# A file that is there, or that this folder's build makes.
function(_etch_model_file_path result function file)
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
  if(NOT EXISTS "${file}" OR IS_DIRECTORY "${file}")
    if(NOT CMAKE_SCRIPT_MODE_FILE)
      get_source_file_property(generated "${file}" GENERATED)
    endif()
    if(NOT generated)
      message(FATAL_ERROR "${function}: there is no file ${file}")
    endif()
  endif()
  set(${result} "${file}" PARENT_SCOPE)
endfunction()

function(etch_add_model_file target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "ENDS_IN_ARENA;C_ARRAY;INT16;STEP;WEIGHTS_BLOB;QUANTIZED"
    "FILE;BOARD;NAME;CUT;FOLDER;MODEL_VERSION;WEIGHTS;MAX_ERROR" "CALIBRATE;DEPENDS")
  set(function "etch_add_model_file(${target})")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${function}: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  elseif(arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "${function}: no value for ${arg_KEYWORDS_MISSING_VALUES}")
  elseif(NOT arg_FILE)
    message(FATAL_ERROR "${function}: FILE is needed")
  elseif(arg_INT16 AND NOT arg_CALIBRATE)
    message(FATAL_ERROR "${function}: INT16 needs CALIBRATE with samples of each input")
  elseif(arg_QUANTIZED AND arg_INT16)
    message(FATAL_ERROR "${function}: a file that is QUANTIZED already cannot become INT16")
  elseif(arg_QUANTIZED AND NOT DEFINED arg_WEIGHTS)
    message(FATAL_ERROR "${function}: QUANTIZED goes with WEIGHTS, which is what CALIBRATE is then for")
  elseif(DEFINED arg_MAX_ERROR AND NOT arg_WEIGHTS STREQUAL "auto")
    message(FATAL_ERROR "${function}: MAX_ERROR needs WEIGHTS auto")
  elseif(arg_WEIGHTS STREQUAL "auto" AND NOT arg_CALIBRATE)
    message(FATAL_ERROR "${function}: WEIGHTS auto needs CALIBRATE with samples of each input")
  elseif(DEFINED arg_WEIGHTS AND NOT arg_WEIGHTS MATCHES "^(int8|int4|auto)$")
    message(FATAL_ERROR "${function}: there are no WEIGHTS ${arg_WEIGHTS}: int8, int4 or auto")
  endif()
  if(NOT arg_NAME)
    set(arg_NAME ${target})
  endif()
  if(NOT arg_NAME MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(FATAL_ERROR "${function}: \"${arg_NAME}\" is no C identifier: give another NAME")
  endif()
  if(NOT arg_FOLDER)
    set(arg_FOLDER ${target}.model)
  endif()
  cmake_path(ABSOLUTE_PATH arg_FOLDER BASE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}" NORMALIZE)
  _etch_model_file_path(file "${function}" "${arg_FILE}")
  set(files "${file}")
  set(options --name ${arg_NAME} -o "${arg_FOLDER}" --no-declaration)
  if(arg_BOARD)
    list(APPEND options --board "${arg_BOARD}")
  endif()
  if(DEFINED arg_CUT)
    list(APPEND options --cut "${arg_CUT}")
  endif()
  if(arg_ENDS_IN_ARENA)
    list(APPEND options --ends-in-arena)
  endif()
  if(arg_WEIGHTS_BLOB)
    list(APPEND options --weights-blob)
  endif()
  if(DEFINED arg_MODEL_VERSION)
    list(APPEND options --model-version ${arg_MODEL_VERSION})
  endif()
  foreach(samples IN LISTS arg_CALIBRATE)
    _etch_model_file_path(samples "${function}" "${samples}")
    list(APPEND files "${samples}")
    list(APPEND options --calibrate "${samples}")
  endforeach()
  if(arg_INT16)
    list(APPEND options --int16)
  elseif(arg_CALIBRATE AND NOT arg_QUANTIZED)
    list(APPEND options --int8)
  endif()
  if(DEFINED arg_WEIGHTS)
    list(APPEND options --weights ${arg_WEIGHTS})
  endif()
  if(DEFINED arg_MAX_ERROR)
    list(APPEND options --max-error ${arg_MAX_ERROR})
  endif()

  set(tool etch::tool)
  if(NOT TARGET etch::tool)
    find_program(ETCH_TOOL etch)
    set(tool "${ETCH_TOOL}")
  endif()
  if(NOT tool)
    message(FATAL_ERROR "${function}: there is no tool etch: configure Etch with -DETCH_BUILD_TOOL=ON, or set ETCH_TOOL "
                        "to the program")
  endif()
  set(flags SELFTEST)
  foreach(flag IN ITEMS C_ARRAY STEP)
    if(arg_${flag})
      list(APPEND flags ${flag})
    endif()
  endforeach()
  etch_add_model(${target} FOLDER "${arg_FOLDER}" NAME ${arg_NAME} ${flags}
                 COMMAND ${tool} compile "${file}" ${options} DEPENDS ${files} ${arg_DEPENDS})
endfunction()
