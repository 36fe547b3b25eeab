// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/int8_lines_3x3.hpp>

namespace etch::kernels::scalar::inline ETCH_TARGET {

/// What the channels of one call have in common, and the one at hand.
struct DepthwiseCall {
  DepthwiseLines l;
  PixelLines in;
  std::uint32_t* lines;
  LineChannel channel;
};

[[gnu::noinline]] inline void set_up(const Int8DepthwiseConvolution& d, const Int8Io& io,
                                     std::int8_t* scratch, DepthwiseCall& call) {
  const DepthwiseLines& l = call.l;
  const int pixel = d.channels, row = d.x.in * d.channels, row_out = d.x.out * d.channels;
  const int reach = l.words + l.inner.stride - l.inner.before, pitch = l.pitch();
  call.in = {l.inner.in < reach ? l.inner.in : reach, l.along_y ? row : pixel, l.along_y ? pixel : row,
             io.input_zero_point, pitch};
  call.lines = reinterpret_cast<std::uint32_t*>(scratch);
  LineChannel& c = call.channel;
  c.lines = call.lines + l.inner.stride;
  c.step = l.outer.stride * pitch;
  c.row = l.outer.dilation * pitch;
  c.weights = scratch + 4 * l.line_words();
  c.rectified = io.output_zero_point == -128;
  c.count = l.inner.out;
  c.pixel = l.along_y ? row_out : pixel;
  c.y_line = l.along_y ? pixel : row_out;
}

/// Zero points, for lines of padding and about lines of pixels.
[[gnu::noinline]] inline void fill_words(std::uint32_t* to, int words, std::int32_t value) {
  const std::uint32_t both = packed(value, value);
  for (; words > 0; --words) *to++ = both;
}

/// With a form of its own for strides 1 and 2.
[[gnu::always_inline]] inline bool is_3x3(const DepthwiseLines& l) {
  return l.inner.kernel == 3 && l.inner.dilation == 1 && l.outer.kernel == 3 && l.inner.stride <= 2;
}

/// Lines of one channel in the kernel's scratch: those that a strip of results reads. What the next strip
/// reads again moves to the front, so that results may replace the pixels that were read.
struct LineWindow {
  int line, slot = 0;  ///< the next line to read, and where it goes

  /// Reads what is missing of `needed` lines. Where one strip is all, lines of padding are there already.
  [[gnu::always_inline]] void read(const DepthwiseCall& c, const std::int8_t* x, int needed) {
    const DepthwiseLines& l = c.l;
    while (slot < needed) {
      int ready = needed - slot;
      std::uint32_t* const to = c.lines + slot * c.in.pitch;
      if (line < 0 || line >= l.outer.in) {
        if (line < 0 && ready > -line) ready = -line;
        if (l.strip < l.outer.out) fill_words(to, ready * c.in.pitch, c.in.outside);
      } else {
        if (ready > l.outer.in - line) ready = l.outer.in - line;
        pack(c, x + line * c.in.line, ready, to + l.inner.before);
      }
      slot += ready;
      line += ready;
    }
  }

  [[gnu::always_inline]] static void pack(const DepthwiseCall& c, const std::int8_t* x, int lines,
                                          std::uint32_t* to) {
    if (single_pixels && is_3x3(c.l))
      copy_lines(c.in, x, lines, to + c.l.inner.stride);
    else if (c.l.inner.stride == 1)
      pack_lines<1>(c.in, x, lines, to);
    else if (c.l.inner.stride == 2)
      pack_lines<2>(c.in, x, lines, to);
    else
      pack_lines_any(c.in, x, lines, to, c.l.inner.stride);
  }

  [[gnu::noinline]] void move(const DepthwiseCall& c, int done) {
    slot -= done;
    if (slot < 0) {  // strides beyond the kernel pass lines over
      line -= slot;
      slot = 0;
    }
    std::uint32_t* to = c.lines;
    const std::uint32_t* from = to + done * c.in.pitch;
    for (int words = slot * c.in.pitch; words > 0; --words) *to++ = *from++;
  }
};

/// One channel, a strip of lines at a time.
[[gnu::always_inline]] inline void depthwise_channel(const DepthwiseCall& call, const std::int8_t* x,
                                                     std::int8_t* y) {
  const Int8Axis &inner = call.l.inner, &outer = call.l.outer;
  const bool three = is_3x3(call.l);
  LineWindow window{-outer.before};
  for (int remaining = outer.out;;) {
    const int n = remaining < call.l.strip ? remaining : call.l.strip;
    window.read(call, x, (n - 1) * outer.stride + outer.span());
    if (three && inner.stride == 1)
      multiply_3x3<1>(call.channel, n, y);
    else if (three)
      multiply_3x3<2>(call.channel, n, y);
    else
      for (int i = 0; i < n; ++i)
        multiply_any(call.l, call.channel, call.channel.lines + i * call.channel.step,
                     y + i * call.channel.y_line);
    remaining -= n;
    if (remaining == 0) return;
    y += n * call.channel.y_line;
    window.move(call, n * outer.stride);
  }
}

/// The weights of one channel, in the order of lines.
[[gnu::noinline]] inline void gather_taps(const Int8DepthwiseConvolution& d, const DepthwiseLines& l,
                                          const std::int8_t* w, std::int8_t* to) {
  const int row = d.x.kernel * d.channels;
  const int inner = l.along_y ? row : d.channels, outer = l.along_y ? d.channels : row;
  for (int k = l.outer.kernel; k > 0; --k, w += outer) {
    const std::int8_t* from = w;
    for (int i = l.inner.kernel; i > 0; --i, from += inner) *to++ = *from;
  }
}

/// A channel that needs the general form.
[[gnu::noinline]] inline void depthwise_channel_any(const Int8DepthwiseConvolution& d, int channel,
                                                    const std::int8_t* x, const std::int8_t* w,
                                                    const std::int32_t* bias, const Int8Scale* scale,
                                                    const Int8Io& io, std::int8_t* y, std::int8_t* scratch) {
  int8_depthwise_channel(d, channel, x, w, bias, scale, io, y, scratch);
}

[[gnu::noinline]] inline void depthwise_channels(const Int8DepthwiseConvolution& d, const std::int8_t* x,
                                                 const std::int8_t* w, const std::int32_t* bias,
                                                 const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                 std::int8_t* scratch) {
  DepthwiseCall call{depthwise_lines(d), {}, nullptr, {}};
  set_up(d, io, scratch, call);
  bool filled = false;
  for (int i = 0; i < d.channels; ++i) {
    const Int8Scale& of_channel = scale[d.per_channel ? i : 0];
    if (rounds_fast(of_channel, bias[i], d.taps())) {
      if (!filled) fill_words(call.lines, call.l.line_words(), io.input_zero_point);
      filled = true;
      gather_taps(d, call.l, w + i, scratch + 4 * call.l.line_words());
      call.channel.bias = bias[i];
      call.channel.round = {of_channel, io.output_zero_point};
      depthwise_channel(call, x + i, y + i);
    } else {
      depthwise_channel_any(d, i, x, w, bias, scale, io, y, scratch);
      filled = false;
    }
  }
  limit_bytes(y, d.y.out * d.x.out * d.channels, io);
}

[[gnu::always_inline]] inline void int8_depthwise_convolution(const Int8DepthwiseConvolution& d,
                                                              const std::int8_t* x, const std::int8_t* w,
                                                              const std::int32_t* bias,
                                                              const Int8Scale* scale, const Int8Io& io,
                                                              std::int8_t* y, std::int8_t* scratch) {
  if (depthwise_by_lines(d))
    depthwise_channels(d, x, w, bias, scale, io, y, scratch);
  else
    portable::int8_depthwise_convolution(d, x, w, bias, scale, io, y, scratch);
}

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
