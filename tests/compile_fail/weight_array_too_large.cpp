// EXPECT: a weight array has at most 268,435,456 elements
// NUMBERS: 0 268435456
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto large = sequential(Input{20000}, Dense{20000});  // HERE

void train() { compile<large>(Adam{}, MeanSquaredError{}); }
