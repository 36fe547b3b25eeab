// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch::detail {

/// In which order a compiler evaluates the arguments of calls in constants. C++ leaves it open, and a
/// declaration such as `Add{}(Dense{4}(x), Dense{4}(x))` numbers its layers by it.
struct ArgumentOrder {
  int next = 0;
  bool left_to_right = true;
  constexpr int made(int place) {
    left_to_right = left_to_right && place == next++;
    return place;
  }
};

struct CalledWithThree {
  constexpr CalledWithThree(int, int, int) {}
  constexpr void operator()(const int&, const int&, const int&) const {}
};
template <class... T>
constexpr void call_with(const T&...) {}

constexpr bool arguments_from_left_to_right() {
  ArgumentOrder order;
  const CalledWithThree layer(order.made(0), order.made(1), order.made(2));
  layer(order.made(3), order.made(4), order.made(5));
  call_with(order.made(6), order.made(7), order.made(8));
  return order.left_to_right;
}

// One declaration is one graph, whoever compiles it.
static_assert(
    arguments_from_left_to_right(),
    "this compiler evaluates the arguments of calls in constants in another order than g++ and clang++: it "
    "would number a model's inputs and weights differently");

}  // namespace etch::detail
