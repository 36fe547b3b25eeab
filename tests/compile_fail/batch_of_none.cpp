// EXPECT: a batch holds at least one sample
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto small = sequential(Input{4}, Dense{3});

Trainer<small, SGD, MeanSquaredError, hana::tuple<>, 0>::Storage storage;  // HERE
