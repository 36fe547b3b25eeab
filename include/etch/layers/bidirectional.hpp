// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/merge.hpp>
#include <etch/layers/reverse.hpp>

#include <type_traits>

namespace etch {

/// How Bidirectional joins its two results.
enum class MergeMode : std::int32_t { concat, sum, mul, ave };

/// The results of the two layers apart: Keras's `merge_mode=None`.
struct BothDirections {
  Tensor forward, backward;
};

namespace detail {
template <class Layer>
constexpr Layer turned(Layer layer) {
  layer.go_backwards = !layer.go_backwards;
  return layer;
}

/// How many states a recurrent layer has: two of an LSTM.
template <class Layer>
inline constexpr std::size_t states_of =
    std::is_invocable_v<Layer&, const Tensor&, const Tensor&, const Tensor&> ? 2 : 1;
}  // namespace detail

/// A recurrent layer once forward and once backward in time, with weights of its own each, and the results
/// joined. Input [time, features]; output as the layer's, twice as wide with `concat`. With
/// `return_sequences` the backward sequence is turned round before. `backward_layer` is by default a copy of
/// `layer`. `bidirectional.both(x)` gives the two results apart. Behind x stand the states to begin with, if
/// any: those of the forward layer, then those of the other, (x, h, h) or of an LSTM (x, h, c, h, c).
template <class Layer>
struct Bidirectional {
  Layer layer;
  MergeMode merge_mode;
  Layer backward_layer;
  const char* name = nullptr;
  LayerState state;

  constexpr Bidirectional(Layer forward, MergeMode mode = MergeMode::concat, int line = __builtin_LINE())
      : layer(forward), merge_mode(mode), backward_layer(detail::turned(forward)), state(line) {}
  constexpr Bidirectional(Layer forward, MergeMode mode, Layer backward, const char* given = nullptr,
                          int line = __builtin_LINE())
      : layer(forward), merge_mode(mode), backward_layer(backward), name(given), state(line) {}

  template <class... States>
  requires(sizeof...(States) == 0 || sizeof...(States) == 2 * detail::states_of<Layer>) constexpr Tensor
  operator()(const Tensor& x, const States&... states) {
    Builder& g = *x.builder;
    const BothDirections y = both(x, states...);
    if (g.graph.fault) return detail::stopped(x);
    const Tensor results[]{y.forward, y.backward};
    Tensor merged = merge(results);
    merged.mask = y.forward.mask;
    g.note("Bidirectional", "bidirectional", name, state, results, merged);
    return merged;
  }

  template <class... States>
  requires(sizeof...(States) == 0 ||
           sizeof...(States) == 2 * detail::states_of<Layer>) constexpr BothDirections
      both(const Tensor& x, const States&... states) {
    const Tensor inputs[]{x, states...};
    Builder& g = *x.builder;
    g.check(backward_layer.go_backwards != layer.go_backwards,
            "Bidirectional needs a backward_layer that goes the other way: turn its go_backwards", 0, 1,
            state.line);
    g.check(backward_layer.return_sequences == layer.return_sequences && backward_layer.units == layer.units,
            "Bidirectional needs two layers of one size that return the same", backward_layer.units,
            layer.units, state.line);
    name_layers(g);
    BothDirections y{called<0, sizeof...(States) / 2>(layer, inputs), {}};
    y.backward = called<1, sizeof...(States) / 2>(backward_layer, inputs);
    if (layer.return_sequences && !g.graph.fault) {
      Tensor& turned = layer.go_backwards ? y.forward : y.backward;
      turned = detail::reverse(turned, state.line);
      turned.mask = x.mask;
    }
    return y;
  }

 private:
  /// On x, and on the `Which`-th part of the states behind it.
  template <std::size_t Which, std::size_t States>
  static constexpr Tensor called(Layer& one, std::span<const Tensor> inputs) {
    constexpr std::size_t first = 1 + Which * States;
    if constexpr (States == 0)
      return one(inputs[0]);
    else if constexpr (States == 1)
      return one(inputs[0], inputs[first]);
    else
      return one(inputs[0], inputs[first], inputs[first + 1]);
  }
  constexpr void name_layers(Builder& g) {
    Notes* const notes = g.notes();
    if (!notes || state.path >= 0 || g.graph.fault) return;
    state.path = notes->path_or_new(name, "bidirectional");
    if (!layer.name) layer.state.path = notes->child(state.path, "forward_layer");
    if (!backward_layer.name) backward_layer.state.path = notes->child(state.path, "backward_layer");
  }

  constexpr Tensor merge(std::span<const Tensor> results) const {
    const Tensor &a = results[0], &b = results[1];
    switch (merge_mode) {
      case MergeMode::sum:
        return detail::binary_step(a, b, kernels::BinaryKind::add, 2, state.line);
      case MergeMode::mul:
        return detail::binary_step(a, b, kernels::BinaryKind::multiply, 2, state.line);
      case MergeMode::ave:
        return detail::binary_step(a, b, kernels::BinaryKind::average, 2, state.line);
      case MergeMode::concat:
        break;
    }
    const int axis = a.shape.rank - 1;
    Shape out = a.shape;
    out.dim[static_cast<unsigned>(axis)] = a.shape.last() + b.shape.last();
    const ops::Concatenate::Attributes attributes{axis, 2, {a.shape.last(), b.shape.last()}};
    LayerState none{state.line};
    return a.builder->apply(op_rule<ops::Concatenate>, none, pack(attributes), out, results);
  }
};

}  // namespace etch
