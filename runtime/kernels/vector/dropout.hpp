// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/dropout.hpp>
#include <runtime/kernels/vector/math.hpp>

/// Dropout in vectors: a draw is a function of its number, so that lanes draw at once.
namespace etch::kernels::vector::inline ETCH_TARGET {

template <int lanes>
struct LongBitsOf {
  typedef std::uint64_t Type __attribute__((vector_size(lanes * 4)));
  typedef long long Signed __attribute__((vector_size(lanes * 4)));
};
/// Numbers of 64 bits, half as many as `lanes`.
template <int lanes>
using LongBits = typename LongBitsOf<lanes>::Type;

/// product = the low words of `a` times a number. Compilers that do not find the instruction in a product of
/// 64 bits make three of it.
template <int lanes>
[[gnu::always_inline]] inline void multiply_low_words(const LongBits<lanes>& a, std::uint32_t factor,
                                                      LongBits<lanes>& product) {
#if ETCH_X86_LANES && !defined(__clang__)
  const SignedBits<lanes> factors = (SignedBits<lanes>)(Bits<lanes>{} + factor);
#if ETCH_X86_LANES == 16
  if constexpr (lanes == 16) {
    product = (LongBits<16>)__builtin_ia32_pmuludq512_mask(
        (SignedBits<16>)a, factors, typename LongBitsOf<16>::Signed{}, static_cast<char>(-1));
    return;
  }
#endif
#if ETCH_X86_LANES >= 8
  if constexpr (lanes == 8) {
    product = (LongBits<8>)__builtin_ia32_pmuludq256((SignedBits<8>)a, factors);
    return;
  }
#endif
#endif
  product = (a & 0xffffffff) * factor;
}

/// `random::bits` of the elements `first`, `first` + 1 and so on. Even and odd ones are apart, in the low
/// words of numbers of 64 bits, whose high words may be anything.
template <int lanes>
[[gnu::always_inline]] inline void random_bits(random::Key key, std::uint32_t step, std::uint32_t node,
                                               std::uint32_t first, Bits<lanes>& bits) {
  using Longs = LongBits<lanes>;
  Bits<lanes> elements{};
  for (std::uint32_t k = 0; k < lanes; ++k) elements[k] = first + k;
  Longs counter[2][4] = {{(Longs)elements}, {(Longs)elements >> 32}};
#pragma GCC unroll 2
  for (auto& c : counter) {
    random::Key round_key = key;
    c[1] = Longs{} + node, c[2] = Longs{} + step, c[3] = Longs{} + random::detail::draw_domain;
#pragma GCC unroll 10
    for (int round = 0; round < random::rounds; ++round, round_key = random::next(round_key)) {
      Longs a, b;
      multiply_low_words<lanes>(c[0], random::first_factor, a);
      multiply_low_words<lanes>(c[2], random::second_factor, b);
      c[0] = (b >> 32) ^ c[1] ^ round_key.seed, c[1] = b;
      c[2] = (a >> 32) ^ c[3] ^ round_key.stream, c[3] = a;
    }
  }
  bits = (Bits<lanes>)((counter[0][0] & 0xffffffff) | (counter[1][0] << 32));
}

/// How many of the numbers of `random::detail::unit_float`, which are multiples of 2^-24, lie below `rate`.
constexpr std::int32_t numbers_below(float rate) {
  if (!(rate < 1)) return 1 << 24;                     // also of a NaN, which no number reaches
  const float scaled = rate > 0 ? rate * 0x1p24f : 0;  // exact
  const auto below = static_cast<std::int32_t>(scaled);
  return below + (static_cast<float>(below) < scaled);
}

template <Single T>
inline void dropout(const Dropout& d, const Call& call, const T* x, T* y) {
  constexpr int lanes = register_floats;
  const int n = call.rows * d.elements, begin = first_element(d.part_elements, call);
  const float scale = 1.0f / (1.0f - d.rate);
  const std::int32_t below = numbers_below(d.rate);
  int i = 0;
  if constexpr (ETCH_X86_LANES >= 8)  // Arm64 has no products of 64 bits
    for (; i + lanes <= n; i += lanes) {
      Bits<lanes> drawn;
      random_bits<lanes>({call.seed, 1}, call.step, static_cast<std::uint32_t>(d.node),
                         static_cast<std::uint32_t>(begin + i), drawn);
      SignedBits<lanes> dropped;
      signs_of<lanes>((SignedBits<lanes>)(drawn >> 8) - below, dropped);
      Vector<lanes> kept;
      load<lanes>(kept, x + i);
      kept = (Vector<lanes>)((SignedBits<lanes>)(kept * scale) & ~dropped);
      store<lanes>(kept, y + i);
    }
  portable::dropout_from(i, d, call, x, y);
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
