// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>

namespace etch {

/// The layers below see the same numbers in another shape: no step, no memory, no time.
struct Flatten {
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    Tensor y = x;
    y.shape = {x.shape.size()};
    const Tensor inputs[]{x};
    x.builder->note("Flatten", "flatten", name, state, inputs, y);
    return y;
  }
};

/// To `target`, whose one extent may be -1: what remains. As many elements as before.
struct Reshape {
  Shape target;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    Shape to = target;
    int known = 1, open = -1;
    for (int i = 0; i < to.rank && i < Shape::max_rank; ++i) {
      if (to[i] == -1 && open < 0)
        open = i;
      else
        known *= to[i];
    }
    Builder& g = *x.builder;
    if (open >= 0 && known > 0) to.dim[static_cast<unsigned>(open)] = x.shape.size() / known;
    g.check(to.rank >= 1 && to.rank <= Shape::max_rank && to.size() == x.shape.size() && to.size() > 0,
            "Reshape needs as many elements after as before", to.size(), x.shape.size(), state.line);
    if (g.graph.fault) return detail::stopped(x);
    Tensor y = x;
    y.shape = to;
    const Tensor inputs[]{x};
    g.note("Reshape", "reshape", name, state, inputs, y);
    return y;
  }
};

}  // namespace etch
