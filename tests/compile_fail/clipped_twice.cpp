// EXPECT: an optimizer clips gradients in one way
// SPDX-License-Identifier: BSL-1.0
#include <etch/train/optimizers.hpp>
using namespace etch;

constexpr ClipByValue wrong{ClipByNorm{Adam{}, 1.0f}, 0.5f};  // HERE
