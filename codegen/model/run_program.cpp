// SPDX-License-Identifier: BSL-1.0
// The kernels of every op, which is what there is to optimise: a file of its own.
#include <codegen/model/model_program.hpp>
#include <etch/model/program/interpreter.hpp>

namespace etch::host {

void run_program(const ImportedProgram& program, int first, int last, const Regions& regions) {
  interpret<float>(program, first, last, {.rows = 1}, regions);
}

}  // namespace etch::host
