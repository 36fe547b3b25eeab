// EXPECT: the network is an `inline constexpr auto net = ...` outside of functions
// ERRORS: 3
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

void train() {
  auto net = sequential(Input{4}, Dense{3, softmax});
  compile<net>(Adam{}, SparseCategoricalCrossentropy{});  // HERE
}
