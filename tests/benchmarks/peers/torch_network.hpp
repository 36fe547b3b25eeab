// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

namespace peers {

/// The article's network in libtorch, on one thread, trained by Adam with batches of 32.
class TorchNetwork {
 public:
  TorchNetwork();
  ~TorchNetwork();
  /// All whole batches of the images once, in a new order. \return the mean loss of the last batch.
  float epoch(const std::vector<std::uint8_t>& images, const std::vector<std::uint8_t>& labels);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace peers
