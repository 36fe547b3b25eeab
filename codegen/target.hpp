// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>

namespace etch::host {

/// What a model's kernels are made for: the desktop takes the portable ones, Cortex-M without DSP
/// instructions those of `runtime/kernels/scalar`.
enum class Target { portable, cortex_m, cortex_m_dsp, helium };

/// The target of a board: a folder of `runtime/boards`, its core (`m3`, `m4`, `m7`, `m55`), or `desktop`.
/// Throws `Error` for others.
Target target_of_board(const std::string& board);

}  // namespace etch::host
