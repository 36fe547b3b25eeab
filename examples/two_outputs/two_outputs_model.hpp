// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>

/// One image, two answers from one trunk: which digit it is, and how thick its strokes are.
inline constexpr auto reader = etch::functional([](etch::Builder& g) {
  using namespace etch;
  Tensor x = Reshape{{28, 28, 1}}(g.input({28, 28}, "image"));
  x = Conv2D{.filters = 8, .kernel_size = 3, .strides = 2, .activation = relu}(x);
  x = Conv2D{.filters = 16, .kernel_size = 3, .strides = 2, .activation = relu}(x);
  x = Dense{64, relu}(Flatten{}(x));
  return outputs(Dense{.units = 10, .activation = softmax, .name = "digit"}(x),
                 Dense{.units = 1, .name = "thickness"}(x));
});
