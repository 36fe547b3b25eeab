// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/cmake_package.hpp>
#include <codegen/firmware/firmware_ends.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/replace_file.hpp>

#include <regex>
#include <span>

namespace etch::host {

namespace {

constexpr const char* lists_text =
    R"(# add_subdirectory(<this folder>), or install it and find_package(@name@): link @name@::@name@.
cmake_minimum_required(VERSION 3.16)
project(@name@ VERSION @version@ LANGUAGES C CXX)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(@name@ STATIC @name@.cpp @name@_step.cpp @name@_selftest.c @name@_weights.c)
add_library(@name@::@name@ ALIAS @name@)
target_compile_features(@name@ PRIVATE cxx_std_20 c_std_99)
target_compile_definitions(@name@ PRIVATE ETCH_WEIGHTS_IN_C)
# Floats have the same bits everywhere with these flags alone.
target_compile_options(@name@ PRIVATE
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics -ffp-contract=off -fno-math-errno>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fconstexpr-ops-limit=1000000000>
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-fconstexpr-steps=100000000>)
target_include_directories(@name@ SYSTEM PRIVATE headers)
target_include_directories(@name@ PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>
                                         $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

install(TARGETS @name@ EXPORT @name@-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES @name@.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/@name@)
install(EXPORT @name@-targets NAMESPACE @name@:: FILE @name@-config.cmake DESTINATION ${folder})
write_basic_package_version_file(@name@-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/@name@-config-version.cmake DESTINATION ${folder})

if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR AND NOT CMAKE_CROSSCOMPILING)
  enable_testing()
  add_executable(@name@_selftest_main selftest_main.c)
  target_link_libraries(@name@_selftest_main PRIVATE @name@)
  add_test(NAME @name@_selftest COMMAND @name@_selftest_main)
endif()
)";

}  // namespace

void check_package_version(const std::string& version) {
  if (!std::regex_match(version, std::regex("[0-9]{1,9}(\\.[0-9]{1,9}){2}")))
    throw Error("\"" + version + "\" is no version of a package: three numbers are, as 1.0.0");
}

void write_cmake_package(const BundleOptions& options, const std::string& version) {
  check_package_version(version);
  const std::string text = replaced(replaced(lists_text, "@name@", options.name), "@version@", version);
  replace_file(options.folder / "CMakeLists.txt", std::as_bytes(std::span(text)));
}

}  // namespace etch::host
