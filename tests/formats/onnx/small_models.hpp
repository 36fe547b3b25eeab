// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <tests/formats/onnx/writer.hpp>

namespace etch::test {

/// A small file of one operator, or of a few.
struct SmallOnnx {
  std::string op, domain;
  DataType type = DataType::float32;  ///< of what the operator takes
  std::vector<std::byte> bytes;
};

/// One of each operator that is imported, in floats; or each quantized, between DequantizeLinear and
/// QuantizeLinear of int8 or uint8, with the operators that take whole numbers themselves. Some of those stay
/// in floats.
std::vector<SmallOnnx> small_onnx_models(DataType type);
/// Of the three types.
std::vector<SmallOnnx> small_onnx_models();
/// Whether a step computes in floats. Those that make whole numbers of them and back, or put them in another
/// order, do not.
bool has_real_steps(const host::ImportedModel& model);

}  // namespace etch::test
