// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>

namespace etch::detail {

/// The steps of a sequence, [time, ...], from the last to the first, and its mask with it.
constexpr Tensor reverse(const Tensor& x, int line) {
  Builder& g = *x.builder;
  if (g.graph.fault) return stopped(x);
  LayerState none{line};
  const auto apply = [&](const Tensor& from) {
    return g.apply(op_rule<ops::Reverse>, none, pack(ops::Reverse::Attributes{}), from.shape, {&from, 1});
  };
  Tensor y = apply(x);
  if (x.mask >= 0) y.mask = apply({&g, x.mask, -1, {x.shape[0]}}).value;
  y.row = x.row;
  return y;
}

}  // namespace etch::detail
