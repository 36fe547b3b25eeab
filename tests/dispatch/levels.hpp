// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>
#include <vector>

/// What a file that is compiled once a level says of itself, and what it shares with others.
struct Level {
  int floats = 0, integers = 0;  ///< of vectors
  std::vector<std::string> names;
};
Level chosen_level();
int lanes_of_level();
float sum_of_squares(const std::vector<float>& x);

/// A table that each file has, and that points to code of its level.
inline float half(float x) { return x / 2; }
inline constexpr float (*halves[])(float) = {half};

/// One variable for all files.
inline int& calls() {
  static int count = 0;
  return count;
}
