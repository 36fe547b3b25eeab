// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/target.hpp>

#include <bit>
#include <cstdint>

// Loops of float_loops.hpp and float_tiles.hpp in Helium, four columns an instruction, with the bits of the
// scalar ones. Helium's floats make zeros of subnormal numbers, but say so: an operand that was one sets
// FPSCR.IDC, a result FPSCR.UFC (Armv8-M Architecture Reference Manual, flush-to-zero). Each loop keeps its
// results in registers, looks at both bits, and stores only where neither is set; else it answers false,
// nothing is written, and the scalar loop computes anew. A NaN is Helium's default NaN.

#if ETCH_HELIUM_FLOAT_KERNELS
namespace etch::kernels::inline ETCH_TARGET::fused_forms::helium {

// The compiler itself must not know these instructions: it would take them without looking.
#define ETCH_HELIUM(code) ".arch_extension mve.fp\n" code ".arch_extension nomve.fp\n"

/// Clears what says that a number was flushed, and puts back what stood there before.
class Flushed {
 public:
  Flushed() : before_(read()) { clear(); }
  ~Flushed() {
    if ((before_ & bits) != 0) write(read() | (before_ & bits));
  }
  Flushed(const Flushed&) = delete;
  Flushed& operator=(const Flushed&) = delete;

  void clear() const { write(read() & ~bits); }
  static constexpr std::uint32_t bits = 0x88;  ///< IDC, UFC

 private:
  static std::uint32_t read() {
    std::uint32_t fpscr;
    asm volatile("vmrs %0, fpscr" : "=r"(fpscr)::"memory");
    return fpscr;
  }
  static void write(std::uint32_t fpscr) { asm volatile("vmsr fpscr, %0" ::"r"(fpscr) : "memory"); }

  std::uint32_t before_;
};

// To the end of a loop, 9, where a number was flushed.
#define ETCH_LEAVE_IF_FLUSHED \
  "vmrs %[flushed], fpscr\n"  \
  "ands %[flushed], #0x88\n"  \
  "bne 9f\n"

/// y[k] = start[k] + the sum over i < n, in order, of x[i] * w[i * bytes / 4 + k], for 8 columns. \return
/// whether it is so.
[[gnu::noinline]] inline bool sum_row_of_8(int n, const float* x, const float* w, int bytes,
                                           const float* start, float* y) {
  const Flushed guard;
  std::uint32_t xi, flushed;
  asm volatile(ETCH_HELIUM("vldrw.u32 q0, [%[start]]\n vldrw.u32 q1, [%[start], #16]\n"
                           "wls lr, %[n], 2f\n"
                           "1:\n"
                           "ldr %[xi], [%[x]], #4\n"
                           "vldrw.u32 q2, [%[w]]\n vldrw.u32 q3, [%[w], #16]\n"
                           "add %[w], %[bytes]\n"
                           "vmul.f32 q2, q2, %[xi]\n vmul.f32 q3, q3, %[xi]\n"
                           "vadd.f32 q0, q0, q2\n vadd.f32 q1, q1, q3\n"
                           "le lr, 1b\n"
                           "2:\n" ETCH_LEAVE_IF_FLUSHED "vstrw.32 q0, [%[y]]\n vstrw.32 q1, [%[y], #16]\n"
                           "9:\n")
               : [x] "+r"(x), [w] "+r"(w), [xi] "=&r"(xi), [flushed] "=&r"(flushed)
               : [n] "r"(n), [bytes] "r"(bytes), [start] "r"(start), [y] "r"(y)
               : "q0", "q1", "q2", "q3", "lr", "cc", "memory");
  return flushed == 0;
}

/// The same for 16 columns.
[[gnu::noinline]] inline bool sum_row_of_16(int n, const float* x, const float* w, int bytes,
                                            const float* start, float* y) {
  const Flushed guard;
  std::uint32_t xi, flushed;
  asm volatile(ETCH_HELIUM("vldrw.u32 q0, [%[start]]\n vldrw.u32 q1, [%[start], #16]\n"
                           "vldrw.u32 q2, [%[start], #32]\n vldrw.u32 q3, [%[start], #48]\n"
                           "wls lr, %[n], 2f\n"
                           "1:\n"
                           "ldr %[xi], [%[x]], #4\n"
                           "vldrw.u32 q4, [%[w]]\n vldrw.u32 q5, [%[w], #16]\n"
                           "vldrw.u32 q6, [%[w], #32]\n vldrw.u32 q7, [%[w], #48]\n"
                           "add %[w], %[bytes]\n"
                           "vmul.f32 q4, q4, %[xi]\n vmul.f32 q5, q5, %[xi]\n"
                           "vadd.f32 q0, q0, q4\n vmul.f32 q6, q6, %[xi]\n vadd.f32 q1, q1, q5\n"
                           "vmul.f32 q7, q7, %[xi]\n vadd.f32 q2, q2, q6\n vadd.f32 q3, q3, q7\n"
                           "le lr, 1b\n"
                           "2:\n" ETCH_LEAVE_IF_FLUSHED "vstrw.32 q0, [%[y]]\n vstrw.32 q1, [%[y], #16]\n"
                           "vstrw.32 q2, [%[y], #32]\n vstrw.32 q3, [%[y], #48]\n"
                           "9:\n")
               : [x] "+r"(x), [w] "+r"(w), [xi] "=&r"(xi), [flushed] "=&r"(flushed)
               : [n] "r"(n), [bytes] "r"(bytes), [start] "r"(start), [y] "r"(y)
               : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "cc", "memory");
  return flushed == 0;
}

/// The same for 8 columns of two rows, whose inputs lie `x_bytes` and results `y_bytes` apart.
[[gnu::noinline]] inline bool sum_two_rows_of_8(int n, const float* x, int x_bytes, const float* w, int bytes,
                                                const float* start, float* y, int y_bytes) {
  const Flushed guard;
  const float* next = x + x_bytes / 4;
  std::uint32_t xi, xj, yi, yj;
// One input of each row, and the weights that they share.
#define ETCH_HELIUM_TWO_ROWS(one, other)                                                                \
  "vldrw.u32 q4, [%[w]]\n vldrw.u32 q5, [%[w], #16]\n"                                                  \
  "add %[w], %[bytes]\n"                                                                                \
  "vmul.f32 q6, q4, " one "\n vmul.f32 q7, q5, " one "\n vadd.f32 q0, q0, q6\n vmul.f32 q4, q4, " other \
  "\n vadd.f32 q1, q1, q7\n vmul.f32 q5, q5, " other "\n vadd.f32 q2, q2, q4\n vadd.f32 q3, q3, q5\n"
  asm volatile(
      ETCH_HELIUM(
          "vldrw.u32 q0, [%[start]]\n vldrw.u32 q1, [%[start], #16]\n"
          "vmov q2, q0\n vmov q3, q1\n"
          "lsr %[xi], %[n], #1\n"
          "wls lr, %[xi], 2f\n"
          "1:\n"
          "ldrd %[xi], %[xj], [%[x]], #8\n"
          "ldrd %[yi], %[yj], [%[next]], #8\n" ETCH_HELIUM_TWO_ROWS("%[xi]", "%[yi]") ETCH_HELIUM_TWO_ROWS(
              "%[xj]", "%[yj]") "le lr, 1b\n"
                                "2: tst %[n], #1\n"
                                "beq 3f\n"
                                "ldr %[xi], [%[x]]\n"
                                "ldr %[yi], [%[next]]\n" ETCH_HELIUM_TWO_ROWS(
                                    "%[xi]", "%[yi]") "3: vmrs %[xi], fpscr\n"
                                                      "ands %[xi], #0x88\n"
                                                      "bne 9f\n"
                                                      "vstrw.32 q0, [%[y]]\n vstrw.32 q1, [%[y], #16]\n"
                                                      "add %[y], %[y_bytes]\n"
                                                      "vstrw.32 q2, [%[y]]\n vstrw.32 q3, [%[y], #16]\n"
                                                      "9:\n")
      : [x] "+r"(x), [next] "+r"(next), [w] "+r"(w), [y] "+r"(y), [xi] "=&r"(xi), [xj] "=&r"(xj),
        [yi] "=&r"(yi), [yj] "=&r"(yj)
      : [n] "r"(n), [bytes] "r"(bytes), [start] "r"(start), [y_bytes] "r"(y_bytes)
      : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "cc", "memory");
#undef ETCH_HELIUM_TWO_ROWS
  return xi == 0;
}

// Adds `rows` rows to the sums of a tile of 4 inputs and 4 columns, in q0 to q3.
#define ETCH_HELIUM_TILE_ROWS                                                                     \
  "wls lr, %[rows], 2f\n"                                                                         \
  "1:\n"                                                                                          \
  "ldrd %[a], %[b], [%[x]]\n"                                                                     \
  "vldrw.u32 q4, [%[dy]]\n"                                                                       \
  "ldrd %[c], %[d], [%[x], #8]\n"                                                                 \
  "add %[x], %[x_bytes]\n"                                                                        \
  "add %[dy], %[bytes]\n"                                                                         \
  "vmul.f32 q5, q4, %[a]\n vmul.f32 q6, q4, %[b]\n vadd.f32 q0, q0, q5\n vmul.f32 q7, q4, %[c]\n" \
  "vadd.f32 q1, q1, q6\n vmul.f32 q4, q4, %[d]\n vadd.f32 q2, q2, q7\n vadd.f32 q3, q3, q4\n"     \
  "le lr, 1b\n"                                                                                   \
  "2:\n"

// The sums of a tile before the first row.
#define ETCH_HELIUM_TILE_ZEROS \
  "mov %[a], #0x80000000\n vdup.32 q0, %[a]\n vmov q1, q0\n vmov q2, q0\n vmov q3, q0\n"

// Four rows of weights at a place, in these registers.
#define ETCH_HELIUM_LOAD(at, q0, q1, q2, q3)                                                 \
  "vldrw.u32 " q0 ", [" at "]\n add " at ", %[bytes]\n vldrw.u32 " q1 ", [" at "]\n add " at \
  ", %[bytes]\n vldrw.u32 " q2 ", [" at "]\n add " at ", %[bytes]\n vldrw.u32 " q3 ", [" at "]\n"
// From the last row back to the first.
#define ETCH_HELIUM_STORE(at, q0, q1, q2, q3)                                              \
  "vstrw.32 " q3 ", [" at "]\n sub " at ", %[bytes]\n vstrw.32 " q2 ", [" at "]\n sub " at \
  ", %[bytes]\n vstrw.32 " q1 ", [" at "]\n sub " at ", %[bytes]\n vstrw.32 " q0 ", [" at "]\n"

#define ETCH_HELIUM_TILE_REGISTERS "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "cc", "memory"

/// A tile of gradients: its inputs, what their columns are multiplied with, and how many bytes lie between
/// rows.
struct Tile {
  int rows;
  const float* x;
  int x_bytes;
  const float* dy;
  int bytes;
};

/// sums[i * 4 + k] of a tile, which go on from what they are, or begin anew.
template <bool goes_on>
[[gnu::noinline]] inline bool sum_tile(const Tile& t, float* sums) {
  const Flushed guard;
  const float *x = t.x, *dy = t.dy;
  std::uint32_t a, b, c, d, flushed;
#define ETCH_HELIUM_SUM_TILE(begin)                                                                   \
  asm volatile(ETCH_HELIUM(begin ETCH_HELIUM_TILE_ROWS ETCH_LEAVE_IF_FLUSHED                          \
                           "vstrw.32 q0, [%[sums]]\n vstrw.32 q1, [%[sums], #16]\n"                   \
                           "vstrw.32 q2, [%[sums], #32]\n vstrw.32 q3, [%[sums], #48]\n"              \
                           "9:\n")                                                                    \
               : [x] "+r"(x), [dy] "+r"(dy), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d),  \
                 [flushed] "=&r"(flushed)                                                             \
               : [rows] "r"(t.rows), [x_bytes] "r"(t.x_bytes), [bytes] "r"(t.bytes), [sums] "r"(sums) \
               : ETCH_HELIUM_TILE_REGISTERS)
  if constexpr (goes_on)
    ETCH_HELIUM_SUM_TILE(
        "vldrw.u32 q0, [%[sums]]\n vldrw.u32 q1, [%[sums], #16]\n"
        "vldrw.u32 q2, [%[sums], #32]\n vldrw.u32 q3, [%[sums], #48]\n");
  else
    ETCH_HELIUM_SUM_TILE(ETCH_HELIUM_TILE_ZEROS);
#undef ETCH_HELIUM_SUM_TILE
  return flushed == 0;
}

/// What the weights of a tile at `to` and their speeds move by.
struct Step {
  float *to, *speeds;
  float rate, momentum;
};

// What a tile's step computes with: a is `to`, b the speeds, c the rate and d the momentum.
#define ETCH_HELIUM_STEP "ldrd %[a], %[b], [%[step]]\n ldrd %[c], %[d], [%[step], #8]\n"
#define ETCH_HELIUM_EACH(op, t0, t1, t2, t3, a0, a1, a2, a3, b0, b1, b2, b3)                             \
  op " " t0 ", " a0 ", " b0 "\n" op " " t1 ", " a1 ", " b1 "\n" op " " t2 ", " a2 ", " b2 "\n" op " " t3 \
     ", " a3 ", " b3 "\n"

/// Weights go rate times their gradients down.
[[gnu::always_inline]] inline bool descend_tile(const Tile& t, const Step& step) {
  const float *x = t.x, *dy = t.dy;
  std::uint32_t a, b, c, d;
  asm volatile(
      ETCH_HELIUM(
          ETCH_HELIUM_TILE_ZEROS ETCH_HELIUM_TILE_ROWS ETCH_HELIUM_STEP ETCH_HELIUM_LOAD(
              "%[a]", "q4", "q5", "q6", "q7") ETCH_HELIUM_EACH("vmul.f32", "q0", "q1", "q2", "q3", "q0", "q1",
                                                               "q2", "q3", "%[c]", "%[c]", "%[c]", "%[c]")
              ETCH_HELIUM_EACH("vsub.f32", "q4", "q5", "q6", "q7", "q4", "q5", "q6", "q7", "q0", "q1", "q2",
                               "q3") "vmrs %[c], fpscr\n"
                                     "ands %[c], #0x88\n"
                                     "bne 9f\n" ETCH_HELIUM_STORE("%[a]", "q4", "q5", "q6", "q7") "9:\n")
      : [x] "+r"(x), [dy] "+r"(dy), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d)
      : [rows] "r"(t.rows), [x_bytes] "r"(t.x_bytes), [bytes] "r"(t.bytes), [step] "r"(&step)
      : ETCH_HELIUM_TILE_REGISTERS);
  return c == 0;
}

/// Speeds become momentum times themselves less rate times the gradients, and weights move by them.
[[gnu::always_inline]] inline bool momentum_tile(const Tile& t, const Step& step) {
  const float *x = t.x, *dy = t.dy;
  std::uint32_t a, b, c, d;
  asm volatile(
      ETCH_HELIUM(ETCH_HELIUM_TILE_ZEROS ETCH_HELIUM_TILE_ROWS ETCH_HELIUM_STEP ETCH_HELIUM_LOAD(
          "%[b]", "q4", "q5", "q6", "q7") ETCH_HELIUM_EACH("vmul.f32", "q4", "q5", "q6", "q7", "q4", "q5",
                                                           "q6", "q7", "%[d]", "%[d]", "%[d]", "%[d]")
                      ETCH_HELIUM_EACH("vmul.f32", "q0", "q1", "q2", "q3", "q0", "q1", "q2", "q3", "%[c]",
                                       "%[c]", "%[c]", "%[c]")
                          ETCH_HELIUM_EACH("vsub.f32", "q4", "q5", "q6", "q7", "q4", "q5", "q6", "q7", "q0",
                                           "q1", "q2", "q3") ETCH_HELIUM_LOAD("%[a]", "q0", "q1", "q2", "q3")
                              ETCH_HELIUM_EACH(
                                  "vadd.f32", "q0", "q1", "q2", "q3", "q0", "q1", "q2", "q3", "q4", "q5",
                                  "q6", "q7") "vmrs %[c], fpscr\n"
                                              "ands %[c], #0x88\n"
                                              "bne 9f\n" ETCH_HELIUM_STORE("%[a]", "q0", "q1", "q2", "q3")
                                                  ETCH_HELIUM_STORE("%[b]", "q4", "q5", "q6", "q7") "9:\n")
      : [x] "+r"(x), [dy] "+r"(dy), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d)
      : [rows] "r"(t.rows), [x_bytes] "r"(t.x_bytes), [bytes] "r"(t.bytes), [step] "r"(&step)
      : ETCH_HELIUM_TILE_REGISTERS);
  return c == 0;
}
#undef ETCH_HELIUM
#undef ETCH_LEAVE_IF_FLUSHED
#undef ETCH_HELIUM_TILE_ROWS
#undef ETCH_HELIUM_TILE_ZEROS
#undef ETCH_HELIUM_LOAD
#undef ETCH_HELIUM_STORE
#undef ETCH_HELIUM_STEP
#undef ETCH_HELIUM_EACH
#undef ETCH_HELIUM_TILE_REGISTERS

}  // namespace etch::kernels::inline ETCH_TARGET::fused_forms::helium
#endif
