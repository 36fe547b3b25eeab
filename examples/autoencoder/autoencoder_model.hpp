// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>
#include <etch/model/declare/submodel.hpp>

/// A digit goes through 16 numbers and comes out again. Trained whole; the device gets the first half.
inline constexpr auto autoencoder = etch::functional([](etch::Builder& g) {
  using namespace etch;
  Tensor x = g.input({28, 28, 1}, "digit");
  for (int i = 0; i < 2; ++i) {
    x = Conv2D{.filters = 8, .kernel_size = 3, .padding = same, .activation = relu}(x);
    x = MaxPooling2D{}(x);
  }
  const Tensor code = Dense{.units = 16, .name = "code"}(Flatten{}(x));
  x = Reshape{{7, 7, 8}}(Dense{.units = 7 * 7 * 8, .activation = relu}(code));
  x = Conv2D{.filters = 8, .kernel_size = 3, .padding = same, .activation = relu}(UpSampling2D{}(x));
  return Conv2D{.filters = 1, .kernel_size = 3, .padding = same, .activation = sigmoid, .name = "restored"}(
      UpSampling2D{}(x));
});
inline constexpr auto encoder = etch::submodel<autoencoder>("digit", "code");
inline constexpr auto decoder = etch::submodel<autoencoder>("code", "restored");
