// EXPECT: a metric sees positions, and this loss scores whole samples
// SPDX-License-Identifier: BSL-1.0
#include <etch/train/metrics.hpp>
using namespace etch;

constexpr auto metric = MeanLoss<Dice>{};  // HERE
