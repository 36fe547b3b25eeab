// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/recurrent.hpp>
#include <runtime/kernels/vector/math.hpp>
#include <runtime/kernels/vector/tiles.hpp>

/// What the forward passes of recurrent kernels share. The samples of a batch take a time step together, so
/// that weights are read once a step and not once a sample; every sum keeps the portable kernels' order.
namespace etch::kernels::vector::inline ETCH_TARGET {

/// Rows of numbers, `stride` apart, and the `count` rows of weights that multiply them.
template <class T>
struct Factors {
  const T* x = nullptr;
  int stride = 0, count = 0;
  const T* w = nullptr;

  Factors from(int row, int column) const {
    if (count == 0) return *this;  // of no states
    return {x + row * stride, stride, count, w + column};
  }
};

template <int lanes, int vectors, int rows, class T>
[[gnu::always_inline]] inline void start_sums(const T* start, Vector<lanes> (&sum)[rows][vectors]) {
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v) {
    Vector<lanes> first{};
    if (start) load<lanes>(first, start + v * lanes);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) sum[r][v] = first;
  }
}

template <int lanes, int vectors, int rows, class T>
[[gnu::always_inline]] inline void add_factors(const Factors<T>& f, int w_stride,
                                               Vector<lanes> (&sum)[rows][vectors]) {
  const T* w = f.w;
  for (int i = 0; i < f.count; ++i, w += w_stride) add_row_products<lanes>(f.x + i, f.stride, w, sum);
}

/// Where sums of `width` columns start and go to. Weights have rows of `w_stride`.
template <class T>
struct SumPlace {
  int width, w_stride;
  const T *start, *second_start;
  T* to;
  int stride;
};

/// to = start + inputs, on which states go on; or, with `apart`, plus another sum of second_start + states.
template <int lanes, int vectors, int rows, bool apart, class T>
[[gnu::always_inline]] inline void gate_tile(const SumPlace<T>& p, const Factors<T>& inputs,
                                             const Factors<T>& states, int r, int o) {
  Vector<lanes> sum[rows][vectors];
  start_sums<lanes>(p.start ? p.start + o : nullptr, sum);
  add_factors<lanes>(inputs.from(r, o), p.w_stride, sum);
  if constexpr (apart) {
    Vector<lanes> second[rows][vectors];
    start_sums<lanes>(p.second_start ? p.second_start + o : nullptr, second);
    add_factors<lanes>(states.from(r, o), p.w_stride, second);
#pragma GCC unroll 8
    for (int k = 0; k < rows; ++k)
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) sum[k][v] += second[k][v];
  } else {
    add_factors<lanes>(states.from(r, o), p.w_stride, sum);
  }
  store_rows<lanes>(sum, p.to + r * p.stride + o, p.stride);
}

// Out of line, with numbers that are known only when they run: g++ would unroll all of a small layer, and
// take single numbers out of the vectors that hold them.

template <bool apart, class T>
[[gnu::noinline]] inline void add_gates_of_rows(int rows, const SumPlace<T>& p, const Factors<T>& inputs,
                                                const Factors<T>& states) {
  for_columns(
      p.width, [&](auto lanes, auto vectors, int o) __attribute__((always_inline)) {
        for_rows<row_tile>(
            rows, [&](auto n, int r) __attribute__((always_inline)) {
              gate_tile<lanes(), vectors(), n(), apart>(p, inputs, states, r, o);
            });
      });
}
template <bool apart, class T>
[[gnu::noinline]] inline void add_gates_of_row(const SumPlace<T>& p, const Factors<T>& inputs,
                                               const Factors<T>& states) {
  for_columns<single_row>(
      p.width, [&](auto lanes, auto vectors, int o) __attribute__((always_inline)) {
        gate_tile<lanes(), vectors(), 1, apart>(p, inputs, states, 0, o);
      });
}

template <bool apart = false, class T>
[[gnu::always_inline]] inline void add_gates(int rows, const SumPlace<T>& p, const Factors<T>& inputs,
                                             const Factors<T>& states) {
  if (rows > 1)
    add_gates_of_rows<apart>(rows, p, inputs, states);
  else
    add_gates_of_row<apart>(p, inputs, states);
}

/// The functions of a layer as constants, where they are the usual ones.
template <bool usual>
struct Functions {
  const Recurrent& d;
  constexpr ActivationKind of_state() const { return usual ? ActivationKind::tanh : d.activation; }
  constexpr ActivationKind of_gate() const {
    return usual ? ActivationKind::sigmoid : d.recurrent_activation;
  }
};
constexpr bool has_usual_functions(const Recurrent& d) {
  return d.activation == ActivationKind::tanh && d.recurrent_activation == ActivationKind::sigmoid;
}

/// The running states of some rows, `stride` apart, and behind each the vectors of its time steps.
template <class T>
struct RowStates {
  T* first;
  int stride, gates_at, step_stride;

  T* state(int r) const { return first + r * stride; }
  T* gates(int r, int k) const { return state(r) + gates_at + k * step_stride; }
};

/// What rows from `r` on read and write.
template <class T>
[[gnu::always_inline]] inline RecurrentInput<T> rows_from(const Recurrent& d, const RecurrentInput<T>& in,
                                                          int r) {
  return {in.x + r * d.steps * d.in, in.h ? in.h + r * d.units : nullptr, in.c ? in.c + r * d.units : nullptr,
          in.mask ? in.mask + r * d.steps : nullptr};
}
template <class T>
[[gnu::always_inline]] inline RecurrentOutput<T> rows_from(const Recurrent& d, const RecurrentOutput<T>& out,
                                                           int r) {
  return {out.y ? out.y + r * (d.sequences ? d.steps : 1) * d.units : nullptr,
          out.h ? out.h + r * d.units : nullptr, out.c ? out.c + r * d.units : nullptr};
}

/// The inputs of step k of rows from `r` on.
template <class T>
[[gnu::always_inline]] inline Factors<T> inputs_at(const Recurrent& d, const RecurrentInput<T>& in,
                                                   const T* w, int r, int k) {
  return {in.x + (r * d.steps + d.time_of(k)) * d.in, d.steps * d.in, d.in, w};
}

/// Calls f(first, count) for rows next to one another whose step k is not masked.
template <class T, class F>
[[gnu::always_inline]] inline void for_unmasked(const Recurrent& d, const T* mask, int rows, int k,
                                                const F& f) {
  if (!mask) return f(0, rows);
  for (int r = 0, end = 0; r < rows; r = end + 1) {
    for (end = r; end < rows && !masked(d, mask, end, k);) ++end;
    if (end > r) f(r, end - r);
  }
}

/// `copy_or_zero` in vectors, which compilers make of it only at -O3.
template <Single T>
[[gnu::noinline]] inline void copy_lanes(int n, const T* from, T* to) {
  for_lanes(
      n, [&](auto lanes, int j, int count) __attribute__((always_inline)) {
        Vector<lanes()> v{};
        if (from) load_some<lanes()>(v, from + j, count);
        store_some<lanes()>(v, to + j, count);
      });
}

/// All steps of some rows: `step(first, count, k)` takes one of rows that are not masked, `keep(row, k)`
/// comes after it for each row. \tparam cell whether the state c lies behind h.
template <bool cell, class T, class Step, class Keep>
[[gnu::always_inline]] inline void take_steps(const Recurrent& d, int rows, const RecurrentInput<T>& in,
                                              const RecurrentOutput<T>& out, const RowStates<T>& s,
                                              const Step& step, const Keep& keep) {
  const int u = d.units;
  for (int r = 0; r < rows; ++r) {
    copy_lanes<T>(u, in.h ? in.h + r * u : nullptr, s.state(r));
    if (cell) copy_lanes<T>(u, in.c ? in.c + r * u : nullptr, s.state(r) + u);
  }
  for (int k = 0; k < d.steps; ++k) {
    for_unmasked(
        d, in.mask, rows, k, [&](int r, int n) __attribute__((always_inline)) { step(r, n, k); });
    for (int r = 0; r < rows; ++r) {
      keep(r, k);
      if (out.y && d.sequences)
        copy_lanes<T>(u, s.state(r), out.y + (r * d.steps + k) * u);
      else if (out.y && k == d.steps - 1)
        copy_lanes<T>(u, s.state(r), out.y + r * u);
    }
  }
  for (int r = 0; r < rows; ++r) {
    if (out.h) copy_lanes<T>(u, s.state(r), out.h + r * u);
    if (cell && out.c) copy_lanes<T>(u, s.state(r) + u, out.c + r * u);
  }
}

/// Floats on the stack for the states and gates of rows that take a step together.
inline constexpr int rows_room = 16384;

/// Calls f(first, count, memory) for groups of rows, with `size` elements for each of them.
template <class T, class F>
[[gnu::noinline]] inline void in_groups(int rows, int size, const F& f) {
  T room[rows_room];
  const int most = rows_room / size;
  for (int r = 0; r < rows; r += most) f(r, rows - r < most ? rows - r : most, static_cast<T*>(room));
}

/// The same for a prediction. A single row, as of a stream, and units that leave no room for two take
/// `scratch`.
template <class T, class F>
[[gnu::always_inline]] inline void for_predicted(int rows, int size, T* scratch, const F& f) {
  if (rows > 1 && 2 * size <= rows_room) return in_groups<T>(rows, size, f);
  for (int r = 0; r < rows; ++r) f(r, 1, scratch);
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
