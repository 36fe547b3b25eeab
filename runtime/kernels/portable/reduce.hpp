// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <array>
#include <cstdint>
#include <limits>

namespace etch::kernels {

/// The numbers are part of model files: append only.
enum class ReduceKind : std::int32_t { sum, mean, maximum, minimum, product };

inline constexpr ReduceKind last_reduce_kind = ReduceKind::product;

/// Takes the axes of a bit set (bit i: axis i) out of [extent 0 .. 3].
struct Reduce {
  ReduceKind kind = ReduceKind::sum;
  std::array<int, 4> extent{1, 1, 1, 1};
  int axes = 0;
  constexpr bool takes(unsigned axis) const { return (axes >> axis & 1) != 0; }
  constexpr int elements() const { return extent[0] * extent[1] * extent[2] * extent[3]; }
  /// How many numbers become one.
  constexpr int taken() const {
    int n = 1;
    for (unsigned i = 0; i < 4; ++i) n *= takes(i) ? extent[i] : 1;
    return n;
  }
  constexpr bool operator==(const Reduce&) const = default;
};

namespace detail {

/// Extents of the axes that go or stay, 1 for the others, and from element to element along each.
struct ReduceWalk {
  std::array<int, 4> extent{1, 1, 1, 1}, stride{1, 1, 1, 1};
};

constexpr ReduceWalk reduce_walk(const Reduce& d, bool taken) {
  ReduceWalk w;
  for (unsigned i = 4; i-- > 0;) {
    if (i < 3) w.stride[i] = w.stride[i + 1] * d.extent[i + 1];
    if (d.takes(i) == taken) w.extent[i] = d.extent[i];
  }
  return w;
}

/// Calls f(place) for every element of a walk, in order.
template <class F>
[[gnu::always_inline]] inline void walk_through(const ReduceWalk& w, F&& f) {
  for (int i = 0; i < w.extent[0]; ++i)
    for (int j = 0; j < w.extent[1]; ++j)
      for (int k = 0; k < w.extent[2]; ++k)
        for (int l = 0; l < w.extent[3]; ++l)
          f(i * w.stride[0] + j * w.stride[1] + k * w.stride[2] + l * w.stride[3]);
}

/// Where element `n` of a walk lies.
constexpr int place_in(const ReduceWalk& w, int n) {
  int place = 0;
  for (unsigned i = 4; i-- > 0; n /= w.extent[i]) place += n % w.extent[i] * w.stride[i];
  return place;
}

template <class T>
[[gnu::always_inline]] constexpr T start_of(ReduceKind kind) {
  using Limits = std::numeric_limits<T>;
  switch (kind) {
    case ReduceKind::maximum:
      return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    case ReduceKind::minimum:
      return Limits::has_infinity ? Limits::infinity() : Limits::max();
    default:
      return T(kind == ReduceKind::product);
  }
}

template <class T>
[[gnu::always_inline]] constexpr T joined(ReduceKind kind, T sofar, T x) {
  switch (kind) {
    case ReduceKind::maximum:
      return x > sofar ? x : sofar;
    case ReduceKind::minimum:
      return x < sofar ? x : sofar;
    case ReduceKind::product:
      return static_cast<T>(sofar * x);
    default:
      return static_cast<T>(sofar + x);
  }
}

}  // namespace detail

/// Sums and products go in the order of x; a mean is the sum over their number. A NaN is never the largest
/// nor the smallest.
template <class T>
[[gnu::always_inline]] inline void reduce(const Reduce& d, int rows, const T* x, T* y) {
  const detail::ReduceWalk stays = detail::reduce_walk(d, false), goes = detail::reduce_walk(d, true);
  for (int r = 0; r < rows; ++r, x += d.elements())
    detail::walk_through(
        stays, [&](int at) __attribute__((always_inline)) {
          T value = detail::start_of<T>(d.kind);
          detail::walk_through(
              goes, [&](int place) __attribute__((always_inline)) {
                value = detail::joined(d.kind, value, x[at + place]);
              });
          *y++ = d.kind == ReduceKind::mean ? static_cast<T>(value / static_cast<T>(d.taken())) : value;
        });
}

namespace detail {

/// Equal shares of dy for all that are the largest (or smallest), as TensorFlow has it.
template <class T>
[[gnu::always_inline]] inline void share_gradient(const ReduceWalk& goes, T dy, const T* x, T y, T* dx) {
  int equal = 0;
  walk_through(goes, [&](int place) { equal += x[place] == y; });
  walk_through(goes, [&](int place) { dx[place] = x[place] == y ? dy / T(equal) : T(0); });
}

/// dy times the product of all others: of those before it, then of those behind.
template <class T>
[[gnu::always_inline]] inline void product_gradient(const ReduceWalk& goes, int n, T dy, const T* x, T* dx) {
  T before = dy, behind = T(1);
  walk_through(goes, [&](int place) {
    dx[place] = before;
    before *= x[place];
  });
  for (int i = n; i-- > 0;) {
    const int place = place_in(goes, i);
    dx[place] *= behind;
    behind *= x[place];
  }
}

}  // namespace detail

/// The backward pass. `x` is read by maximum, minimum and product, `y` by the first two; else they may be
/// null. `dx` overlaps nothing.
template <class T>
[[gnu::always_inline]] inline void reduce_backward(const Reduce& d, int rows, const T* dy, const T* x,
                                                   const T* y, T* dx) {
  const detail::ReduceWalk stays = detail::reduce_walk(d, false), goes = detail::reduce_walk(d, true);
  const bool extreme = d.kind == ReduceKind::maximum || d.kind == ReduceKind::minimum;
  for (int r = 0, result = 0; r < rows; ++r)
    detail::walk_through(
        stays, [&](int at) __attribute__((always_inline)) {
          const int from = r * d.elements() + at;
          const T slope = dy[result];
          if (extreme)
            detail::share_gradient(goes, slope, x + from, y[result], dx + from);
          else if (d.kind == ReduceKind::product)
            detail::product_gradient(goes, d.taken(), slope, x + from, dx + from);
          else
            detail::walk_through(goes, [&](int place) {
              dx[from + place] = d.kind == ReduceKind::mean ? slope / T(d.taken()) : slope;
            });
          ++result;
        });
}

}  // namespace etch::kernels
