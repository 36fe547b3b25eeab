// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/merge.hpp>
#include <etch/layers/reverse.hpp>

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
}  // namespace detail

/// A recurrent layer once forward and once backward in time, with weights of its own each, and the results
/// joined. Input [time, features]; output as the layer's, twice as wide with `concat`. With
/// `return_sequences` the backward sequence is turned round before. `backward_layer` is by default a copy of
/// `layer`. `bidirectional.both(x)` gives the two results apart.
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

  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    const BothDirections y = both(x);
    if (g.graph.fault) return detail::stopped(x);
    const Tensor results[]{y.forward, y.backward};
    Tensor merged = merge(results);
    merged.mask = y.forward.mask;
    g.note("Bidirectional", "bidirectional", name, state, results, merged);
    return merged;
  }

  constexpr BothDirections both(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(backward_layer.go_backwards != layer.go_backwards,
            "Bidirectional needs a backward_layer that goes the other way: turn its go_backwards", 0, 1,
            state.line);
    g.check(backward_layer.return_sequences == layer.return_sequences && backward_layer.units == layer.units,
            "Bidirectional needs two layers of one size that return the same", backward_layer.units,
            layer.units, state.line);
    name_layers(g);
    BothDirections y{layer(x), {}};
    y.backward = backward_layer(x);
    if (layer.return_sequences && !g.graph.fault) {
      Tensor& turned = layer.go_backwards ? y.forward : y.backward;
      turned = detail::reverse(turned, state.line);
      turned.mask = x.mask;
    }
    return y;
  }

 private:
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
