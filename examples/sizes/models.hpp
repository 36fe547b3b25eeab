// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "examples/mnist/mnist_model.hpp"

#include <etch/model/declare/compiled_graph.hpp>

/// 2-8-1, the smallest that learns exclusive or.
inline constexpr auto gate =
    etch::sequential(etch::Input{2}, etch::Dense{8}, etch::Activation{etch::ActivationKind::tanh},
                     etch::Dense{1, etch::sigmoid});

/// 14x14 digits, one hidden block of 32, ten classes.
inline constexpr auto digits =
    etch::sequential(etch::Input{14, 14}, etch::Flatten{}, etch::Dense{32}, etch::BatchNormalization{},
                     etch::ReLU{}, etch::Dense{10}, etch::Softmax{});

/// Two paths, one of them residual, joined.
inline constexpr auto residual = etch::functional([](etch::Builder& g) {
  const etch::Tensor in = g.input({16});
  const etch::Tensor first = etch::Dense{32, etch::relu}(in);
  const etch::Tensor second = etch::Dense{32, etch::relu}(first);
  const etch::Tensor sum = etch::Add{}(first, second);
  const etch::Tensor side = etch::Dense{8, etch::sigmoid}(in);
  return etch::outputs(etch::Softmax{}(etch::Dense{4}(etch::Concatenate{}(sum, side))));
});

/// The same by the other numerics (docs/numbers.md).
inline constexpr auto gate_fused = etch::with_numerics(etch::Numerics::fused, gate);
inline constexpr auto digits_fused = etch::with_numerics(etch::Numerics::fused, digits);
inline constexpr auto mnist_fused = etch::with_numerics(etch::Numerics::fused, mnist);
inline constexpr auto residual_fused = etch::with_numerics(etch::Numerics::fused, residual);
