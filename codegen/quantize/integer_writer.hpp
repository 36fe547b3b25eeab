// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantization.hpp>
#include <codegen/model/model_writer.hpp>
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
                const std::vector<Quantization>& quantizations, bool real_ends);
  IntegerModel write();

 private:
  using Words = etch::Words;

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  const Quantization& quantization(int value) const { return quantizations_[at(scheme_.root[at(value)])]; }
  std::vector<float> floats(int parameter) const;
  int operand(const Step& step, int k) const { return real_.graph->operand(step, k); }
  ImportedValue noted(int value, bool quantized) const;
  bool wide() const { return scheme_.type == ElementType::i16; }
  tflite::Bounds all_numbers() const { return tflite::numbers_of(scheme_.type); }

  Tensor stored(int value);   ///< the value's quantized form, made where only the real one is there
  Tensor real_of(int value);  ///< the other way round
  void define(int value, const Tensor& tensor);
  Tensor requantized(const Tensor& tensor, const Quantization& from, const Quantization& to);
  void add(int step, int op, const Words& attributes, const Shape& in, const Shape& out,
           const std::vector<Constant>& constants);
  [[noreturn]] void refuse(const Step& step, const std::string& why) const;
  kernels::Int8Scale multiplier(const Step& step, double real, int most_shift) const;
  tflite::Bounds bounds(ActivationKind kind, const Quantization& q) const;
  kernels::Int8Io io(int s) const;
  std::int32_t stored_number(double real, const Quantization& q) const;
  Constant stored_constant(const std::vector<std::int32_t>& numbers) const;
  Constant bias_constant(const std::vector<std::int64_t>& bias) const;

  void write_step(int s);
  void write_convolution(int s);
  void write_norm(int s);
  void check_sum(const Step& step, std::span<const std::int8_t> filter, std::int64_t bias) const;
  void write_filters(int s, int op, ops::Int8Convolution::Attributes attributes, const Shape& in,
                     const Shape& out);
  void write_binary(int s);
  void check_averaged(const Step& step, int taps, int most) const;
  void write_mean(int s);
  void write_share(int s);
  void write_join(int s);
  void write_table(int s);
  void write_wide_function(int s);
  void write_softmax(int s);
  void copy_step(int s);
  bool read_stored(int value) const;

  const ImportedModel& real_;
  const Scheme& scheme_;
  const std::vector<Quantization>& quantizations_;
  bool real_ends_;
  ModelWriter writer_;
  std::vector<std::optional<Tensor>> stored_, reals_;  // by value
};

}  // namespace etch::host::quantization
