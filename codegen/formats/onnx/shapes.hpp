// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/context.hpp>

/// Shapes that nodes give, of constants and of values alike.
namespace etch::host::onnx {

/// One axis of a slice: `count` places from `begin`, `step` apart.
struct Places {
  std::int64_t begin = 0, step = 1, count = 0;
};

/// NumPy's rule; nothing where extents do not fit.
std::optional<Dims> broadcast_dims(const Dims& a, const Dims& b);
/// The order of axes that Transpose has.
std::vector<int> transposition(const Context& c, std::size_t rank);
/// What Reshape, Flatten, Squeeze, Unsqueeze and Identity make of a shape.
Dims reshaped_dims(Context& c, const Dims& from);
/// Where Slice takes its numbers, along every axis.
std::vector<Places> slice_places(Context& c, const Dims& dims);
/// Part of a value: `places` along every axis.
Live sliced(Context& c, const Live& from, const std::vector<Places>& places);
/// What Split gives each result.
std::vector<std::int64_t> split_extents(Context& c, std::int64_t extent);
/// The axes of a node that lists them as an attribute, or from opset `since` on as input `i`: all where it
/// lists none.
std::vector<int> listed_axes(Context& c, int i, int since, std::size_t rank);

}  // namespace etch::host::onnx
