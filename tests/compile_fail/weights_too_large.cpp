// EXPECT: the weights of a model are at most 536,000,000 numbers
// NUMBERS: 768032000 536000000
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto large = sequential(Input{16000}, Dense{16000}, Dense{16000}, Dense{16000});  // HERE

void train() { compile<large>(Adam{}, MeanSquaredError{}); }
