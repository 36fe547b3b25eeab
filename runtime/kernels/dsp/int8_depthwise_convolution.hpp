// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_depthwise_3x3.hpp>
#include <runtime/kernels/dsp/int8_depthwise_column.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// The weights of one channel, for `multiply_line`.
template <class... Offset>
[[gnu::noinline]] inline void pack_taps(const std::int8_t* w, TapSteps step, int rows, int kernel, Pair* to,
                                        Offset... offset) {
  for (; rows > 0; --rows, w += step.outer) {
    std::int32_t before = 0;
    const std::int8_t* at = w;
    for (int i = kernel; i >= 0; i -= 2) {
      const std::int32_t a = i > 0 ? *at - (0 + ... + offset) : 0;
      at += step.inner;
      const std::int32_t b = i > 1 ? *at - (0 + ... + offset) : 0;
      at += step.inner;
      *to++ = pair(a, b);
      *to++ = pair(before, a);
      before = b;
    }
  }
}

/// `lines` lines of sums.
[[gnu::noinline]] inline void multiply_lines(const Int8DepthwiseLines& l, const std::int16_t* line,
                                             const Pair* taps, std::int32_t bias, int lines,
                                             std::int32_t* sums) {
  const int count = l.inner.out, step = l.outer.stride * l.pitch, rows = l.outer.kernel;
  for (; lines > 0; --lines, line += step, sums += count)
    if (l.inner.stride == 1)
      multiply_line(line, l.pitch, taps, bias, rows, l.words, count, sums);
    else
      multiply_strided_line(line, l.pitch, taps, bias, rows, l.words, l.inner.stride, count, sums);
}

/// Lines of one channel in the kernel's scratch: those that a strip of results reads. What the next strip
/// reads again moves to the front, so that results may replace the pixels that were read.
struct LineWindow {
  std::int16_t* lines;
  int line, slot;  ///< the next line to read, and where it goes

  /// Reads what is missing of `needed` lines. Lines of padding alone are there already where `once`.
  [[gnu::always_inline]] void read(const Int8DepthwiseLines& l, const PixelLines& p, const std::int8_t* x,
                                   int needed, std::int32_t outside, bool once) {
    while (slot < needed) {
      int ready = needed - slot;
      std::int16_t* const to = lines + slot * l.pitch;
      if (line < 0 || line >= l.outer.in) {
        if (line < 0 && ready > -line) ready = -line;
        if (!once) fill_pairs(to, ready * l.pitch, outside);
      } else {
        if (ready > l.outer.in - line) ready = l.outer.in - line;
        read_lines(x + line * p.line, p, ready, to + l.inner.before, l.pitch);
      }
      slot += ready;
      line += ready;
    }
  }

  [[gnu::always_inline]] void move(const Int8DepthwiseLines& l, int done) {
    slot -= done;
    if (slot < 0) {  // strides beyond the kernel pass lines over
      line -= slot;
      slot = 0;
    }
    if (slot > 0) move_words(words_of(lines + done * l.pitch), words_of(lines), slot * l.pitch / 8);
  }
};

/// The channels one after the other, each a strip of lines at a time.
template <class Scale, class... Offset>
[[gnu::noinline]] inline void depthwise_lines(const Int8DepthwiseConvolution& d, const std::int8_t* x,
                                              const std::int8_t* w, const std::int32_t* bias,
                                              const Scale* scale, const Int8Io& io, std::int8_t* y,
                                              std::int8_t* scratch, Offset... offset) {
  const Int8DepthwiseLines l = int8_depthwise_lines(d);
  std::int16_t* const lines = reinterpret_cast<std::int16_t*>(scratch);
  Pair* const taps = reinterpret_cast<Pair*>(scratch + l.line_bytes());
  std::int32_t* const sums = reinterpret_cast<std::int32_t*>(scratch + l.line_bytes() + l.weight_bytes());
  const int c = d.channels, row = d.x.in * c, row_out = d.x.out * c, tap_row = d.x.kernel * c;
  const int room = l.pitch - l.inner.before, count = l.inner.in < room ? l.inner.in : room;
  const PixelLines in = l.along_y ? PixelLines{count, row, c} : PixelLines{count, c, row};
  const TapSteps step = l.along_y ? TapSteps{c, tap_row} : TapSteps{tap_row, c};
  const bool once = l.strip == l.outer.out;
  fill_pairs(lines, l.slots * l.pitch, io.input_zero_point);
  for (int channel = 0; channel < c; ++channel, ++x, ++w, ++y, scale += d.per_channel) {
    const std::int32_t start = bias[channel];
    pack_taps(w, step, l.outer.kernel, l.inner.kernel, taps, offset...);
    LineWindow window{lines, -l.outer.before, 0};
    std::int8_t* to = y;
    for (int remaining = l.outer.out;;) {
      const int n = remaining < l.strip ? remaining : l.strip;
      window.read(l, in, x, (n - 1) * l.outer.stride + l.outer.kernel, io.input_zero_point, once);
      multiply_lines(l, lines, taps, start, n, sums);
      // Rows of results follow one another; columns stand side by side.
      const int runs = l.along_y ? n : 1, run = l.along_y ? l.inner.out : n * l.inner.out;
      const int pixel = l.along_y ? row_out : c;
      const std::int32_t* from = sums;
      for (int i = 0; i < runs; ++i, from += run, to += c) put_sums(from, run, to, pixel, *scale, io);
      if (!l.along_y) to += run * c - c;
      remaining -= n;
      if (remaining == 0) break;
      window.move(l, n * l.outer.stride);
    }
  }
}

template <class Scale, class... Offset>
[[gnu::noinline]] inline void depthwise_portable(const Int8DepthwiseConvolution& d, const std::int8_t* x,
                                                 const std::int8_t* w, const std::int32_t* bias,
                                                 const Scale* scale, const Int8Io& io, std::int8_t* y,
                                                 std::int8_t* scratch, Offset... offset) {
  portable::int8_depthwise_convolution(d, x, w, bias, scale, io, y, scratch, offset...);
}

template <int Pitch, class Scale, class... Offset>
[[gnu::always_inline]] inline void run_3x3(const Int8DepthwiseConvolution& d, const std::int8_t* x,
                                           const std::int8_t* w, const std::int32_t* bias, const Scale* scale,
                                           const Int8Io& io, std::int8_t* y, std::int8_t* scratch,
                                           Offset... offset) {
  Depthwise3x3 k;
  set_up_3x3<Pitch>(d, scratch, k);
  depthwise_3x3<Pitch>(k, x, w, bias, scale, io, y, offset...);
}

/// \param offset of weights that have a zero point: it. It is taken from the taps where they are widened.
template <class Scale, class... Offset>
[[gnu::always_inline]] inline void run_depthwise(const Int8DepthwiseConvolution& d, const std::int8_t* x,
                                                 const std::int8_t* w, const std::int32_t* bias,
                                                 const Scale* scale, const Int8Io& io, std::int8_t* y,
                                                 std::int8_t* scratch, Offset... offset) {
  switch (int8_depthwise_form(d)) {
    case Int8DepthwiseForm::portable:
      depthwise_portable(d, x, w, bias, scale, io, y, scratch, offset...);
      return;
    case Int8DepthwiseForm::column:
      depthwise_column({d.channels, d.y.kernel, d.y.out, d.y.stride * d.channels, d.per_channel}, x, w, bias,
                       scale, io, y, reinterpret_cast<Pair*>(scratch), offset...);
      break;
    case Int8DepthwiseForm::lines:
      depthwise_lines(d, x, w, bias, scale, io, y, scratch, offset...);
      break;
    case Int8DepthwiseForm::lines_128:
      run_3x3<128>(d, x, w, bias, scale, io, y, scratch, offset...);
      break;
    case Int8DepthwiseForm::lines_496:
      run_3x3<496>(d, x, w, bias, scale, io, y, scratch, offset...);
      break;
  }
  limit_bytes(y, d.y.out * d.x.out * d.channels, io);
}

template <class Scale>
[[gnu::always_inline]] inline void int8_depthwise_convolution(const Int8DepthwiseConvolution& d,
                                                              const std::int8_t* x, const std::int8_t* w,
                                                              const std::int32_t* bias, const Scale* scale,
                                                              const Int8Io& io, std::int8_t* y,
                                                              std::int8_t* scratch) {
  run_depthwise(d, x, w, bias, scale, io, y, scratch);
}

template <class Scale>
[[gnu::always_inline]] inline void int8_offset_depthwise_convolution(
    const Int8DepthwiseConvolution& d, const std::int8_t* x, const std::int8_t* w, const std::int32_t* bias,
    const Scale* scale, const Int8Io& io, std::int8_t* y, std::int8_t* scratch, std::int32_t offset) {
  run_depthwise(d, x, w, bias, scale, io, y, scratch, offset);
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
