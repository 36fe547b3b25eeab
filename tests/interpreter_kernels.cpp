// SPDX-License-Identifier: BSL-1.0
// The interpreter's kernels, compiled once for all tests: see ETCH_INTERPRETER_APART in
// codegen/testing/interpreter.hpp.
#include <codegen/testing/interpreter.hpp>

namespace etch {

template void interpret_step<float>(const Graph<Interpreter<float>::PredictionProgram::room>&, const Step&,
                                    const kernels::Call&, void* const*);
template void interpret<float>(const Interpreter<float>::PredictionProgram&, int, int, const kernels::Call&,
                               const Regions&);
template void interpret<float>(const Interpreter<float>::TrainingProgram&, int, int, const kernels::Call&,
                               const Regions&);
template void interpret<double>(const Interpreter<double>::PredictionProgram&, int, int, const kernels::Call&,
                                const Regions&);
template void interpret<double>(const Interpreter<double>::TrainingProgram&, int, int, const kernels::Call&,
                                const Regions&);

}  // namespace etch
