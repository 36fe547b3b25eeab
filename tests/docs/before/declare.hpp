// SPDX-License-Identifier: BSL-1.0
// What docs/declare.md's code takes for granted: data, and a network of two outputs.
inline constexpr auto two_heads = functional([](Builder& g) {
  const Tensor features = Dense{16, relu}(Flatten{}(g.input({28, 28})));
  return outputs(Dense{.units = 10, .activation = softmax, .name = "digit"}(features),
                 Dense{.units = 1, .activation = sigmoid, .name = "parity"}(features));
});
extern const Dataset train, test;
extern const std::vector<float> x, parities;
extern const std::vector<std::int32_t> digits;
