// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/import.hpp>
#include <codegen/model/model_session.hpp>
#include <tests/formats/tflite/writer.hpp>

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

/// A small model in float, int8 or 16x8, from numbers that all hold exactly: inputs are multiples of 1/32, in
/// int16 of 1/8192, weights of 1/64.
class OneOp {
 public:
  explicit OneOp(ElementKind kind) : kind_(kind) {}

  TfliteWriter writer;
  std::mt19937 engine{5};

  ElementKind kind() const { return kind_; }
  bool real() const { return kind_ == ElementKind::float32; }
  bool wide() const { return kind_ == ElementKind::int16; }
  /// Given for int8. Steps of int16 are as fine as they may be over the same range.
  std::pair<float, std::int64_t> stored_as(float scale, std::int64_t zero) const {
    if (!wide()) return {scale, zero};
    return {scale / (zero == -128 ? 128 : 256), 0};
  }
  Scales scales(float scale, std::int64_t zero) const {
    const auto [step, place] = stored_as(scale, zero);
    return real() ? Scales{} : Scales{{step}, {place}};
  }

  int input(const std::vector<int>& shape) {
    inputs_.push_back(writer.tensor(kind(), shape, scales(1.0f / 32, 3)));
    input_elements_.push_back(elements_of(shape));
    return inputs_.back();
  }
  /// With the quantization of inputs, or another.
  int output(const std::vector<int>& shape, float scale = 1.0f / 32, std::int64_t zero = 3) {
    outputs_.push_back(writer.tensor(kind(), shape, scales(scale, zero)));
    const auto [step, place] = stored_as(scale, zero);
    output_scales_.push_back({static_cast<double>(step), static_cast<double>(place)});
    return outputs_.back();
  }
  int between(const std::vector<int>& shape) { return writer.tensor(kind(), shape, scales(1.0f / 32, 3)); }
  int numbers(const std::vector<std::int32_t>& n) {
    return writer.constant(ElementKind::int32, {static_cast<int>(n.size())}, n);
  }

  /// Weights between -1 and 1; those that are not real have a scale for each place along `axis`, all 1/64.
  int weights(const std::vector<int>& shape, int axis, Numbers& real_weights) {
    std::vector<std::int8_t> stored(elements_of(shape));
    for (auto& w : stored) w = static_cast<std::int8_t>(static_cast<int>(engine() % 127) - 63);
    std::vector<float> floats;
    for (const std::int8_t w : stored) floats.push_back(static_cast<float>(int{w}) / 64);
    real_weights.assign(floats.begin(), floats.end());
    if (real()) return writer.constant(ElementKind::float32, shape, floats);
    const auto channels = static_cast<std::size_t>(shape[static_cast<std::size_t>(axis)]);
    return writer.constant(
        ElementKind::int8, shape, stored,
        {std::vector<float>(channels, 1.0f / 64), std::vector<std::int64_t>(channels), axis});
  }
  /// A bias in 1/2048, the product of the scales of inputs and weights; in 16x8 that is 1/256 of it.
  int bias(int count, Numbers& real_bias) {
    std::vector<std::int32_t> stored;
    std::vector<std::int64_t> fine;
    std::vector<float> floats;
    for (int i = 0; i < count; ++i) {
      stored.push_back(static_cast<std::int32_t>(engine() % 4096) - 2048);
      fine.push_back(std::int64_t{256} * stored.back());
      floats.push_back(static_cast<float>(stored.back()) / 2048);
    }
    real_bias.assign(floats.begin(), floats.end());
    if (real()) return writer.constant(ElementKind::float32, {count}, floats);
    if (wide()) return writer.constant(ElementKind::int64, {count}, fine);
    return writer.constant(ElementKind::int32, {count}, stored);
  }

  std::vector<std::byte> file() { return writer.file(inputs_, outputs_); }
  host::ImportedModel import() { return host::import_tflite(file(), "one_op"); }

  /// Runs random inputs and compares with the formula: whole numbers to so many steps, float to 0.0001.
  void check(const Formula& formula, double steps = 1.05) {
    steps_ = steps;
    const auto model = import();
    host::ModelSession session(model);
    for (int trial = 0; trial < 4; ++trial) {
      std::vector<Numbers> numbers;
      std::vector<std::vector<std::byte>> stored;
      for (const std::size_t n : input_elements_) {
        numbers.emplace_back();
        stored.emplace_back();
        for (std::size_t i = 0; i < n; ++i) append_input(numbers.back(), stored.back());
      }
      const std::vector<std::span<const std::byte>> given(stored.begin(), stored.end());
      session.run(given);
      const auto expected = formula(numbers);
      REQUIRE(expected.size() == outputs_.size());
      for (std::size_t k = 0; k < expected.size(); ++k)
        compare(expected[k], session.output(static_cast<int>(k)), output_scales_[k].first,
                output_scales_[k].second);
    }
  }

 private:
  template <class T>
  static void append(T number, std::vector<std::byte>& stored) {
    const auto bytes = std::as_bytes(std::span(&number, 1));
    stored.insert(stored.end(), bytes.begin(), bytes.end());
  }
  template <class T>
  static double number_at(std::span<const std::byte> bytes, std::size_t i) {
    T number{};
    std::memcpy(&number, &bytes[i * sizeof number], sizeof number);
    return static_cast<double>(number);
  }

  void append_input(Numbers& numbers, std::vector<std::byte>& stored) {
    if (wide()) {
      const auto place = static_cast<std::int16_t>(engine());
      numbers.push_back(place / 8192.0);
      return append(place, stored);
    }
    const int place = static_cast<int>(engine() % 256) - 128;
    numbers.push_back((place - 3) / 32.0);
    if (real())
      append(static_cast<float>(numbers.back()), stored);
    else
      append(static_cast<std::int8_t>(place), stored);
  }

  void compare(const Numbers& expected, std::span<const std::byte> bytes, double scale, double zero) const {
    REQUIRE(bytes.size() == expected.size() * (real() ? sizeof(float) : wide() ? 2 : 1));
    const double most = wide() ? 32767 : 127;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      INFO("element " << i << ", " << (real() ? "float" : wide() ? "int16" : "int8"));
      if (real()) {
        REQUIRE(number_at<float>(bytes, i) == Approx(expected[i]).margin(1e-4));
        continue;
      }
      const double place = wide() ? number_at<std::int16_t>(bytes, i) : number_at<std::int8_t>(bytes, i);
      const double wanted = std::clamp(expected[i], scale * (-most - 1 - zero), scale * (most - zero));
      REQUIRE(scale * (place - zero) == Approx(wanted).epsilon(0).margin(steps_ * scale));
    }
  }

  ElementKind kind_;
  double steps_ = 1.05;
  std::vector<int> inputs_, outputs_;
  std::vector<std::size_t> input_elements_;
  std::vector<std::pair<double, double>> output_scales_;
};

/// Checks a model in one type. `make` adds its operators and gives its formula.
inline void check_in(ElementKind kind, const std::function<Formula(OneOp&)>& make, double steps = 1.05) {
  OneOp model(kind);
  const Formula formula = make(model);
  model.check(formula, steps);
}
/// In float and in int8.
inline void check_in_both(const std::function<Formula(OneOp&)>& make) {
  for (const ElementKind kind : {ElementKind::float32, ElementKind::int8}) check_in(kind, make);
}
/// And in 16x8.
inline void check_in_all(const std::function<Formula(OneOp&)>& make) {
  check_in_both(make);
  check_in(ElementKind::int16, make);
}

}  // namespace etch::test
