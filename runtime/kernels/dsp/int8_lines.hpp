// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_line_loops.hpp>

/// Lines of one channel: read out of the pixels and widened, multiplied by a kernel of taps, and put back.
namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Pixels of one channel in lines: bytes from pixel to pixel and from line to line.
struct PixelLines {
  int count, pixel, line;
};

/// Bytes between the weights of one channel.
struct TapSteps {
  int outer, inner;
};

[[gnu::noinline]] inline void fill_pairs(std::int16_t* to, int count, std::int32_t value) {
  const Pair both = pair(value, value);
  for (Pair* p = words_of(to); count > 0; count -= 2) *p++ = both;
}

/// `lines` lines of one channel, widened, `pitch` int16 from line to line.
[[gnu::noinline]] inline void read_lines(const std::int8_t* x, const PixelLines& p, int lines,
                                         std::int16_t* to, int pitch) {
  const int count = p.count, pixel = p.pixel, three = 3 * pixel, past = p.line - count * pixel;
  pitch -= count;
  for (; lines > 0; --lines, x += past, to += pitch) read_line(x, to, pixel, three, count);
}

/// `count` sums into pixels of one channel.
[[gnu::noinline]] inline void put_sums(const std::int32_t* sums, int count, std::int8_t* y, int pixel,
                                       const Int8Scale& scale, const Int8Io& io) {
  if (!rounds_twice(scale)) {
    for (; count > 0; --count, y += pixel) *y = requantize_any(*sums++, scale, io);
    return;
  }
  const ChannelRounding r(scale, io);
  if (count >= 4) put_fours(sums, y, r, pixel, count / 4);
  for (int n = count & 3; n > 0; --n, y += pixel) *y = requantize_sum(*sums++, r);
}

/// Any kernel of `rows` lines of taps, stride 1 along the line: two results at a time. \param w a line of
/// taps has `words` pairs of words, (0, 1) (2, 3)... for the even results beside (-, 0) (1, 2)... for the
/// odd.
[[gnu::always_inline]] inline void multiply_line(const std::int16_t* line, int pitch, const Pair* w,
                                                 std::int32_t bias, int rows, int words, int count,
                                                 std::int32_t* sums) {
  for (const std::int32_t* const end = sums + count; sums < end; sums += 2, line += 2) {
    std::int32_t even = bias, odd = bias;
    const Pair* taps = w;
    const std::int16_t* row = line;
    for (int k = rows; k > 0; --k, row += pitch) {
      const Pair* x = words_of(row);
      for (int j = words; j > 0; --j, taps += 2) {
        const Pair both = *x++;
        even = smlad(both, taps[0], even);
        odd = smlad(both, taps[1], odd);
      }
    }
    sums[0] = even;
    sums[1] = odd;
  }
}

/// Any stride along the line: one result at a time, with the words for the even results.
[[gnu::always_inline]] inline void multiply_strided_line(const std::int16_t* line, int pitch, const Pair* w,
                                                         std::int32_t bias, int rows, int words, int stride,
                                                         int count, std::int32_t* sums) {
  for (; count > 0; --count, line += stride) {
    std::int32_t sum = bias;
    const Pair* taps = w;
    const std::int16_t* row = line;
    for (int k = rows; k > 0; --k, row += pitch)
      for (int j = 0; j < words; ++j, taps += 2) sum = smlad(load_pair(row + 2 * j), *taps, sum);
    *sums++ = sum;
  }
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
