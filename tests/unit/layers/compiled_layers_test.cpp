// SPDX-License-Identifier: BSL-1.0
// Activations, normalizations, noise and attention as compiled code, against the interpreter.
#include <tests/unit/agreement.hpp>

namespace {

using namespace etch;
using agreement::agree;

inline constexpr auto every_activation = functional([](Builder& g) {
  Tensor x = g.input({4});
  for (int k = 0; k < activation_kinds; ++k) x = Dense{5, static_cast<ActivationKind>(k)}(x);
  return x;
});

inline constexpr auto apart = functional([](Builder& g) {  // read twice, so that no step takes them in
  const Tensor x = Dense{6}(g.input({4}));
  const Tensor a = activate(x, ActivationKind::gelu), b = activate(a, ActivationKind::silu);
  return Dense{2}(
      Add{}(a, activate(Add{}(a, b), ActivationKind::mish), activate(b, ActivationKind::softplus)));
});

inline constexpr auto with_numbers = functional([](Builder& g) {
  Tensor x = Reshape{{2, 3, 2}}(Dense{12}(g.input({4})));
  x = PReLU{.shared_axes = {1, 3}}(Rescaling{{0.5f, 2}, 0.1f}(x));
  x = Softmax{2}(ReLU{1.5f, 0.25f, 0.5f}(ELU{0.5f}(x)));
  return Dense{2}(Flatten{}(LeakyReLU{}(log_softmax(x, 1))));
});

inline constexpr auto normalized = functional([](Builder& g) {
  Tensor x = Normalization{{0, 0.25f}, {1, 4}}(g.input({3, 4, 2}));
  x = Dense{.units = 6, .allow_axes = true}(LayerNormalization{{2, 3}}(x));
  x = RMSNormalization{}(GroupNormalization{3}(x));
  return Dense{3}(Flatten{}(UnitNormalization{}(x)));
});

inline constexpr auto noisy = functional([](Builder& g) {
  Tensor x = GaussianNoise{0.1f}(g.input({2, 3, 4}));
  x = SpatialDropout2D{0.3f}(GaussianDropout{0.2f}(AlphaDropout{0.2f}(x)));
  x = Dense{.units = 4, .allow_axes = true}(ActivityRegularization{0.01f, 0.01f}(x));
  return Dense{3}(Flatten{}(SpatialDropout1D{0.3f}(Reshape{{6, 4}}(x))));
});

inline constexpr auto attentive = functional([](Builder& g) {
  const Tensor x = Masking{}(g.input({4, 6}));
  const Tensor a =
      MultiHeadAttention{.num_heads = 2, .key_dim = 3, .dropout = 0.2f, .use_causal_mask = true}(x, x);
  const Tensor b = Attention{.use_scale = true}(LayerNormalization{}(Add{}(x, a)), x);
  return Dense{3}(Flatten{}(b));
});

}  // namespace

TEST_CASE("compiled training equals the interpreter: every activation, fused", "[interpreter]") {
  agree<every_activation, Adam, MeanSquaredError>(6);
}
TEST_CASE("compiled training equals the interpreter: activations read twice", "[interpreter]") {
  agree<apart, SGD, MeanSquaredError>(6);
}
TEST_CASE("compiled training equals the interpreter: activations with numbers", "[interpreter]") {
  agree<with_numbers, Adam, MeanSquaredError>(6);
}
TEST_CASE("compiled training equals the interpreter: normalizations", "[interpreter]") {
  agree<normalized, Adam, MeanSquaredError>(6);
}
TEST_CASE("compiled training equals the interpreter: noise", "[interpreter]") {
  agree<noisy, SGD, MeanSquaredError>(6);
}
TEST_CASE("compiled training equals the interpreter: attention", "[interpreter]") {
  agree<attentive, Adam, MeanSquaredError>(6);
}
