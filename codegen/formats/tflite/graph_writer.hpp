// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/reader.hpp>
#include <codegen/int8/quantization.hpp>
#include <codegen/model/constant_array.hpp>
#include <codegen/model/imported_model.hpp>

#include <cstring>
#include <map>
#include <optional>

namespace etch::host::tflite {

/// Why a step has no operator, without its name and number.
class NotWritten {
 public:
  explicit NotWritten(std::string why) : why(std::move(why)) {}
  std::string why;
};

/// Numbers as a file stores them.
template <class T>
std::vector<std::byte> stored(const std::vector<T>& numbers) {
  const auto bytes = std::as_bytes(std::span(numbers));
  return {bytes.begin(), bytes.end()};
}

/// Makes the operators of a file from the steps of a model. A value has a tensor in each shape that is asked
/// for.
class GraphWriter {
 public:
  using Dims = std::vector<int>;

  /// \param as_unsigned  int8 is uint8 in the file, 128 higher
  explicit GraphWriter(const ImportedModel& model, bool as_unsigned = false);

  /// The extents of a sample behind a batch of one.
  static Dims with_batch(const Shape& shape);

  const Graph<declaration_capacity>& graph() const { return *model_.graph; }
  [[noreturn]] static void refuse(const std::string& why) { throw NotWritten(why); }
  static void require(bool holds, const char* why) {
    if (!holds) refuse(why);
  }

  /// The quantization of input `k`, or of the result, of a step.
  const Quantization& of_input(const Step& step, int k = 0) const { return known(graph().operand(step, k)); }
  const Quantization& of_result(const Step& step) const { return known(graph().result(step)); }
  ElementType type_of_result(const Step& step) const { return graph().values[graph().result(step)].type; }
  ElementType type_of_input(const Step& step) const { return graph().values[graph().operand(step, 0)].type; }
  /// Whether a step gives int16.
  bool is_wide(const Step& step) const { return type_of_result(step) == ElementType::i16; }
  bool is_unsigned() const { return unsigned_; }
  bool knows(int value) const { return quantization_[static_cast<std::size_t>(value)].scale > 0; }
  /// That a step's result, or input, has this one where nothing else is known of it.
  void learn(int value, const Quantization& q);

  /// Input `k` of a step as a tensor of these extents, the batch of one among them.
  int input(const Step& step, int k, const Dims& dims);
  /// The result of a step: a new tensor.
  int result(const Step& step, const Dims& dims);
  /// The result of a step, which is its input and no operator in the file.
  void rename(const Step& step);
  /// Whether bytes of uint8 outside are this value.
  bool is_unsigned_end(int value) const { return model_.values[static_cast<std::size_t>(value)].is_unsigned; }
  /// A tensor between two operators of one step, quantized as `like`.
  int between(int like, const Dims& dims);
  /// The step's input `k` as whoever made it left it.
  Dims dims_of(const Step& step, int k) const;

  void add(OperatorKind kind, std::vector<int> inputs, int output, const FileOptions& options = {});
  int words(const std::vector<std::int32_t>& numbers, const Dims& dims);
  /// Constants with a scale each along an axis, or one of all; their zero points are `zero_point`.
  int constant(ElementKind kind, const Dims& dims, std::vector<std::byte> bytes,
               const std::vector<float>& scales, int axis, std::int32_t zero_point = 0);

  /// The numbers of weight `k` of a step.
  template <class T>
  std::vector<T> weight(const Step& step, int k) const {
    const int value = graph().operand(step, step.inputs - step.parameters + k);
    return numbers_in<T>(model_.parameters[static_cast<std::size_t>(value)]);
  }
  /// The same of a struct of 32-bit numbers.
  template <class Numbers>
  Numbers weight_of(const Step& step, int k) const {
    const std::vector<std::int32_t> words = weight<std::int32_t>(step, k);
    Numbers numbers{};
    std::memcpy(static_cast<void*>(&numbers), words.data(), sizeof numbers);
    return numbers;
  }

  /// The result of a step that cannot be written, so that those behind it are looked at too.
  void stand_in(const Step& step);
  File finish();

 private:
  struct Made {
    int tensor = -1;
    std::map<Dims, int> shaped;
  };
  const Quantization& known(int value) const;
  int add_tensor(const std::string& name, ElementKind kind, const Dims& dims);
  int add_value(int value, const Dims& dims);
  void set_quantization(FileTensor& t, const std::vector<float>& scales, std::int32_t zero_point);
  std::span<const std::byte> keep(std::vector<std::byte> bytes);
  int shaped(int value, const Dims& dims);

  const ImportedModel& model_;
  bool unsigned_;
  File file_;
  std::vector<Quantization> quantization_;  // by value
  std::vector<Made> made_;                  // by value
};

}  // namespace etch::host::tflite
