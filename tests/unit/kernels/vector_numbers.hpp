// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <vector>

/// What tests of vector kernels draw, and how they compare.
namespace etch::test {

template <class T>
using Numbers = std::vector<T>;

/// The draws of one test program.
class Draws {
 public:
  explicit Draws(unsigned seed) : generator_(seed) {}
  std::mt19937& generator() { return generator_; }
  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(generator_); }

  /// Also zeros of both signs, which a wrong start of a sum would show.
  template <class T>
  Numbers<T> floats(int n, float low, float high) {
    std::uniform_real_distribution<float> number(low, high);
    Numbers<T> result(static_cast<std::size_t>(n));
    for (T& x : result) {
      x = number(generator_);
      if (integer(0, 9) == 0) x = low < 0 && integer(0, 1) ? -0.0f : 0.0f;
    }
    return result;
  }

 private:
  std::mt19937 generator_;
};

/// The first element whose bits differ, or -1.
template <class T>
int difference(const Numbers<T>& a, const Numbers<T>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::memcmp(&a[i], &b[i], sizeof(T)) != 0) return static_cast<int>(i);
  return -1;
}

}  // namespace etch::test
