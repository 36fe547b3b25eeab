// SPDX-License-Identifier: BSL-1.0
// Declarations of many layers are constants for both compilers, with Keras's shapes and numbers of weights.
#include <etch/model/declare/compiled_graph.hpp>
#include <etch/model/training/training_code.hpp>

using namespace etch;

inline constexpr auto activations = functional([](Builder& g) {
  Tensor x = g.input({4, 6});
  x = ReLU{6.0f}(LeakyReLU{}(ELU{0.5f}(Softmax{1}(x))));
  x = PReLU{.shared_axes = {1}}(PReLU{}(x));
  return log_softmax(activate(x, ActivationKind::gelu), 1);
});
static_assert(graph<activations>.output_shapes[0] == Shape{4, 6});
static_assert(numbers<activations>().total == 24 + 6);
static_assert(graph<activations>.parameters[1].shape == Shape{1, 6});

inline constexpr auto normalizations = functional([](Builder& g) {
  Tensor x = Normalization{{0, 1, 2}, {1, 4, 9}}(Rescaling{1.0f / 255}(g.input({4, 6, 3})));
  x = GroupNormalization{-1}(LayerNormalization{{2, 3}}(x));
  return UnitNormalization{}(RMSNormalization{}(x));
});
static_assert(numbers<normalizations>().total == 2 * 18 + 2 * 3 + 3);

inline constexpr auto noise = functional([](Builder& g) {
  Tensor x = SpatialDropout2D{0.2f}(GaussianNoise{0.1f}(g.input({4, 6, 3})));
  return AlphaDropout{0.1f}(GaussianDropout{0.1f}(ActivityRegularization{0.1f}(x)));
});
static_assert(graph<noise>.steps.count == 5 && prediction_graph<noise>.steps.count == 0);

inline constexpr auto attention = functional([](Builder& g) {
  const Tensor x = Masking{}(g.input({5, 8})), y = g.input({3, 6});
  const Tensor a = MultiHeadAttention{2, 4}(x, x);
  const Tensor b = MultiHeadAttention{.num_heads = 3, .key_dim = 4, .value_dim = 5, .output_dim = 7}(y, a);
  return Attention{.use_scale = true}(b, b);
});
static_assert(graph<attention>.output_shapes[0] == Shape{3, 7});
static_assert(numbers<attention>().total == 3 * (8 * 8 + 8) + (8 * 8 + 8) +         // self
                                                (6 * 12 + 12) + (8 * 12 + 12) +     // query, key
                                                (8 * 15 + 15) + (15 * 7 + 7) + 1);  // value, output, scale

inline constexpr auto masked = functional([](Builder& g) {
  const Tensor x = Bidirectional{LSTM{.units = 3, .return_sequences = true}}(Masking{}(g.input({4, 3})));
  return GlobalAveragePooling1D{}(Add{}(x, LayerNormalization{}(x)));
});
static_assert(graph<masked>.output_shapes[0] == Shape{6});
