// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>

namespace residual_cifar {

using namespace etch;

constexpr Tensor convolve(const Tensor& x, int filters, int size, int strides) {
  return BatchNormalization{.momentum = 0.9f}(Conv2D{.filters = filters,
                                                     .kernel_size = size,
                                                     .strides = strides,
                                                     .padding = same,
                                                     .use_bias = false,
                                                     .kernel_initializer = HeNormal{}}(x));
}

/// He et al. 2016: two convolutions and a way around them, which takes a projection where the shape changes.
constexpr Tensor residual(const Tensor& x, int filters, int strides) {
  const Tensor y = convolve(ReLU{}(convolve(x, filters, 3, strides)), filters, 3, 1);
  const bool alike = strides == 1 && x.shape.last() == filters;
  return ReLU{}(Add{}(y, alike ? x : convolve(x, filters, 1, strides)));
}

inline constexpr auto resnet = functional([](Builder& g) {
  Tensor x = ReLU{}(convolve(g.input({32, 32, 3}, "images"), 16, 3, 1));
  x = residual(x, 16, 2);
  x = residual(x, 32, 2);
  x = residual(x, 64, 2);
  return Dense{10, softmax}(GlobalAveragePooling2D{}(x));
});

}  // namespace residual_cifar
