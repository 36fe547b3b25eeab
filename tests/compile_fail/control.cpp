// SPDX-License-Identifier: BSL-1.0
// A right declaration of everything that is wrong elsewhere in this folder: it must compile.
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto encoder = sequential(Input{8}, Dense{4}, BatchNormalization{}, Dropout{0.999f});
inline constexpr auto right = functional([](Builder& g) {
  auto encode = encoder;
  Dense shared{5};
  const Tensor x = g.input({2, 4}), y = Reshape{{-1}}(x), z = encode(Flatten{}(x));
  const Tensor eight = Concatenate{-1}(z, z, z, z, z, z, z, z);
  return Dense{3}(Concatenate{}(eight, Add{}(shared(y), shared(y))));
});
static_assert(graph<right>.steps.count > 0);

void train() { compile<right>(Adam{}, MeanSquaredError{}, hana::make_tuple(), batch<2>); }
