// EXPECT: this optimizer has a schedule: its learning rate cannot be set
// SPDX-License-Identifier: BSL-1.0
#include <etch/train/optimizers.hpp>
using namespace etch;

void wrong() {
  WithSchedule optimizer{SGD{}, ExponentialDecay{.initial_learning_rate = 0.1f, .decay_steps = 100}};
  set_learning_rate(optimizer, 0.5f);  // HERE
}
