// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>

namespace peers {

/// c[m][n] = a[m][k] * b[k][n], rows one after another; a and b may be held as their transposes.
using Product = void (*)(bool a_transposed, bool b_transposed, int m, int n, int k, const float* a,
                         const float* b, float* c);

struct Library {
  const char* name;
  Product product;
};

/// Those that the build found, each kept to one thread.
std::span<const Library> libraries();

}  // namespace peers
