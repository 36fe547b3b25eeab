// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>
#include <etch/train/power.hpp>
#include <runtime/kernels/portable/call.hpp>

/// Keras's learning-rate schedules: functions of the steps done, from 0. Arguments that Keras wants must be
/// given here too. An optimizer gets one as `WithSchedule{Adam{}, CosineDecay{...}}`.
namespace etch {

/// A learning rate of a schedule, which has no default.
struct Rate {
  float value;
  constexpr Rate(float rate) : value(rate) {
    if (!(rate >= 0)) fail("a schedule's learning rate is a number of at least 0");
  }
};

/// How many steps some part of a schedule takes, which has no default.
struct StepCount {
  std::uint32_t value;
  constexpr StepCount(int count) : value(static_cast<std::uint32_t>(count)) {
    if (count < 1) fail("a part of a schedule takes at least 1 step: decay_steps must be above 0");
  }
};

/// initial_learning_rate * decay_rate^(step / decay_steps); `staircase` takes the whole part of the quotient.
struct ExponentialDecay {
  Rate initial_learning_rate;
  StepCount decay_steps;
  float decay_rate = 0.96f;
  bool staircase = false;
  constexpr float operator()(std::uint32_t step) const {
    const std::uint32_t whole = step / decay_steps.value, rest = step % decay_steps.value;
    const float part = static_cast<float>(rest) / static_cast<float>(decay_steps.value);
    return initial_learning_rate.value * detail::power(decay_rate, whole, staircase ? 0 : part);
  }
};

/// (initial - end) * (1 - step / decay_steps)^power + end, and end from decay_steps on. `cycle` stretches
/// decay_steps to its first multiple that is not below the step.
struct PolynomialDecay {
  Rate initial_learning_rate;
  StepCount decay_steps;
  float end_learning_rate = 0.0001f;
  float power = 1;
  bool cycle = false;
  constexpr float operator()(std::uint32_t step) const {
    const std::uint32_t n = decay_steps.value;
    const std::uint64_t taken = cycle || step < n ? step : n,
                        cycles = cycle && step > n ? (step - 1) / n + 1 : 1;
    const float remaining = static_cast<float>(n * cycles - taken) / static_cast<float>(n * cycles);
    const auto whole = static_cast<std::uint32_t>(power);
    const float decayed = detail::power(remaining, whole, power - static_cast<float>(whole));
    return kernels::separately((initial_learning_rate.value - end_learning_rate) * decayed) +
           end_learning_rate;
  }
};

/// initial_learning_rate / (1 + decay_rate * step / decay_steps); `staircase` takes the whole part of the
/// quotient.
struct InverseTimeDecay {
  Rate initial_learning_rate;
  StepCount decay_steps;
  float decay_rate = 0.5f;
  bool staircase = false;
  constexpr float operator()(std::uint32_t step) const {
    const std::uint32_t n = decay_steps.value, whole = step / n;
    const float part =
        staircase ? static_cast<float>(whole) : static_cast<float>(step) / static_cast<float>(n);
    return initial_learning_rate.value / (1.0f + kernels::separately(decay_rate * part));
  }
};

/// values[i] up to step boundaries[i] (inclusive), the last value beyond:
/// `PiecewiseConstantDecay{{1000, 2000}, {1e-2f, 1e-3f, 1e-4f}}`.
template <int N>
struct PiecewiseConstantDecay {
  std::uint32_t boundaries[N];
  float values[N + 1];
  constexpr float operator()(std::uint32_t step) const {
    int i = 0;
    while (i < N && step > boundaries[i]) ++i;
    return values[i];
  }
};
template <int N, int M>
requires(M == N + 1)  // a value for each piece
    PiecewiseConstantDecay(const int (&)[N], const float (&)[M])
->PiecewiseConstantDecay<N>;

/// SGDR's cosine (Loshchilov and Hutter 2017) from initial_learning_rate to alpha times it over decay_steps.
/// With a `warmup_target` the rate first climbs to it, in a line over warmup_steps, and falls from there.
struct CosineDecay {
  Rate initial_learning_rate;
  StepCount decay_steps;
  float alpha = 0;
  float warmup_target = -1;  ///< below 0: no warm-up (Keras's None)
  int warmup_steps = 0;
  constexpr float operator()(std::uint32_t step) const {
    const float initial = initial_learning_rate.value;
    const bool warms = warmup_target >= 0;
    const std::uint32_t warm = warms && warmup_steps > 0 ? static_cast<std::uint32_t>(warmup_steps) : 0;
    if (step < warm)
      return kernels::separately((warmup_target - initial) *
                                 (static_cast<float>(step) / static_cast<float>(warm))) +
             initial;
    const std::uint32_t n = decay_steps.value, taken = step - warm < n ? step - warm : n;
    const float part = static_cast<float>(taken) / static_cast<float>(n);
    const float cosine = 0.5f * (1.0f + math::cos_two_pi(0.5f * part));
    return (warms ? warmup_target : initial) * (kernels::separately((1.0f - alpha) * cosine) + alpha);
  }
};

/// SGDR (Loshchilov and Hutter 2017): the cosine again and again, each time `t_mul` times as long and `m_mul`
/// times as high. t_mul is at least 1.
struct CosineDecayRestarts {
  Rate initial_learning_rate;
  StepCount first_decay_steps;
  float t_mul = 2;
  float m_mul = 1;
  float alpha = 0;
  constexpr float operator()(std::uint32_t step) const {
    std::uint32_t restarts = 0;
    const float part = t_mul > 1 ? growing(step, restarts) : even(step, restarts);
    const float cosine = 0.5f * detail::power(m_mul, restarts) * (1.0f + math::cos_two_pi(0.5f * part));
    return initial_learning_rate.value * (kernels::separately((1.0f - alpha) * cosine) + alpha);
  }

 private:
  constexpr float even(std::uint32_t step, std::uint32_t& restarts) const {
    const std::uint32_t n = first_decay_steps.value;
    restarts = step / n;
    return static_cast<float>(step % n) / static_cast<float>(n);
  }
  constexpr float growing(std::uint32_t step, std::uint32_t& restarts) const {
    double remaining = step, length = first_decay_steps.value;  // whole steps stay whole beyond 2^24
    for (; remaining >= length; length *= static_cast<double>(t_mul), ++restarts) remaining -= length;
    return static_cast<float>(remaining / length);
  }
};

/// An optimizer whose learning rate a schedule sets, a function of the steps done:
/// `WithSchedule{Adam{}, CosineDecay{.initial_learning_rate = 1e-3f, .decay_steps = 1000}}`. It counts
/// batches, also where several make an update, as Keras does.
template <class Optimizer, class Schedule>
struct WithSchedule : Optimizer {
  Schedule schedule;
  constexpr kernels::Hyper at(std::uint32_t step) const {
    Optimizer now = *this;
    now.learning_rate = schedule(step);
    return now.at(step);
  }
};
template <class Optimizer, class Schedule>
WithSchedule(Optimizer, Schedule) -> WithSchedule<Optimizer, Schedule>;

}  // namespace etch
