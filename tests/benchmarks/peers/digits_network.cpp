// SPDX-License-Identifier: BSL-1.0
#include "tests/benchmarks/peers/digits_network.hpp"

#include "tests/benchmarks/peers/training.hpp"

#include <algorithm>
#include <array>

namespace peers {

namespace {

std::size_t of(int n) { return static_cast<std::size_t>(n); }

/// The offsets of the four numbers of a window of 2 x 2.
template <int size, int channels>
constexpr std::array<int, 4> window{0, channels, size* channels, size* channels + channels};

}  // namespace

template <int size, int channels, int filters>
ConvolutionAndPool<size, channels, filters>::ConvolutionAndPool(Product product, int most)
    : kernel(taps * filters, std::sqrt(6.0f / static_cast<float>(taps + 25 * filters))),
      bias(filters, 0),
      product_(product),
      windows_(of(most * convolved * convolved * taps)),
      sums_(of(most * convolved * convolved * filters)),
      results_(of(most * elements)),
      sums_gradient_(sums_.size()),
      windows_gradient_(windows_.size()) {}

template <int size, int channels, int filters>
void ConvolutionAndPool<size, channels, filters>::forward(int images, const float* x) {
  constexpr int line = 5 * channels;
  float* to = windows_.data();
  for (int image = 0; image < images; ++image)
    for (int i = 0; i < convolved; ++i)
      for (int j = 0; j < convolved; ++j)
        for (int k = 0; k < 5; ++k, to += line)
          std::copy_n(x + ((image * size + i + k) * size + j) * channels, line, to);
  const int positions = images * convolved * convolved;
  product_(false, false, positions, filters, taps, windows_.data(), kernel.w.data(), sums_.data());
  for (int p = 0; p < positions; ++p)
    for (int f = 0; f < filters; ++f)
      sums_[of(p * filters + f)] = std::max(0.0f, sums_[of(p * filters + f)] + bias.w[of(f)]);
  pool(images);
}

template <int size, int channels, int filters>
void ConvolutionAndPool<size, channels, filters>::pool(int images) {
  float* y = results_.data();
  for (int image = 0; image < images; ++image)
    for (int i = 0; i < pooled; ++i)
      for (int j = 0; j < pooled; ++j, y += filters) {
        const float* const a = &sums_[of(((image * convolved + 2 * i) * convolved + 2 * j) * filters)];
        const auto& at = window<convolved, filters>;
        for (int f = 0; f < filters; ++f)
          y[f] = std::max(std::max(a[f], a[at[1] + f]), std::max(a[at[2] + f], a[at[3] + f]));
      }
}

/// The gradient goes to the first of the largest, where ReLU let it through.
template <int size, int channels, int filters>
void ConvolutionAndPool<size, channels, filters>::pool_backward(int images, const float* dy) {
  const float* y = results_.data();
  for (int image = 0; image < images; ++image)
    for (int i = 0; i < pooled; ++i)
      for (int j = 0; j < pooled; ++j, y += filters, dy += filters) {
        const int corner = ((image * convolved + 2 * i) * convolved + 2 * j) * filters;
        const float* const a = &sums_[of(corner)];
        float* const to = &sums_gradient_[of(corner)];
        for (int f = 0; f < filters; ++f) {
          float left = y[f] > 0 ? dy[f] : 0;
          for (const int at : window<convolved, filters>) {
            const float taken = a[at + f] == y[f] ? left : 0;
            to[at + f] = taken;
            left = a[at + f] == y[f] ? 0 : left;
          }
        }
      }
}

template <int size, int channels, int filters>
void ConvolutionAndPool<size, channels, filters>::add_windows(int images, float* dx) const {
  constexpr int line = 5 * channels;
  std::fill_n(dx, images * size * size * channels, 0.0f);
  const float* from = windows_gradient_.data();
  for (int image = 0; image < images; ++image)
    for (int i = 0; i < convolved; ++i)
      for (int j = 0; j < convolved; ++j)
        for (int k = 0; k < 5; ++k, from += line) {
          float* const to = dx + ((image * size + i + k) * size + j) * channels;
          for (int n = 0; n < line; ++n) to[n] += from[n];
        }
}

template <int size, int channels, int filters>
void ConvolutionAndPool<size, channels, filters>::backward(int images, const float* dy, float* dx,
                                                           float rate) {
  pool_backward(images, dy);
  const int positions = images * convolved * convolved;
  if (dx) {
    product_(false, true, positions, taps, filters, sums_gradient_.data(), kernel.w.data(),
             windows_gradient_.data());
    add_windows(images, dx);
  }
  product_(true, false, taps, filters, positions, windows_.data(), sums_gradient_.data(),
           kernel.gradient.data());
  std::ranges::fill(bias.gradient, 0.0f);
  for (int p = 0; p < positions; ++p)
    for (int f = 0; f < filters; ++f) bias.gradient[of(f)] += sums_gradient_[of(p * filters + f)];
  kernel.step(rate);
  bias.step(rate);
}

DigitsNetwork::DigitsNetwork(Product product)
    : first_(product, batch),
      second_(product, batch),
      third_(product, second_.elements, hidden),
      last_(product, hidden, classes),
      x_(of(batch * pixels)),
      kept_(of(batch * second_.elements)),
      mask_(kept_.size()),
      hidden_(of(batch * hidden)),
      sums_(of(batch * classes)),
      gradient_(sums_.size()),
      hidden_gradient_(hidden_.size()),
      kept_gradient_(kept_.size()),
      pooled_gradient_(of(batch * first_.elements)) {}

void DigitsNetwork::take(std::span<const std::vector<float>> weights) {
  Weights* const all[]{&first_.kernel, &first_.bias, &second_.kernel, &second_.bias,
                       &third_.kernel, &third_.bias, &last_.kernel,   &last_.bias};
  for (std::size_t k = 0; k < std::size(all); ++k) std::ranges::copy(weights[k], all[k]->w.begin());
}

const float* DigitsNetwork::predict(const float* x, int images) {
  first_.forward(images, x);
  second_.forward(images, first_.results());
  third_.forward(images, second_.results(), hidden_.data(), true);
  last_.forward(images, hidden_.data(), sums_.data());
  return sums_.data();
}

/// A quarter of the second layer's results, with others for each step.
void DigitsNetwork::drop() {
  for (std::size_t i = 0; i < mask_.size(); ++i) {
    state_ = state_ * 1664525U + 1013904223U;
    mask_[i] = state_ >> 30 == 0 ? 0 : 4.0f / 3;
    kept_[i] = second_.results()[i] * mask_[i];
  }
}

float DigitsNetwork::step(const std::uint8_t* labels) {
  const float rate = adam_rate(++steps_);
  first_.forward(batch, x_.data());
  second_.forward(batch, first_.results());
  drop();
  third_.forward(batch, kept_.data(), hidden_.data(), true);
  last_.forward(batch, hidden_.data(), sums_.data());
  const float mean = cross_entropy(batch, classes, sums_.data(), labels, gradient_.data());
  last_.backward(batch, hidden_.data(), gradient_.data(), hidden_gradient_.data(), rate);
  for (std::size_t i = 0; i < hidden_.size(); ++i)
    hidden_gradient_[i] = hidden_[i] > 0 ? hidden_gradient_[i] : 0;
  third_.backward(batch, kept_.data(), hidden_gradient_.data(), kept_gradient_.data(), rate);
  for (std::size_t i = 0; i < mask_.size(); ++i) kept_gradient_[i] *= mask_[i];
  second_.backward(batch, kept_gradient_.data(), pooled_gradient_.data(), rate);
  first_.backward(batch, pooled_gradient_.data(), nullptr, rate);
  return mean;
}

float DigitsNetwork::epoch(const std::vector<std::uint8_t>& images, const std::vector<std::uint8_t>& labels) {
  return epoch_of<batch, pixels>(order_, state_, images, labels, x_.data(),
                                 [&](const std::uint8_t* these) { return step(these); });
}

}  // namespace peers
