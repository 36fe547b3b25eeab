// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::detail {

/// Glorot's fans of a kernel, as Keras counts them.
constexpr Parameter kernel_parameter(Shape shape, Initializer initializer) {
  return {shape, initializer, true, shape[0], shape.last()};
}
constexpr Parameter vector_parameter(int n, Initializer initializer, bool trainable = true) {
  return {{n}, initializer, trainable, n, n};
}

/// A tensor that stands for the result after a mistake was recorded: the rest of the declaration runs on.
constexpr Tensor stopped(const Tensor& x) { return {x.builder, x.value, x.row, x.shape}; }

}  // namespace etch::detail
