// EXPECT: a user's loss needs a name and template <class T> static T row(
// SPDX-License-Identifier: BSL-1.0
#include <etch/train/losses.hpp>
using namespace etch;

struct Wrong {
  static constexpr const char* name = "wrong";
  template <class T>
  static T row(const T* prediction, const T* target, int n);  // no slope
};
constexpr auto loss = CustomLoss<Wrong>{};  // HERE
