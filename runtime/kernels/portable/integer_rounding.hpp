// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <bit>
#include <cstdint>
#include <runtime/kernels/language.hpp>

namespace etch::kernels {

/// Random words for stochastic rounding, a word for four weights: a linear congruential generator (Knuth, The
/// Art of Computer Programming 2, 3.3.4) whose low bits, which repeat soon, meet the high ones. What it
/// begins with is drawn by Etch's counter-based generator, so that no order of evaluation changes a weight.
struct RoundingWords {
  std::uint32_t state = 0;

  [[gnu::always_inline]] constexpr std::uint32_t next() {
    state = state * 1664525u + 1013904223u;
    return state ^ state >> 16;
  }
};

constexpr std::int32_t limited(std::int32_t x, std::int32_t most) {
  return x < -most ? -most : x > most ? most : x;
}

/// Divides by a power of two, rounding down or up by random bits so that the mean is right.
struct RoundedShift {
  std::int32_t exact = 0;   ///< bits that go before: below 2^-30 nothing is rounded but down
  std::int32_t random = 0;  ///< bits that are rounded

  constexpr explicit RoundedShift(std::int32_t shift)
      : exact(shift > 61   ? 31
              : shift > 30 ? shift - 30
                           : 0),
        random(shift > 30  ? 30
               : shift > 0 ? shift
                           : 0) {}
  /// \param x below 2^30. \param word random bits.
  [[gnu::always_inline]] constexpr std::int32_t operator()(std::int32_t x, std::uint32_t word) const {
    return ((x >> exact) + static_cast<std::int32_t>(word >> 2 >> (30 - random))) >> random;
  }
};

/// Each bias loses factor * error / 2^shift, rounded stochastically by a word each, and stays within 127. By
/// itself, so that its loop has registers.
[[gnu::noinline]] inline void integer_bias_update(std::int32_t count, std::int32_t factor, RoundedShift shift,
                                                  const std::int8_t* e, RoundingWords words,
                                                  std::int8_t* bias) {
  const std::int8_t* const end = e + count;
  do {
    *bias = static_cast<std::int8_t>(limited(*bias - shift(*e * factor, words.next()), 127));
    ++bias;
  } while (++e != end);
}

/// Multiplies by a factor and divides by 2^shift, rounding down or up by random bits so that the mean is
/// right. A result beyond 255, which changes an int8 from one end to the other, may be another beyond it.
struct RoundedProduct {
  std::int32_t factor = 0;  ///< 0, or 2^15 to 2^16 - 1
  bool far = false;         ///< the last 17 bits of a product are rounded half up before
  RoundedShift rest{0};

  constexpr RoundedProduct(std::int32_t by, std::int32_t shift)
      : factor(by), far(shift > 21), rest(far ? shift - 17 : shift) {}
  /// \param x of sizes up to 2^30. \param word random bits.
  [[gnu::always_inline]] constexpr std::int32_t operator()(std::int32_t x, std::uint32_t word) const {
    if (!far) return rest(limited(x, (1 << 14) - 1) * factor, word);
    const std::int64_t product = std::int64_t{x} * (factor << 15) + (std::int64_t{1} << 31);
    return rest(static_cast<std::int32_t>(product >> 32), word);
  }
};

/// sums[j] = bias[j] * 2^up for one or more, for |up| of any size: a bias that would be beyond 2^27 is less.
inline void begin_with(const std::int8_t* bias, std::int32_t count, std::int32_t up, std::int32_t* sums) {
  const std::int32_t more = up < 0 ? 0 : up < 20 ? up : 20, less = up > 0 ? 0 : up > -8 ? -up : 8;
  const std::int32_t* const end = sums + count;
  do {
    *sums++ = *bias++ * (1 << more) >> less;
  } while (sums != end);
}

/// How far sums reach from 0 to both sides.
struct Reach {
  std::int32_t most = 0, least = 0;

  /// Of one or more sums. `Below`: those below 0 count.
  template <bool Below = true>
  [[gnu::always_inline]] constexpr void take(const std::int32_t* at, const std::int32_t* end) {
    std::int32_t up = most, down = least;
    do {
      up = *at > up ? *at : up;
      if constexpr (Below) down = *at < down ? *at : down;
    } while (++at != end);
    most = up, least = down;
  }
  constexpr std::uint32_t largest() const {
    return static_cast<std::uint32_t>(most > -least ? most : -least);
  }
};

/// The least shift, rounding half up, that leaves no number of sizes up to `largest` beyond 127.
constexpr std::int32_t unit_shift(std::uint32_t largest) {
  const std::int32_t shift = std::bit_width(largest >> 7);
  return (largest + ((1u << shift) >> 1)) >> shift > 127 ? shift + 1 : shift;
}

/// One or more sums, of sizes below 2^31 - 2^24, become int8 in one unit, 2^result times that of the sums:
/// the smallest in which none is beyond 127, rounded half up. `to` may be where the sums are. `Relu`: those
/// below 0 as if they were 0. \return 0 or more, and -1 where all are 0.
template <bool Relu>
inline std::int32_t narrow(std::int32_t count, const std::int32_t* sums, std::int8_t* to) {
  const std::int32_t* const end = sums + count;
  Reach reach;
  reach.take<!Relu>(sums, end);
  const std::uint32_t largest = reach.largest();
  const std::int32_t shift = unit_shift(largest), half = (1 << shift) >> 1;
  do {
    const std::int32_t x = Relu ? *sums & ~(*sums >> 31) : *sums;
    *to++ = static_cast<std::int8_t>((x + half) >> shift);
  } while (++sums != end);
  return largest == 0 ? -1 : shift;
}

}  // namespace etch::kernels
