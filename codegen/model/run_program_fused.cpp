// SPDX-License-Identifier: BSL-1.0
// The kernels of every op of floats once more, for graphs whose products and sums are rounded once.
#include <codegen/model/run_program.hpp>
#include <runtime/kernels/fused/fused_float.hpp>

namespace etch::host {

void run_program_fused(const ProgramView& program, int first, int last, const Regions& regions,
                       const kernels::Call& call) {
  interpret<kernels::FusedFloat>(program, first, last, call, regions, run_whole_step);
}

void run_step_fused(const GraphView& graph, const Step& step, const kernels::Call& call,
                    void* const* operands) {
  interpret_step<kernels::FusedFloat>(graph, step, call, operands, run_whole_step);
}

}  // namespace etch::host
