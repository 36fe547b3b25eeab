// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>

namespace etch::host {

/// Throws `Error` unless there is such a board: a folder of `runtime/boards`, its core (`m3`, `m4`, `m7`,
/// `m55`), or `desktop`. A prepared model is the same for all of them: what compiles its sources chooses the
/// kernels, and one plan has room for each core's.
void check_board(const std::string& board);

}  // namespace etch::host
