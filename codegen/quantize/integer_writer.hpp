// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantized_step.hpp>
#include <codegen/int8/unfit.hpp>
#include <codegen/model/model_writer.hpp>
#include <codegen/quantize/quantize.hpp>
#include <codegen/quantize/scheme.hpp>

namespace etch::host::quantization {

/// A model of whole numbers, and where the values of the real one are in it (-1: nowhere).
struct IntegerModel {
  ImportedModel model;
  std::vector<int> value;
};

/// Writes that model once every quantization is known.
class IntegerWriter {
 public:
  /// \param quantizations by root of the scheme.
  IntegerWriter(const ImportedModel& real, const Scheme& scheme,
                const std::vector<Quantization>& quantizations, const QuantizeOptions& options);
  IntegerModel write();

 private:
  using Words = etch::Words;

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  const Quantization& quantization(int value) const { return quantizations_[at(scheme_.root[at(value)])]; }
  std::vector<float> floats(int parameter) const;
  int operand(const Step& step, int k) const { return real_.graph->operand(step, k); }
  ImportedValue noted(int value, bool quantized) const;
  bool wide() const { return scheme_.type == ElementType::i16; }
  int8::Bounds all_numbers() const { return int8::all_numbers(scheme_.type); }

  Tensor stored(int value);   ///< the value's quantized form, made where only the real one is there
  Tensor real_of(int value);  ///< the other way round
  void define(int value, const Tensor& tensor);
  Tensor requantized(const Tensor& tensor, const Quantization& from, const Quantization& to);
  /// Steps that are written each are an operator of their own.
  void begin_operator(std::string kind);
  void add_result(const Tensor& tensor, const ImportedValue& noted);
  Tensor write(const int8::QuantizedStep& step, const Shape& out, std::span<const Tensor> inputs,
               const ImportedValue& noted);
  void add(int step, const int8::QuantizedStep& quantized, const Shape& in, const Shape& out);
  [[noreturn]] void refuse(const Step& step, const std::string& why) const;
  const Quantization& from(const Step& step) const { return quantization(operand(step, 0)); }
  const Quantization& to(int s) const { return quantization(scheme_.result[at(s)]); }
  int8::Bounds bounds(int s) const;

  void write_step(int s);
  void write_form(int s);
  void write_convolution(int s);
  void write_norm(int s);
  void write_filters(int s, bool depthwise, ops::QuantizedConvolution::Attributes windows, const Shape& in,
                     const Shape& out);
  void write_binary(int s);
  void write_mean(int s);
  void write_share(int s);
  void write_join(int s);
  void write_table(int s);
  void write_softmax(int s);
  void copy_step(int s);
  bool read_stored(int value) const;

  const ImportedModel& real_;
  const Scheme& scheme_;
  const std::vector<Quantization>& quantizations_;
  const QuantizeOptions& options_;
  ModelWriter writer_;
  std::vector<SourceOperator> operators_;
  std::vector<std::optional<Tensor>> stored_, reals_;  // by value
};

}  // namespace etch::host::quantization
