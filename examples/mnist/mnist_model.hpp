// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>

/// The network of the Keras article: 28x28 digits, two hidden blocks of 128, ten classes.
inline constexpr auto mnist = etch::sequential(
    etch::Input{28, 28}, etch::Flatten{}, etch::Dense{128}, etch::BatchNormalization{}, etch::ReLU{},
    etch::Dense{128}, etch::BatchNormalization{}, etch::ReLU{}, etch::Dense{10}, etch::Softmax{});
