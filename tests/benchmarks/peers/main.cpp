// SPDX-License-Identifier: BSL-1.0
// Etch beside libraries of others, in one program and by turns.
#include "tests/benchmarks/machine.hpp"
#include "tests/benchmarks/peers/suite.hpp"

#include <cstdio>
#include <exception>
#include <runtime/kernels/target.hpp>

int main(int argc, char** argv) try {
  benchmark::Initialize(&argc, argv);
  etch::benchmarks::say_machine("peers", etch::kernels::vector_floats);
  peers::add_peaks();
  peers::add_article();
  peers::add_single_layers();
  peers::add_recurrent();
  peers::add_digits_cnn();
  peers::add_resnet();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
