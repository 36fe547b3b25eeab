// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/context.hpp>
#include <runtime/kernels/portable/binary.hpp>

/// Steps on two tensors, wherever their numbers lie.
namespace etch::host::onnx {

/// Two tensors of one layout, and how they go through each other: `binary` has extents and strides, but no
/// kind.
struct Paired {
  Live a, b;
  Live like;  ///< of the result's extents and layout; its tensor's shape is the result's
  kernels::Binary binary;
};
Paired paired(Context& c, Live a, Live b);

/// The same of a value and a constant, which is put in the order of the value.
struct PairedConstant {
  Live x;
  Live like;
  kernels::Binary binary;
  Array constant;
};
PairedConstant paired(Context& c, Live x, const Array& constant);

/// a op b in real numbers, with NumPy's broadcasting.
Live combined(Context& c, kernels::BinaryKind kind, const Live& a, const Live& b, int count = 1);
Live combined(Context& c, kernels::BinaryKind kind, const Live& x, const Array& constant);

/// The same numbers again and again along axes of 1, of any type.
Live broadcast_to(Context& c, const Live& x, const Dims& dims);

}  // namespace etch::host::onnx
