// SPDX-License-Identifier: BSL-1.0
// A trainer of the article's network: what compile_time.py compiles.
#include "examples/mnist/mnist_model.hpp"

#include <etch/etch.hpp>

using namespace etch;

Evaluation train(const Dataset& data) {
  auto model =
      compile<mnist>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<32>);
  model.fit(data, {.epochs = 5, .silent = true});
  return model.evaluate(data);
}
