// SPDX-License-Identifier: BSL-1.0
// The recurrent kernels of wide vectors against the portable ones, bit by bit. Compile with
// -ffp-contract=off, and for another width with other flags of the machine.
#include <catch2/catch.hpp>
#include <cstring>
#include <runtime/kernels/vector/gru.hpp>
#include <runtime/kernels/vector/lstm.hpp>
#include <runtime/kernels/vector/simple_rnn.hpp>
#include <string>
#include <vector>

#include "vector_numbers.hpp"

namespace {

using namespace etch;
using namespace etch::kernels;
using etch::test::Numbers;

etch::test::Draws draws(20261129);

int integer(int low, int high) { return draws.integer(low, high); }

/// Also zeros of both signs, and with a small `size` subnormal numbers.
template <class T>
Numbers<T> random_floats(int n, float size) {
  return draws.floats<T>(n, -size, size);
}

template <class T>
bool same(const Numbers<T>& a, const Numbers<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

enum class Kind { simple_rnn, lstm, gru };

struct Case {
  Kind kind = Kind::lstm;
  Recurrent d;
  int rows = 1;
  bool initial = false, masked = false, training = false;
  float size = 1;

  int gates() const { return kind == Kind::lstm ? 4 : kind == Kind::gru ? 3 : 1; }
  int block() const { return kind == Kind::lstm ? lstm_block(d) : kind == Kind::gru ? gru_block(d) : 0; }
  std::string text() const {
    return std::to_string(gates()) + " gates, " + std::to_string(d.in) + " -> " + std::to_string(d.units) +
           ", steps " + std::to_string(d.steps) + ", rows " + std::to_string(rows) + ", bias " +
           std::to_string(d.bias) + ", sequences " + std::to_string(d.sequences) + ", backwards " +
           std::to_string(d.backwards) + ", reset after " + std::to_string(d.reset_after) + ", " +
           name_of(d.activation) + ", " + name_of(d.recurrent_activation) + ", initial " +
           std::to_string(initial) + ", masked " + std::to_string(masked) + ", training " +
           std::to_string(training);
  }
};

Case random_case() {
  constexpr ActivationKind kinds[]{ActivationKind::tanh, ActivationKind::sigmoid, ActivationKind::relu,
                                   ActivationKind::linear, ActivationKind::hard_sigmoid};
  const auto kind = [&] { return kinds[integer(0, 4)]; };
  const auto size = [] { return integer(0, 1) ? integer(1, 20) : integer(1, 70); };
  Case t{static_cast<Kind>(integer(0, 2)),
         {},
         integer(0, 1) ? 1 : integer(1, 20),
         integer(0, 1) == 0,
         integer(0, 2) == 0,
         integer(0, 1) == 0,
         integer(0, 3) ? 1.0f : 1e-38f};
  t.d = {.in = size(),
         .units = size(),
         .steps = integer(1, 5),
         .bias = integer(0, 1),
         .sequences = integer(0, 1),
         .backwards = integer(0, 1),
         .reset_after = integer(0, 1)};
  if (integer(0, 1)) t.d.activation = kind(), t.d.recurrent_activation = kind();
  if (integer(0, 3) == 0) t.d.cell_clip = 0.25f;
  return t;
}

/// What a call reads and writes.
template <class T>
struct Memory {
  Numbers<T> x, h, c, mask, kernel, recurrent, bias, y, last_h, last_c, block, states, scratch;

  explicit Memory(const Case& t) {
    const int u = t.d.units, width = t.gates() * u, n = t.rows * u;
    x = random_floats<T>(t.rows * t.d.steps * t.d.in, t.size);
    h = random_floats<T>(n, t.size), c = random_floats<T>(n, t.size);
    for (int i = 0; i < t.rows * t.d.steps; ++i) mask.push_back(T(integer(0, 2) != 0));
    kernel = random_floats<T>(t.d.in * width, 1), recurrent = random_floats<T>(u * width, 1);
    bias = random_floats<T>(2 * width, t.size);
    // One element more than needed: a write beyond the end would be seen.
    const auto room = [](int count) { return Numbers<T>(static_cast<std::size_t>(count + 1), T(7)); };
    y = room(n * (t.d.sequences ? t.d.steps : 1)), last_h = room(n), last_c = room(n);
    block = room(t.rows * t.block()), states = room(n * t.d.steps), scratch = room(6 * u);
  }
};

template <class T, class Lstm, class Gru, class SimpleRnn>
void run(const Case& t, Memory<T>& m, Lstm lstm, Gru gru, SimpleRnn simple_rnn) {
  const RecurrentInput<T> in{m.x.data(), t.initial ? m.h.data() : nullptr, t.initial ? m.c.data() : nullptr,
                             t.masked ? m.mask.data() : nullptr};
  const RecurrentWeights<T> w{m.kernel.data(), m.recurrent.data(), m.bias.data()};
  const RecurrentOutput<T> out{m.y.data(), m.last_h.data(), m.last_c.data()};
  T* const block = t.training ? m.block.data() : nullptr;
  T* const states = t.training ? m.states.data() : nullptr;
  if (t.kind == Kind::lstm) lstm(t.d, t.rows, in, w, out, block, m.scratch.data());
  if (t.kind == Kind::gru) gru(t.d, t.rows, in, w, out, block, states, m.scratch.data());
  if (t.kind == Kind::simple_rnn) simple_rnn(t.d, t.rows, in, w, out, states, m.scratch.data());
}

template <class T>
void compare(const Case& t) {
  Memory<T> expected(t), got = expected;
  run(
      t, expected, [](auto... a) { portable::lstm_forward<T>(a...); },
      [](auto... a) { portable::gru_forward<T>(a...); },
      [](auto... a) { portable::simple_rnn_forward<T>(a...); });
  run(
      t, got, [](auto... a) { vector::lstm_forward<T>(a...); },
      [](auto... a) { vector::gru_forward<T>(a...); },
      [](auto... a) { vector::simple_rnn_forward<T>(a...); });
  INFO(t.text());
  CHECK(same(expected.y, got.y));
  CHECK(same(expected.last_h, got.last_h));
  CHECK(same(expected.last_c, got.last_c));
  CHECK(same(expected.states, got.states));
  // The gates of a masked step are nobody's.
  if (!t.masked) CHECK(same(expected.block, got.block));
}

/// Calls one after the other, which carry their states where they are.
template <class T>
void compare_stream(const Case& t) {
  Memory<T> expected(t), got = expected;
  const auto run_calls = [&](Memory<T>& m, auto lstm, auto gru) {
    const RecurrentInput<T> in{m.x.data(), m.h.data(), m.c.data()};
    const RecurrentWeights<T> w{m.kernel.data(), m.recurrent.data(), m.bias.data()};
    const RecurrentOutput<T> out{m.y.data(), m.h.data(), m.c.data()};
    for (int call = 0; call < 3; ++call) {
      if (t.kind == Kind::lstm)
        lstm(t.d, 1, in, w, out, static_cast<T*>(nullptr), m.scratch.data());
      else
        gru(t.d, 1, in, w, out, static_cast<T*>(nullptr), static_cast<T*>(nullptr), m.scratch.data());
    }
  };
  run_calls(
      expected, [](auto... a) { portable::lstm_forward<T>(a...); },
      [](auto... a) { portable::gru_forward<T>(a...); });
  run_calls(
      got, [](auto... a) { vector::lstm_forward<T>(a...); }, [](auto... a) { vector::gru_forward<T>(a...); });
  INFO(t.text());
  CHECK(same(expected.y, got.y));
  CHECK(same(expected.h, got.h));
  CHECK(same(expected.c, got.c));
}

/// What a backward pass reads and writes beside `Memory`.
template <class T>
struct Gradients {
  Numbers<T> dy, dh, dc, dx, first_h, first_c, block, gradients[3], weights[3], slots[6];

  Gradients(const Case& t, const Memory<T>& m) {
    const int n = t.rows * t.d.units;
    dy = random_floats<T>(n * (t.d.sequences ? t.d.steps : 1), t.size);
    dh = random_floats<T>(n, t.size), dc = random_floats<T>(n, t.size);
    dx = Numbers<T>(m.x.size() + 1, T(7)), first_h = first_c = Numbers<T>(dh.size() + 1, T(7));
    const int scratch = t.kind == Kind::simple_rnn ? simple_rnn_backward_scratch(t.d) : t.block();
    block = Numbers<T>(static_cast<std::size_t>(t.rows * scratch + 1), T(7));
    const Numbers<T>* const of[]{&m.kernel, &m.recurrent, &m.bias};
    for (int i = 0; i < 3; ++i) {
      weights[i] = *of[i], gradients[i] = Numbers<T>(of[i]->size() + 1, T(7));
      for (int k = 0; k < 2; ++k) {
        slots[2 * i + k] = random_floats<T>(static_cast<int>(of[i]->size()), 1);
        for (T& x : slots[2 * i + k]) x = x < T(0) ? -x : x;
      }
    }
  }
  GradientSink<T> sink(Rule rule, int i) {
    return {rule, gradients[i].data(), weights[i].data(), slots[2 * i].data(), slots[2 * i + 1].data()};
  }
};

template <class T, class Lstm, class Gru, class SimpleRnn>
void run_back(const Case& t, Rule rule, bool in_place, Memory<T>& m, Gradients<T>& g, Lstm lstm, Gru gru,
              SimpleRnn simple_rnn) {
  Hyper h{0.01f, 0.9f, 0.9f, 0.999f, 1e-7f};
  h.weight_decay = 0.125f;
  const RecurrentOutput<T> dout{g.dy.data(), t.initial ? g.dh.data() : nullptr,
                                t.initial ? g.dc.data() : nullptr};
  const RecurrentInput<T> in{m.x.data(), t.initial ? m.h.data() : nullptr, t.initial ? m.c.data() : nullptr,
                             t.masked ? m.mask.data() : nullptr};
  const RecurrentWeights<T> w{g.weights[0].data(), g.weights[1].data(), g.weights[2].data()};
  const RecurrentSinks<GradientSink<T>> sinks{g.sink(rule, 0), g.sink(rule, 1), g.sink(rule, 2)};
  T* const dx = in_place ? m.x.data() : g.dx.data();
  T* const block = in_place && t.kind != Kind::simple_rnn ? m.block.data() : g.block.data();
  T* const first_h = t.initial ? g.first_h.data() : nullptr;
  T* const first_c = t.initial ? g.first_c.data() : nullptr;
  const T *const kept = m.block.data(), *const states = m.states.data();
  if (t.kind == Kind::lstm) lstm(t.d, h, t.rows, dout, in, kept, w, dx, first_h, first_c, block, sinks);
  if (t.kind == Kind::gru) gru(t.d, h, t.rows, dout, in, kept, states, w, dx, first_h, block, sinks);
  if (t.kind == Kind::simple_rnn) simple_rnn(t.d, h, t.rows, dout, in, states, w, dx, first_h, block, sinks);
}

/// After the portable forward pass.
template <class T>
void compare_backward(Case t) {
  constexpr Rule rules[]{Rule::none, Rule::sgd, Rule::adam, Rule::rmsprop, Rule::sum};
  t.training = true, t.d.cell_clip = 0;
  t.d.input_gradient = integer(0, 3) > 0, t.d.trainable = integer(0, 3) > 0;
  const Rule rule = rules[integer(0, 4)];
  const bool in_place = integer(0, 1) == 0;
  Memory<T> m(t);
  run(
      t, m, [](auto... a) { portable::lstm_forward<T>(a...); },
      [](auto... a) { portable::gru_forward<T>(a...); },
      [](auto... a) { portable::simple_rnn_forward<T>(a...); });
  Memory<T> n = m;
  Gradients<T> expected(t, m), got = expected;
  run_back(
      t, rule, in_place, m, expected, [](auto... a) { portable::lstm_backward<T>(a...); },
      [](auto... a) { portable::gru_backward<T>(a...); },
      [](auto... a) { portable::simple_rnn_backward<T>(a...); });
  run_back(
      t, rule, in_place, n, got, [](auto... a) { vector::lstm_backward<T>(a...); },
      [](auto... a) { vector::gru_backward<T>(a...); },
      [](auto... a) { vector::simple_rnn_backward<T>(a...); });
  INFO(t.text() << ", input gradient " << t.d.input_gradient << ", trainable " << t.d.trainable << ", rule "
                << static_cast<int>(rule) << ", in place " << in_place);
  CHECK(same(m.x, n.x));
  CHECK(same(expected.dx, got.dx));
  CHECK(same(expected.first_h, got.first_h));
  CHECK(same(expected.first_c, got.first_c));
  for (int i = 0; i < 3; ++i) CHECK(same(expected.gradients[i], got.gradients[i]));
  for (int i = 0; i < 3; ++i) CHECK(same(expected.weights[i], got.weights[i]));
  for (int i = 0; i < 6; ++i) CHECK(same(expected.slots[i], got.slots[i]));
}

template <class T>
void compare_functions(ActivationKind kind) {
  INFO(name_of(kind));
  int differences = 0;
  for (std::uint64_t at = 0; at < std::uint64_t{1} << 32; at += 99991 * std::uint64_t{vector::widest}) {
    T in[vector::widest], got[vector::widest], expected[vector::widest];
    for (std::uint64_t k = 0; k < vector::widest; ++k)
      in[k] = std::bit_cast<float>(static_cast<std::uint32_t>(at + 99991 * k));
    vector::Vector<vector::widest> v;
    vector::load<vector::widest>(v, static_cast<const T*>(in));
    vector::activate_lanes<vector::widest, T>(kind, v);
    vector::store<vector::widest>(v, static_cast<T*>(got));
    activate(kind, static_cast<const T*>(in), static_cast<T*>(expected), 1, vector::widest);
    if (std::memcmp(got, expected, sizeof got) != 0) ++differences;
  }
  CHECK(differences == 0);
}

}  // namespace

TEMPLATE_TEST_CASE("vectors of elementary functions have the bits of single numbers", "", float, FusedFloat) {
  if constexpr (vector::has_form<TestType>)
    for (const ActivationKind kind : {ActivationKind::sigmoid, ActivationKind::tanh, ActivationKind::relu,
                                      ActivationKind::linear, ActivationKind::hard_sigmoid})
      compare_functions<TestType>(kind);
}

TEMPLATE_TEST_CASE("recurrent kernels of vectors give the bits of the portable ones", "", float, FusedFloat) {
  for (int i = 0; i < 600; ++i) compare<TestType>(random_case());
}

TEMPLATE_TEST_CASE("a sample at a time gives the bits of the portable kernels, with states in place", "",
                   float, FusedFloat) {
  for (int units = 1; units <= 68; ++units)
    for (const Kind kind : {Kind::lstm, Kind::gru})
      for (const int steps : {1, 3}) {
        Case t{kind, {.in = integer(0, 1) ? 1 : 5, .units = units, .steps = steps}};
        t.d.bias = integer(0, 1), t.d.sequences = integer(0, 1), t.d.reset_after = integer(0, 4) > 0;
        if (integer(0, 1)) t.d.cell_clip = 0.25f;
        t.initial = integer(0, 3) > 0, t.size = integer(0, 3) ? 1.0f : 1e-38f;
        compare_stream<TestType>(t);
        compare<TestType>(t);
      }
}

TEMPLATE_TEST_CASE("rows that do not fit on the stack together go one by one or in groups", "", float,
                   FusedFloat) {
  Case t{Kind::lstm, {.in = 3, .units = 1500, .steps = 2}, 3};
  compare<TestType>(t);  // no room for two
  t.d.units = 700, t.rows = 5;
  compare<TestType>(t);  // groups of three
}

TEMPLATE_TEST_CASE("backward passes of recurrent kernels of vectors give the bits of the portable ones", "",
                   float, FusedFloat) {
  for (int i = 0; i < 400; ++i) compare_backward<TestType>(random_case());
  // More columns than one, two or any block of saved weights.
  for (const int units : {150, 300, 600}) {
    Case t{Kind::lstm, {.in = 5, .units = units, .steps = 2, .sequences = 1}, 2};
    compare_backward<TestType>(t);
  }
}
