// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/context.hpp>

namespace etch::host::onnx {

/// Windows along one axis; padding is told of each side.
struct WindowAxis {
  int in = 1, kernel = 1, stride = 1, dilation = 1, before = 0, after = 0, out = 1;

  std::int64_t reach() const { return (std::int64_t{kernel} - 1) * dilation + 1; }
  bool plain() const { return kernel == 1 && stride == 1 && before == 0 && after == 0; }
};

/// Those of a convolution or pooling over the axes of `dims` from the third on.
std::vector<WindowAxis> windows_of(const Context& c, const Dims& dims,
                                   const std::vector<std::int64_t>& kernel);
/// Those that lead back, of a transposed convolution: `in` and `out` are its own.
std::vector<WindowAxis> transposed_windows_of(const Context& c, const Dims& dims,
                                              const std::vector<std::int64_t>& kernel);

/// All of a block becomes one number.
kernels::Pool pool_over(kernels::PoolKind kind, const Layout::Block& block);
/// A value of which these axes have become one place; its tensor is still that of `x`.
Live with_one_place(Live x, const std::vector<int>& axes);

/// Axis 1 last in memory.
std::vector<int> channels_last_order(int rank);
/// The value of a step that gives channels last.
Live last_result(const Live& like, const Dims& dims, const Tensor& tensor);

}  // namespace etch::host::onnx
