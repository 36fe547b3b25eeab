// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>

namespace etch {

/// A layer, block or model whose weights training leaves alone: Keras's `trainable = False`. Its weights get
/// no gradient, no optimizer state and no update; batch normalization inside it normalizes by its moving
/// averages. Weights that the part made earlier, where it was called without being frozen, stay as they were.
template <class Part>
struct Frozen {
  Part part;

  template <class... More>
  constexpr auto operator()(const Tensor& x, const More&... more) {
    const bool before = x.builder->freeze(true);
    const auto y = part(x, more...);
    x.builder->freeze(before);
    return y;
  }

  /// All of a declared model: it predicts and is evaluated, and training moves none of its weights.
  constexpr void trace(Builder& g) const requires requires { part.trace(g); }
  {
    const bool before = g.freeze(true);
    part.trace(g);
    g.freeze(before);
  }
};

/// `auto base = frozen(features); Tensor x = base(input);`
template <class Part>
constexpr auto frozen(Part part) {
  return Frozen<Part>{part};
}

}  // namespace etch
