// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <tests/unit/int8_models.hpp>

namespace etch::test {

/// Makes quantized models that branch, join, split and work in place, at random. Every value is read.
class RandomBranches {
 public:
  explicit RandomBranches(unsigned seed) : m_(seed) {}

  host::ImportedModel model(int layers) {
    const int width = m_.between(1, 4);
    const int inputs = m_.between(1, 2);
    for (int k = 0; k < inputs; ++k) add(m_.input({m_.between(2, 6), width, m_.between(1, 6)}));
    for (int i = 0; i < layers; ++i) layer();
    std::vector<Tensor> ends, outputs;
    for (std::size_t i = 0; i < values_.size(); ++i)
      if (!read_[i]) ends.push_back(m_.dense(values_[i], m_.between(1, 9)));
    while (!ends.empty()) {
      const std::size_t n = std::min<std::size_t>(ends.size(), m_.one_in(2) ? 8 : 2);
      const std::vector<Tensor> some(ends.end() - static_cast<std::ptrdiff_t>(n), ends.end());
      ends.resize(ends.size() - n);
      outputs.push_back(n == 1 ? some[0] : m_.concatenate(some, 0));
      if (outputs.size() == 8) outputs = {m_.concatenate(outputs, 0)};
    }
    return m_.model(outputs);
  }

 private:
  void add(const Tensor& x) {
    values_.push_back(x);
    read_.push_back(false);
  }
  Tensor any() {
    const std::size_t i = m_.one_in(3)
                              ? static_cast<std::size_t>(m_.between(0, static_cast<int>(values_.size()) - 1))
                              : values_.size() - 1;
    read_[i] = true;
    return values_[i];
  }
  /// Something with these channels.
  Tensor any_of(int channels) {
    const Tensor x = any();
    return x.shape.last() == channels ? x : m_.convolution(x, channels, 1, 1, true);
  }
  void layer() {
    const Tensor x = any();
    switch (m_.between(0, 6)) {
      case 0:
        return add(m_.table(x));
      case 1:
        return add(m_.depthwise(x, 1, 3, 1, true));
      case 2:
        return add(m_.sum(m_.convolution(x, x.shape.last(), 3, 1, true), x));
      case 3:
        return add(m_.concatenate({x, m_.convolution(x, m_.between(1, 4), 1, 1, true)}, 2));
      case 4:
        return split(x);
      case 5:
        return join(x);
      default:
        return add(m_.convolution(x, m_.between(1, 6), m_.one_in(2) ? 3 : 1, 1, true));
    }
  }
  void split(const Tensor& x) {
    const int axis = x.shape[2] > 1 && m_.one_in(3) ? 2 : 0, half = x.shape[axis] / 2;
    if (half == 0) return add(x);
    add(m_.slice(x, axis, 0, half));
    add(m_.slice(x, axis, half, x.shape[axis] - half));
  }
  void join(const Tensor& x) {
    std::vector<Tensor> parts{x};
    const int more = m_.between(1, 3);
    for (int k = 0; k < more; ++k) parts.push_back(any_of(x.shape.last()));
    int height = 0;
    for (const Tensor& part : parts) height += part.shape[0];
    add(height < 40 ? m_.concatenate(parts, 0) : m_.table(x));
  }

  Int8Models m_;
  std::vector<Tensor> values_;
  std::vector<bool> read_;
};

}  // namespace etch::test
