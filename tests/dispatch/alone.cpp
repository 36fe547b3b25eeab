// SPDX-License-Identifier: BSL-1.0
// A file that shares nothing.
#include "levels.hpp"

#include <runtime/kernels/target.hpp>

int lanes_of_level() { return etch::kernels::integer_lanes; }
