// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>

namespace etch {

inline namespace literals {
/// Units of 1,024 bytes.
consteval int operator""_KiB(unsigned long long number) {
  if (number > 2'000'000) fail("more than 2,000,000 KiB are not counted");
  return static_cast<int>(number) * 1024;
}
}  // namespace literals

/// A declared model whose training keeps within a number of bytes of RAM, weights and all
/// (`TrainingMemory::total`). Where it would take more, additions of gradients go into the steps that make
/// them, branches run backward in another order, results of the forward pass are computed again instead of
/// kept, and a batch of several samples runs in parts: the same bits for more work, the least that is found.
/// A budget that is too small stops the build with the least that works.
template <class Declared>
struct FitIn {
  Declared declared;
  int bytes;
  int line = 0;
  const ScheduledStep* schedule = nullptr;
  int scheduled = 0;

  constexpr void trace(Builder& g) const {
    declared.trace(g);
    g.check(bytes > 0, "fit_in takes the bytes of RAM that a training may use, at least 1", bytes, 1, line);
    g.graph.ram = {bytes, line, schedule, scheduled};
  }
  constexpr Tensor operator()(const Tensor& x) const {
    x.builder->check(false, "a model that fits in a RAM is no layer: say it of the whole model", 0, 0, line);
    return x;
  }
};
/// `fit_in(64_KiB, sequential(...))`: see docs/device_training.md.
template <class Declared>
constexpr auto fit_in(int bytes, Declared declared, int line = __builtin_LINE()) {
  return FitIn<Declared>{declared, bytes, line};
}

/// The same by a schedule that `etch fit-in` found and printed, an `inline constexpr` array: the compiler
/// does not search. One that is of another training, or takes more, stops the build.
template <int N, class Declared>
constexpr auto fit_in(int bytes, const ScheduledStep (&schedule)[N], Declared declared,
                      int line = __builtin_LINE()) {
  return FitIn<Declared>{declared, bytes, line, schedule, N};
}

}  // namespace etch
