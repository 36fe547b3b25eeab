// SPDX-License-Identifier: BSL-1.0
// The kernels of every op, which is what there is to optimise: a file of its own.
#include <codegen/model/run_program.hpp>

namespace etch::host {

void run_program(const ProgramView& program, int first, int last, const Regions& regions,
                 const kernels::Call& call) {
  if (program.graph.numerics == Numerics::fused)
    return run_program_fused(program, first, last, regions, call);
  interpret<float>(program, first, last, call, regions);
}

void run_step(const GraphView& graph, const Step& step, const kernels::Call& call, void* const* operands) {
  if (graph.numerics == Numerics::fused) return run_step_fused(graph, step, call, operands);
  interpret_step<float>(graph, step, call, operands);
}

void run_whole_step(const GraphView& graph, const Step& step, const kernels::Call& call,
                    void* const* operands) {
  interpret_step<float>(graph, step, call, operands);
}

}  // namespace etch::host
