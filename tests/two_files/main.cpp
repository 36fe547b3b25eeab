// SPDX-License-Identifier: BSL-1.0
// Trains a model in one file and goes on with it in the other, each way.
#include "model.hpp"

#include <cmath>
#include <cstdio>

namespace {

Model::Storage storage;

/// More epochs than a device's history holds: the room must be the same wherever the call was compiled.
constexpr int epochs = 1000;

int check(bool right, const char* what, const File& trains, const File& predicts) {
  if (!right) std::printf("trained %s, predicted %s: %s\n", trains.name, predicts.name, what);
  return right ? 0 : 1;
}

int train_and_predict(const File& trains, const File& predicts) {
  Model model(storage, etch::SGD{.learning_rate = 0.1f});
  int failed =
      check(trains.fit(model, epochs) == epochs, "an epoch is missing from the history", trains, predicts);
  const float before = predicts.predict(model, 3);
  failed += check(std::abs(before - 5) < 1e-4f, "the line was not learnt", trains, predicts);
  failed += check(model.step() == epochs, "steps are missing", trains, predicts);
  failed += check(predicts.fit(model, 1) == 1, "it does not go on", trains, predicts);
  failed += check(model.step() == epochs + 1, "training began anew", trains, predicts);
  return failed + check(trains.predict(model, 3) == predicts.predict(model, 3), "two predictions differ",
                        trains, predicts);
}

}  // namespace

int main() {
  const File with = with_host(), without = without_host();
  int failed = check(with.model_bytes == without.model_bytes && with.storage_bytes == without.storage_bytes,
                     "two sizes of one type", with, without);
  failed += check(with.shows_progress && !without.shows_progress, "the files do not differ", with, without);
  failed += train_and_predict(with, without) + train_and_predict(without, with);
  std::printf("%d failed\n", failed);
  return failed == 0 ? 0 : 1;
}
