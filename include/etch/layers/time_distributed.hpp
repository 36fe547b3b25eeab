// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>

namespace etch {

/// Applies a layer, block or model of one input and one output to each step of a sequence, with one set of
/// weights: input [time, ...], output [time, ...]. The kernels of its steps see time * rows samples; nothing
/// is unrolled or copied. Its batch normalization therefore takes the steps into the statistics of one batch,
/// but for masked ones, and its dropout drops each step's elements apart.
template <class Layer>
struct TimeDistributed {
  Layer layer;
  const char* name = nullptr;
  LayerState state{};
  static constexpr Limit most_steps{limits::repeat.most, "TimeDistributed takes at most 32,767 steps"};

  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(x.shape.rank >= 2, "TimeDistributed needs an input [time, ...] of at least 2 axes", x.shape.rank,
            2, state.line);
    g.check_limit(most_steps, x.shape[0], state.line);
    if (g.graph.fault) return detail::stopped(x);
    const int steps = x.shape[0];
    Tensor step{&g, x.value, x.row, {}};
    for (int axis = 1; axis < x.shape.rank; ++axis) step.shape.append(x.shape[axis]);
    const int before = g.repeat(steps);
    const StepMask outer = g.step_mask();
    if (x.mask >= 0) g.mask_steps({x.mask, steps, before});
    Tensor y = layer(step);
    g.mask_steps(outer);
    g.repeat_as(before);
    g.check(y.shape.rank < Shape::max_rank, "TimeDistributed needs a layer whose result has 1 to 3 axes",
            y.shape.rank, Shape::max_rank - 1, state.line);
    if (g.graph.fault) return detail::stopped(x);
    Shape sequence{steps};
    for (int axis = 0; axis < y.shape.rank; ++axis) sequence.append(y.shape[axis]);
    y.shape = sequence;
    y.mask = x.mask;
    g.note("TimeDistributed", "time_distributed", name, state, {&y, 1}, y);
    return y;
  }
};

template <class Layer>
TimeDistributed(Layer) -> TimeDistributed<Layer>;
template <class Layer>
TimeDistributed(Layer, const char*) -> TimeDistributed<Layer>;

}  // namespace etch
