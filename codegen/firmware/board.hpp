// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/kernel_sets.hpp>
#include <string>

namespace etch::host {

/// The sets of kernels that sources for a board may be compiled to, whatever the compiler and its options:
/// their scratch is planned. \param board a folder of `runtime/boards`, its core (`m0plus`, `m4`, `rv32imc`,
/// ...), `m4-size` or `m7-size` for code with ETCH_SIZE_KERNELS alone, or `desktop`, which stands for every
/// core. Throws `Error` where there is no such board.
kernels::KernelSets kernels_of(const std::string& board);

/// The folder of `runtime/boards/<architecture>` of such a board, or `desktop`. Throws `Error` likewise.
std::string folder_of(const std::string& board);

}  // namespace etch::host
