// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/filters.hpp>
#include <codegen/int8/unfit.hpp>

#include <algorithm>
#include <cstdlib>

namespace etch::host::int8 {

namespace {

std::vector<std::int32_t> multipliers(const Filters& f, bool wide) {
  std::vector<std::int32_t> words;
  for (const double real : f.scale) {
    const kernels::Int8Scale s = filter_factor(real, wide, f.rounding);
    words.insert(words.end(), {s.multiplier, s.shift});
  }
  return words;
}

/// Rows of filters, each filled up with zeros.
ConstantArray laid_out(const Filters& f) {
  const std::size_t filters = f.bias.size(), taps = f.weights.size() / filters;
  if (f.depthwise)
    return constant_of(f.weights, ElementType::i8, {static_cast<int>(taps), static_cast<int>(filters)});
  return constant_of(padded_rows(f.weights, taps), ElementType::i8,
                     {static_cast<int>(filters), kernels::int8_row_bytes(static_cast<int>(taps))});
}

ConstantArray bias_constant(const std::vector<std::int64_t>& bias, bool wide) {
  if (!wide) return constant_of(std::vector<std::int32_t>(bias.begin(), bias.end()), ElementType::i32);
  return constant_of(std::vector<kernels::WideBias>(bias.begin(), bias.end()), ElementType::i32,
                     {2 * static_cast<int>(bias.size())});
}

/// What a sum becomes in the end.
std::int32_t finished(std::int64_t sum, const kernels::Int8Scale& scale, const kernels::Int8Io& io) {
  return kernels::requantize_to_int8(static_cast<std::int32_t>(sum), scale, io);
}

/// Brings a bias that a converter saturated, that of a channel without weights of any size, to one with which
/// sums fit 32 bits and whose results are the same, if there is one: all of its sums lie beyond a bound.
std::int64_t settled_bias(std::int64_t folded, std::int64_t reach, const kernels::Int8Scale& scale,
                          const kernels::Int8Io& io) {
  constexpr std::int64_t most = INT32_MAX;
  const std::int64_t size = std::llabs(folded);
  if (size + reach <= most || reach > most || size > 2 * most || scale.shift > 0) return folded;
  const std::int64_t sign = folded < 0 ? -1 : 1, settled = sign * (most - reach);
  const auto at = [&](std::int64_t sum) { return finished(std::clamp(sum, -most, most), scale, io); };
  const std::int32_t nearest = at(sign * (std::min(size, most) - reach));
  const bool same = at(settled + reach) == nearest && at(settled - reach) == nearest && at(folded) == nearest;
  return same ? settled : folded;
}

}  // namespace

void as_convolution(Filters& f) {
  const std::size_t filters = f.bias.size(), taps = f.weights.size() / filters;
  std::vector<std::int8_t> rows(f.weights.size());
  for (std::size_t i = 0; i < filters; ++i)
    for (std::size_t t = 0; t < taps; ++t) rows[i * taps + t] = f.weights[t * filters + i];
  f.weights = std::move(rows);
  f.depthwise = false;
}

kernels::Int8Scale filter_factor(double real, bool wide, Rounding rounding) {
  const kernels::Int8Scale s = multiplier(real, wide ? 7 : 22, rounding);
  // All zero too, in the form that kernels take fast.
  return s.multiplier == 0 && !wide ? kernels::Int8Scale{1 << 30, -31} : s;
}

std::vector<std::int8_t> padded_rows(const std::vector<std::int8_t>& rows, std::size_t columns) {
  const auto row = static_cast<std::size_t>(kernels::int8_row_bytes(static_cast<int>(columns)));
  std::vector<std::int8_t> padded(rows.size() / columns * row);
  for (std::size_t from = 0, to = 0; from < rows.size(); from += columns, to += row)
    std::copy_n(rows.data() + from, columns, padded.data() + to);
  return padded;
}

namespace {

/// The same of weights with a zero point of their own: what is taken from them counts as much as they do.
/// \param io of steps of int8 whose biases may be saturated, or null.
void fold_zero_points(Filters& f, std::int32_t zero_point, std::int32_t offset, bool wide,
                      const kernels::Int8Io* io = nullptr) {
  const std::int64_t most = wide ? std::int64_t{1} << 46 : INT32_MAX, largest_input = wide ? 32768 : 128;
  const std::size_t filters = f.bias.size(), taps = f.weights.size() / filters;
  const auto require = [&](bool fits) {
    if (!fits) throw Unfit(Unfit::Kind::sum, static_cast<std::int64_t>(taps), wide ? 47 : 32);
  };
  for (std::size_t i = 0; i < filters; ++i) {
    std::int64_t& bias = f.bias[i];
    require(std::llabs(bias) <= most + (io ? 1 : 0));
    std::int64_t sum = 0, size = 0;
    for (std::size_t t = 0; t < taps; ++t) {
      const int w = f.weights[f.depthwise ? t * filters + i : i * taps + t];
      sum += w - offset;
      size += std::abs(w) + std::abs(offset);
    }
    bias -= zero_point * sum;
    if (io) {
      const double real = f.scale[f.scale.size() > 1 ? i : 0];
      bias = settled_bias(bias, largest_input * size, multiplier(real, 22, f.rounding), *io);
    }
    require(std::llabs(bias) + largest_input * size <= most);
  }
}

}  // namespace

void fold_zero_point(Filters& f, std::int32_t zero_point, bool wide) {
  fold_zero_points(f, zero_point, 0, wide);
}

QuantizedStep convolution(ops::QuantizedConvolution::Attributes windows, ElementType type,
                          const kernels::Int8Io& io, Filters filters) {
  const bool wide = type == ElementType::i16;
  windows.wide = wide;
  const std::vector<std::int32_t> scale = multipliers(filters, wide);
  fold_zero_points(filters, io.input_zero_point, 0, wide, wide ? nullptr : &io);
  return {
      filters.depthwise ? op_code<ops::QuantizedDepthwiseConvolution> : op_code<ops::QuantizedConvolution>,
      pack(windows),
      type,
      {laid_out(filters), bias_constant(filters.bias, wide), constant_of(scale, ElementType::i32),
       constant_of_words(io)}};
}

bool take_offset(Filters& filters, std::int32_t offset) {
  for (const std::int8_t w : filters.weights)
    if (w - offset < INT8_MIN || w - offset > INT8_MAX) return false;
  for (std::int8_t& w : filters.weights) w = static_cast<std::int8_t>(w - offset);
  return true;
}

QuantizedStep offset_convolution(const ops::QuantizedConvolution::Attributes& windows,
                                 const kernels::Int8Io& io, Filters filters, std::int32_t offset) {
  const std::vector<std::int32_t> scale = multipliers(filters, false);
  fold_zero_points(filters, io.input_zero_point, offset, false, &io);
  return {op_code<ops::QuantizedOffsetConvolution>,
          pack(ops::QuantizedOffsetConvolution::Attributes{windows, filters.depthwise ? 1 : 0, offset}),
          ElementType::i8,
          {laid_out(filters), bias_constant(filters.bias, false), constant_of(scale, ElementType::i32),
           constant_of_words(io)}};
}

}  // namespace etch::host::int8
