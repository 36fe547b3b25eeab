// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/import_context.hpp>
#include <codegen/formats/tflite/reader.hpp>

#include <array>
#include <map>

namespace etch::host::tflite {

/// What values of a kind are made of: real unless they are whole numbers that steps take.
ElementType element_type(ElementKind kind);

/// Why an operator for which there is no function is refused.
const char* unsupported(const FileOperator& op);

inline bool is_int8(const FileTensor& t) { return t.kind == ElementKind::int8; }
inline bool is_int16(const FileTensor& t) { return t.kind == ElementKind::int16; }
/// Numbers of 32 bits without a scale. Those without a sign are the same bits.
inline bool is_word(const FileTensor& t) {
  return t.kind == ElementKind::int32 || t.kind == ElementKind::uint32;
}

/// One axis of a tensor, or several that follow each other as one, and the others.
struct Around {
  int before = 1, extent = 1, after = 1;
};

/// What a model keeps from call to call under a name.
struct Variable {
  const FileTensor* first = nullptr;  ///< what it begins with; null: zeros
  std::optional<Tensor> state;        ///< of one element more: `ops::Recall`
  std::optional<Tensor> assigned;     ///< what it was given in this call
};

/// The operator that is imported, with its tensors: inputs and results by their place, values by the number
/// of the tensor. Everything that is read from the file is checked before it is used: a file can be wrong in
/// any way.
class Context : public ImportContext {
 public:
  Context(File file, const std::string& name);
  ImportedModel import();

  const FileOperator& op() const { return *op_; }
  const FileOptions& options() const { return op_->options; }
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
  using ImportContext::value;
  /// What the operator keeps from call to call.
  Tensor state(int i, int elements);
  // Variables.
  const FileGraph& called(int subgraph) const;
  Variable& variable(const std::string& name) { return variables_[name]; }
  void name_variable(int number, const std::string& name) { handles_[number] = name; }
  Variable& variable_of(int i);  ///< of the handle that is input `i`
  void keep_variable(Variable& v, int elements, ElementType type);

  /// The result `output` is this.
  void define(const Tensor& value, int output = 0);
  /// It is an index, which a file says in whole numbers and steps take as a real one.
  void define_index(const Tensor& value);
  /// It is these numbers, whatever the model's input is.
  void define_constant(const std::vector<float>& numbers);
  /// It is the same numbers as an input, in another shape.
  void rename(int from_input);
  /// It is the same constant as an input.
  void rename_constant(int from_input);

  // What constants hold: constants.cpp.
  std::vector<float> floats(const FileTensor& t);  ///< quantized ones become real
  std::vector<std::int8_t> bytes(const FileTensor& t) const;
  std::vector<std::int32_t> words(const FileTensor& t) const;
  ConstantArray whole_constant(const FileTensor& t) const;  ///< of int8 or int16
  /// The numbers as they are stored: of int16 or int32, whatever they stand for.
  ConstantArray stored(const FileTensor& t, ElementKind kind) const;
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
  /// The type of the result and of the first inputs: real, int8 or int16; the operator is refused where they
  /// are of several, and where int16 has a zero point.
  ElementType common_type(int inputs) const;
  void require_symmetric(const FileTensor& t) const;
  void require_same_quantization(const FileTensor& a, const FileTensor& b) const;

  /// The extents without the batch of one; numbers of 64 bits are two words each, along one axis more.
  Shape sample_shape(const FileTensor& t) const;
  std::array<int, 4> four_extents(const FileTensor& t) const;
  int axis_of(const FileTensor& t, int axis) const;
  /// \param axis as `axis_of` gives it, the first of `count`.
  static Around around(const FileTensor& t, int axis, int count = 1);

  Tensor apply_fused(const Tensor& x);
  /// What the fused activation leaves of the result's numbers.
  int8::Bounds bounds_of(const FileTensor& result) const;

 private:
  [[noreturn]] void refuse_fused() const;
  void define_tensor(int number, const Tensor& value);
  void set_tensor(int number, const Tensor& value);
  void note_widened(const FileTensor& t);
  void import_inputs();
  ImportedValue noted_bytes(const FileTensor& t, const Shape& shape) const;
  void import_operators();
  void import_operator();
  bool reads_lost() const;
  void stand_in();
  void add_file_output(int number);

  File file_;
  const FileOperator* op_ = nullptr;
  std::vector<bool> widened_;  ///< by tensor: int8 that became real
  std::vector<bool> lost_;     ///< by tensor: an operator that was refused makes it
  std::map<std::string, Variable> variables_;
  std::map<int, std::string> handles_;  ///< by tensor: the variable's name
  WidenedWeights widened_bytes_;
};

}  // namespace etch::host::tflite
