// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "tests/benchmarks/peers/layers.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace peers {

/// A convolution of 5 x 5 without a border, as one product with the windows of all positions, then ReLU and
/// the largest of 2 x 2. Channels last; extents are known, so that compilers unroll what is no product.
template <int size, int channels, int filters>
class ConvolutionAndPool {
 public:
  static constexpr int convolved = size - 4, pooled = convolved / 2, taps = 25 * channels;
  static constexpr int elements = pooled * pooled * filters;

  ConvolutionAndPool(Product product, int most_images);
  void forward(int images, const float* x);
  const float* results() const { return results_.data(); }
  /// \param dy of the results. \param dx may be null. Adam's step is taken.
  void backward(int images, const float* dy, float* dx, float rate);
  Weights kernel, bias;

 private:
  void pool(int images);
  void pool_backward(int images, const float* dy);
  void add_windows(int images, float* dx) const;

  Product product_;
  Numbers windows_, sums_, results_, sums_gradient_, windows_gradient_;
};

/// The network of examples/cnn_mnist on a library's products.
class DigitsNetwork {
 public:
  static constexpr int batch = 64, pixels = 784, classes = 10, hidden = 96;
  explicit DigitsNetwork(Product product);

  /// Takes the kernel and bias of each layer, in the order of a prediction.
  void take(std::span<const std::vector<float>> weights);
  /// All whole batches of the images once, in a new order, by Adam. \return the mean loss of the last batch.
  float epoch(const std::vector<std::uint8_t>& images, const std::vector<std::uint8_t>& labels);
  /// \return classes numbers an image, before softmax; at most `batch` images.
  const float* predict(const float* x, int images);

 private:
  float step(const std::uint8_t* labels);
  void drop();

  ConvolutionAndPool<28, 1, 8> first_;
  ConvolutionAndPool<12, 8, 24> second_;
  Dense third_, last_;
  Numbers x_, kept_, mask_, hidden_, sums_, gradient_, hidden_gradient_, kept_gradient_, pooled_gradient_;
  std::vector<int> order_;
  unsigned state_ = 7;
  int steps_ = 0;
};

}  // namespace peers
