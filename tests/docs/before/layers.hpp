// SPDX-License-Identifier: BSL-1.0
// What docs/layers.md's code takes for granted: the checker, and a layer to check.
#include <codegen/testing/check_gradient.hpp>
using MyLayer = LayerNormalization;
