// SPDX-License-Identifier: BSL-1.0
// Trains in one file and predicts in another, each way: every file runs its own kernels, on one model.
#include "kernels.hpp"

#include <runtime/step_hook.h>
#include <cstdio>

static int steps = 0;
extern "C" void etch_step_begins(const etch_step*) { ++steps; }
extern "C" void etch_step_ends(const etch_step*, void* const*) {}

namespace {

int check(bool right, const char* what, const KernelFile& trains, const KernelFile& predicts) {
  if (!right) std::printf("trained %s, predicted %s: %s\n", trains.name, predicts.name, what);
  return right ? 0 : 1;
}

/// Whether hooks were called by a file that calls them, and by no other.
template <class F>
int check_hooks(const KernelFile& file, const F& run) {
  steps = 0;
  run();
  return check((steps > 0) == file.calls_hooks, "the file ran the kernels of another", file, file);
}

Rings::Storage storage;

int train_and_predict(const KernelFile& trains, const KernelFile& predicts, const Results& expected) {
  Rings model(storage, etch::Adam{});
  Results y{}, shipped{};
  int failed = check_hooks(trains, [&] { trains.train(model); });
  failed += check_hooks(predicts, [&] { y = predicts.predict(model); });
  failed += check_hooks(predicts, [&] { shipped = predicts.predict_shipped(model); });
  failed += check(y == expected, "other bits", trains, predicts);
  return failed + check(shipped == expected, "other bits of the model that ships", trains, predicts);
}

}  // namespace

int main() {
  const KernelFile files[]{no_switches(), small_portable(), this_machine(), with_hooks()};
  Rings model(storage, etch::Adam{});
  files[1].train(model);
  const Results expected = files[1].predict(model);
  int failed = 0;
  for (const KernelFile& trains : files)
    for (const KernelFile& predicts : files) failed += train_and_predict(trains, predicts, expected);
  std::printf("%d failed\n", failed);
  return failed == 0 ? 0 : 1;
}
