// EXPECT: samples are floats or bytes (std::uint8_t)
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

const double x[8]{};
const float y[2]{};
const Dataset data{x, y};  // HERE
