// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/firmware/bundle.hpp>

#include <filesystem>
#include <string>

namespace etch::host {

/// Makes a bundle's library for each core and float ABI that Arduino's and PlatformIO's boards have, or for
/// the core of the bundle's board alone, as `<folder>/<build.mcu>/[<-mfpu>-<-mfloat-abi>/]lib<name>.a`: where
/// Arduino looks for one. Cores without a compiler on this machine are left out. Returns the cores that are
/// there, for people. Throws `Error` where one cannot be made.
std::string make_ready_libraries(const BundleOptions& bundle, const std::filesystem::path& folder);

/// Throws `Error` unless there can be such a library of a board on this machine. \param headers as
/// `find_headers` gives it
void check_ready_board(const std::string& board, const std::filesystem::path& headers);

}  // namespace etch::host
