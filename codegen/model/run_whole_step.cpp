// SPDX-License-Identifier: BSL-1.0
// The kernels of every op of whole numbers, which are the same whatever floats are made of.
#include <codegen/model/run_program.hpp>

namespace etch::host {

void run_whole_step(const GraphView& graph, const Step& step, const kernels::Call& call,
                    void* const* operands) {
  interpret_whole_step(graph, step, call, operands);
}

}  // namespace etch::host
