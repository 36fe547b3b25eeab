// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "tests/benchmarks/peers/layers.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace peers {

/// Batch normalization over rows and ReLU, with Keras's moving averages.
struct Normalization {
  int channels;
  Weights gamma, beta;
  Numbers mean, variance, inverse, normalized;
  Normalization(int n, int rows);

  void forward(int rows, const float* x, float* y);
  /// From the gradient of the result of ReLU, y, to that of x; both steps of Adam.
  void backward(int rows, const float* y, const float* dy, float* dx, float rate);
};

/// The article's network, 784-128-128-10 with batch normalization, on a library's products: all else is plain
/// loops, which the compiler makes vectors of under -ffast-math.
class Network {
 public:
  static constexpr int batch = 32, pixels = 784, hidden = 128, classes = 10;
  explicit Network(Product product);

  /// All whole batches of the images once, in a new order, by Adam. \return the mean loss of the last batch.
  float epoch(const std::vector<std::uint8_t>& images, const std::vector<std::uint8_t>& labels);
  /// Folds normalization into the dense layers that `predict` takes.
  void fold();
  /// \return classes numbers an image.
  const float* predict(const float* x, int images);

 private:
  float step(const std::uint8_t* labels);

  std::array<Dense, 3> dense_, folded_;
  std::array<Normalization, 2> normal_;
  Numbers x_, sums_[3], results_[2], gradient_, back_, room_[2];
  std::vector<int> order_;
  unsigned state_ = 7;
  int steps_ = 0;
};

}  // namespace peers
