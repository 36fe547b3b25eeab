// EXPECT: integer training takes convolutions without groups and dilation
// NUMBERS: 1 3
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/integer_trainer.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{6, 6, 1}, Conv2D{.filters = 3, .kernel_size = 3},
                                       DepthwiseConv2D{.kernel_size = 3}, Flatten{}, Dense{2}, Softmax{});

using Wrong = IntegerTrainer<net>;
static_assert(Wrong::classes > 0);  // HERE
