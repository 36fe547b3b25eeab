// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/keras/config.hpp>
#include <codegen/formats/keras/layers.hpp>

#include <utility>

namespace etch::detail {

/// How the layers of one Keras class are made.
struct KerasFactory {
  const char* class_name;
  KerasLayer (*make)(KerasConfig& config);
};

std::span<const KerasFactory> keras_core_layers();
std::span<const KerasFactory> keras_activation_layers();
std::span<const KerasFactory> keras_spatial_layers();
std::span<const KerasFactory> keras_recurrent_layers();

/// Checks the number of inputs of a call.
void check_inputs(const KerasSource& source, std::size_t found, std::size_t least, std::size_t most);

/// A layer of one input.
template <class Layer>
KerasLayer one_input(const KerasConfig& config, Layer layer) {
  return [layer, source = config.source()](std::span<const Tensor> x) mutable {
    check_inputs(source, x.size(), 1, 1);
    return layer(x[0]);
  };
}

template <class Layer, std::size_t... I>
Tensor call_with(Layer& layer, std::span<const Tensor> x, std::index_sequence<I...>) {
  return layer(x[I]...);
}

/// A layer of `Least` to `Most` inputs, by the call operator for their number.
template <std::size_t Least, std::size_t Most, class Layer>
KerasLayer many_inputs(const KerasConfig& config, Layer layer) {
  return [layer, source = config.source()](std::span<const Tensor> x) mutable {
    check_inputs(source, x.size(), Least, Most);
    Tensor y;
    const auto try_count = [&]<std::size_t Extra>(std::integral_constant<std::size_t, Extra>) {
      if (x.size() == Least + Extra) y = call_with(layer, x, std::make_index_sequence<Least + Extra>());
    };
    [&]<std::size_t... Extra>(std::index_sequence<Extra...>) {
      (try_count(std::integral_constant<std::size_t, Extra>()), ...);
    }
    (std::make_index_sequence<Most - Least + 1>());
    return y;
  };
}

/// The layer between permutations from channels first and back, if it is to see channels last.
KerasLayer with_channels_last(KerasLayer layer, bool channels_first);

}  // namespace etch::detail
