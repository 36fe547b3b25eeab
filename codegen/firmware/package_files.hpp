// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <span>

/// The files of `codegen/firmware/packages`, in a source that the build makes (`cmake/EtchPackages.cmake`).
namespace etch::host {

struct PackageFile {
  const char* kind;  ///< the folder of an ecosystem, or `shared`: what files of several have in them
  const char* path;  ///< in the package; @name@ and others are filled in, as in the text
  const char* text;
};

std::span<const PackageFile> package_files();

}  // namespace etch::host
