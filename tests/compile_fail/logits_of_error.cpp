// EXPECT: FromLogits takes a cross-entropy
// SPDX-License-Identifier: BSL-1.0
#include <etch/train/losses.hpp>
using namespace etch;

constexpr auto loss = FromLogits<Huber>{};  // HERE
