# SPDX-License-Identifier: BSL-1.0
#
# A model that `etch::host::export_firmware` wrote, as a part of firmware and as a desktop library.
#
#   etch_add_model(<target> FOLDER <folder of the generated files> [NAME <name given to export_firmware>]
#                  [INCLUDES <dirs of the header with the declaration>]
#                  [COMMAND <program that exports> <arguments>... [DEPENDS <files>]] [C_ARRAY])
#     NAME is <target> by default. With COMMAND, the files are made when something needs them; without it, they
#     must be there when the model is built. C_ARRAY takes the weights from a .c instead of .S and .bin.
#     - Firmware: etch_add_firmware(... MODELS <target>) compiles it in; C programs still link as C.
#     - Desktop: link <target>, a static library with the same C API.
#     Properties: ETCH_MODEL_SOURCES, ETCH_MODEL_INCLUDES, ETCH_MODEL_FILES.

include_guard(GLOBAL)

function(etch_add_model target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "C_ARRAY" "FOLDER;NAME" "INCLUDES;COMMAND;DEPENDS")
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

  # A desktop project need not have assembly among its languages.
  add_library(${target} STATIC EXCLUDE_FROM_ALL "${base}.cpp" "${base}_weights.c")
  add_dependencies(${target} ${target}_files)
  target_include_directories(${target} PUBLIC ${includes})
  target_link_libraries(${target} PRIVATE etch::etch)
  set_target_properties(${target} PROPERTIES
    ETCH_MODEL_SOURCES "${base}.cpp;${weights}" ETCH_MODEL_INCLUDES "${includes}" ETCH_MODEL_FILES "${files}")
endfunction()
