// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/activation_functions.hpp>

#include <cstdint>

namespace etch::kernels {

enum class ParametricFunction : std::int32_t { relu, elu };

/// Activations whose numbers the layer gives, none of them negative.
///   relu: max_value at most, x above threshold, slope (x - threshold) up to it
///   elu:  x above 0, slope (e^x - 1) up to it
struct ParametricActivation {
  ParametricFunction function = ParametricFunction::relu;
  float slope = 0, max_value = 0, threshold = 0;
  constexpr bool operator==(const ParametricActivation&) const = default;
};

/// `y` may be `x`.
template <class T>
[[gnu::always_inline]] inline void parametric_forward(const ParametricActivation& d, int n, const T* x,
                                                      T* y) {
  const T slope = T(d.slope), threshold = T(d.threshold), top = T(d.max_value);
  if (d.function == ParametricFunction::elu) {
    for (int i = 0; i < n; ++i) y[i] = elu(x[i], slope);
    return;
  }
  for (int i = 0; i < n; ++i) {
    const T low = d.slope == 0 ? T(0) : slope * (x[i] - threshold);  // infinity * 0 is a NaN
    y[i] = x[i] <= threshold ? low : x[i] > top ? top : x[i];
  }
}

/// dx = df/dx * dy from y = f(x): results above 0 come from above the threshold. `dx` may be `dy`.
template <class T>
[[gnu::always_inline]] inline void parametric_backward(const ParametricActivation& d, int n, const T* y,
                                                       const T* dy, T* dx) {
  const T slope = T(d.slope), top = T(d.max_value);
  const bool elu = d.function == ParametricFunction::elu;
  for (int i = 0; i < n; ++i) {
    T f = !elu && y[i] >= top ? T(0) : T(1);
    if (y[i] <= T(0)) f = elu ? y[i] + slope : slope;
    dx[i] = dy[i] * f;
  }
}

}  // namespace etch::kernels
