// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>

namespace cnn_mnist {

using namespace etch;

/// Two convolutions and two dense layers for MNIST's digits.
inline constexpr auto cnn = sequential(
    Input{28, 28}, Reshape{{28, 28, 1}}, Conv2D{.filters = 8, .kernel_size = 5, .activation = relu},
    MaxPooling2D{2}, Conv2D{.filters = 24, .kernel_size = 5, .activation = relu}, MaxPooling2D{2}, Flatten{},
    Dropout{0.25f}, Dense{96, relu}, Dense{10}, Softmax{});

}  // namespace cnn_mnist
