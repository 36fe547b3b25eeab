// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/activation.hpp>

namespace etch {

/// Passes its input on, and adds l1 (sum of |x|) + l2 (sum of x^2), over its elements, averaged over the
/// batch, to the loss.
struct ActivityRegularization {
  float l1 = 0;
  float l2 = 0;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    x.builder->check(l1 >= 0 && l2 >= 0,
                     "ActivityRegularization needs l1 and l2 of at least 0 (shown in thousandths)",
                     detail::thousandths(l1 < l2 ? l1 : l2), 0, state.line);
    return detail::noted(x, detail::regularize_activity(x, {l1, l2}, state.line), "ActivityRegularization",
                         "activity_regularization", name, state);
  }
};

}  // namespace etch
