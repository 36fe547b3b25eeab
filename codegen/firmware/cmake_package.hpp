// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/firmware/bundle.hpp>

#include <string>

namespace etch::host {

/// Makes a bundle a package of CMake as well: a CMakeLists.txt for `add_subdirectory(<folder>)`, for
/// `find_package(<name>)` once it is installed, and with the self test as a test. Both give the target
/// `<name>::<name>`. \param version of the package, three numbers. Throws `Error`.
void write_cmake_package(const BundleOptions& options, const std::string& version);

/// Throws `Error` unless text is a version, three numbers with dots between.
void check_package_version(const std::string& version);

}  // namespace etch::host
