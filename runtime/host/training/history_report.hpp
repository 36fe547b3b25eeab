// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/results.hpp>

#include <filesystem>

namespace etch {

/// Draws the curves of a training to a `.svg` file, a panel for each number with that of validation in the
/// same one. Epochs without validation are gaps. Throws `etch::Error` for another extension, an epoch less
/// than one, and where the file cannot be written.
void plot_history(const History& history, const std::filesystem::path& path);

}  // namespace etch
