// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace etch {

/// One input's samples, one after another: floats, or bytes that are multiplied by `scale` when they are
/// read.
struct Samples {
  std::span<const float> floats{};
  std::span<const std::uint8_t> bytes{};
  float scale = 1.0f;

  constexpr Samples() = default;
  constexpr Samples(std::span<const float> values) : floats(values) {}
  constexpr Samples(std::span<const std::uint8_t> values, float factor = 1.0f / 255.0f)
      : bytes(values), scale(factor) {}
  constexpr std::size_t size() const { return bytes.data() ? bytes.size() : floats.size(); }

  void read(std::size_t index, int elements, float* to) const {
    const std::size_t at = index * static_cast<std::size_t>(elements);
    for (int i = 0; i < elements; ++i)
      to[i] = bytes.data() ? static_cast<float>(bytes[at + static_cast<std::size_t>(i)]) * scale
                           : floats[at + static_cast<std::size_t>(i)];
  }
};

/// Class indices of sparse losses, as bytes or 32-bit integers, or targets as floats.
struct Labels {
  std::span<const std::uint8_t> bytes{};
  std::span<const std::int32_t> classes{};
  std::span<const float> targets{};

  constexpr Labels() = default;
  constexpr Labels(std::span<const std::uint8_t> values) : bytes(values) {}
  constexpr Labels(std::span<const std::int32_t> values) : classes(values) {}
  constexpr Labels(std::span<const float> values) : targets(values) {}
  constexpr bool sparse() const { return targets.data() == nullptr; }
  constexpr std::size_t size() const {
    return bytes.data() ? bytes.size() : classes.data() ? classes.size() : targets.size();
  }
  constexpr std::int32_t at(std::size_t i) const { return bytes.data() ? bytes[i] : classes[i]; }
};

/// Inputs and targets of a training or test set; the caller keeps the arrays.
struct Dataset {
  static constexpr int max_inputs = 4;
  std::array<Samples, max_inputs> x{};
  Labels y{};

  constexpr Dataset() = default;
  constexpr Dataset(Samples samples, Labels labels) : x{samples}, y(labels) {}
  constexpr Dataset(std::array<Samples, max_inputs> inputs, Labels labels) : x(inputs), y(labels) {}
};

}  // namespace etch
