// EXPECT: batch normalization over one value cannot learn
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto wrong = sequential(Input{4}, Dense{3}, BatchNormalization{}, Dense{2});

void train() {
  compile<wrong>(Adam{}, MeanSquaredError{}, hana::make_tuple(), batch<1>);  // HERE
}
