// SPDX-License-Identifier: BSL-1.0
// KERNELS names this compilation.
#include "kernels.hpp"

#include "peak.hpp"

namespace {

using namespace etch;

void run(const ProgramView& program, int steps, const Regions& regions) {
  interpret<float>(program, 0, steps, {.rows = 1}, regions);
}

long long peak(int rounds) { return static_cast<long long>(benchmarks::multiply_pairs(rounds)); }

}  // namespace

#define TEXT_2(name) #name
#define TEXT(name) TEXT_2(name)
extern const int8_models::Kernels KERNELS;
const int8_models::Kernels KERNELS{TEXT(KERNELS), run, peak};
