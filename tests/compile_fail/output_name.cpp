// EXPECT: compile: the model has no output of that name
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto heads = functional([](Builder& g) {
  const Tensor x = g.input({4});
  return outputs(Dense{.units = 3, .name = "digit"}(x), Dense{.units = 2, .name = "parity"}(x));
});

void train() {
  const auto losses =
      hana::make_tuple(output<"digit">(MeanSquaredError{}), output<"party">(MeanSquaredError{}));
  compile<heads>(Adam{}, losses, hana::make_tuple(), batch<4>);  // HERE
}
