// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <tests/formats/tflite/writer.hpp>

#include <functional>
#include <string>
#include <vector>

namespace etch::test {

/// A small .tflite model of one operator, written as often as it is damaged.
struct SmallModel {
  std::string name;
  std::function<std::vector<std::byte>(TfliteWriter&)> write;
};

/// Tensors of one type; those that are not real have a scale of 1/32 and a zero point of 3, in int16 of 0.
/// Words have none.
class SmallTensors {
 public:
  SmallTensors(TfliteWriter& writer, ElementKind kind) : w(writer), kind_(kind) {}
  TfliteWriter& w;

  bool real() const { return kind_ == ElementKind::float32; }
  Scales scales() const {
    return real() || kind_ == ElementKind::int32
               ? Scales{}
               : Scales{{1.0f / 32}, {kind_ == ElementKind::int16 ? 0 : 3}, 0};
  }
  int tensor(const std::vector<int>& shape) { return w.tensor(kind_, shape, scales()); }
  /// With a scale and zero point of int8. Those of uint8 lie 128 higher; functions of int16 that have one
  /// scale have that of 1/32768.
  int tensor(const std::vector<int>& shape, float scale, std::int64_t zero) {
    if (real() || kind_ == ElementKind::int32) return tensor(shape);
    if (kind_ == ElementKind::uint8) return w.tensor(kind_, shape, {{scale}, {zero + 128}, 0});
    if (kind_ == ElementKind::int16)
      return w.tensor(kind_, shape, {{scale < 0.01f ? 1.0f / 32768 : scale}, {0}, 0});
    return w.tensor(kind_, shape, {{scale}, {zero}, 0});
  }
  int list(const std::vector<std::int32_t>& numbers) {
    return w.constant(ElementKind::int32, {static_cast<int>(numbers.size())}, numbers);
  }
  /// Small whole numbers, quantized as `tensor`.
  int constant(const std::vector<int>& shape, const std::vector<std::int8_t>& n) {
    switch (kind_) {
      case ElementKind::float32:
        return w.constant(kind_, shape, std::vector<float>(n.begin(), n.end()));
      case ElementKind::int16:
        return w.constant(kind_, shape, std::vector<std::int16_t>(n.begin(), n.end()), scales());
      case ElementKind::int32:
        return w.constant(kind_, shape, std::vector<std::int32_t>(n.begin(), n.end()));
      case ElementKind::uint8:
        return w.constant(kind_, shape, std::vector<std::uint8_t>(n.begin(), n.end()), scales());
      default:
        return w.constant(kind_, shape, n, scales());
    }
  }
  /// Ones; int8 beside whole numbers, with a scale for each of `channels`.
  int weights(const std::vector<int>& shape, std::size_t channels, int axis) {
    std::size_t n = 1;
    for (const int extent : shape) n *= static_cast<std::size_t>(extent);
    if (real()) return w.constant(ElementKind::float32, shape, std::vector<float>(n, 1.0f));
    if (kind_ == ElementKind::int32)
      return w.constant(ElementKind::int32, shape, std::vector<std::int32_t>(n, 1));
    if (kind_ == ElementKind::uint8)
      return w.constant(kind_, shape, std::vector<std::uint8_t>(n, 129), {{1.0f / 64}, {128}});
    return w.constant(ElementKind::int8, shape, std::vector<std::int8_t>(n, 1),
                      {std::vector<float>(channels, 1.0f / 64), std::vector<std::int64_t>(channels), axis});
  }
  int bias(int n) {
    const auto count = static_cast<std::size_t>(n);
    if (real()) return w.constant(ElementKind::float32, {n}, std::vector<float>(count));
    if (kind_ == ElementKind::int16)
      return w.constant(ElementKind::int64, {n}, std::vector<std::int64_t>(count));
    return w.constant(ElementKind::int32, {n}, std::vector<std::int32_t>(count));
  }

 private:
  ElementKind kind_;
};

/// What is left of quantized operators, whose results have scales of their own.
std::vector<SmallModel> small_quantized_models();

/// One of each operator, in each type that it has a kernel for.
std::vector<SmallModel> small_models();
/// The same in all types there are: some of them are refused.
struct TypedModel {
  SmallModel model;
  ElementKind kind;
};
std::vector<TypedModel> small_models_of_all_types();

}  // namespace etch::test
