// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>

/// Two images go through one tower, whose weights both share; the output is the square of the distance
/// between their embeddings.
inline constexpr auto siamese = etch::functional([](etch::Builder& g) {
  using namespace etch;
  auto tower = sequential(Input{28, 28}, Reshape{{28, 28, 1}},
                          Conv2D{.filters = 8, .kernel_size = 3, .strides = 2, .activation = relu},
                          Conv2D{.filters = 16, .kernel_size = 3, .strides = 2, .activation = relu},
                          Flatten{}, Dense{64, relu}, Dense{.units = 32, .name = "embedding"});
  const Tensor left = tower(g.input({28, 28}, "left")), right = tower(g.input({28, 28}, "right"));
  const Tensor difference = Subtract{}(left, right);
  return Dot{1}(difference, difference);
});
