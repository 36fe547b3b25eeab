// SPDX-License-Identifier: BSL-1.0
// The recurrent kernels against the formulas written out with doubles, and their backward pass against
// central finite differences, at every combination of options.
#include <catch2/catch.hpp>
#include <cmath>
#include <runtime/kernels/portable/gru.hpp>
#include <runtime/kernels/portable/lstm.hpp>
#include <runtime/kernels/portable/random.hpp>
#include <runtime/kernels/portable/simple_rnn.hpp>
#include <vector>

namespace {

using namespace etch;
using namespace etch::kernels;
using Numbers = std::vector<double>;

enum class Kind { simple_rnn, lstm, gru };

struct Case {
  Kind kind = Kind::lstm;
  Recurrent d;
  bool initial = false, masked = false;
  int rows = 2;
  int gates() const { return kind == Kind::lstm ? 4 : kind == Kind::gru ? 3 : 1; }
  int biases() const {
    if (!d.bias) return 0;
    return (kind == Kind::gru && d.reset_after ? 2 : 1) * gates() * d.units;
  }
};

Numbers noise(int n, int salt, double size = 1) {
  Numbers numbers;
  for (int i = 0; i < n; ++i)
    numbers.push_back(size *
                      (2.0 * static_cast<double>(random::uniform({9, 1}, static_cast<std::uint32_t>(salt), 0,
                                                                 static_cast<std::uint32_t>(i))) -
                       1.0));
  return numbers;
}

/// All that a call reads, in one vector each, so that each number can be moved.
struct Data {
  Numbers x, h, c, mask, kernel, recurrent, bias;
};

Data data_of(const Case& t) {
  const int u = t.d.units, width = t.gates() * u;
  Data data{noise(t.rows * t.d.steps * t.d.in, 1),
            noise(t.rows * u, 2),
            noise(t.rows * u, 3),
            {},
            noise(t.d.in * width, 4),
            noise(u * width, 5),
            noise(t.biases(), 6)};
  if (!t.initial) data.h = data.c = Numbers(data.h.size(), 0.0);
  for (int i = 0; i < t.rows * t.d.steps; ++i) data.mask.push_back(!t.masked || (i * 5) % 7 > 2 ? 1 : 0);
  return data;
}

double apply(ActivationKind kind, double x) {
  switch (kind) {
    case ActivationKind::sigmoid:
      return 1 / (1 + std::exp(-x));
    case ActivationKind::tanh:
      return std::tanh(x);
    case ActivationKind::relu:
      return std::max(x, 0.0);
    default:
      return x;
  }
}

/// x W + h R + b of one column, from the formulas.
double column(const Case& t, const Data& in, const double* x, const Numbers& h, int o, double share = 1) {
  const int width = t.gates() * t.d.units;
  double sum = t.d.bias ? in.bias[static_cast<std::size_t>(o)] : 0;
  for (int i = 0; i < t.d.in; ++i) sum += x[i] * in.kernel[static_cast<std::size_t>(i * width + o)];
  for (int j = 0; j < t.d.units; ++j)
    sum += share * h[static_cast<std::size_t>(j)] * in.recurrent[static_cast<std::size_t>(j * width + o)];
  return sum;
}

void naive_step(const Case& t, const Data& in, const double* x, Numbers& h, Numbers& c) {
  const int u = t.d.units, width = t.gates() * u;
  const auto f = [&](double v) { return apply(t.d.activation, v); };
  const auto s = [&](double v) { return apply(t.d.recurrent_activation, v); };
  const Numbers before = h;
  for (int j = 0; j < u; ++j) {
    const auto at = static_cast<std::size_t>(j);
    if (t.kind == Kind::simple_rnn) h[at] = f(column(t, in, x, before, j));
    if (t.kind == Kind::lstm) {
      c[at] = s(column(t, in, x, before, u + j)) * c[at] +
              s(column(t, in, x, before, j)) * f(column(t, in, x, before, 2 * u + j));
      h[at] = s(column(t, in, x, before, 3 * u + j)) * f(c[at]);
    }
    if (t.kind != Kind::gru) continue;
    const auto second = [&](int gate) {  // the recurrent bias of the form of cuDNN
      return t.d.bias && t.d.reset_after ? in.bias[static_cast<std::size_t>(width + gate * u + j)] : 0;
    };
    const double z = s(column(t, in, x, before, j) + second(0));
    double g = column(t, in, x, before, 2 * u + j, 0);
    if (t.d.reset_after) {
      const double r = s(column(t, in, x, before, u + j) + second(1));
      double q = second(2);
      for (int k = 0; k < u; ++k)
        q += before[static_cast<std::size_t>(k)] *
             in.recurrent[static_cast<std::size_t>(k * width + 2 * u + j)];
      g += r * q;
    } else {
      for (int k = 0; k < u; ++k)
        g += s(column(t, in, x, before, u + k)) * before[static_cast<std::size_t>(k)] *
             in.recurrent[static_cast<std::size_t>(k * width + 2 * u + j)];
    }
    h[at] = z * before[at] + (1 - z) * f(g);
  }
}

struct Results {
  Numbers y, h, c;
};

Results naive(const Case& t, const Data& in) {
  Results out;
  const auto u = static_cast<std::size_t>(t.d.units);
  for (int r = 0; r < t.rows; ++r) {
    const auto first = static_cast<std::ptrdiff_t>(r * t.d.units);
    Numbers h(in.h.begin() + first, in.h.begin() + first + t.d.units);
    Numbers c(in.c.begin() + first, in.c.begin() + first + t.d.units);
    for (int k = 0; k < t.d.steps; ++k) {
      const int time = r * t.d.steps + (t.d.backwards ? t.d.steps - 1 - k : k);
      if (in.mask[static_cast<std::size_t>(time)] != 0) naive_step(t, in, in.x.data() + time * t.d.in, h, c);
      if (t.d.sequences || k == t.d.steps - 1) out.y.insert(out.y.end(), h.begin(), h.end());
    }
    out.h.insert(out.h.end(), h.begin(), h.end());
    out.c.insert(out.c.end(), c.begin(), c.begin() + static_cast<std::ptrdiff_t>(u));
  }
  return out;
}

template <class T>
std::vector<T> as(const Numbers& from) {
  return {from.begin(), from.end()};
}

/// What the forward pass leaves for the backward pass.
template <class T>
struct Run {
  std::vector<T> x, h, c, mask, kernel, recurrent, bias, y, last_h, last_c, block, states;
  RecurrentInput<T> in;
  RecurrentWeights<T> w;
};

template <class T>
Run<T> forward(const Case& t, const Data& data, bool training) {
  Run<T> run{as<T>(data.x),
             as<T>(data.h),
             as<T>(data.c),
             as<T>(data.mask),
             as<T>(data.kernel),
             as<T>(data.recurrent),
             as<T>(data.bias),
             {},
             {},
             {},
             {},
             {},
             {},
             {}};
  const auto states = static_cast<std::size_t>(t.rows * t.d.steps * t.d.units);
  run.y.assign(t.d.sequences ? states : data.h.size(), T(99));
  run.last_h.assign(data.h.size(), T(99));
  run.last_c.assign(data.h.size(), T(99));
  const int block = t.kind == Kind::lstm ? lstm_block(t.d) : gru_block(t.d);
  if (training) run.block.assign(static_cast<std::size_t>(t.rows * block), T(99));
  if (training && !t.d.sequences) run.states.assign(states, T(99));
  run.in = {run.x.data(), t.initial ? run.h.data() : nullptr, t.initial ? run.c.data() : nullptr,
            t.masked ? run.mask.data() : nullptr};
  run.w = {run.kernel.data(), run.recurrent.data(), run.bias.data()};
  const RecurrentOutput<T> out{run.y.data(), run.last_h.data(), run.last_c.data()};
  T* const block_at = training ? run.block.data() : nullptr;
  T* const states_at = !training ? nullptr : t.d.sequences ? run.y.data() : run.states.data();
  std::vector<T> scratch(static_cast<std::size_t>(lstm_scratch(t.d)), T(99));
  if (t.kind == Kind::simple_rnn)
    portable::simple_rnn_forward<T>(t.d, t.rows, run.in, run.w, out, states_at, scratch.data());
  if (t.kind == Kind::lstm)
    portable::lstm_forward<T>(t.d, t.rows, run.in, run.w, out, block_at, scratch.data());
  if (t.kind == Kind::gru)
    portable::gru_forward<T>(t.d, t.rows, run.in, run.w, out, block_at, states_at, scratch.data());
  return run;
}

double worst(const Numbers& expected, const auto& found) {
  REQUIRE(expected.size() == found.size());
  double most = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    most = std::max(most,
                    std::abs(expected[i] - static_cast<double>(found[i])) / (1e-2 + std::abs(expected[i])));
  return most;
}

std::vector<Case> cases(Kind kind) {
  std::vector<Case> all;
  for (int bits = 0; bits < 32; ++bits)
    for (const int reset_after : {0, 1}) {
      if (kind != Kind::gru && reset_after) continue;
      Case t{kind, {}, (bits & 1) != 0, (bits & 2) != 0, 2};
      t.d = {3,
             bits & 4 ? 9 : 4,
             bits & 8 ? 5 : 4,
             (bits >> 2) & 1,
             (bits >> 3) & 1,
             (bits >> 4) & 1,
             reset_after,
             ActivationKind::tanh,
             ActivationKind::sigmoid,
             1,
             1};
      if (bits % 5 == 0) t.d.activation = ActivationKind::sigmoid;
      if (bits % 7 == 0) t.d.recurrent_activation = ActivationKind::tanh;
      if (bits == 31) t.d.steps = 1;
      all.push_back(t);
    }
  return all;
}

void check_forward(Kind kind) {
  for (const Case& t : cases(kind)) {
    CAPTURE(t.d.bias, t.d.sequences, t.d.backwards, t.d.reset_after, t.initial, t.masked);
    const Data data = data_of(t);
    const Results expected = naive(t, data);
    for (const bool training : {false, true}) {
      const auto exact = forward<double>(t, data, training);
      CHECK(worst(expected.y, exact.y) <= 1e-12);
      CHECK(worst(expected.h, exact.last_h) <= 1e-12);
      if (kind == Kind::lstm) CHECK(worst(expected.c, exact.last_c) <= 1e-12);
      CHECK(worst(expected.y, forward<float>(t, data, training).y) <= 1e-4);
    }
    CHECK(forward<float>(t, data, false).y == forward<float>(t, data, true).y);
  }
}

TEST_CASE("SimpleRNN's formulas", "[recurrent]") { check_forward(Kind::simple_rnn); }
TEST_CASE("LSTM's formulas", "[recurrent]") { check_forward(Kind::lstm); }
TEST_CASE("GRU's formulas", "[recurrent]") { check_forward(Kind::gru); }

/// A number that depends on every result: its gradients are the weights below.
struct Probe {
  Numbers y, h, c;
};

double probe(const Case& t, const Data& data, const Probe& by) {
  const Results out = naive(t, data);
  double sum = 0;
  for (std::size_t i = 0; i < out.y.size(); ++i) sum += by.y[i] * out.y[i];
  for (std::size_t i = 0; i < out.h.size(); ++i) sum += by.h[i] * out.h[i];
  for (std::size_t i = 0; i < out.c.size() && t.kind == Kind::lstm; ++i) sum += by.c[i] * out.c[i];
  return sum;
}

Numbers differences(const Case& t, Data data, Numbers Data::*part, const Probe& by) {
  Numbers slopes;
  for (double& number : data.*part) {
    const double kept = number;
    number = kept + 1e-5;
    const double above = probe(t, data, by);
    number = kept - 1e-5;
    const double below = probe(t, data, by);
    number = kept;
    slopes.push_back((above - below) / 2e-5);
  }
  return slopes;
}

/// Finite differences of each part of the data.
struct Slopes {
  Numbers kernel, recurrent, bias, x, h, c;
};

Slopes slopes_of(const Case& t, const Data& data, const Probe& by) {
  Slopes all{differences(t, data, &Data::kernel, by),
             differences(t, data, &Data::recurrent, by),
             differences(t, data, &Data::bias, by),
             differences(t, data, &Data::x, by),
             {},
             {}};
  if (t.initial) all.h = differences(t, data, &Data::h, by);
  if (t.initial && t.kind == Kind::lstm) all.c = differences(t, data, &Data::c, by);
  return all;
}

void check_backward(const Case& t, const Data& data, Probe by, const Slopes& expected, bool in_place) {
  CAPTURE(t.d.bias, t.d.sequences, t.d.backwards, t.d.reset_after, t.initial, t.masked, t.d.steps, in_place);
  auto run = forward<double>(t, data, true);
  Numbers kernel(data.kernel.size()), recurrent(data.recurrent.size()), bias(data.bias.size());
  Numbers dh(data.h.size()), dc(data.c.size()), dx(data.x.size());
  using Sink = GradientSink<double>;
  const RecurrentSinks<Sink> sinks{
      {Rule::none, kernel.data()}, {Rule::none, recurrent.data()}, {Rule::none, bias.data()}};
  const RecurrentOutput<double> dout{by.y.data(), by.h.data(), by.c.data()};
  double* const dx_at = in_place ? run.x.data() : dx.data();
  double* const dh_at = t.initial ? dh.data() : nullptr;
  double* const dc_at = t.initial ? dc.data() : nullptr;
  Numbers scratch(
      std::max(run.block.size(), static_cast<std::size_t>(t.rows * simple_rnn_backward_scratch(t.d))), 77.0);
  double* const block = in_place ? run.block.data() : scratch.data();
  const double* const states = t.d.sequences ? run.y.data() : run.states.data();
  if (t.kind == Kind::simple_rnn)
    portable::simple_rnn_backward<double>(t.d, {}, t.rows, dout, run.in, states, run.w, dx_at, dh_at,
                                          scratch.data(), sinks);
  if (t.kind == Kind::lstm)
    portable::lstm_backward<double>(t.d, {}, t.rows, dout, run.in, run.block.data(), run.w, dx_at, dh_at,
                                    dc_at, block, sinks);
  if (t.kind == Kind::gru)
    portable::gru_backward<double>(t.d, {}, t.rows, dout, run.in, run.block.data(), states, run.w, dx_at,
                                   dh_at, block, sinks);
  CHECK(worst(expected.kernel, kernel) <= 1e-5);
  CHECK(worst(expected.recurrent, recurrent) <= 1e-5);
  CHECK(worst(expected.bias, bias) <= 1e-5);
  CHECK(worst(expected.x, in_place ? run.x : dx) <= 1e-5);
  if (!t.initial) return;
  CHECK(worst(expected.h, dh) <= 1e-5);
  if (t.kind == Kind::lstm) CHECK(worst(expected.c, dc) <= 1e-5);
}

void check_backward(Kind kind) {
  for (const Case& t : cases(kind)) {
    const Data data = data_of(t);
    const auto run = forward<double>(t, data, true);
    const Probe by{noise(static_cast<int>(run.y.size()), 7), noise(static_cast<int>(run.last_h.size()), 8),
                   noise(static_cast<int>(run.last_c.size()), 9)};
    const Slopes expected = slopes_of(t, data, by);
    for (const bool in_place : {false, true}) check_backward(t, data, by, expected, in_place);
  }
}

TEST_CASE("SimpleRNN's backward pass", "[recurrent]") { check_backward(Kind::simple_rnn); }
TEST_CASE("LSTM's backward pass", "[recurrent]") { check_backward(Kind::lstm); }
TEST_CASE("GRU's backward pass", "[recurrent]") { check_backward(Kind::gru); }

TEST_CASE("a sequence gives the bits of single steps that hand on their state", "[recurrent]") {
  for (const Kind kind : {Kind::simple_rnn, Kind::lstm, Kind::gru}) {
    Case whole{kind, {3, 9, 6, 1, 1, 0, 1}, false, false, 1};
    const Data data = data_of(whole);
    const auto expected = forward<float>(whole, data, false);
    Case single = whole;
    single.d.steps = 1;
    single.initial = true;
    Data step = data;
    for (int k = 0; k < whole.d.steps; ++k) {
      step.x.assign(data.x.begin() + k * 3, data.x.begin() + k * 3 + 3);
      const auto run = forward<float>(single, step, false);
      const auto from = expected.y.begin() + k * 9;
      CHECK(run.y == std::vector<float>(from, from + 9));
      step.h.assign(run.last_h.begin(), run.last_h.end());
      step.c.assign(run.last_c.begin(), run.last_c.end());
    }
  }
}

}  // namespace
