// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/held_words.hpp>
#include <runtime/kernels/dsp/int8_scratch.hpp>
#include <runtime/kernels/dsp/int8_word.hpp>
#include <runtime/kernels/scalar/int8_window.hpp>

/// From bytes of an image to the widened pixels that filters are multiplied with.
namespace etch::kernels::dsp::inline ETCH_TARGET {

[[gnu::always_inline]] inline void put_word(std::int32_t word, std::int32_t* to) {
  // A place of 64 bits has none but addresses that `strd` knows.
  using Place [[gnu::may_alias, gnu::aligned(4)]] = std::int64_t;
  std::int32_t even;
  asm("sxtb16 %0, %1\n"
      "sxtb16 %1, %1, ror #8\n"
      "strd %0, %1, %2"
      : "=&r"(even), "+r"(word), "=m"(*reinterpret_cast<Place*>(to)));
}

/// How far apart the words of one pixel lie.
constexpr int alone = 2, among_four = 8;

/// Widens `taps` bytes and reads no byte beyond; the last word is filled with what weights of zero meet.
[[gnu::noinline]] inline void widen(const std::int8_t* from, int taps, std::int32_t* to, int step) {
  for (; taps >= 4; taps -= 4, from += 4, to += step) put_word(load_word(from), to);
  if (taps == 0) return;
  std::int32_t word = 0;
  for (int i = taps; i-- > 0;) word = word << 8 | static_cast<std::uint8_t>(from[i]);
  put_word(word, to);
}

/// Widens words of four pixels that lie `step` bytes apart. \return where the next would go
[[ETCH_ALL_REGISTERS]] inline std::int32_t* widen_four(const std::int8_t* from, int step, int words,
                                                       std::int32_t* to) {
#if ETCH_CLANG_ASSEMBLY
  register const std::int8_t *p0 asm("r0") = from, *p1 asm("r1") = from + step,
                                 *p2 asm("r2") = from + 2 * step;
  register const std::int8_t* last asm("r12") = from + 3 * step;
  register std::int32_t* at asm("r3") = to;
  register int remaining asm("lr") = words;
#else
  const std::int8_t *p1 = from + step, *p2 = p1 + step;
  register const std::int8_t* p3 asm("r7") = p2 + step;
  register std::int32_t last asm("r12");
#endif
  asm volatile(
      ETCH_TAKE_R7("r12")
      ".balign 4\n"
      "1: ldr r4, [%[p0]], #4\n"
      "ldr r6, [%[p1]], #4\n"
      "ldr r9, [%[p2]], #4\n"
      "ldr r11, [r7], #4\n"
      "sxtb16 r5, r4, ror #8\n"
      "sxtb16 r4, r4\n"
      "sxtb16 r8, r6, ror #8\n"
      "sxtb16 r6, r6\n"
      "sxtb16 r10, r9, ror #8\n"
      "sxtb16 r9, r9\n"
      "sxtb16 %[last], r11, ror #8\n"
      "sxtb16 r11, r11\n"
      "stmia.w %[to]!, {r4, r5, r6, r8, r9, r10, r11, %[last]}\n"
      "subs %[words], #1\n"
      "bne 1b\n"
      ETCH_GIVE_R7
#if ETCH_CLANG_ASSEMBLY
      : [p0] "+r"(p0), [p1] "+r"(p1), [p2] "+r"(p2), [words] "+r"(remaining), [to] "+r"(at), [last] "+r"(last)
      :
      : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "cc", "memory");
  return at;
#else
      : [p0] "+r"(from), [p1] "+r"(p1), [p2] "+r"(p2), [p3] "+r"(p3), [words] "+r"(words), [to] "+r"(to),
        [last] "=&r"(last)
      :
      : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "cc", "memory");
  return to;
#endif
}

/// One window, widened as one of four pixels. What is copied in one piece is whole words.
[[gnu::noinline]] inline void widen_window(const Int8Convolution& d, const std::int8_t* x, int top, int left,
                                           std::int32_t zero_point, std::int32_t* to) {
  const Int8Inside rows = int8_inside(d.y, top), columns = int8_inside(d.x, left);
  const std::int32_t pair = (zero_point & 0xffff) * 0x10001;
  if (rows.end - rows.first < d.y.kernel || columns.end - columns.first < d.x.kernel)
    for (int i = 0; i < 2 * d.row; i += 8) to[i] = to[i + 1] = pair;
  walk_window(d, x, top, left, rows, columns, [&](const std::int8_t* from, int tap, int taps) {
    widen(from, taps * d.channels, to + among_four / 4 * tap * d.channels, among_four);
  });
}

/// A window of whole rows, of four bytes or more each and within the data, as one of four pixels: a word
/// holds the end of a row and the start of the next where rows are no whole words.
[[gnu::always_inline]] inline void widen_rows(const Int8Convolution& d, const std::int8_t* from,
                                              std::int32_t* to) {
  const int width = d.x.kernel * d.channels, step = d.y.dilation * d.x.in * d.channels;
  int at = 0, ky = 0;
#pragma GCC unroll 32
  for (int word = 0; word < d.row / 4; ++word) {
    std::int32_t bytes;
    if (at + 4 <= width) {
      bytes = load_word(from + at);
      at += 4;
    } else {
      const int held = width - at;  // 0 to 3 bytes of this row
      std::uint32_t joined =
          held == 0 ? 0 : static_cast<std::uint32_t>(load_word(from + width - 4)) >> (32 - 8 * held);
      if (++ky < d.y.kernel) {
        from += step;
        joined |= static_cast<std::uint32_t>(load_word(from)) << (8 * held);
      }
      bytes = static_cast<std::int32_t>(joined);
      at = 4 - held;
    }
    put_word(bytes, to);
    to += among_four;
  }
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
