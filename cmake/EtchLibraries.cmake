# SPDX-License-Identifier: BSL-1.0
#
# The desktop's libraries, each on top of the one before it, so that who trains a network compiles no importer:
#
#   etch::host     data, files and training: what `fit` needs
#   etch::codegen  firmware, quantization and Etch's own model files
#   etch::formats  models of other programs, as declarations, pages and certificates

include(cmake/EtchHostLibraries.cmake)
find_package(nlohmann_json REQUIRED)
find_path(ETCH_FLATBUFFERS_INCLUDE_DIR flatbuffers/flatbuffers.h REQUIRED)

# The library etch_<name> of these folders' sources, on top of another. Most of what a file takes to compile is the headers,
# so up to 13 files of a folder are one for the compiler: no two of a folder have a name in common.
function(_etch_library name below)
  list(TRANSFORM ARGN APPEND /*.cpp OUTPUT_VARIABLE patterns)
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  add_library(etch_${name} STATIC ${sources})
  set_target_properties(etch_${name} PROPERTIES UNITY_BUILD ${ETCH_JOIN_SOURCES} UNITY_BUILD_MODE GROUP)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
    string(MAKE_C_IDENTIFIER ${folder} folder)
    math(EXPR part "0${count_of_${folder}} / 13")
    math(EXPR count_of_${folder} "0${count_of_${folder}} + 1")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder}_${part})
  endforeach()
  add_library(etch::${name} ALIAS etch_${name})
  set_target_properties(etch_${name} PROPERTIES EXPORT_NAME ${name})
  target_link_libraries(etch_${name} PUBLIC ${below}
    PRIVATE $<BUILD_INTERFACE:nlohmann_json::nlohmann_json> $<BUILD_INTERFACE:etch_warnings>)
  if(ETCH_BUILD_FUZZERS)
    target_compile_options(etch_${name} PRIVATE -fsanitize=fuzzer-no-link)  # counts what the inputs reach
  endif()
endfunction()

_etch_library(host etch runtime/host runtime/host/*)
_etch_library(codegen etch_host codegen/firmware codegen/formats/etch codegen/int8 codegen/model codegen/prepare
              codegen/quantize codegen/report codegen/testing)
_etch_library(formats etch_codegen codegen/declare codegen/formats codegen/formats/keras codegen/formats/onnx
              codegen/formats/rtneural codegen/formats/tflite codegen/page codegen/prove codegen/train)
target_link_libraries(etch_host PRIVATE ZLIB::ZLIB OpenSSL::Crypto Threads::Threads)
target_link_libraries(etch_codegen PRIVATE ZLIB::ZLIB)
target_compile_definitions(etch_host INTERFACE ETCH_HOST=1)
target_include_directories(etch_formats PRIVATE ${ETCH_FLATBUFFERS_INCLUDE_DIR})
include(cmake/EtchPackages.cmake)  # what packages of models hold
include(cmake/EtchPage.cmake)  # the page of reports, as a source

# Libraries that some files need: a build without one leaves those out, and `etch --version` says so.
foreach(library HDF5 LIBZIP)
  if(ETCH_READ_KERAS AND ETCH_${library}_FOUND)
    target_compile_definitions(etch_host PRIVATE ETCH_HAS_${library})
    target_include_directories(etch_host SYSTEM PRIVATE ${ETCH_${library}_INCLUDE_DIRS})
    target_link_libraries(etch_host PRIVATE ${ETCH_${library}_LINK_LIBRARIES})
  endif()
endforeach()
if(NOT ETCH_READ_KERAS OR NOT ETCH_HDF5_FOUND)  # the one file that names the library
  get_target_property(sources etch_host SOURCES)
  list(FILTER sources EXCLUDE REGEX "runtime/host/files/hdf5.cpp$")
  set_property(TARGET etch_host PROPERTY SOURCES ${sources})
endif()
set_property(SOURCE runtime/host/data/picture.cpp PROPERTY SKIP_PRECOMPILE_HEADERS ON)  # it has macros of its own
foreach(library PNG JPEG)
  if(ETCH_READ_PICTURES AND ${library}_FOUND)
    target_include_directories(etch_host SYSTEM PRIVATE ${${library}_INCLUDE_DIRS})
    target_link_libraries(etch_host PRIVATE ${${library}_LIBRARIES})
    set_property(SOURCE runtime/host/data/picture.cpp APPEND PROPERTY COMPILE_DEFINITIONS ETCH_HAS_${library})
  endif()
endforeach()
if(ETCH_READ_ONNX)
  find_path(ETCH_ONNX_INCLUDE_DIR onnx/onnx-ml.pb.h)
  find_library(ETCH_ONNX_LIBRARY onnx_proto)
  find_library(ETCH_PROTOBUF_LIBRARY protobuf)
endif()
if(ETCH_READ_ONNX AND ETCH_ONNX_INCLUDE_DIR AND ETCH_ONNX_LIBRARY AND ETCH_PROTOBUF_LIBRARY)
  target_include_directories(etch_formats PRIVATE ${ETCH_ONNX_INCLUDE_DIR})
  target_link_libraries(etch_formats PRIVATE ${ETCH_ONNX_LIBRARY} ${ETCH_PROTOBUF_LIBRARY})
  # The files that name the library: its macros are those that it was built with.
  set_source_files_properties(codegen/formats/onnx/reader.cpp codegen/formats/onnx/file_writer.cpp PROPERTIES
    SKIP_PRECOMPILE_HEADERS ON COMPILE_DEFINITIONS "ETCH_HAS_ONNX;ONNX_ML=1;ONNX_NAMESPACE=onnx")
endif()

# What runs once a model need not be fast: a build from scratch is what people wait for. The exception holds the
# interpreter's kernels, of floats: doubles are for checks. Sanitizers make optimising slow, and reading files slow
# without it.
set(fast codegen/model/run_program.cpp codegen/model/run_program_fused.cpp codegen/model/run_whole_step.cpp)
# Compiled by themselves: what takes long, and what names a library that only some programs are linked with.
set_source_files_properties(codegen/model/run_program_in_double.cpp runtime/host/files/hdf5.cpp
  runtime/host/keras/keras_archive.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=address" AND NOT ETCH_OPTIMIZE_SANITIZED)
  target_compile_options(etch_host PRIVATE -O1)
  target_compile_options(etch_codegen PRIVATE -O0)
  target_compile_options(etch_formats PRIVATE -O0)
  set_source_files_properties(${fast} codegen/model/run_program_in_double.cpp PROPERTIES
                              COMPILE_OPTIONS -O1 SKIP_PRECOMPILE_HEADERS ON)
else()
  foreach(name IN ITEMS host codegen formats)
    target_compile_options(etch_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endforeach()
  set_source_files_properties(${fast} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O3> SKIP_PRECOMPILE_HEADERS ON)
endif()
if(ETCH_DISPATCH AND CMAKE_BUILD_TYPE STREQUAL "Release")
  etch_dispatch(etch_codegen FILES ${fast})
endif()
if(ETCH_PRECOMPILE_HEADERS)
  set(shared <algorithm> <cstring> <filesystem> <span> <string> <vector> <runtime/host/error.hpp>)
  target_precompile_headers(etch_host PRIVATE ${shared})
  foreach(name IN ITEMS codegen formats)
    target_precompile_headers(etch_${name} PRIVATE ${shared} <codegen/model/imported_model.hpp> <etch/layers/layers.hpp>)
  endforeach()
endif()
