// SPDX-License-Identifier: BSL-1.0
// The same text for every file: ETCH_TEST_FILE names its function, and ETCH_TEST_SAYS what it is compiled
// with.
#include "kernels.hpp"

namespace {

constexpr int samples = 24;
struct Data {
  float x[samples][72], y[samples][3];
};
constexpr Data data = [] {
  Data d{};
  for (int s = 0; s < samples; ++s) {
    for (int i = 0; i < 72; ++i) d.x[s][i] = static_cast<float>((s * 31 + i * i * 7) % 64) / 32 - 1;
    for (int k = 0; k < 3; ++k) d.y[s][k] = d.x[s][k] * d.x[s][40 + k];
  }
  return d;
}();

void train(Rings& model) {
  model.fit({std::span<const float>(data.x[0], samples * 72), std::span<const float>(data.y[0], samples * 3)},
            {.epochs = 3, .silent = true});
}
Results predict(Rings& model) {
  const auto y = model.predict(std::span<const float>(data.x[5]));
  return {y[0], y[1], y[2]};
}
Results predict_shipped(Rings& model) {
  using Shipped = etch::Deployment<rings>;
  alignas(8) static std::byte weights[Shipped::weight_bytes], arena[Shipped::arena_bytes];
  etch::fold_weights<rings>(model.weights(), weights);
  Results y{};
  const void* const in[]{data.x[5]};
  void* const out[]{y.data()};
  Shipped::predict(weights, arena, in, out);
  return y;
}

}  // namespace

KernelFile ETCH_TEST_FILE() {
  return {ETCH_TEST_SAYS, etch::kernels::calls_hooks, train, predict, predict_shipped};
}
