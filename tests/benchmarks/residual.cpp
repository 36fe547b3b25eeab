// SPDX-License-Identifier: BSL-1.0
// A functional graph of 100 residual blocks (400 steps): what compile_time.py compiles.
#include <etch/model/program/deploy.hpp>
#include <etch/model/training/trainer.hpp>

using namespace etch;

inline constexpr auto net = functional([](Builder& g) {
  Tensor x = g.input({32});
  for (int i = 0; i < 100; ++i) {
    Tensor y = Dense{32}(x);
    y = ReLU{}(y);
    y = Dense{32}(y);
    x = Add{}(x, y);
  }
  return x;
});
#ifdef TRAIN
auto train(std::span<const float> x, std::span<const float> y) {
  auto m = compile<net>(Adam{}, MeanSquaredError{}, hana::make_tuple(), batch<8>);
  return m.fit(Dataset{x, y}, {.silent = true}).epochs.size();
}
#else
void predict(const std::byte* w, std::byte* a, const void* const* i, void* const* o) {
  Deployment<net>::predict(w, a, i, o);
}
#endif
