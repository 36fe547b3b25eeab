// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/reader.hpp>
#include <codegen/int8/recurrent.hpp>
#include <codegen/model/imported_model.hpp>

#include <optional>
#include <unordered_map>

namespace etch::host::tflite {

/// What values of a kind are made of: real unless they are whole numbers that steps take.
ElementType element_type(ElementKind kind);

/// How windows lie along one axis.
struct AxisWindows {
  int out = 0, before = 0;
};

/// Makes a graph of a file, operator by operator. Everything that is read from the file is checked before it
/// is used: a file can be wrong in any way.
class Importer {
 public:
  Importer(File file, std::string name);
  ImportedModel import();

 private:
  // What the operators are made of: importer.cpp.
  [[noreturn]] void refuse(const std::string& why) const;
  void require(bool holds, const char* why) const {
    if (!holds) refuse(why);
  }
  const FileTensor& tensor(int number) const { return file_.tensors[static_cast<std::size_t>(number)]; }
  int input_number(int i) const;
  int output_number(int i = 0) const;
  bool has_input(int i) const;
  const FileTensor& input(int i) const { return tensor(input_number(i)); }
  const FileTensor& output(int i = 0) const { return tensor(output_number(i)); }
  std::string described(const FileTensor& t) const;

  /// The value of a tensor that some operator, or the caller, made.
  Tensor value(int i) const;
  Tensor value(int i, const Shape& as) const;
  void define(int number, const Tensor& value);
  void rename(int from_input, int output = 0);

  std::vector<float> floats(const FileTensor& t);  ///< of a constant; quantized ones become real
  void note_widened(const FileTensor& t);
  std::vector<std::int8_t> bytes(const FileTensor& t) const;
  std::vector<std::int32_t> words(const FileTensor& t) const;
  ConstantArray whole_constant(const FileTensor& t) const;  ///< of int8 or int16
  /// Whole numbers of a constant, or of one that was computed while importing.
  std::optional<std::vector<std::int64_t>> known_numbers(int number) const;
  std::vector<int> small_numbers(int i) const;

  // What operators make of a file's tensors, against what it says of them: operand_checks.cpp.
  void check_operands() const;
  /// The result has the computed shape; its element count alone would not tell.
  void require_extents(const FileTensor& result, const std::vector<int>& computed) const;
  /// The result is whole numbers that are known while importing.
  void define_numbers(const std::vector<std::int64_t>& numbers);
  Quantization quantization(const FileTensor& t) const;               ///< of a tensor with one scale
  Quantization quantization(const FileTensor& t, int channel) const;  ///< the scale may be 0: dead weights
  bool is_int8(const FileTensor& t) const { return t.kind == ElementKind::int8; }
  bool is_int16(const FileTensor& t) const { return t.kind == ElementKind::int16; }
  /// The type of the result and of the first inputs: real, int8 or int16; the operator is refused where they
  /// are of several, and where int16 has a zero point.
  ElementType common_type(int inputs) const;
  void require_symmetric(const FileTensor& t) const;
  void require_same_quantization(const FileTensor& a, const FileTensor& b) const;

  Shape sample_shape(const FileTensor& t) const;
  std::array<int, 4> four_extents(const FileTensor& t) const;
  int axis_of(const FileTensor& t, int axis) const;

  Tensor add_step(int op, const Words& attributes, const Shape& out, ElementType type,
                  std::span<const Tensor> inputs, const std::vector<ConstantArray>& weights = {});
  Tensor add_step(const int8::QuantizedStep& step, const Shape& out, std::span<const Tensor> inputs) {
    return add_step(step.op, step.attributes, out, step.type, inputs, step.constants);
  }
  // Arrays that several steps use: shared_weights.cpp.
  void store(const ConstantArray& weights);
  void share_equal_weights();

  Tensor add_activation(const Tensor& x, ActivationKind kind);
  Tensor apply_fused(const Tensor& x, FusedActivation activation);
  Tensor copy_of(const Tensor& x);
  /// What the fused activation leaves of the result's numbers.
  int8::Bounds bounds_of(const FileTensor& result) const;

  // Groups of operators, a file each.
  void import_operator();
  void import_convolution();
  void import_fully_connected();
  void import_int8_convolution(ops::Int8Convolution::Attributes windows, const Shape& in, const Shape& out,
                               bool depthwise);
  std::vector<double> filter_scales(bool depthwise) const;
  std::vector<std::int64_t> filter_biases(std::size_t filters) const;
  void import_float_convolution(const Words& attributes, const Shape& in, const Shape& out, bool depthwise);
  AxisWindows windows(int in, int kernel, int stride, int dilation) const;

  void import_pool();
  void import_mean();
  void import_pad();
  void import_resize();

  void import_binary();
  void import_function();
  void import_int16_function();
  void import_softmax();
  void import_quantize();
  void import_dequantize();

  void import_reshape();
  void require_reshaped() const;
  void import_transpose();
  void import_concatenation();
  void import_split();
  void import_strided_slice();
  void import_slice();
  void import_shape();
  void import_pack();
  void add_slice(int output, const std::vector<int>& begin, const std::vector<int>& extent,
                 const std::vector<int>& stride, int from);

  /// What the operator keeps from call to call, a tensor that no other one has; begins as zeros.
  Tensor state(int i, int elements);
  void import_lstm();
  Tensor add_float_lstm(const Tensor& x, const Shape& out);
  Tensor add_int8_lstm(const Tensor& x, const Shape& out);
  int8::Matrix symmetric_weights(const FileTensor& t) const;
  void import_svdf();
  void import_float_svdf(int filters, int memory);

  File file_;
  std::string name_;
  const FileOperator* op_ = nullptr;
  std::unique_ptr<Builder> builder_;
  ImportedModel model_;
  std::vector<std::optional<Tensor>> made_;                         ///< by tensor
  std::vector<std::optional<std::vector<std::int64_t>>> computed_;  ///< by tensor
  std::vector<ImportedValue> traced_;                               ///< by value, without parameters
  std::vector<bool> kept_;                                          ///< by tensor: some operator's state
  std::vector<bool> widened_;                                       ///< by tensor: int8 that became real
  std::vector<int> first_equal_;                      ///< by parameter: the first of the same numbers
  std::unordered_multimap<std::size_t, int> hashed_;  ///< by hash: parameters without an equal before them
  std::int64_t weight_bytes_ = 0, value_bytes_ = 0;   ///< of what was added so far
};

}  // namespace etch::host::tflite
