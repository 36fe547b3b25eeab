// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <etch/model/declare/compiled_graph.hpp>

/// Layers that learn on one task and serve another. Their names tell which weights to load.
inline constexpr auto features =
    etch::sequential(etch::Input{28, 28}, etch::Reshape{{28, 28, 1}},
                     etch::Conv2D{.filters = 8, .kernel_size = 5, .strides = 2, .name = "edges"},
                     etch::BatchNormalization{.name = "edges_norm"}, etch::ReLU{},
                     etch::Conv2D{.filters = 16, .kernel_size = 3, .strides = 2, .name = "strokes"},
                     etch::BatchNormalization{.name = "strokes_norm"}, etch::ReLU{}, etch::Flatten{},
                     etch::Dense{.units = 64, .activation = etch::relu, .name = "parts"});

/// Tells five digits apart, and learns all that it does.
inline constexpr auto whole = etch::functional([](etch::Builder& g) {
  auto base = features;
  return etch::Dense{.units = 5, .activation = etch::softmax, .name = "digits"}(base(g.input({28, 28})));
});

/// Tells five digits apart with a new head on the same features, which are not trained again.
inline constexpr auto new_head = etch::functional([](etch::Builder& g) {
  auto base = frozen(features);
  return etch::Dense{.units = 5, .activation = etch::softmax, .name = "new_digits"}(base(g.input({28, 28})));
});

/// The channels of `parts` whose weights would move most for the digits 5 to 9, as the program finds and
/// prints them, and what trains with them on the features of the digits 0 to 4: these channels and the head.
inline constexpr std::int16_t parts_channels[]{3,  4,  5,  6,  7,  9,  11, 13, 14, 18, 21,
                                               24, 26, 29, 30, 31, 32, 33, 37, 39, 43, 44,
                                               48, 52, 54, 55, 56, 57, 59, 60, 61, 62};
inline constexpr etch::ChosenChannels chosen_parts{"parts", parts_channels}, digits_head{"digits"};
inline constexpr auto adapted = etch::train_only(etch::chosen_channels(chosen_parts, digits_head), whole);
