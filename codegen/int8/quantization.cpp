// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/quantization.hpp>
#include <runtime/kernels/portable/fixed_point.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace etch::host::int8 {

namespace {

/// A multiplier and shift such that input differences become fixed-point numbers of `integer_bits`, and the
/// largest difference that may be raised by the shift.
struct InputScale {
  kernels::Int8Scale scale;
  std::int32_t radius = 0;
};

std::int32_t input_radius(int integer_bits, int shift) {
  const double most = double((1 << integer_bits) - 1) * std::ldexp(1.0, 31 - integer_bits - shift);
  return static_cast<std::int32_t>(std::floor(std::min(most, 1e9)));
}

/// A scale whose first step lies beyond the radius has none: then the sign decides.
std::optional<InputScale> input_scale(double real, int integer_bits) {
  const double raised = real * std::ldexp(1.0, 31 - integer_bits);
  if (std::isfinite(raised) && raised >= std::ldexp(1.0, 30)) return InputScale{};
  const auto scale = quantized_multiplier(raised);
  if (!scale) return {};
  return InputScale{*scale, input_radius(integer_bits, scale->shift)};
}

std::int16_t to_int16(std::int64_t x) {
  return static_cast<std::int16_t>(std::clamp<std::int64_t>(x, -32768, 32767));
}
/// The high half of 2ab of two 16-bit numbers: rounded to nearest, or towards zero.
std::int16_t rounded_high(std::int16_t a, std::int16_t b) {
  if (a == b && a == -32768) return 32767;
  const std::int32_t product = std::int32_t{a} * b;
  return static_cast<std::int16_t>((product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));
}
std::int16_t truncated_high(std::int16_t a, std::int16_t b) {
  if (a == b && a == -32768) return 32767;
  return static_cast<std::int16_t>(std::int32_t{a} * b / (1 << 15));
}
/// The upper 16 bits of a multiplier, rounded.
std::int16_t short_multiplier(std::int32_t multiplier) {
  return multiplier >= INT32_MAX - (1 << 15) ? std::int16_t{32767}
                                             : static_cast<std::int16_t>((multiplier + (1 << 15)) >> 16);
}

}  // namespace

std::optional<kernels::Int8Scale> quantized_multiplier(double real) {
  if (!std::isfinite(real) || real < 0) return {};
  if (real == 0) return kernels::Int8Scale{0, 0};
  int shift = 0;
  auto fixed = static_cast<std::int64_t>(std::round(std::frexp(real, &shift) * 2147483648.0));
  if (fixed == std::int64_t{1} << 31) {
    fixed /= 2;
    ++shift;
  }
  if (shift > 30) return {};
  if (shift < -31) return kernels::Int8Scale{0, 0};
  return kernels::Int8Scale{static_cast<std::int32_t>(fixed), shift};
}

Bounds stored_bounds(const RealBounds& real, const Quantization& result, ElementType type) {
  const Bounds all = all_numbers(type);
  const auto stored = [&](float x) {
    const float steps = std::clamp(std::round(x / result.scale), -1e6f, 1e6f);
    return std::clamp(result.zero_point + static_cast<std::int32_t>(steps), all.lowest, all.highest);
  };
  return {stored(real.lowest), stored(real.highest)};
}

std::int32_t stored(double real, const Quantization& q, ElementType type) {
  const double steps = std::round(real / static_cast<double>(q.scale));
  const Bounds all = all_numbers(type);
  return static_cast<std::int32_t>(
      std::clamp<double>(std::isnan(steps) ? 0.0 : steps + q.zero_point, all.lowest, all.highest));
}

Table make_table(const std::function<std::int32_t(std::int32_t)>& function) {
  Table table{};
  for (std::int32_t x = -128; x < 128; ++x)
    table[static_cast<std::uint8_t>(x)] = static_cast<std::int8_t>(std::clamp(function(x), -128, 127));
  return table;
}

std::optional<Table> requantize_table(const Quantization& from, const Quantization& to, Bounds bounds) {
  const auto scale = quantized_multiplier(static_cast<double>(from.scale) / static_cast<double>(to.scale));
  if (!scale || scale->shift > 22) return {};
  return make_table([&](std::int32_t x) {
    return std::clamp(
        kernels::requantize(x - from.zero_point, scale->multiplier, scale->shift) + to.zero_point,
        bounds.lowest, bounds.highest);
  });
}

std::optional<Table> logistic_table(const Quantization& from) {
  constexpr int bits = 4;
  const auto scale = input_scale(from.scale, bits);
  if (!scale) return {};
  return make_table([&](std::int32_t x) -> std::int32_t {
    const std::int32_t difference = x - from.zero_point;
    if (difference <= -scale->radius) return -128;
    if (difference >= scale->radius) return 127;
    const std::int32_t raised = kernels::requantize(difference, scale->scale.multiplier, scale->scale.shift);
    return kernels::rounding_shift(kernels::fixed_point::logistic(raised, bits), 31 - 8) - 128;
  });
}

std::optional<Table> tanh_table(const Quantization& from) {
  constexpr int bits = 4;
  const auto scale = input_scale(from.scale, bits);
  if (!scale) return {};
  return make_table([&](std::int32_t x) -> std::int32_t {
    const std::int32_t difference = x - from.zero_point;
    if (difference <= -scale->radius) return -128;
    if (difference >= scale->radius) return 127;
    const std::int32_t raised = kernels::requantize(difference, scale->scale.multiplier, scale->scale.shift);
    return kernels::rounding_shift(kernels::fixed_point::tanh(raised, bits), 31 - 7);
  });
}

std::optional<Table> hard_swish_table(const Quantization& from, const Quantization& to) {
  const float fine = 1.0f / 128.0f * from.scale;
  const auto out = quantized_multiplier(static_cast<double>(fine / to.scale));
  const auto relu = quantized_multiplier(static_cast<double>(fine / (3.0f / 32768.0f)));
  if (!out || !relu || out->shift > 0 || relu->shift > 30) return {};
  const std::int16_t out_multiplier = short_multiplier(out->multiplier);
  const std::int16_t relu_multiplier = short_multiplier(relu->multiplier);
  return make_table([&](std::int32_t x) -> std::int32_t {
    const auto raised = static_cast<std::int16_t>((x - from.zero_point) * 128);
    const std::int16_t value = rounded_high(raised, out_multiplier);
    // min(max(x + 3, 0), 6) / 6, from the input with 3 at 2^15.
    std::int16_t gate = raised;
    if (relu->shift > 0) gate = to_int16(std::int64_t{gate} << (relu->shift - 1));
    gate = rounded_high(gate, relu_multiplier);
    if (relu->shift > 0) gate = to_int16(std::int64_t{gate} * 2);
    if (relu->shift < 0) gate = static_cast<std::int16_t>(kernels::rounding_shift(gate, -relu->shift));
    gate = static_cast<std::int16_t>((gate + (1 << 15)) >> 1);
    return kernels::rounding_shift(truncated_high(gate, value), -out->shift) + to.zero_point;
  });
}

std::optional<Table> leaky_relu_table(const Quantization& from, const Quantization& to, float alpha) {
  const auto plain = quantized_multiplier(static_cast<double>(from.scale / to.scale));
  const auto leak = quantized_multiplier(std::fabs(static_cast<double>(from.scale * alpha / to.scale)));
  if (!plain || !leak || plain->shift > 22 || leak->shift > 22) return {};
  const std::int32_t leaking = alpha < 0 ? -leak->multiplier : leak->multiplier;
  return make_table([&](std::int32_t x) {
    const std::int32_t difference = x - from.zero_point;
    return to.zero_point + (difference >= 0 ? kernels::requantize(difference, plain->multiplier, plain->shift)
                                            : kernels::requantize(difference, leaking, leak->shift));
  });
}

Table relu6_table(const Quantization& of) {
  const float six = std::round(6.0f / of.scale);
  const std::int32_t highest =
      std::clamp(of.zero_point + static_cast<std::int32_t>(std::clamp(six, 0.0f, 1e6f)), -128, 127);
  return make_table([&](std::int32_t x) { return std::min(std::max(x, of.zero_point), highest); });
}

Table clamp_table(Bounds bounds) {
  return make_table([&](std::int32_t x) { return std::clamp(x, bounds.lowest, bounds.highest); });
}

std::optional<kernels::Int8SoftmaxNumbers> softmax_numbers(float scale, float beta) {
  constexpr int bits = 5;
  const double real = static_cast<double>(beta) * static_cast<double>(scale) * (1 << (31 - bits));
  const auto input = quantized_multiplier(std::min(real, 2147483647.0));
  if (!input || input->shift < 0 || !(real > 0)) return {};
  return kernels::Int8SoftmaxNumbers{*input, -input_radius(bits, input->shift)};
}

std::array<std::uint16_t, 256> sigmoid_table() {
  std::array<std::uint16_t, 256> table{};
  constexpr double step = 1.0 / 24;
  for (unsigned i = 0; i < 256; ++i) {
    const double s = 1 / (1 + std::exp(-step * i)), bend = s * (1 - s) * (1 - 2 * s);
    // A chord errs by bend * step^2 / 8 in its middle: half of it is given to its ends.
    table[i] =
        static_cast<std::uint16_t>(std::min(65535.0, std::round(65536 * (s - bend * step * step / 16))));
  }
  table[255] = 65535;
  return table;
}

float softmax_factor(float scale) {
  const float raised = std::ldexp(1.0f, -26) / scale;
  return raised <= 1 ? 1 : std::nextafter(raised, 2 * raised);
}

std::optional<kernels::Int8Scale> mean_scale(const Quantization& from, const Quantization& to,
                                             std::int64_t count) {
  const auto scale = quantized_multiplier(static_cast<double>(from.scale) / static_cast<double>(to.scale));
  if (!scale) return {};
  const int bits = std::bit_width(static_cast<std::uint64_t>(count)) - 1;
  const int shift = std::min({bits, 32, 31 + scale->shift});
  return kernels::Int8Scale{static_cast<std::int32_t>((std::int64_t{scale->multiplier} << shift) / count),
                            scale->shift - shift};
}

}  // namespace etch::host::int8
