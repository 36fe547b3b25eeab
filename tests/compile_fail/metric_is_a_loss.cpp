// EXPECT: compile: not all that stands among the metrics is one
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{4}, Dense{3, softmax});

void train() {
  compile<net>(  // HERE
      Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(MeanSquaredError{}));
}
