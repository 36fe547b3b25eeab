// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/etch.hpp>

#include <array>

// One declaration, used by files that are compiled with other switches and for other targets.
inline constexpr auto rings = etch::sequential(
    etch::Input{6, 6, 2}, etch::Conv2D{.filters = 9, .kernel_size = 3, .activation = etch::relu},
    etch::Flatten{}, etch::Dense{17, etch::ActivationKind::tanh}, etch::Dense{3});
using Rings = etch::Trainer<rings, etch::Adam, etch::MeanSquaredError, etch::hana::tuple<>, 8>;
using Results = std::array<float, 3>;

/// What each file does with its own kernels.
struct KernelFile {
  const char* name;
  bool calls_hooks;  ///< around each step
  void (*train)(Rings& model);
  Results (*predict)(Rings& model);
  Results (*predict_shipped)(Rings& model);
};
KernelFile no_switches(), small_portable(), this_machine(), with_hooks();
