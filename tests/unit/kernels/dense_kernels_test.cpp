// SPDX-License-Identifier: BSL-1.0
// Compile with -mavx2 or -march=native, and with -ffp-contract=off: the optimised kernels promise the same
// bits.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <runtime/kernels/portable/dense.hpp>
#include <runtime/kernels/portable/dense_backward.hpp>
#include <string>
#include <vector>

#include "vector_numbers.hpp"
#if defined(__AVX2__) || defined(__aarch64__)
#include <runtime/kernels/vector/dense_backward.hpp>
#endif

#if !defined(__AVX2__) && !defined(__aarch64__)

TEST_CASE("vector dense kernels give the bits of the portable ones") {
  WARN("skipped: this test was compiled for a machine without kernels of vectors of floats");
}

#else

namespace {

using namespace etch;
using namespace etch::kernels;
using etch::test::difference;
using etch::test::Numbers;

constexpr int rule_count = static_cast<int>(Rule::sum) + 1;

etch::test::Draws draws(20240229);

int integer(int low, int high) { return draws.integer(low, high); }

template <class T>
Numbers<T> random_floats(int n, float low, float high) {
  return draws.floats<T>(n, low, high);
}

struct Shape {
  int in, out, positions, rows;
};

Shape random_shape() {
  // Half of the sizes are small, where every tail occurs.
  const auto size = [] { return integer(0, 1) ? integer(1, 40) : integer(1, 300); };
  return {size(), size(), integer(1, 3), integer(1, 40)};
}

std::string describe(const Shape& s) {
  return std::to_string(s.in) + " -> " + std::to_string(s.out) + ", positions " +
         std::to_string(s.positions) + ", rows " + std::to_string(s.rows);
}

template <class T>
void compare_forward(const Shape& s, int bias, ActivationKind activation) {
  const DenseForward d{s.in, s.out, s.positions, bias, activation};
  const int n = s.rows * s.positions;
  const Numbers<T> x = random_floats<T>(n * s.in, -1, 1), w = random_floats<T>(s.in * s.out, -1, 1);
  const Numbers<T> b = random_floats<T>(s.out, -1, 1);
  // One element more than needed: a write beyond the end would be seen.
  Numbers<T> expected(static_cast<std::size_t>(n * s.out + 1), T(7)), got = expected;
  const T* const bias_or_null = bias ? b.data() : nullptr;
  portable::dense_forward<T>(d, s.rows, x.data(), w.data(), bias_or_null, expected.data());
  vector::dense_forward<T>(d, s.rows, x.data(), w.data(), bias_or_null, got.data());
  INFO(describe(s) << ", bias " << bias << ", " << name_of(activation));
  CHECK(difference(expected, got) == -1);
}

/// All that a backward pass reads and writes.
template <class T>
struct Memory {
  Numbers<T> x, w, b, dx, held, gradient, bias_gradient, slots[4];

  explicit Memory(const Shape& s)
      : x(random_floats<T>(s.rows * s.positions * s.in, -1, 1)),
        w(random_floats<T>(s.in * s.out, -1, 1)),
        b(random_floats<T>(s.out, -1, 1)),
        dx(x.size(), T(7)),
        held(static_cast<std::size_t>(s.rows * s.positions)),
        gradient(w.size(), T(7)),
        bias_gradient(b.size(), T(7)) {
    for (int i = 0; i < 4; ++i)
      slots[i] = random_floats<T>(static_cast<int>(i < 2 ? w.size() : b.size()), 0, 1);
  }

  GradientSink<T> kernel_sink(Rule rule) {
    return {rule, gradient.data(), w.data(), slots[0].data(), slots[1].data()};
  }
  GradientSink<T> bias_sink(Rule rule) {
    return {rule, bias_gradient.data(), b.data(), slots[2].data(), slots[3].data()};
  }
};

template <class T>
void check_same(const Memory<T>& a, const Memory<T>& b) {
  CHECK(difference(a.x, b.x) == -1);
  CHECK(difference(a.w, b.w) == -1);
  CHECK(difference(a.b, b.b) == -1);
  CHECK(difference(a.dx, b.dx) == -1);
  CHECK(difference(a.gradient, b.gradient) == -1);
  CHECK(difference(a.bias_gradient, b.bias_gradient) == -1);
  for (int i = 0; i < 4; ++i) CHECK(difference(a.slots[i], b.slots[i]) == -1);
}

/// A backward pass and the rule of its sinks.
struct Pass {
  DenseBackward d;
  Rule rule = Rule::none;
};

template <class T>
void compare_backward(const Shape& s, const Pass& pass, bool in_place) {
  const auto& [d, rule] = pass;
  Hyper h{0.01f, 0.9f, 0.9f, 0.999f, 1e-7f};
  h.weight_decay = integer(0, 1) ? 0.125f : 0.0f;
  Memory<T> expected(s), got = expected;
  const Numbers<T> dy = random_floats<T>(s.rows * s.positions * s.out, -1, 1);
  const auto dx = [&](Memory<T>& m) { return in_place ? m.x.data() : m.dx.data(); };
  portable::dense_backward<T>(d, h, s.rows, dy.data(), expected.x.data(), expected.w.data(), dx(expected),
                              expected.held.data(), expected.kernel_sink(rule), expected.bias_sink(rule));
  REQUIRE(vector::dense_backward_fits(d));
  vector::dense_backward<T>(d, h, s.rows, dy.data(), got.x.data(), got.w.data(), dx(got), got.held.data(),
                            got.kernel_sink(rule), got.bias_sink(rule));
  INFO(describe(s) << ", bias " << d.bias << ", input_gradient " << d.input_gradient << ", trainable "
                   << d.trainable << ", " << name_of(d.input_activation) << ", rule "
                   << static_cast<int>(rule) << ", in place " << in_place);
  check_same(expected, got);
}

/// The shares of a backward pass, last to first, against the whole.
template <class T>
void compare_shares(const Shape& s, const Pass& pass, bool in_place, int of) {
  const DenseBackward& d = pass.d;
  const Hyper h{0.01f, 0.9f, 0.9f, 0.999f, 1e-7f};
  const Memory<T> given(s);
  const Numbers<T> dy = random_floats<T>(s.rows * s.positions * s.out, -1, 1);
  const auto run = [&](auto&& f) {
    Memory<T> m = given;
    T* const dx = in_place ? m.x.data() : m.dx.data();
    f(m, dx, m.kernel_sink(pass.rule), m.bias_sink(pass.rule));
    return m;
  };
  using Sink = GradientSink<T>;
  const Memory<T> expected = run([&](Memory<T>& m, T* dx, Sink kernel, Sink bias) {
    portable::dense_backward<T>(d, h, s.rows, dy.data(), m.x.data(), m.w.data(), dx, m.held.data(), kernel,
                                bias);
  });
  INFO(describe(s) << ", " << of << " shares");
  check_same(expected, run([&](Memory<T>& m, T* dx, Sink kernel, Sink bias) {
               for (int k = of - 1; k >= 0; --k)
                 portable::dense_backward_share<T>(d, h, s.rows, {k, of}, dy.data(), m.x.data(), m.w.data(),
                                                   dx, m.held.data(), kernel, bias);
             }));
  check_same(expected, run([&](Memory<T>& m, T* dx, Sink kernel, Sink bias) {
               for (int k = of - 1; k >= 0; --k)
                 vector::dense_backward_share<T>(d, h, s.rows, {k, of}, dy.data(), m.x.data(), m.w.data(), dx,
                                                 m.held.data(), kernel, bias);
             }));
}

Pass random_backward(const Shape& s) {
  return {{s.in, s.out, s.positions, integer(0, 1), integer(0, 3) > 0, integer(0, 3) > 0,
           static_cast<ActivationKind>(integer(0, 3))},
          static_cast<Rule>(integer(0, rule_count - 1))};
}

}  // namespace

TEMPLATE_TEST_CASE("vector dense forward gives the bits of the portable kernel", "", float, FusedFloat) {
  for (int trial = 0; trial < 150; ++trial)
    compare_forward<TestType>(random_shape(), integer(0, 1), static_cast<ActivationKind>(integer(0, 4)));
  for (int out = 1; out <= 70; ++out) compare_forward<TestType>({37, out, 1, 9}, 1, ActivationKind::linear);
  // A single row takes up to eight vectors of sums at a time.
  for (int out : {1, 3, 15, 17, 31, 33, 63, 64, 65, 127, 128, 129, 190, 256, 260, 400})
    compare_forward<TestType>({37, out, 1, 1}, out % 2, ActivationKind::relu);
  compare_forward<TestType>({90, 1100, 1, 11}, 1, ActivationKind::relu);  // more than one block of inputs
  for (int bias : {0, 1})  // weights are copied, in one block and in two; columns that tiles share
    for (int in : {40, 64, 300}) compare_forward<TestType>({in, 275, 1, 37}, bias, ActivationKind::relu);
  for (int rows : {15, 16, 17, 32, 70})  // rows too, and some of them at a time
    for (int out : {255, 256, 272, 288})
      compare_forward<TestType>({67, out, 1, rows}, 1, ActivationKind::linear);
  for (int out = 4; out < 18; ++out)  // fewer outputs than a vector has lanes
    for (int in : {1, 512, 513})
      for (int rows : {7, 8, 21})
        compare_forward<TestType>({in, out, 1, rows}, out % 2, ActivationKind::linear);
  for (int out : {64, 128, 240})  // more inputs than a block has
    compare_forward<TestType>({1100, out, 1, 130}, 1, ActivationKind::linear);
  for (int out : {128, 150, 192})  // weights alone
    for (int in : {95, 200}) compare_forward<TestType>({in, out, 2, 67}, 1, ActivationKind::relu);
}

TEMPLATE_TEST_CASE("vector dense forward keeps the sign of a zero sum", "", float, FusedFloat) {
  using T = TestType;
  const DenseForward d{1, 33, 1, 1, ActivationKind::linear};
  const Numbers<T> x(1, T(0)), w(33, T(-1)), b(33, T(-0.0f));
  Numbers<T> y(33, T(7));
  vector::dense_forward<T>(d, 1, x.data(), w.data(), b.data(), y.data());
  CHECK(difference(y, Numbers<T>(33, T(-0.0f))) == -1);
}

TEMPLATE_TEST_CASE("vector dense backward gives the bits of the portable kernel", "", float, FusedFloat) {
  for (int trial = 0; trial < 200; ++trial) {
    const Shape s = random_shape();
    compare_backward<TestType>(s, random_backward(s), integer(0, 1) == 1);
  }
}

TEMPLATE_TEST_CASE("vector dense backward gives the bits of the portable kernel at every tail", "", float,
                   FusedFloat) {
  for (int size = 1; size <= 70; ++size) {
    const Shape wide{13, size, 1, 11}, tall{size, 13, 2, 5};
    compare_backward<TestType>(wide, random_backward(wide), false);
    compare_backward<TestType>(tall, random_backward(tall), true);
  }
}

TEMPLATE_TEST_CASE("shares of a dense backward pass give the bits of the whole", "", float, FusedFloat) {
  for (int trial = 0; trial < 60; ++trial) {
    const Shape s = random_shape();
    compare_shares<TestType>(s, random_backward(s), integer(0, 1) == 1, integer(1, 5));
  }
  const Shape many{20, 3, 1, 1100};  // more rows than wait on the stack
  compare_shares<TestType>(many, {{20, 3, 1, 1, 1, 1, ActivationKind::relu}, Rule::adam}, true, 3);
}

TEMPLATE_TEST_CASE("sums of a dense forward pass go on from link to link", "", float, FusedFloat) {
  using T = TestType;
  for (int trial = 0; trial < 40; ++trial) {
    Shape s = random_shape();
    s.out = vector::widest * integer(1, 5);
    const DenseForward d{s.in, s.out, s.positions, integer(0, 1), static_cast<ActivationKind>(integer(0, 4))};
    const int n = s.rows * s.positions, of = integer(1, 5);
    const Numbers<T> x = random_floats<T>(n * s.in, -1, 1), w = random_floats<T>(s.in * s.out, -1, 1);
    const Numbers<T> b = random_floats<T>(s.out, -1, 1);
    Numbers<T> expected(static_cast<std::size_t>(n * s.out + 1), T(7)), got = expected;
    portable::dense_forward<T>(d, s.rows, x.data(), w.data(), b.data(), expected.data());
    INFO(describe(s) << ", " << of << " links");
    if (!vector::dense_forward_links<T>(d)) continue;  // no instruction for it
    for (int k = 0; k < of; ++k)
      for (int first = 0; first < n; first += 8)
        vector::dense_forward_link<T>(d, {first, std::min(first + 8, n)},
                                      Share{k, of}.among(s.in, inputs_of_share), x.data(), w.data(), b.data(),
                                      got.data());
    CHECK(difference(expected, got) == -1);
  }
  CHECK_FALSE(portable::dense_forward_links<T>({8, 16}));
}

TEMPLATE_TEST_CASE("a wide layer's backward pass gives the bits of the portable kernel", "", float,
                   FusedFloat) {
  for (int out : {255, 256, 257, 287, 288, 600})
    for (int rows : {7, 8, 15, 16, 23, 24, 32, 41, 50, 128, 129}) {
      const Shape s{integer(1, 40), out, 1, rows};
      compare_backward<TestType>(s, random_backward(s), integer(0, 1) == 1);
      const Pass every{{s.in, out, 1, 1, integer(0, 1), 1, ActivationKind::relu}, Rule::adam};
      compare_backward<TestType>(s, every, true);
      compare_shares<TestType>(s, every, true, 3);
      const Pass kept{{s.in, out, 1, 1, integer(0, 1), 1, ActivationKind::relu}};
      compare_backward<TestType>(s, kept, false);
    }
  // As much as there is room for, with whole blocks of inputs and one in part.
  for (int out : {1023, 1024, 1025})
    for (int in : {32, 37}) {
      const Pass every{{in, out, 1, 1, 1, 1, ActivationKind::relu}, Rule::adam};
      compare_backward<TestType>({in, out, 1, 64}, every, true);
      compare_backward<TestType>({in, out, 1, 64}, {{in, out, 1, 1, 1, 0}}, false);
    }
}

TEST_CASE("shares cover all things once, in groups") {
  for (const int count : {0, 1, 15, 16, 17, 100, 2147483647})
    for (const int unit : {1, 16})
      for (int of = 1; of <= 32; ++of) {
        int end = 0;
        for (int k = 0; k < of; ++k) {
          const Range part = Share{k, of}.among(count, unit);
          CHECK(part.first == end);
          CHECK(part.size() >= 0);
          CHECK((part.first % unit == 0 || part.first == count));
          end = part.end;
        }
        CHECK(end == count);
      }
}

TEMPLATE_TEST_CASE("vector dense backward covers every rule and many outputs", "", float, FusedFloat) {
  for (int rule = 0; rule < rule_count; ++rule)
    for (int out : {70, 530, 1030, 2048}) {
      const Shape s{21, out, 1, 10};
      compare_backward<TestType>(s, {{s.in, out, 1, 1, 1, 1, ActivationKind::relu}, static_cast<Rule>(rule)},
                                 true);
    }
  CHECK_FALSE(vector::dense_backward_fits({21, 2049, 1, 1, 1, 1}));
  const Shape s{5, 2300, 1, 3};
  compare_backward<TestType>(s, {{s.in, s.out, 1, 1, 0, 1, ActivationKind::linear}, Rule::adam}, false);
}

#endif
