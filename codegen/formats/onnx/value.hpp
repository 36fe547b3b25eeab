// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/layout.hpp>
#include <codegen/model/imported_model.hpp>
#include <etch/graph/builder.hpp>

#include <memory>
#include <optional>

namespace etch::host::onnx {

/// What depends on the model's input. Whole numbers and truth values are computed as reals, but for int8 and
/// uint8, of which the latter are kept 128 lower, as int8.
struct Live {
  Tensor tensor;
  Dims dims;  ///< as ONNX counts them, with the batch
  Layout layout;
  DataType type = DataType::float32;
  /// What int8 numbers stand for, where a DequantizeLinear said so and nothing was computed yet.
  std::optional<Quantization> stands_for{};

  int elements() const { return tensor.shape.size(); }
  std::int64_t dim(std::size_t axis) const { return dims[axis]; }
  int rank() const { return static_cast<int>(dims.size()); }
};

/// A constant as a file stores it in whole numbers: scale[c] * (stored - zero[c]) along `axis`.
struct Stored {
  Array array;
  std::vector<float> scales;
  std::vector<std::int64_t> zeros;
  int axis = 0;
};

Array dequantized(const Stored& stored);

/// What a name stands for. A constant that was quantized has both forms: its real numbers are made on demand.
struct Known {
  mutable std::shared_ptr<const Array> constant;
  std::shared_ptr<const Stored> stored;
  std::optional<Live> live;
  bool refused = false;  ///< what makes it is not supported

  bool is_constant() const { return constant || stored; }
  const Array& array() const {
    if (!constant) constant = std::make_shared<const Array>(dequantized(*stored));
    return *constant;
  }
};

}  // namespace etch::host::onnx
