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
    std::int64_t known = 1;
    int open = -1;
    for (int i = 0; i < to.rank && i < Shape::max_rank; ++i) {
      if (to[i] == -1 && open < 0)
        open = i;
      else
        known = volume({known, to[i]});
    }
    Builder& g = *x.builder;
    if (open >= 0 && known > 0)
      to.dim[static_cast<unsigned>(open)] = static_cast<int>(x.shape.size() / known);
    const std::int64_t made = volume(to);
    g.check(made > 0 && made == x.shape.size(), "Reshape needs as many elements after as before",
            static_cast<int>(made), x.shape.size(), state.line);
    if (g.graph.fault) return detail::stopped(x);
    Tensor y = x;
    y.shape = to;
    const Tensor inputs[]{x};
    g.note("Reshape", "reshape", name, state, inputs, y);
    return y;
  }
};

}  // namespace etch
