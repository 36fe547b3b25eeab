// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/array.hpp>
#include <codegen/model/imported_model.hpp>

#include <filesystem>
#include <map>
#include <set>
#include <span>

namespace etch::host {

namespace onnx {

/// What a file leaves open.
struct Choices {
  /// Inputs that are constants after all, by name.
  std::map<std::string, Array> constants;
  /// Inputs whose second axis is the last in memory, by name.
  std::set<std::string> channels_last;
};

/// How ONNX counts an input or a result, and in which order its axes lie in memory.
struct EndOrder {
  std::string name;
  Dims dims;
  DataType type = DataType::float32;
  std::vector<int> order;  ///< axes above 1, outermost first
  bool operator==(const EndOrder&) const = default;
};

struct OnnxModel {
  ImportedModel model;
  std::vector<EndOrder> inputs, outputs;
  int moves = 0;  ///< steps that only put numbers in another order
};

/// What its user should know: which ends are channels last, and how many transpositions stay.
std::vector<std::string> notes_of(const OnnxModel& model);

}  // namespace onnx

/// Reads a model of ONNX: opset 6 to 22. A free batch is 1. Inputs and results of images and series are
/// channels last where that leaves fewer transpositions. Throws `Error`, which names every operator that is
/// not supported. \param name stands for the file in messages; data beside it are looked for in its folder.
onnx::OnnxModel import_onnx(std::span<const std::byte> file, const std::string& name,
                            const onnx::Choices& choices = {});

/// As `ImportOptions::declared` says: of a QDQ model, that of floats that it stands for.
ImportedModel import_declared_onnx(std::span<const std::byte> file, const std::string& name);

/// The names of the operators that are read, sorted; of another domain than ONNX's own, behind its name.
std::vector<std::string> onnx_operators();
/// The types in which one of them is read, such as "float32 int8 uint8". Whole numbers are those of quantized
/// models: the operator takes them itself, or stands between DequantizeLinear and QuantizeLinear, and becomes
/// steps without floats.
std::string onnx_types(const std::string& name);

}  // namespace etch::host
