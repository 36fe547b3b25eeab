// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/compiled_graph.hpp>

// Every activation, batch normalization with and without bias before it, odd sizes.
inline constexpr auto small_model = etch::sequential(
    etch::Input{3, 5}, etch::Flatten{}, etch::Dense{.units = 17, .use_bias = false},
    etch::BatchNormalization{}, etch::Activation{etch::ActivationKind::tanh}, etch::Dense{9, etch::sigmoid},
    etch::BatchNormalization{}, etch::Dense{7}, etch::Softmax{});

// Two inputs and two outputs, and more activations than the other.
inline constexpr auto pair_model = etch::functional([](etch::Builder& g) {
  const etch::Tensor a = g.input({6}), b = g.input({4});
  const etch::Tensor joined =
      etch::Concatenate{}(etch::Dense{20, etch::relu}(a), etch::Dense{20, etch::relu}(b));
  const etch::Tensor deep = etch::Dense{40, etch::relu}(joined);
  const etch::Tensor sum = etch::Add{}(joined, deep);
  return etch::outputs(etch::Dense{5}(sum), etch::Dense{2, etch::sigmoid}(deep));
});
