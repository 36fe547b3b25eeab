// SPDX-License-Identifier: BSL-1.0
// The desktop's C++ headers ask here for threads: there is one.
#pragma once
#include <bits/gthr-single.h>
