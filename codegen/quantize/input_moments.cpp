// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/constant_array.hpp>
#include <codegen/quantize/input_moments.hpp>

#include <algorithm>

namespace etch::host::quantization {

MomentCounter::MomentCounter(const Step& step, std::int32_t zero_point, std::size_t samples)
    : c_(ops::QuantizedConvolution::convolution(step)),
      wide_(ops::QuantizedConvolution::type(step) == ElementType::i16),
      zero_point_(zero_point) {
  const auto taps = static_cast<std::size_t>(c_.taps());
  const auto pixels = static_cast<std::size_t>(c_.y.out) * static_cast<std::size_t>(c_.x.out);
  every_ = std::max<std::size_t>(1, samples * pixels / most_windows);
  if (every_ % 2 == 0 && pixels % 2 == 0) ++every_;  // or the same columns would come again and again
  window_.resize(taps);
  sum_.resize(taps);
  squares_.resize(taps);
  if (taps <= most_taps) products_.resize(taps * taps);
}

void MomentCounter::add(std::span<const std::byte> input) {
  input_.clear();
  if (wide_)
    for (const std::int16_t number : numbers_in<std::int16_t>(input)) input_.push_back(number - zero_point_);
  else
    for (const std::int8_t number : numbers_in<std::int8_t>(input)) input_.push_back(number - zero_point_);
  for (int oy = 0; oy < c_.y.out; ++oy)
    for (int ox = 0; ox < c_.x.out; ++ox)
      if (seen_++ % every_ == 0) add_window(oy, ox);
}

void MomentCounter::add_window(int oy, int ox) {
  ++counted_;
  const auto channels = static_cast<std::size_t>(c_.channels), taps = window_.size();
  ops::detail::for_taps(c_.y, c_.x, oy, ox, [&](int tap, int pixel) {
    double* const to = window_.data() + static_cast<std::size_t>(tap) * channels;
    if (pixel < 0)
      std::fill_n(to, channels, 0.0);
    else
      std::copy_n(input_.data() + static_cast<std::size_t>(pixel) * channels, channels, to);
  });
  for (std::size_t i = 0; i < taps; ++i) {
    const double x = window_[i];
    sum_[i] += x;
    squares_[i] += x * x;
    if (x == 0 || products_.empty()) continue;
    double* const row = products_.data() + i * taps;
    for (std::size_t j = 0; j <= i; ++j) row[j] += x * window_[j];
  }
}

InputMoments MomentCounter::moments() const {
  const std::size_t taps = window_.size();
  const auto n = static_cast<double>(std::max<std::size_t>(counted_, 1));
  InputMoments m{sum_, squares_, products_};
  for (std::size_t i = 0; i < taps; ++i) {
    m.mean[i] /= n;
    m.variance[i] = std::max(0.0, m.variance[i] / n - m.mean[i] * m.mean[i]);
  }
  for (std::size_t i = 0; i < taps && !products_.empty(); ++i)
    for (std::size_t j = 0; j <= i; ++j)
      m.covariance[i * taps + j] = m.covariance[i * taps + j] / n - m.mean[i] * m.mean[j];
  return m;
}

}  // namespace etch::host::quantization
