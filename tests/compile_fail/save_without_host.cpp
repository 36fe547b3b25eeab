// EXPECT: save needs the desktop library: link etch::host
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{4}, Dense{2});

void save() {
  auto model = compile<net>(Adam{}, MeanSquaredError{}, hana::make_tuple(), batch<4>);
  model.save("model.safetensors");  // HERE
}
