// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare/int8_ranges.hpp>

#include <algorithm>

namespace etch::host {

namespace {

using Ranges = std::vector<Int8Range>;

/// Sums of products within [low, high].
struct SumRange {
  std::int64_t low = 0, high = 0;
  void add(std::int32_t w, const Int8Range& x) {
    low += w * (w >= 0 ? +x.low : +x.high);
    high += w * (w >= 0 ? +x.high : +x.low);
  }
};

/// Where a sum can leave 32 bits on its way, nothing is known of the result.
bool requantizes_in_order(const SumRange& sum, const kernels::Int8Scale& scale) {
  return scale.multiplier >= 0 && sum.low >= INT32_MIN && sum.high <= INT32_MAX;
}

Int8Range requantized(const SumRange& sum, const kernels::Int8Scale& scale, const kernels::Int8Io& io) {
  if (!requantizes_in_order(sum, scale))
    return {static_cast<std::int8_t>(io.lowest), static_cast<std::int8_t>(io.highest)};
  return {kernels::requantize_to_int8(static_cast<std::int32_t>(sum.low), scale, io),
          kernels::requantize_to_int8(static_cast<std::int32_t>(sum.high), scale, io)};
}

/// The numbers of a convolution of either kind.
struct ConvolutionNumbers {
  ConvolutionNumbers(const ModelDraft& model, const DraftStep& step)
      : weights(model.parameter(step, 0).numbers<std::int8_t>()),
        bias(model.parameter(step, 1).numbers<std::int32_t>()),
        scale(model.parameter(step, 2).numbers<kernels::Int8Scale>()),
        io(model.parameter(step, 3).numbers<kernels::Int8Io>().at(0)) {}

  Int8Range result(std::size_t f, SumRange sum, bool per_channel) const {
    sum.low += bias[f];
    sum.high += bias[f];
    return requantized(sum, scale[per_channel ? f : 0], io);
  }
  Int8Range outside() const {
    const auto zero_point = static_cast<std::int8_t>(io.input_zero_point);
    return {zero_point, zero_point};
  }

  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> bias;
  std::vector<kernels::Int8Scale> scale;
  kernels::Int8Io io;
};

/// Calls f(index of the tap, index of its pixel or -1 outside) for the taps of one window.
template <class F>
void for_taps(const kernels::Int8Axis& y, const kernels::Int8Axis& x, int oy, int ox, F&& f) {
  for (int ky = 0; ky < y.kernel; ++ky)
    for (int kx = 0; kx < x.kernel; ++kx) {
      const int iy = oy * y.stride - y.before + ky * y.dilation;
      const int ix = ox * x.stride - x.before + kx * x.dilation;
      const bool inside = iy >= 0 && iy < y.in && ix >= 0 && ix < x.in;
      f(ky * x.kernel + kx, inside ? iy * x.in + ix : -1);
    }
}

void convolve(const ModelDraft& model, const DraftStep& step, const Ranges& x, Ranges& y) {
  const kernels::Int8Convolution c = ops::Int8Convolution::convolution(step.step);
  const ConvolutionNumbers numbers(model, step);
  std::size_t at = 0;
  for (int oy = 0; oy < c.y.out; ++oy)
    for (int ox = 0; ox < c.x.out; ++ox)
      for (int f = 0; f < c.filters; ++f) {
        SumRange sum;
        for_taps(c.y, c.x, oy, ox, [&](int tap, int pixel) {
          const std::int8_t* const w = numbers.weights.data() + f * c.row + tap * c.channels;
          for (int i = 0; i < c.channels; ++i)
            sum.add(w[i], pixel < 0
                              ? numbers.outside()
                              : x[static_cast<std::size_t>(pixel) * static_cast<std::size_t>(c.channels) +
                                  static_cast<std::size_t>(i)]);
        });
        y[at++] = numbers.result(static_cast<std::size_t>(f), sum, c.per_channel);
      }
}

void convolve_depthwise(const ModelDraft& model, const DraftStep& step, const Ranges& x, Ranges& y) {
  const kernels::Int8DepthwiseConvolution c = ops::Int8DepthwiseConvolution::convolution(step.step);
  const ConvolutionNumbers numbers(model, step);
  std::size_t at = 0;
  for (int oy = 0; oy < c.y.out; ++oy)
    for (int ox = 0; ox < c.x.out; ++ox)
      for (int f = 0; f < c.filters(); ++f) {
        SumRange sum;
        for_taps(c.y, c.x, oy, ox, [&](int tap, int pixel) {
          const auto w = static_cast<std::size_t>(tap * c.filters() + f);
          sum.add(numbers.weights[w],
                  pixel < 0 ? numbers.outside()
                            : x[static_cast<std::size_t>(pixel * c.channels + f / c.multiplier)]);
        });
        y[at++] = numbers.result(static_cast<std::size_t>(f), sum, c.per_channel);
      }
}

void look_up(const ModelDraft& model, const DraftStep& step, const Ranges& x, Ranges& y) {
  const auto table = model.parameter(step, 0).numbers<std::int8_t>();
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (i > 0 && x[i] == x[i - 1]) {
      y[i] = y[i - 1];
      continue;
    }
    y[i] = {127, -128};
    for (int number = x[i].low; number <= x[i].high; ++number) {
      const std::int8_t result = table[static_cast<std::uint8_t>(number)];
      y[i] = {std::min(y[i].low, result), std::max(y[i].high, result)};
    }
  }
}

/// Each of sum, difference and product is least and largest at ends of its operands' ranges.
void combine(const ModelDraft& model, const DraftStep& step, const Ranges& a, const Ranges& b, Ranges& y) {
  const auto binary = unpack<kernels::Binary>(step.step.attributes);
  const auto n = model.parameter(step, static_cast<int>(step.parameters.size()) - 1)
                     .numbers<kernels::Int8BinaryNumbers>()
                     .at(0);
  for (const kernels::Int8Scale& scale : {n.a, n.b, n.y})
    if (scale.multiplier < 0 || scale.shift > 0) return;
  kernels::detail::for_each_element(binary, 1, [&](int at, int i, int j) {
    const Int8Range &left = a[static_cast<std::size_t>(i)], &right = b[static_cast<std::size_t>(j)];
    Int8Range range{127, -128};
    for (const std::int8_t p : {left.low, left.high})
      for (const std::int8_t q : {right.low, right.high}) {
        const std::int8_t result = kernels::int8_combine(binary.kind, p, q, n);
        range = {std::min(range.low, result), std::max(range.high, result)};
      }
    y[static_cast<std::size_t>(at)] = range;
  });
}

/// For ops whose results only rise with their inputs: runs `f` on both ends of the ranges.
template <class F>
void run_on_ends(const Ranges& x, Ranges& y, F&& f) {
  std::vector<std::int8_t> low, high, low_result(y.size()), high_result(y.size());
  for (const Int8Range& r : x) {
    low.push_back(r.low);
    high.push_back(r.high);
  }
  f(low.data(), low_result.data());
  f(high.data(), high_result.data());
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = {low_result[i], high_result[i]};
}

void average(const ModelDraft& model, const DraftStep& step, const Ranges& x, Ranges& y) {
  const auto pool = unpack<kernels::Pool>(step.step.attributes);
  const auto io = model.parameter(step, 0).numbers<kernels::Int8Io>().at(0);
  const bool scaled = step.parameters.size() == 2;
  const auto scale =
      scaled ? model.parameter(step, 1).numbers<kernels::Int8Scale>().at(0) : kernels::Int8Scale{};
  if (scaled && (scale.multiplier < 0 || scale.shift > 0)) return;
  run_on_ends(x, y, [&](const std::int8_t* from, std::int8_t* to) {
    kernels::int8_pool_portable(pool, from, io, scaled ? &scale : nullptr, to);
  });
}

void largest(const DraftStep& step, const Ranges& x, Ranges& y) {
  const auto pool = unpack<kernels::Pool>(step.step.attributes);
  if (pool.kind != kernels::PoolKind::max) return;
  std::size_t at = 0;
  for (int oy = 0; oy < pool.out_height; ++oy)
    for (int ox = 0; ox < pool.out_width; ++ox) {
      const kernels::detail::Window window = kernels::detail::window_at(pool, oy, ox);
      for (int c = 0; c < pool.channels; ++c, ++at) {
        y[at] = {-128, -128};
        for (int iy = window.first_row; iy < window.last_row; ++iy)
          for (int ix = window.first_column; ix < window.last_column; ++ix) {
            const Int8Range& r = x[static_cast<std::size_t>((iy * pool.width + ix) * pool.channels + c)];
            y[at] = {std::max(y[at].low, r.low), std::max(y[at].high, r.high)};
          }
      }
    }
}

void pad(const ModelDraft& model, const DraftStep& step, const Ranges& x, Ranges& y) {
  const auto amounts = unpack<kernels::Pad>(step.step.attributes);
  const std::int8_t filling =
      step.parameters.empty() ? std::int8_t{0} : model.parameter(step, 0).numbers<std::int8_t>().at(0);
  run_on_ends(x, y,
              [&](const std::int8_t* from, std::int8_t* to) { kernels::pad(amounts, 1, from, to, filling); });
}

}  // namespace

std::vector<std::vector<Int8Range>> int8_ranges(const ModelDraft& model) {
  std::vector<Ranges> ranges(model.values.size());
  for (std::size_t v = 0; v < ranges.size(); ++v)
    if (model.values[v].value.type == ElementType::i8)
      ranges[v].resize(static_cast<std::size_t>(model.values[v].value.elements));
  for (const DraftStep& step : model.steps) {
    if (step.inputs.empty() || step.input() < 0 || step.outputs.size() != 1 || step.step.repeat != 1)
      continue;
    const Ranges& x = ranges[static_cast<std::size_t>(step.input())];
    Ranges& y = ranges[static_cast<std::size_t>(step.output())];
    if (x.empty() || y.empty() || model.value(step.output()).value.role == Role::state) continue;
    if (step.is<ops::Int8Convolution>()) convolve(model, step, x, y);
    if (step.is<ops::Int8DepthwiseConvolution>()) convolve_depthwise(model, step, x, y);
    if (step.is<ops::Int8Table>()) look_up(model, step, x, y);
    if (step.is<ops::Int8Pool>()) average(model, step, x, y);
    if (step.is<ops::Pool>()) largest(step, x, y);
    if (step.is<ops::Pad>()) pad(model, step, x, y);
    if (step.is<ops::Int8Binary>() && step.inputs.size() == 2)
      combine(model, step, x, ranges[static_cast<std::size_t>(step.input(1))], y);
  }
  return ranges;
}

}  // namespace etch::host
