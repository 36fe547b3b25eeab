// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A loss of a user's own: the sum of (prediction - target)^4.
struct Quartic {
  static constexpr const char* name = "quartic";
  template <class T>
  static T row(const T* p, const T* t, T* slope, int n) {
    T sum = 0;
    for (int i = 0; i < n; ++i) {
      const T d = p[i] - t[i];
      sum += d * d * d * d;
      if (slope) slope[i] = T(4) * d * d * d;
    }
    return sum;
  }
};
