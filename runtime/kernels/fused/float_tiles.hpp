// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/helium_loops.hpp>

// Gradients of weights on cores with a float unit, in loops like those of float_loops.hpp, and the steps of
// rules that are so short that the sums need not leave their registers.

namespace etch::kernels::inline ETCH_TARGET::fused_forms {

/// Tiles of gradients, of 4 inputs and 4 columns: sums over rows, in order, from -0 on, of x[r * x_bytes / 4
/// + i]
/// * dy[r * bytes / 4 + k].
struct GradientTiles {
  int rows;
  const float* x;
  int x_bytes;
  const float* dy;
  int bytes;  ///< between rows of dy, and between those of what the gradients are of
  int tiles;  ///< beside one another
};

#if ETCH_FLOAT_ASSEMBLY

// The sums of a tile before the first row.
#define ETCH_TILE_ZEROS                                                                     \
  "mov %[n], #0x80000000\n"                                                                 \
  "vmov d0, %[n], %[n]\n vmov d1, %[n], %[n]\n vmov d2, %[n], %[n]\n vmov d3, %[n], %[n]\n" \
  "vmov d4, %[n], %[n]\n vmov d5, %[n], %[n]\n vmov d6, %[n], %[n]\n vmov d7, %[n], %[n]\n"

// Adds the rows to the sums of a tile, in s0 to s15; s16 to s27 are scribbled on.
#define ETCH_TILE_ROWS                                                                                  \
  "mov %[n], %[rows]\n"                                                                                 \
  "mov %[xr], %[x]\n"                                                                                   \
  "mov %[dyr], %[dy]\n"                                                                                 \
  "b 2f\n"                                                                                              \
  "1:\n"                                                                                                \
  "vldmia %[xr], {s16-s19}\n"                                                                           \
  "vldmia %[dyr], {s20-s23}\n"                                                                          \
  "add %[xr], %[x_bytes]\n"                                                                             \
  "add %[dyr], %[bytes]\n"                                                                              \
  "vmul.f32 s24, s16, s20\n vmul.f32 s25, s16, s21\n vmul.f32 s26, s16, s22\n vmul.f32 s27, s16, s23\n" \
  "vadd.f32 s0, s0, s24\n vadd.f32 s1, s1, s25\n vadd.f32 s2, s2, s26\n vadd.f32 s3, s3, s27\n"         \
  "vmul.f32 s24, s17, s20\n vmul.f32 s25, s17, s21\n vmul.f32 s26, s17, s22\n vmul.f32 s27, s17, s23\n" \
  "vadd.f32 s4, s4, s24\n vadd.f32 s5, s5, s25\n vadd.f32 s6, s6, s26\n vadd.f32 s7, s7, s27\n"         \
  "vmul.f32 s24, s18, s20\n vmul.f32 s25, s18, s21\n vmul.f32 s26, s18, s22\n vmul.f32 s27, s18, s23\n" \
  "vadd.f32 s8, s8, s24\n vadd.f32 s9, s9, s25\n vadd.f32 s10, s10, s26\n vadd.f32 s11, s11, s27\n"     \
  "vmul.f32 s24, s19, s20\n vmul.f32 s25, s19, s21\n vmul.f32 s26, s19, s22\n vmul.f32 s27, s19, s23\n" \
  "vadd.f32 s12, s12, s24\n vadd.f32 s13, s13, s25\n vadd.f32 s14, s14, s26\n vadd.f32 s15, s15, s27\n" \
  "2: subs %[n], #1\n"                                                                                  \
  "bge 1b\n"

// The sums of a tile. Others begin at 3.
#define ETCH_TILE_SUMS "3:\n" ETCH_TILE_ZEROS ETCH_TILE_ROWS

// The tile beside it.
#define ETCH_NEXT_TILE  \
  "adds %[dy], #16\n"   \
  "subs %[tiles], #1\n" \
  "bgt 3b\n"

#define ETCH_TILE_REGISTERS                                                                             \
  "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15", \
      "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "cc", "memory"

// Four columns of one operation: t = a op b.
#define ETCH_FOUR(op, t0, t1, t2, t3, a0, a1, a2, a3, b0, b1, b2, b3)                                    \
  op " " t0 ", " a0 ", " b0 "\n" op " " t1 ", " a1 ", " b1 "\n" op " " t2 ", " a2 ", " b2 "\n" op " " t3 \
     ", " a3 ", " b3 "\n"
#define ETCH_SCALE(by, t0, t1, t2, t3) ETCH_FOUR("vmul.f32", t0, t1, t2, t3, t0, t1, t2, t3, by, by, by, by)

// The step of a row of weights at `to`, whose gradients are in these registers, which then hold another
// number.
#define ETCH_DESCEND(g0, g1, g2, g3) \
  "vldmia %[to], {s16-s19}\n" ETCH_SCALE("%[rate]", g0, g1, g2, g3)                                      \
      ETCH_FOUR("vsub.f32", "s16", "s17", "s18", "s19", "s16", "s17", "s18", "s19", g0, g1, g2, g3)      \
  "vstmia %[to], {s16-s19}\n"                                                                            \
  "add %[to], %[bytes]\n"
#define ETCH_MOMENTUM(g0, g1, g2, g3) \
  "vldmia %[a], {s16-s19}\n"                                                                             \
  "vldmia %[to], {s20-s23}\n" ETCH_SCALE("%[momentum]", "s16", "s17", "s18", "s19")                      \
      ETCH_SCALE("%[rate]", g0, g1, g2, g3)                                                              \
      ETCH_FOUR("vsub.f32", "s16", "s17", "s18", "s19", "s16", "s17", "s18", "s19", g0, g1, g2, g3)      \
      ETCH_FOUR("vadd.f32", "s20", "s21", "s22", "s23", "s20", "s21", "s22", "s23", "s16", "s17", "s18", "s19") \
  "vstmia %[a], {s16-s19}\n"                                                                             \
  "add %[a], %[bytes]\n"                                                                                 \
  "vstmia %[to], {s20-s23}\n"                                                                            \
  "add %[to], %[bytes]\n"

/// sums[i * 4 + k] of one tile, which go on from what they are, or begin anew.
template <bool goes_on>
[[gnu::noinline]] inline void sum_tile(const GradientTiles& t, float* sums) {
#if ETCH_HELIUM_FLOAT_KERNELS
  if (helium::sum_tile<goes_on>({t.rows, t.x, t.x_bytes, t.dy, t.bytes}, sums)) return;
#endif
  const float *xr, *dyr;
  int n;
  if constexpr (goes_on)
    asm volatile("vldmia %[sums], {s0-s15}\n" ETCH_TILE_ROWS "vstmia %[sums], {s0-s15}\n"
                 : [n] "=&r"(n), [xr] "=&r"(xr), [dyr] "=&r"(dyr)
                 : [rows] "r"(t.rows), [x] "r"(t.x), [x_bytes] "r"(t.x_bytes), [dy] "r"(t.dy),
                   [bytes] "r"(t.bytes), [sums] "r"(sums)
                 : ETCH_TILE_REGISTERS);
  else
    asm volatile(ETCH_TILE_SUMS "vstmia %[sums], {s0-s15}\n"
                 : [n] "=&r"(n), [xr] "=&r"(xr), [dyr] "=&r"(dyr)
                 : [rows] "r"(t.rows), [x] "r"(t.x), [x_bytes] "r"(t.x_bytes), [dy] "r"(t.dy),
                   [bytes] "r"(t.bytes), [sums] "r"(sums)
                 : ETCH_TILE_REGISTERS);
}

/// Weights at `to` go rate times their gradients down.
[[gnu::noinline]] inline void descend_scalar_tiles(const GradientTiles& t, float rate, float* to) {
  const float *xr, *dyr, *dy = t.dy;
  int n, tiles = t.tiles;
  asm volatile(
      ETCH_TILE_SUMS ETCH_DESCEND("s0", "s1", "s2", "s3") ETCH_DESCEND("s4", "s5", "s6", "s7")
          ETCH_DESCEND("s8", "s9", "s10", "s11") ETCH_DESCEND("s12", "s13", "s14", "s15")
      "sub %[to], %[to], %[bytes], lsl #2\n"
      "adds %[to], #16\n" ETCH_NEXT_TILE
      : [n] "=&r"(n), [xr] "=&r"(xr), [dyr] "=&r"(dyr), [dy] "+r"(dy), [to] "+r"(to), [tiles] "+r"(tiles)
      : [rows] "r"(t.rows), [x] "r"(t.x), [x_bytes] "r"(t.x_bytes), [bytes] "r"(t.bytes), [rate] "t"(rate)
      : ETCH_TILE_REGISTERS);
}

/// Speeds at `a` become momentum times themselves less rate times the gradients, and weights at `to` move by
/// them.
[[gnu::noinline]] inline void momentum_scalar_tiles(const GradientTiles& t, float rate, float momentum,
                                                    float* to, float* a) {
  const float *xr, *dyr, *dy = t.dy;
  int n, tiles = t.tiles;
  asm volatile(
      ETCH_TILE_SUMS ETCH_MOMENTUM("s0", "s1", "s2", "s3") ETCH_MOMENTUM("s4", "s5", "s6", "s7")
          ETCH_MOMENTUM("s8", "s9", "s10", "s11") ETCH_MOMENTUM("s12", "s13", "s14", "s15")
      "sub %[a], %[a], %[bytes], lsl #2\n"
      "adds %[a], #16\n"
      "sub %[to], %[to], %[bytes], lsl #2\n"
      "adds %[to], #16\n" ETCH_NEXT_TILE
      : [n] "=&r"(n), [xr] "=&r"(xr), [dyr] "=&r"(dyr), [dy] "+r"(dy), [to] "+r"(to), [a] "+r"(a),
        [tiles] "+r"(tiles)
      : [rows] "r"(t.rows), [x] "r"(t.x), [x_bytes] "r"(t.x_bytes), [bytes] "r"(t.bytes), [rate] "t"(rate),
        [momentum] "t"(momentum)
      : ETCH_TILE_REGISTERS);
}

#if ETCH_HELIUM_FLOAT_KERNELS
/// The tile beside this one.
inline void go_to_next(helium::Tile& tile, helium::Step& step) {
  tile.dy += 4;
  step.to += 4;
  step.speeds += 4;
}
[[gnu::noinline]] inline void descend_tiles(const GradientTiles& t, float rate, float* to) {
  helium::Tile tile{t.rows, t.x, t.x_bytes, t.dy, t.bytes};
  helium::Step step{to, to, rate, 0};
  const helium::Flushed guard;
  for (int i = 0; i < t.tiles; ++i, go_to_next(tile, step))
    if (!helium::descend_tile(tile, step)) {
      descend_scalar_tiles({t.rows, t.x, t.x_bytes, tile.dy, t.bytes, 1}, rate, step.to);
      guard.clear();
    }
}
[[gnu::noinline]] inline void momentum_tiles(const GradientTiles& t, float rate, float momentum, float* to,
                                             float* a) {
  helium::Tile tile{t.rows, t.x, t.x_bytes, t.dy, t.bytes};
  helium::Step step{to, a, rate, momentum};
  const helium::Flushed guard;
  for (int i = 0; i < t.tiles; ++i, go_to_next(tile, step))
    if (!helium::momentum_tile(tile, step)) {
      momentum_scalar_tiles({t.rows, t.x, t.x_bytes, tile.dy, t.bytes, 1}, rate, momentum, step.to,
                            step.speeds);
      guard.clear();
    }
}
#else
[[gnu::always_inline]] inline void descend_tiles(const GradientTiles& t, float rate, float* to) {
  descend_scalar_tiles(t, rate, to);
}
[[gnu::always_inline]] inline void momentum_tiles(const GradientTiles& t, float rate, float momentum,
                                                  float* to, float* a) {
  momentum_scalar_tiles(t, rate, momentum, to, a);
}
#endif
#undef ETCH_TILE_ZEROS
#undef ETCH_TILE_ROWS
#undef ETCH_TILE_SUMS
#undef ETCH_NEXT_TILE
#undef ETCH_FOUR
#undef ETCH_SCALE
#undef ETCH_DESCEND
#undef ETCH_MOMENTUM
#undef ETCH_TILE_REGISTERS

#endif

}  // namespace etch::kernels::inline ETCH_TARGET::fused_forms
