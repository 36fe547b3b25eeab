// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>

namespace etch {

namespace detail {

/// Axis order[i] (from 0) of `x` becomes axis i. Where only extents of 1 change places the numbers stay where
/// they are: no step, as for Reshape.
constexpr Tensor permute_step(const Tensor& x, const std::array<int, 4>& order, int line) {
  const int rank = x.shape.rank, missing = Shape::max_rank - rank;
  ops::Permute::Attributes attributes{};
  Shape out = x.shape;
  int last = -1;
  bool moves = false;
  for (int i = 0; i < rank; ++i) {
    const int from = order[static_cast<unsigned>(i)];
    attributes.extent[static_cast<unsigned>(missing + i)] = x.shape[i];
    attributes.order[static_cast<unsigned>(missing + i)] = missing + from;
    out.dim[static_cast<unsigned>(i)] = x.shape[from];
    if (x.shape[from] == 1) continue;
    moves = moves || from < last;
    last = from;
  }
  Tensor y = x;
  y.mask = -1;
  y.shape = out;
  if (!moves) return y;
  LayerState none{line};
  const Tensor inputs[]{x};
  return x.builder->apply(op_rule<ops::Permute>, none, pack(attributes), out, inputs);
}

}  // namespace detail

/// The axes of a sample in another order. `dims` counts axes from 1, as Keras does: Permute{{2, 1}}
/// transposes.
struct Permute {
  Shape dims;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(dims.rank == x.shape.rank, "Permute needs as many axes as its input has", dims.rank, x.shape.rank,
            state.line);
    if (g.graph.fault) return detail::stopped(x);
    std::array<int, 4> order{};
    unsigned seen = 0;
    for (int i = 0; i < dims.rank; ++i) {
      const bool there = dims[i] >= 1 && dims[i] <= dims.rank && (seen & (1U << dims[i])) == 0;
      g.check(there, "Permute needs each axis once, counted from 1", dims[i], dims.rank, state.line);
      if (g.graph.fault) return detail::stopped(x);
      seen |= 1U << dims[i];
      order[static_cast<unsigned>(i)] = dims[i] - 1;
    }
    Tensor y = detail::permute_step(x, order, state.line);
    const Tensor inputs[]{x};
    g.note("Permute", "permute", name, state, inputs, y);
    return y;
  }
};

}  // namespace etch
