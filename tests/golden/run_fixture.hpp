// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <tests/golden/fixture.hpp>

#include <vector>

namespace golden {

/// The outputs of a fixture's model, run by the interpreter on `rows` copies of its inputs; the rows stand
/// one after another. Throws `etch::Error` where the model cannot be built or the weights do not fit it.
std::vector<float> run(const Fixture& fixture, int rows);

/// The same of one series that the model sees one time step per call.
std::vector<float> run_streamed(const Fixture& fixture);

}  // namespace golden
