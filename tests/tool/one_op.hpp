// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model_session.hpp>
#include <codegen/tflite/import.hpp>
#include <tests/tool/tflite_writer.hpp>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <random>

namespace etch::test {

using Numbers = std::vector<double>;
/// What a model gives in real numbers, one list an output, of its inputs.
using Formula = std::function<std::vector<Numbers>(const std::vector<Numbers>&)>;

inline std::size_t elements_of(const std::vector<int>& shape) {
  std::size_t n = 1;
  for (const int extent : shape) n *= static_cast<std::size_t>(extent);
  return n;
}

/// A small model in float or in int8, from numbers that both hold exactly: inputs are multiples of 1/32,
/// weights of 1/64.
class OneOp {
 public:
  explicit OneOp(bool int8) : int8_(int8) {}

  const bool int8_;
  TfliteWriter writer;
  std::mt19937 engine{5};

  ElementKind kind() const { return int8_ ? ElementKind::int8 : ElementKind::float32; }
  Scales scales(float scale, std::int64_t zero) const { return int8_ ? Scales{{scale}, {zero}} : Scales{}; }

  int input(const std::vector<int>& shape) {
    inputs_.push_back(writer.tensor(kind(), shape, scales(1.0f / 32, 3)));
    input_elements_.push_back(elements_of(shape));
    return inputs_.back();
  }
  /// With the quantization of inputs, or another.
  int output(const std::vector<int>& shape, float scale = 1.0f / 32, std::int64_t zero = 3) {
    outputs_.push_back(writer.tensor(kind(), shape, scales(scale, zero)));
    output_scales_.push_back({static_cast<double>(scale), static_cast<double>(zero)});
    return outputs_.back();
  }
  int between(const std::vector<int>& shape) { return writer.tensor(kind(), shape, scales(1.0f / 32, 3)); }
  int numbers(const std::vector<std::int32_t>& n) {
    return writer.constant(ElementKind::int32, {static_cast<int>(n.size())}, n);
  }

  /// Weights between -1 and 1; int8 ones have a scale for each place along `axis`, all 1/64.
  int weights(const std::vector<int>& shape, int axis, Numbers& real) {
    std::vector<std::int8_t> stored(elements_of(shape));
    for (auto& w : stored) w = static_cast<std::int8_t>(static_cast<int>(engine() % 127) - 63);
    std::vector<float> floats;
    for (const std::int8_t w : stored) floats.push_back(static_cast<float>(int{w}) / 64);
    real.assign(floats.begin(), floats.end());
    if (!int8_) return writer.constant(ElementKind::float32, shape, floats);
    const auto channels = static_cast<std::size_t>(shape[static_cast<std::size_t>(axis)]);
    return writer.constant(
        ElementKind::int8, shape, stored,
        {std::vector<float>(channels, 1.0f / 64), std::vector<std::int64_t>(channels), axis});
  }
  /// A bias in 1/2048, the product of the scales of inputs and weights.
  int bias(int count, Numbers& real) {
    std::vector<std::int32_t> stored;
    std::vector<float> floats;
    for (int i = 0; i < count; ++i) {
      stored.push_back(static_cast<std::int32_t>(engine() % 4096) - 2048);
      floats.push_back(static_cast<float>(stored.back()) / 2048);
    }
    real.assign(floats.begin(), floats.end());
    if (!int8_) return writer.constant(ElementKind::float32, {count}, floats);
    return writer.constant(ElementKind::int32, {count}, stored);
  }

  host::ImportedModel import() { return host::import_tflite(writer.file(inputs_, outputs_), "one_op"); }

  /// Runs random inputs and compares with the formula: int8 to a step and a bit, float to 0.0001.
  void check(const Formula& formula) {
    const auto model = import();
    host::ModelSession session(model);
    for (int trial = 0; trial < 4; ++trial) {
      std::vector<Numbers> real;
      std::vector<std::vector<std::byte>> stored;
      for (const std::size_t n : input_elements_) {
        real.emplace_back();
        stored.emplace_back();
        for (std::size_t i = 0; i < n; ++i) append_input(real.back(), stored.back());
      }
      const std::vector<std::span<const std::byte>> given(stored.begin(), stored.end());
      session.run(given);
      const auto expected = formula(real);
      REQUIRE(expected.size() == outputs_.size());
      for (std::size_t k = 0; k < expected.size(); ++k)
        compare(expected[k], session.output(static_cast<int>(k)), output_scales_[k].first,
                output_scales_[k].second);
    }
  }

 private:
  void append_input(Numbers& real, std::vector<std::byte>& stored) {
    const int place = static_cast<int>(engine() % 256) - 128;
    real.push_back((place - 3) / 32.0);
    if (int8_) return stored.push_back(static_cast<std::byte>(place));
    const auto number = static_cast<float>(real.back());
    const auto bytes = std::as_bytes(std::span(&number, 1));
    stored.insert(stored.end(), bytes.begin(), bytes.end());
  }

  void compare(const Numbers& expected, std::span<const std::byte> bytes, double scale, double zero) const {
    REQUIRE(bytes.size() == expected.size() * (int8_ ? 1 : sizeof(float)));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      INFO("element " << i << ", " << (int8_ ? "int8" : "float"));
      if (int8_) {
        const double place = static_cast<std::int8_t>(bytes[i]);
        const double wanted = std::clamp(expected[i], scale * (-128 - zero), scale * (127 - zero));
        REQUIRE(scale * (place - zero) == Approx(wanted).margin(1.05 * scale));
        continue;
      }
      float number = 0;
      std::memcpy(&number, &bytes[i * sizeof number], sizeof number);
      REQUIRE(static_cast<double>(number) == Approx(expected[i]).margin(1e-4));
    }
  }

  std::vector<int> inputs_, outputs_;
  std::vector<std::size_t> input_elements_;
  std::vector<std::pair<double, double>> output_scales_;
};

/// Checks a model in float and in int8. `make` adds its operators and gives its formula.
inline void check_in_both(const std::function<Formula(OneOp&)>& make) {
  for (const bool int8 : {false, true}) {
    OneOp model(int8);
    const Formula formula = make(model);
    model.check(formula);
  }
}

}  // namespace etch::test
