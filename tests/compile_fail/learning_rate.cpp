// EXPECT: learning_rate is a finite number of at least 0
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

constexpr Adam wrong{.learning_rate = -1e-3f};  // HERE
