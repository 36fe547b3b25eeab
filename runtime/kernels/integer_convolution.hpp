// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstring>
#include <runtime/kernels/integer_dense.hpp>
#include <runtime/kernels/portable/convolution.hpp>
#include <runtime/kernels/portable/integer_halves.hpp>

/// Convolutions of int8 as integer training has them, without groups and dilation: at each place a dense
/// layer of the patch that lies below the filters, so that all products are those of the dense kernels.
/// Filters are rows of (ky, kx, channel), whole words each. Sums are exact where `integer_sums_fit`.
namespace etch::kernels::inline ETCH_TARGET {

constexpr std::int32_t whole_words(std::int32_t bytes) { return (bytes + 3) / 4 * 4; }

/// Bytes of a filter.
constexpr std::int32_t integer_row(const Convolution& c) { return whole_words(c.lines()); }

/// The most numbers of int8 whose products are added up.
inline constexpr std::int64_t most_integer_products = 1 << 16;

/// Whether results, input gradients and gradients of weights are sums of at most `most_integer_products`.
constexpr bool integer_sums_fit(const Convolution& c) {
  const auto fits = [](std::int64_t a, std::int64_t b, std::int64_t d) {
    return a <= most_integer_products && a * b <= most_integer_products && a * b * d <= most_integer_products;
  };
  return fits(c.h.kernel, c.w.kernel, c.channels) && fits(c.h.kernel, c.w.kernel, c.filters) &&
         fits(c.h.out, c.w.out, 1);
}

/// Filters of which the gradient is made at once.
inline constexpr std::int32_t most_integer_filters = 16;

/// The sums of an input gradient: rows that a filter meets at once are open.
constexpr SlidingRows::Extents integer_input_rows(const Convolution& c) {
  return {c.h.in, c.h.kernel < c.h.in ? c.h.kernel : c.h.in, c.w.in * c.channels};
}

/// Bytes that a forward pass needs beside its sums, an input gradient in all, of which halves are left, and a
/// change of weights.
constexpr std::int32_t integer_forward_scratch(const Convolution& c) { return integer_row(c); }
constexpr std::int32_t integer_input_scratch(const Convolution& c) {
  return integer_input_rows(c).bytes() + 4 * integer_row(c);
}
constexpr std::int32_t integer_halves(const Convolution& c) { return whole_words(2 * c.inputs()); }
constexpr std::int32_t integer_update_scratch(const Convolution& c) {
  const std::int32_t filters = c.filters < most_integer_filters ? c.filters : most_integer_filters;
  return whole_words(c.positions()) * (1 + filters);
}

/// Taps of a kernel's axis that meet data at an output place: from `first` to `end`, which lie from `at` on.
struct TapsInside {
  int first = 0, end = 0, at = 0;
};
constexpr TapsInside taps_inside(const ConvolutionAxis& a, int place) {
  const int from = place * a.stride - a.pad, most = a.in - from < a.kernel ? a.in - from : a.kernel;
  const int first = from < 0 ? -from : 0;
  return {first, most > first ? most : first, from + first};
}

/// Copies bytes, four at a time as far as they go.
inline void copy_numbers(const std::int8_t* from, int count, std::int8_t* to) {
  for (; count >= 4; count -= 4, from += 4, to += 4) std::memcpy(to, from, 4);
  for (; count > 0; --count) *to++ = *from++;
}

inline void clear_word(std::int8_t* at) { std::memset(at, 0, 4); }

/// The inputs below the filters at a place as a row of whole words, 0 where there is no input.
inline void gather_patch(const Convolution& c, const TapsInside& y, const TapsInside& x,
                         const std::int8_t* inputs, std::int8_t* patch) {
  const bool inside = y.end - y.first == c.h.kernel && x.end - x.first == c.w.kernel;
  const std::int32_t row = integer_row(c);
  if (inside)
    clear_word(patch + row - 4);
  else
    std::memset(patch, 0, static_cast<unsigned>(row));
  const int run = (x.end - x.first) * c.channels;
  const std::int8_t* from = inputs + (y.at * c.w.in + x.at) * c.channels;
  patch += (y.first * c.w.kernel + x.first) * c.channels;
  for (int ky = y.first; ky < y.end; ++ky, from += c.w.in * c.channels, patch += c.w.kernel * c.channels)
    copy_numbers(from, run, patch);
}

/// The other way: what stands in a patch of sums is added to the rows of inputs below it.
inline void add_patch(const Convolution& c, const TapsInside& y, const TapsInside& x,
                      const std::int32_t* patch, std::int32_t* rows) {
  const int run = (x.end - x.first) * c.channels;
  rows += x.at * c.channels;
  patch += (y.first * c.w.kernel + x.first) * c.channels;
  for (int ky = y.first; ky < y.end; ++ky, rows += c.w.in * c.channels, patch += c.w.kernel * c.channels)
    for (int i = 0; i < run; ++i) rows[i] += patch[i];
}

/// sums[place][filter] += sum of x * w. \param patch of `integer_forward_scratch` bytes
inline void integer_convolution_forward(const Convolution& c, const std::int8_t* x, const std::int8_t* w,
                                        std::int8_t* patch, std::int32_t* sums) {
  const IntegerDense filters{integer_row(c), c.filters};
  for (int oy = 0; oy < c.h.out; ++oy) {
    const TapsInside rows = taps_inside(c.h, oy);
    for (int ox = 0; ox < c.w.out; ++ox, sums += c.filters) {
      gather_patch(c, rows, taps_inside(c.w, ox), x, patch);
      integer_kernels::integer_forward(filters, patch, w, sums);
    }
  }
}

/// Each input's sum of e * w over all places and filters that read it, 0 where `gate` is not null and 0. A
/// place without errors takes no products. \param scratch of `integer_input_scratch` bytes, where the halves
/// stand
inline Halves integer_convolution_input_gradient(const Convolution& c, const std::int8_t* e,
                                                 const std::int8_t* w, const std::int8_t* gate,
                                                 std::int8_t* scratch) {
  const IntegerDense filters{integer_row(c), c.filters};
  SlidingRows sums(integer_input_rows(c), scratch, gate);
  auto* const patch = reinterpret_cast<std::int32_t*>(scratch + integer_input_rows(c).bytes());
  for (int oy = 0; oy < c.h.out; ++oy) {
    const TapsInside rows = taps_inside(c.h, oy);
    sums.close(rows.at);
    for (int ox = 0; ox < c.w.out; ++ox, e += c.filters) {
      int any = 0;
      for (int f = 0; f < c.filters; ++f) any |= e[f];
      if (any == 0) continue;
      integer_kernels::integer_input_gradient(filters, e, w, patch);
      add_patch(c, rows, taps_inside(c.w, ox), patch, sums.open());
    }
  }
  sums.close(c.h.in);
  return sums.halves();
}

/// The inputs that a tap meets at all places, 0 where there are none, as a row of whole words.
inline void gather_column(const Convolution& c, int line, const std::int8_t* x, std::int8_t* column) {
  const int tap = line / c.channels, ky = tap / c.w.kernel, kx = tap % c.w.kernel;
  const Places rows = places_of(c.h, ky), columns = places_of(c.w, kx);
  const std::int32_t row = whole_words(c.positions());
  if (rows == Places{0, c.h.out} && columns == Places{0, c.w.out})
    clear_word(column + row - 4);
  else
    std::memset(column, 0, static_cast<unsigned>(row));
  const int step = c.w.stride * c.channels;
  for (int oy = rows.first; oy < rows.end; ++oy) {
    const int iy = oy * c.h.stride + ky - c.h.pad, ix = columns.first * c.w.stride + kx - c.w.pad;
    const std::int8_t* from = x + (iy * c.w.in + ix) * c.channels + line % c.channels;
    std::int8_t* const to = column + oy * c.w.out;
    for (int ox = columns.first; ox < columns.end; ++ox, from += step) to[ox] = *from;
  }
}

/// Errors of some filters, a row of whole words for each filter.
inline void gather_errors(const Convolution& c, int filters, const std::int8_t* e, std::int8_t* rows) {
  const std::int32_t bytes = whole_words(c.positions());
  const int count = c.positions(), step = c.filters;
  for (int f = 0; f < filters; ++f, rows += bytes) {
    clear_word(rows + bytes - 4);
    const std::int8_t* from = e + f;
    for (std::int8_t *to = rows, *const end = rows + count; to != end; ++to, from += step) *to = *from;
  }
}

/// A column of weights loses products of gradients and a rate. By itself, so that its loop has registers.
/// \return the words that come next
[[gnu::noinline]] inline RoundingWords change_column(int count, RoundedProduct by,
                                                     const std::int32_t* gradients, RoundingWords words,
                                                     std::int8_t* w, std::int32_t step) {
  const std::int32_t* const end = gradients + count;
  do {
    const std::int32_t changed = *w - by(*gradients, words.next());
    *w = static_cast<std::int8_t>(changed < -128 ? -128 : changed > 127 ? 127 : changed);
    w += step;
  } while (++gradients != end);
  return words;
}

/// Each weight loses the product of its gradient, the sum over all places of input times error, and a rate.
/// \param scratch of `integer_update_scratch` bytes
inline void integer_convolution_update(const Convolution& c, const RoundedProduct& by, const std::int8_t* x,
                                       const std::int8_t* e, RoundingWords words, std::int8_t* scratch,
                                       std::int8_t* w) {
  const std::int32_t row = whole_words(c.positions()), filter = integer_row(c);
  std::int8_t* const errors = scratch + row;
  for (int first = 0; first < c.filters; first += most_integer_filters, w += most_integer_filters * filter) {
    const int count = c.filters - first < most_integer_filters ? c.filters - first : most_integer_filters;
    gather_errors(c, count, e + first, errors);
    for (int line = 0; line < c.lines(); ++line) {
      std::int32_t sums[most_integer_filters] = {};
      gather_column(c, line, x, scratch);
      integer_kernels::integer_forward({row, count}, scratch, errors, sums);
      words = change_column(count, by, sums, words, w + line, filter);
    }
  }
}

/// The same for the bias of a convolution, whose gradient is the sum of errors.
inline void integer_convolution_bias(const Convolution& c, const RoundedProduct& by, const std::int8_t* e,
                                     RoundingWords words, std::int8_t* bias) {
  for (int f = 0; f < c.filters; ++f) {
    std::int32_t sum = 0;
    for (int p = 0; p < c.positions(); ++p) sum += e[p * c.filters + f];
    bias[f] = static_cast<std::int8_t>(limited(bias[f] - by(sum, words.next()), 127));
  }
}

}  // namespace etch::kernels::inline ETCH_TARGET
