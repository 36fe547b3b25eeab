// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/call.hpp>

#include <array>
#include <cstdint>

/// What Keras's optimizers take as arguments and what decides, here, which code is made: types around an
/// optimizer, `ClipByNorm{Adam{.learning_rate = 1e-3f}, 1.0f}`. They nest. A training graph is made by these
/// constants of a type, each of which an optimizer may leave out:
///
///   clip         kernels::Clip, what is done to gradients first
///   averages     true: a moving average of each weight is kept, in one more array
///   accumulate   batches an update takes; above 1 the gradients' sums are kept, in one more array
namespace etch {

namespace detail {

template <class Optimizer>
constexpr kernels::Clip clip_of() {
  if constexpr (requires { Optimizer::clip; })
    return Optimizer::clip;
  else
    return kernels::Clip::none;
}
template <class Optimizer>
constexpr bool averages_of() {
  if constexpr (requires { Optimizer::averages; })
    return Optimizer::averages;
  else
    return false;
}
template <class Optimizer>
constexpr int accumulate_of() {
  if constexpr (requires { Optimizer::accumulate; })
    return Optimizer::accumulate;
  else
    return 1;
}

template <class Optimizer>
inline constexpr bool scheduled = requires(Optimizer o) {
  o.schedule;
};

/// What slot `k` of each weight begins with.
template <class Optimizer>
constexpr float initial_slot(const Optimizer& optimizer, int k) {
  if constexpr (requires { optimizer.initial_slot(k); })
    return optimizer.initial_slot(k);
  else
    return 0;
}

constexpr int length(const char* text) {
  int n = 0;
  while (text[n]) ++n;
  return n;
}

/// "ema_" and the optimizer's name: files tell by it what state they hold.
template <class Optimizer>
inline constexpr auto average_name = [] {
  constexpr int n = length(Optimizer::name);
  std::array<char, n + 5> text{'e', 'm', 'a', '_'};
  for (int i = 0; i < n; ++i) text[static_cast<unsigned>(i + 4)] = Optimizer::name[i];
  return text;
}();

template <class Optimizer>
inline constexpr bool clips_nothing = clip_of<Optimizer>() == kernels::Clip::none;

}  // namespace detail

/// Keras's `clipvalue`: each element of a gradient to [-clipvalue, clipvalue].
template <class Optimizer>
struct ClipByValue : Optimizer {
  static_assert(detail::clips_nothing<Optimizer>, "an optimizer clips gradients in one way");
  float clipvalue = 1;
  static constexpr kernels::Clip clip = kernels::Clip::value;
  constexpr kernels::Hyper at(std::uint32_t step) const {
    kernels::Hyper h = Optimizer::at(step);
    h.clip = clipvalue;
    return h;
  }
};
template <class Optimizer>
ClipByValue(Optimizer, float) -> ClipByValue<Optimizer>;

/// Keras's `clipnorm`: the gradient of each parameter by itself to a norm of at most clipnorm.
template <class Optimizer>
struct ClipByNorm : Optimizer {
  static_assert(detail::clips_nothing<Optimizer>, "an optimizer clips gradients in one way");
  float clipnorm = 1;
  static constexpr kernels::Clip clip = kernels::Clip::norm;
  constexpr kernels::Hyper at(std::uint32_t step) const {
    kernels::Hyper h = Optimizer::at(step);
    h.clip = clipnorm;
    return h;
  }
};
template <class Optimizer>
ClipByNorm(Optimizer, float) -> ClipByNorm<Optimizer>;

/// Keras's `global_clipnorm`: all gradients together to a norm of at most global_clipnorm (Pascanu et al.
/// 2013). It needs all of them before the first update: the plan shows what that costs.
template <class Optimizer>
struct ClipByGlobalNorm : Optimizer {
  static_assert(detail::clips_nothing<Optimizer>, "an optimizer clips gradients in one way");
  float global_clipnorm = 1;
  static constexpr kernels::Clip clip = kernels::Clip::global_norm;
  constexpr kernels::Hyper at(std::uint32_t step) const {
    kernels::Hyper h = Optimizer::at(step);
    h.clip = global_clipnorm;
    return h;
  }
};
template <class Optimizer>
ClipByGlobalNorm(Optimizer, float) -> ClipByGlobalNorm<Optimizer>;

/// Keras's `use_ema`: average = ema_momentum * average + (1 - ema_momentum) * w after each step, and after
/// the first step w. Every `ema_overwrite_frequency` updates the weights become the average; 0 leaves them.
template <class Optimizer>
struct ExponentialMovingAverage : Optimizer {
  static_assert(!detail::averages_of<Optimizer>(), "one moving average of the weights is enough");
  float ema_momentum = 0.99f;
  int ema_overwrite_frequency = 0;
  static constexpr bool averages = true;
  static constexpr const char* name = detail::average_name<Optimizer>.data();
  constexpr kernels::Hyper at(std::uint32_t step) const {
    kernels::Hyper h = Optimizer::at(step);
    const std::uint32_t updates = step / static_cast<std::uint32_t>(detail::accumulate_of<Optimizer>());
    h.average = updates == 0 ? 0 : ema_momentum;
    const auto period = static_cast<std::uint32_t>(ema_overwrite_frequency);
    h.overwrite = period > 0 && (updates + 1) % period == 0;
    return h;
  }
};
template <class Optimizer>
ExponentialMovingAverage(Optimizer) -> ExponentialMovingAverage<Optimizer>;
template <class Optimizer>
ExponentialMovingAverage(Optimizer, float) -> ExponentialMovingAverage<Optimizer>;
template <class Optimizer>
ExponentialMovingAverage(Optimizer, float, int) -> ExponentialMovingAverage<Optimizer>;

/// Keras's `gradient_accumulation_steps`: one update with the mean gradient of `N` batches. The moving
/// average of weights is taken after every batch, as in Keras.
template <class Optimizer, int N>
struct GradientAccumulation : Optimizer {
  static_assert(N >= 1, "an update takes the gradients of at least one batch");
  static_assert(detail::accumulate_of<Optimizer>() == 1, "gradients are accumulated once");
  static_assert(!detail::scheduled<Optimizer>,
                "a schedule counts batches: put WithSchedule around GradientAccumulation");
  static constexpr int accumulate = N;
  constexpr kernels::Hyper at(std::uint32_t step) const {
    constexpr std::uint32_t n = N;
    kernels::Hyper h = Optimizer::at(step / n);
    h.accumulate = N;
    h.update = step % n == n - 1;
    return h;
  }
};

}  // namespace etch
