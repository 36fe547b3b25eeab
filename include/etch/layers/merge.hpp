// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>

namespace etch {

/// Sum of two or more tensors of one shape.
struct Add {
  const char* name = nullptr;
  LayerState state{};

  template <class... More>
  constexpr Tensor operator()(const Tensor& a, const Tensor& b, const More&... more) {
    const Tensor inputs[]{a, b, more...};
    Builder& g = *a.builder;
    Tensor y = a;
    LayerState none{state.line};
    for (unsigned i = 1; i < 2 + sizeof...(More); ++i) {
      g.check(inputs[i].shape == a.shape, "Add needs tensors of one shape (elements are shown)",
              inputs[i].shape.size(), a.shape.size(), state.line);
      if (g.graph.fault) return detail::stopped(a);
      const Tensor pair[]{y, inputs[i]};
      y = g.apply(op_code<ops::Add>, none, pack(ops::Add::Attributes{}), a.shape, pair);
    }
    g.note("Add", "add", name, state, inputs, y);
    return y;
  }
};

/// Joins two to eight tensors along `axis` (negative: from the last), which alone may differ.
struct Concatenate {
  int axis = -1;
  const char* name = nullptr;
  LayerState state{};

  template <class... More>
  constexpr Tensor operator()(const Tensor& a, const Tensor& b, const More&... more) {
    constexpr int count = 2 + sizeof...(More);
    const Tensor inputs[]{a, b, more...};
    Builder& g = *a.builder;
    g.check(count <= ops::Concatenate::max_inputs,
            "Concatenate joins at most 8 tensors: join the results again", count,
            ops::Concatenate::max_inputs, state.line);
    const int along = axis < 0 ? axis + a.shape.rank : axis;
    g.check(along >= 0 && along < a.shape.rank, "Concatenate needs an axis of its inputs", axis,
            a.shape.rank - 1, state.line);
    if (g.graph.fault) return detail::stopped(a);
    ops::Concatenate::Attributes attributes{along, count, {}};
    Shape out = a.shape;
    int total = 0;
    for (unsigned i = 0; i < unsigned{count}; ++i) {
      Shape same = inputs[i].shape;
      if (same.rank == a.shape.rank) same.dim[static_cast<unsigned>(along)] = a.shape[along];
      g.check(same == a.shape, "Concatenate needs equal shapes except along its axis (elements are shown)",
              inputs[i].shape.size(), a.shape.size(), state.line);
      if (g.graph.fault) return detail::stopped(a);
      attributes.extent[i] = inputs[i].shape[along];
      total += inputs[i].shape[along];
    }
    out.dim[static_cast<unsigned>(along)] = total;
    LayerState none{state.line};
    Tensor y = g.apply(op_code<ops::Concatenate>, none, pack(attributes), out, inputs);
    g.note("Concatenate", "concatenate", name, state, inputs, y);
    return y;
  }
};

}  // namespace etch
