// SPDX-License-Identifier: BSL-1.0
#include "tests/benchmarks/peers/torch_network.hpp"

#include <torch/torch.h>

namespace peers {

namespace {

namespace nn = torch::nn;
constexpr std::int64_t pixels = 784, hidden = 128, classes = 10, batch = 32;

nn::BatchNorm1d normalization() {
  return nn::BatchNorm1d(nn::BatchNorm1dOptions(hidden).eps(1e-3).momentum(0.01));  // Keras's
}

}  // namespace

struct TorchNetwork::Parts {
  nn::Sequential layers{nn::Linear(pixels, hidden), normalization(), nn::ReLU(),
                        nn::Linear(hidden, hidden), normalization(), nn::ReLU(),
                        nn::Linear(hidden, classes)};
  torch::optim::Adam adam{layers->parameters(), torch::optim::AdamOptions(1e-3).eps(1e-7)};
};

TorchNetwork::TorchNetwork() {
  torch::set_num_threads(1);
  torch::manual_seed(1);
  parts_ = std::make_unique<Parts>();
  torch::NoGradGuard without;
  for (auto& weight : parts_->layers->named_parameters()) {
    if (weight.value().dim() > 1) nn::init::xavier_uniform_(weight.value());
    if (weight.key().find("bias") != std::string::npos) weight.value().zero_();
  }
}

TorchNetwork::~TorchNetwork() = default;

float TorchNetwork::epoch(const std::vector<std::uint8_t>& images, const std::vector<std::uint8_t>& labels) {
  const auto count = static_cast<std::int64_t>(labels.size());
  const auto bytes = [](const std::vector<std::uint8_t>& all) {
    return const_cast<std::uint8_t*>(all.data());
  };
  const auto x = torch::from_blob(bytes(images), {count, pixels}, torch::kU8);
  const auto y = torch::from_blob(bytes(labels), {count}, torch::kU8).to(torch::kI64);
  const auto order = torch::randperm(count);
  torch::Tensor loss;
  for (std::int64_t first = 0; first + batch <= count; first += batch) {
    const auto these = order.slice(0, first, first + batch);
    parts_->adam.zero_grad();
    const auto numbers = x.index_select(0, these).to(torch::kF32).mul_(1 / 255.0);
    loss = nn::functional::cross_entropy(parts_->layers->forward(numbers), y.index_select(0, these));
    loss.backward();
    parts_->adam.step();
  }
  return loss.item<float>();
}

}  // namespace peers
