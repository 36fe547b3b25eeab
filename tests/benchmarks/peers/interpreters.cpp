// SPDX-License-Identifier: BSL-1.0
#include "tests/benchmarks/peers/interpreters.hpp"

#include <etch/model/program/interpreter.hpp>

namespace peers {

void predict(const etch::benchmarks::ModelInMemory& model) {
  const auto& program = model.program();
  const int steps = program.graph.steps.count;
  if (program.graph.numerics == etch::Numerics::fused)
    etch::interpret<etch::kernels::FusedFloat>(program, 0, steps, {.rows = 1}, model.regions());
  else
    etch::interpret<float>(program, 0, steps, {.rows = 1}, model.regions());
}

}  // namespace peers
