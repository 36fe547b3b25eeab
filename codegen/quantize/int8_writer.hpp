// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/quantize/model_writer.hpp>
#include <codegen/quantize/scheme.hpp>

namespace etch::host::quantization {

/// An int8 model, and where the values of the real one are in it (-1: nowhere).
struct Int8Model {
  ImportedModel model;
  std::vector<int> value;
};

/// Writes the int8 model once every quantization is known.
class Int8Writer {
 public:
  /// \param quantizations by root of the scheme.
  Int8Writer(const ImportedModel& real, const Scheme& scheme, const std::vector<Quantization>& quantizations,
             bool real_ends);
  Int8Model write();

 private:
  using Words = etch::Words;

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  const Quantization& quantization(int value) const { return quantizations_[at(scheme_.root[at(value)])]; }
  std::vector<float> floats(int parameter) const;
  int operand(const Step& step, int k) const { return real_.graph->operand(step, k); }
  ImportedValue noted(int value, bool int8) const;

  Tensor int8(int value);     ///< the value's int8 form, quantized where only the real one is there
  Tensor real_of(int value);  ///< the other way round
  void define(int value, const Tensor& tensor);
  Tensor requantized(const Tensor& tensor, const Quantization& from, const Quantization& to);
  void add(int step, int op, const Words& attributes, const Shape& in, const Shape& out,
           const std::vector<Constant>& constants);
  [[noreturn]] void refuse(const Step& step, const char* why) const;
  kernels::Int8Scale multiplier(const Step& step, double real, int most_shift) const;
  std::array<std::int32_t, 2> bounds(ActivationKind kind, const Quantization& q) const;

  void write_step(int s);
  void write_convolution(int s);
  void write_norm(int s);
  void write_filters(int s, int op, const Words& attributes, const Shape& in, const Shape& out,
                     const std::vector<float>& weights, const std::vector<float>& bias);
  void write_binary(int s);
  void write_mean(int s);
  void write_share(int s);
  void write_join(int s);
  void write_table(int s);
  void write_softmax(int s);
  void copy_step(int s);
  bool read_as_int8(int value) const;

  const ImportedModel& real_;
  const Scheme& scheme_;
  const std::vector<Quantization>& quantizations_;
  bool real_ends_;
  ModelWriter writer_;
  std::vector<std::optional<Tensor>> int8_, reals_;  // by value
};

}  // namespace etch::host::quantization
