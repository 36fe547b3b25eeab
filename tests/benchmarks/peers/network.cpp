// SPDX-License-Identifier: BSL-1.0
#include "tests/benchmarks/peers/network.hpp"

#include "tests/benchmarks/peers/training.hpp"

#include <algorithm>

namespace peers {

namespace {

std::size_t of(int n) { return static_cast<std::size_t>(n); }

}  // namespace

Normalization::Normalization(int n, int rows)
    : channels(n),
      gamma(n, 0),
      beta(n, 0),
      mean(of(n)),
      variance(of(n), 1),
      inverse(of(n)),
      normalized(of(n * rows)) {
  std::ranges::fill(gamma.w, 1.0f);
}

void Normalization::forward(int rows, const float* x, float* y) {
  Numbers sum(of(channels)), square(of(channels));
  const float share = 1 / static_cast<float>(rows);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < channels; ++c) sum[of(c)] += x[r * channels + c];
  for (float& s : sum) s *= share;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < channels; ++c) {
      const float away = x[r * channels + c] - sum[of(c)];
      square[of(c)] += away * away;
    }
  for (std::size_t c = 0; c < sum.size(); ++c) {
    mean[c] += (sum[c] - mean[c]) * 0.01f;
    variance[c] += (square[c] * share - variance[c]) * 0.01f;
    inverse[c] = 1 / std::sqrt(square[c] * share + 1e-3f);
  }
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < channels; ++c) {
      const float z = (x[r * channels + c] - sum[of(c)]) * inverse[of(c)];
      normalized[of(r * channels + c)] = z;
      y[r * channels + c] = std::max(0.0f, z * gamma.w[of(c)] + beta.w[of(c)]);
    }
}

void Normalization::backward(int rows, const float* y, const float* dy, float* dx, float rate) {
  std::ranges::fill(gamma.gradient, 0.0f);
  std::ranges::fill(beta.gradient, 0.0f);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < channels; ++c) {
      const float g = y[r * channels + c] > 0 ? dy[r * channels + c] : 0;
      dx[r * channels + c] = g;
      beta.gradient[of(c)] += g;
      gamma.gradient[of(c)] += g * normalized[of(r * channels + c)];
    }
  const float share = 1 / static_cast<float>(rows);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < channels; ++c) {
      const float mean_part = beta.gradient[of(c)] * share;
      const float along = normalized[of(r * channels + c)] * gamma.gradient[of(c)] * share;
      dx[r * channels + c] = gamma.w[of(c)] * inverse[of(c)] * (dx[r * channels + c] - mean_part - along);
    }
  gamma.step(rate);
  beta.step(rate);
}

Network::Network(Product product)
    : dense_{Dense{product, pixels, hidden}, {product, hidden, hidden}, {product, hidden, classes}},
      folded_(dense_),
      normal_{Normalization{hidden, batch}, {hidden, batch}},
      x_(of(batch * pixels)),
      gradient_(of(batch * hidden)),
      back_(of(batch * hidden)) {
  for (Numbers& each : sums_) each.resize(of(batch * hidden));
  for (Numbers& each : results_) each.resize(of(batch * hidden));
}

float Network::epoch(const std::vector<std::uint8_t>& images, const std::vector<std::uint8_t>& labels) {
  return epoch_of<batch, pixels>(order_, state_, images, labels, x_.data(),
                                 [&](const std::uint8_t* these) { return step(these); });
}

float Network::step(const std::uint8_t* labels) {
  const float rate = adam_rate(++steps_);
  const float* x = x_.data();
  for (std::size_t l = 0; l < 2; ++l) {
    dense_[l].forward(batch, x, sums_[l].data());
    normal_[l].forward(batch, sums_[l].data(), results_[l].data());
    x = results_[l].data();
  }
  dense_[2].forward(batch, x, sums_[2].data());
  const float mean = cross_entropy(batch, classes, sums_[2].data(), labels, gradient_.data());
  for (std::size_t l = 3; l-- > 0;) {
    dense_[l].backward(batch, l > 0 ? results_[l - 1].data() : x_.data(), gradient_.data(),
                       l > 0 ? back_.data() : nullptr, rate);
    if (l > 0) normal_[l - 1].backward(batch, results_[l - 1].data(), back_.data(), gradient_.data(), rate);
  }
  return mean;
}

void Network::fold() {
  folded_ = dense_;
  for (std::size_t l = 0; l < 2; ++l)
    for (int o = 0; o < hidden; ++o) {
      const Normalization& n = normal_[l];
      const float factor = n.gamma.w[of(o)] / std::sqrt(n.variance[of(o)] + 1e-3f);
      for (int i = 0; i < folded_[l].in; ++i) folded_[l].kernel.w[of(i * hidden + o)] *= factor;
      float& bias = folded_[l].bias.w[of(o)];
      bias = (bias - n.mean[of(o)]) * factor + n.beta.w[of(o)];
    }
}

const float* Network::predict(const float* x, int images) {
  for (Numbers& each : room_) each.resize(of(images * hidden));
  folded_[0].forward(images, x, room_[0].data(), true);
  folded_[1].forward(images, room_[0].data(), room_[1].data(), true);
  folded_[2].forward(images, room_[1].data(), room_[0].data());
  return room_[0].data();
}

}  // namespace peers
