// EXPECT: a part of a schedule takes at least 1 step: decay_steps must be above 0
// SPDX-License-Identifier: BSL-1.0
#include <etch/train/schedules.hpp>
using namespace etch;

constexpr CosineDecay wrong{.initial_learning_rate = 0.1f, .decay_steps = 0};  // HERE
