// EXPECT: compile: a tuple has one element for each output
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto heads = functional([](Builder& g) {
  const Tensor x = g.input({4});
  return outputs(Dense{3}(x), Dense{2}(x));
});

void train() {
  compile<heads>(Adam{}, hana::make_tuple(MeanSquaredError{}), hana::make_tuple(), batch<4>);  // HERE
}
