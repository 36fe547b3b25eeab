// SPDX-License-Identifier: BSL-1.0
// Losses at the end of a graph: through softmax and sigmoid, over positions, with numbers, and a user's own.
#include <catch2/catch.hpp>
#include <codegen/testing/check_gradient.hpp>
#include <etch/train/losses.hpp>

#include "tests/unit/train/quartic.hpp"

namespace {

using namespace etch;

/// A model that ends in the activation, with one position and with six.
template <class Loss>
void check(const Loss& loss, ActivationKind last) {
  for (const bool positions : {false, true})
    for (const int rows : {1, 3}) {
      INFO(Loss::name << ", logits " << Loss::from_logits << ", " << name_of(last) << ", positions "
                      << positions << ", rows " << rows);
      const auto model = [=](Builder& g) {
        if (!positions) return Dense{5, last}(g.input({3}));
        return Dense{.units = 4, .activation = last, .allow_axes = true}(g.input({2, 3, 5}));
      };
      CHECK(check_gradient(model, with_loss(loss, {.rows = rows})) <= 1e-5);
    }
}

TEST_CASE("gradients of losses in a graph", "[loss]") {
  check(MeanSquaredError{}, linear);
  check(Huber{.delta = 0.25f}, linear);
  check(LogCosh{}, linear);
  check(CosineSimilarity{}, linear);
  check(CategoricalHinge{}, linear);
  check(Poisson{}, sigmoid);
  check(KLDivergence{}, softmax);
  check(Dice{}, sigmoid);
  check(Tversky{.alpha = 0.3f, .beta = 0.8f}, sigmoid);
  check(CustomLoss<Quartic>{}, linear);
}

TEST_CASE("gradients of cross-entropies in a graph", "[loss]") {
  check(BinaryCrossentropy{.label_smoothing = 0.1f}, sigmoid);
  check(FromLogits<BinaryCrossentropy>{{.label_smoothing = 0.1f}}, linear);
  check(BinaryFocalCrossentropy{.apply_class_balancing = true}, sigmoid);
  check(FromLogits<BinaryFocalCrossentropy>{}, linear);
  check(CategoricalCrossentropy{.label_smoothing = 0.1f}, softmax);
  check(FromLogits<CategoricalCrossentropy>{{.label_smoothing = 0.1f}}, linear);
  check(CategoricalFocalCrossentropy{}, softmax);
  check(FromLogits<CategoricalFocalCrossentropy>{}, linear);
  check(SparseCategoricalCrossentropy{}, softmax);
  check(SparseCategoricalCrossentropy{.ignore_class = 1}, softmax);
  check(FromLogits<SparseCategoricalCrossentropy>{}, linear);
}

}  // namespace
