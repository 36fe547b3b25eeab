// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/tool/operator_results.hpp>
#include <runtime/kernels/kernel_sets.hpp>

namespace etch::tool {

/// What operators gave on a board, sample after sample: the file that a verify build of the firmware wrote
/// (`runtime/boards/common/trace.h`). \param model as it was prepared for that board; channels that passes
/// removed are put back from what was noted of them. \param sets of kernels that it was planned for, on which
/// the order of its steps depends. Throws `Error` unless the file holds every step of whole
/// samples.
std::vector<std::vector<OperatorResult>> board_results(const std::filesystem::path& path,
                                                       const host::ImportedModel& model,
                                                       kernels::KernelSets sets);

}  // namespace etch::tool
