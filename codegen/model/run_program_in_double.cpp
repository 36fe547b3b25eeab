// SPDX-License-Identifier: BSL-1.0
// The kernels of every op of floats once more, for doubles.
#include <codegen/model/run_program.hpp>

namespace etch::host {

void run_program_in_double(const ProgramView& program, int first, int last, const Regions& regions,
                           const kernels::Call& call) {
  interpret<double>(program, first, last, call, regions, run_whole_step);
}

}  // namespace etch::host
