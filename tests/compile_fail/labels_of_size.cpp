// EXPECT: labels are class indices as std::int32_t or std::uint8_t, or targets as floats
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

const float x[8]{};
const std::size_t y[2]{};
const Dataset data{x, y};  // HERE
