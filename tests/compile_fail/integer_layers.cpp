// EXPECT: integer training takes dense layers and convolutions, relu behind each or not, pools, and softmax
// NUMBERS: 1 0
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/integer_trainer.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{4}, Dense{3, sigmoid}, Dense{2}, Softmax{});

using Wrong = IntegerTrainer<net>;
static_assert(Wrong::classes > 0);  // HERE
