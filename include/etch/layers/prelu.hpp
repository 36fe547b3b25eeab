// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/axes.hpp>
#include <etch/layers/layer.hpp>

namespace etch {

/// x, or alpha x below 0, with learned alphas (He et al. 2015). Parameter: alpha zeros, of the input's shape
/// but with extent 1 along `shared_axes`. Shapes stay, masks too.
struct PReLU {
  Initializer alpha_initializer = Initializer::zeros;
  Regularizer alpha_regularizer{};
  Constraint alpha_constraint{};
  Axes shared_axes{};
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    const int rank = x.shape.rank;
    g.check(shared_axes.inside(rank), "PReLU needs shared_axes of its input, counted from 1",
            shared_axes.wrong(rank, 0), rank, state.line);
    if (g.graph.fault) return detail::stopped(x);
    Shape alpha = x.shape;
    for (int i = 0; i < rank; ++i)
      if (shared_axes.has(i, rank)) alpha.dim[static_cast<unsigned>(i)] = 1;
    if (g.first_call(state))
      g.parameter(state,
                  detail::weight(alpha, {alpha_initializer, alpha_regularizer, alpha_constraint}, trainable));
    else
      g.same_parameter(state, 0, alpha);
    ops::PReLU::Attributes a{{}, alpha.size()};
    for (int i = rank - 1, stride = 1; i >= 0; stride *= alpha[i--])
      a.stride[i] = alpha[i] == x.shape[i] ? stride : 0;
    const Tensor inputs[]{x};
    Tensor y = g.apply(op_rule<ops::PReLU>, state, pack(a), x.shape, inputs);
    y.mask = x.mask;
    const char* const names[]{"alpha"};
    g.note("PReLU", "p_re_lu", name, state, inputs, y, names);
    return y;
  }
};

}  // namespace etch
