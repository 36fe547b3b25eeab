// SPDX-License-Identifier: BSL-1.0
// Gradients of every function of one number and of every operation on two, away from their jumps.
#include <catch2/catch.hpp>
#include <codegen/testing/check_gradient.hpp>

namespace {

using namespace etch;

/// Numbers from about 0.6 to 1.6, which depend on weights.
Tensor positive(Builder& g, int n) {
  const Tensor x = Dense{n, ActivationKind::tanh}(g.input({3}));
  return activate(Rescaling{.scale = 0.5f}(x), ActivationKind::exponential);
}

Tensor apply(const Tensor& x, kernels::UnaryKind kind) {
  LayerState none{};
  const Tensor inputs[]{x};
  return x.builder->apply(op_rule<ops::Unary>, none, pack(ops::Unary::Attributes{kind}), x.shape, inputs);
}

TEST_CASE("gradients of functions of one number", "[gradient]") {
  for (int k = 0; k <= static_cast<int>(kernels::last_unary_kind); ++k) {
    INFO("kind " << k);
    const auto define = [=](Builder& g) {
      return Dense{2}(apply(positive(g, 4), static_cast<kernels::UnaryKind>(k)));
    };
    CHECK(check_gradient(define, {.rows = 3}) <= 1e-5);
  }
}

TEST_CASE("gradients of operations on two tensors", "[gradient]") {
  for (int k = 0; k <= static_cast<int>(kernels::last_binary_kind); ++k)
    for (const bool wide : {false, true}) {
      INFO("kind " << k << (wide ? ", broadcast" : ""));
      const auto define = [=](Builder& g) {
        const int n = wide ? 1 : 4;
        const Tensor inputs[]{positive(g, 4), positive(g, n)};
        const auto d = kernels::broadcast(static_cast<kernels::BinaryKind>(k), 2, {1, 1, 1, 4}, {1, 1, 1, 4},
                                          {1, 1, 1, n});
        LayerState none{};
        return Dense{2}(g.apply(op_rule<ops::Binary>, none, pack(d), {4}, inputs));
      };
      CHECK(check_gradient(define, {.rows = 3}) <= 1e-5);
    }
}

}  // namespace
