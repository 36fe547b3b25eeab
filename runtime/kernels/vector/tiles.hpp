// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/vector/multiply_add.hpp>

/// How results are shared out among lanes, registers and rows.
namespace etch::kernels::vector::inline ETCH_TARGET {

inline constexpr int widest = vector_floats;  // lanes
inline constexpr int row_tile =
    widest == 16 || ETCH_NEON_LANES ? 8 : 4;  // rows times two vectors of sums: half the registers
inline constexpr int single_row = 8;          // vectors of sums that hide an addition of one row

/// Whether tiles of many rows are of halves of the widest vectors.
template <class T>
inline constexpr bool half_tiles = ETCH_HALF_TILES != 0 && std::is_same_v<T, float>;
template <class T>
inline constexpr int tile_lanes = half_tiles<T> ? widest / 2 : widest;

template <int n>
using Int = std::integral_constant<int, n>;

/// Tiles of `vectors` vectors of `lanes`, then of half of them and so on, from column `o` on. Returns the
/// first column that is left.
template <int vectors, int lanes, class F>
[[gnu::always_inline]] inline int for_wide_columns(int width, const F& f, int o = 0) {
  for (; o + vectors * lanes <= width; o += vectors * lanes) f(Int<lanes>{}, Int<vectors>{}, o);
  if constexpr (vectors > 1)
    return for_wide_columns<vectors / 2, lanes>(width, f, o);
  else
    return o;
}

/// Calls f(lanes, vectors, column) for tiles that cover `width` columns. The last tile reaches back over
/// columns of the one before it where they do not divide evenly, so f must be repeatable.
template <int vectors = 2, int lanes = widest, int most = lanes, class F>
[[gnu::always_inline]] inline void for_columns(int width, const F& f) {
  if constexpr (lanes > 1)
    if (width < lanes) return for_columns<vectors, (lanes > 4 ? lanes / 2 : 1), most>(width, f);
  int o = 0;
  if constexpr (lanes == most)
    o = for_wide_columns<vectors, lanes>(width, f);
  else
    for (; o + lanes <= width; o += lanes) f(Int<lanes>{}, Int<1>{}, o);
  if (o < width) f(Int<lanes>{}, Int<1>{}, width - lanes);
}

/// Calls f(count, first) for tiles of `tile` rows, then of half of it and so on.
template <int tile, class F>
[[gnu::always_inline]] inline void for_rows(int n, const F& f, int r = 0) {
  for (; r + tile <= n; r += tile) f(Int<tile>{}, r);
  if constexpr (tile > 1) for_rows<tile / 2>(n, f, r);
}

/// Calls f(lanes, first, count) for vectors that cover n elements, each once: only the last one may have
/// fewer than its lanes.
template <int lanes = widest, class F>
[[gnu::always_inline]] inline void for_lanes(int n, const F& f, int j = 0) {
  for (; j + lanes <= n; j += lanes) f(Int<lanes>{}, j, lanes);
  if constexpr (lanes > 4)
    for_lanes<lanes / 2>(n, f, j);
  else if (j < n)
    f(Int<lanes>{}, j, n - j);
}

/// A tile's sums get one product more: those of row r the number x[r * stride] times a vector of `w` each.
template <int lanes, int vectors, int rows, class T>
[[gnu::always_inline]] inline void add_row_products(const T* x, int stride, const T* w,
                                                    Vector<lanes> (&sum)[rows][vectors]) {
  Vector<lanes> wv[vectors];
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v) {
    load<lanes>(wv[v], w + v * lanes);
    if constexpr (rows > 1) keep_in_register(wv[v]);
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    auto factor = in_all_lanes<Vector<lanes>>(x[r * stride]);
    if constexpr (vectors > 1 && !ETCH_NEON_LANES) keep_in_register(factor);  // there, a lane is an operand
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) add_products<T>(factor, wv[v], sum[r][v]);
  }
}

/// A tile's sums to rows that are `stride` apart, and back.
template <int lanes, int vectors, int rows, class T>
[[gnu::always_inline]] inline void store_rows(const Vector<lanes> (&sum)[rows][vectors], T* to, int stride) {
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) store<lanes>(sum[r][v], to + r * stride + v * lanes);
}
template <int lanes, int vectors, int rows, class T>
[[gnu::always_inline]] inline void load_rows(Vector<lanes> (&sum)[rows][vectors], const T* from, int stride) {
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) load<lanes>(sum[r][v], from + r * stride + v * lanes);
}

/// The first `count` lanes, and zeros.
template <int lanes, Single T>
[[gnu::always_inline]] inline void load_some(Vector<lanes>& v, const T* from, int count) {
  if (count == lanes) return load<lanes>(v, from);
  T elements[lanes] = {};
  for (int k = 0; k < count; ++k) elements[k] = from[k];
  load<lanes>(v, static_cast<const T*>(elements));
}
template <int lanes, Single T>
[[gnu::always_inline]] inline void store_some(const Vector<lanes>& v, T* to, int count) {
  if (count == lanes) return store<lanes>(v, to);
  T elements[lanes];
  store<lanes>(v, static_cast<T*>(elements));
  for (int k = 0; k < count; ++k) to[k] = elements[k];
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
