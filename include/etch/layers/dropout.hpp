// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>

namespace etch {

/// While training, sets each element to 0 with probability `rate` and scales the others by 1 / (1 - rate).
struct Dropout {
  float rate = 0.5f;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(rate >= 0 && rate < 1, "Dropout needs a rate of at least 0 and below 1 (shown in thousandths)",
            static_cast<int>(rate * 1000), 999, state.line);
    if (g.graph.fault) return detail::stopped(x);
    LayerState none{state.line};
    const Tensor inputs[]{x};
    Tensor y = g.apply(op_rule<ops::Dropout>, none, pack(ops::Dropout::Attributes{rate, g.graph.steps.count}),
                       x.shape, inputs);
    y.mask = x.mask;
    g.note("Dropout", "dropout", name, state, inputs, y);
    return y;
  }
};

}  // namespace etch
