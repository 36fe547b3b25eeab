// SPDX-License-Identifier: BSL-1.0
// Every form of a fused multiply-add that this target takes, on operands at which one rounding is hard: each
// must give the bits of the routine of whole numbers, and a hash of them all those of the desktop. Argument:
// the file of hashes.
#include <runtime/boards/common/console.h>
#include <runtime/kernels/fused/axpy.hpp>
#include <runtime/kernels/fused/dot.hpp>

#include <tests/firmware/fused/cases.hpp>
#include <tests/firmware/result_file.hpp>

namespace {

using namespace etch::kernels;
using namespace fused_cases;
using fused::bits_of;
using fused::float_of;

constexpr Numerics one_rounding = Numerics::fused;
constexpr int singles = 20000, chains = 400, longest = 40, columns = 8;

struct Count {
  int cases = 0, bad = 0;
  std::uint32_t hash = 2166136261U;

  /// \param right the bits of the routine of whole numbers
  void take(std::uint32_t got, std::uint32_t right) {
    ++cases;
    bad += same(got, right) ? 0 : 1;
    hash = (hash ^ canonical(got)) * 16777619U;
  }
};

void write_number(std::uint32_t number) {
  char text[12] = {};
  int at = sizeof text - 1;
  do {
    text[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  board_write(text + at);
}

void take_single(Count& count, const Case& x) {
  // Nothing is known while compiling, so that the instruction computes.
  volatile float a = float_of(x.a), b = float_of(x.b), c = float_of(x.c);
  count.take(bits_of(multiply_add<one_rounding, float>(a, b, c)), fused::multiply_add_bits(x.a, x.b, x.c));
}

struct Chain {
  int steps;
  float x[longest], w[longest * columns], start[columns], scratch[columns];

  void draw(Draws& draws, Kind kind) {
    steps = draws.between(1, longest);
    for (float& s : start) s = float_of(draws.draw(kind).c);
    for (int i = 0; i < steps; ++i) {
      x[i] = float_of(draws.draw(kind).a);
      for (int k = 0; k < columns; ++k) w[i * columns + k] = float_of(draws.draw(kind).b);
    }
  }
  [[nodiscard]] std::uint32_t right(int column) const {
    std::uint32_t sum = bits_of(start[column]);
    for (int i = 0; i < steps; ++i)
      sum = fused::multiply_add_bits(bits_of(x[i]), bits_of(w[i * columns + column]), sum);
    return sum;
  }
};

void take_chain(Count& count, Chain& chain) {
  for (int k = 0; k < columns; ++k) chain.scratch[k] = chain.start[k];
  dot_columns<one_rounding, columns>(chain.steps, chain.x, 1, chain.w, columns, chain.scratch);
  for (int k = 0; k < columns; ++k) {
    const std::uint32_t right = chain.right(k);
    count.take(bits_of(chain.scratch[k]), right);
    const float sum = dot<one_rounding>(chain.steps, chain.x, 1, chain.w + k, columns, chain.start[k]);
    count.take(bits_of(sum), right);
  }
  for (int i = 0; i < chain.steps; ++i) {
    count.take(bits_of(dot<one_rounding>(1, chain.x + i, 1, chain.w + i * columns, 1, 0.0f)),
               fused::multiply_add_bits(bits_of(chain.x[i]), bits_of(chain.w[i * columns]), 0));
    for (int k = 0; k < columns; ++k) chain.scratch[k] = chain.start[k];
    axpy<one_rounding>(columns, chain.x[i], chain.w + i * columns, chain.scratch);
    for (int k = 0; k < columns; ++k)
      count.take(bits_of(chain.scratch[k]),
                 fused::multiply_add_bits(bits_of(chain.x[i]), bits_of(chain.w[i * columns + k]),
                                          bits_of(chain.start[k])));
  }
}

Count run(int kind) {
  static Chain chain;
  Count count;
  Draws draws(static_cast<std::uint32_t>(kind) + 7);
  for (int i = 0; i < singles; ++i) take_single(count, draws.draw(static_cast<Kind>(kind)));
  for (int i = 0; i < chains; ++i) {
    chain.draw(draws, static_cast<Kind>(kind));
    take_chain(count, chain);
  }
  return count;
}

Count run_edges() {
  Count count;
  const auto edge = [](std::uint32_t i) { return edges[i / 2] | i % 2 << 31; };
  const std::uint32_t n = 2 * std::size(edges);
  for (std::uint32_t a = 0; a < n; ++a)
    for (std::uint32_t b = 0; b < n; ++b)
      for (std::uint32_t c = 0; c < n; ++c) take_single(count, {edge(a), edge(b), edge(c)});
  return count;
}

}  // namespace

extern "C" int firmware_main() {
  ResultFile file;
  int bad = 0, cases = 0;
  for (int kind = 0; kind <= kinds; ++kind) {
    const Count count = kind < kinds ? run(kind) : run_edges();
    bad += count.bad;
    cases += count.cases;
    file.put(&count.hash, sizeof count.hash);
  }
  file.close();
  write_number(static_cast<std::uint32_t>(bad));
  board_write(" of ");
  write_number(static_cast<std::uint32_t>(cases));
  board_write(bad == 0 ? " are wrong: fused ok\n" : " are wrong\n");
  return bad == 0 ? 0 : 1;
}
