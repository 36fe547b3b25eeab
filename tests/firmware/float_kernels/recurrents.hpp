// SPDX-License-Identifier: BSL-1.0
// Recurrent kernels forward and backward on drawn shapes, masks and directions: what they wrote, as a hash.
#pragma once
#include <runtime/kernels/portable/gru.hpp>
#include <runtime/kernels/portable/lstm.hpp>
#include <runtime/kernels/portable/simple_rnn.hpp>

#include <tests/firmware/float_kernels/draws.hpp>

namespace float_kernels {

using namespace etch::kernels;

inline constexpr int most_units = 21, most_inputs = 9, most_steps = 19, most_sequences = 2;

struct RecurrentArrays {
  float x[most_sequences * most_steps * most_inputs], dx[most_sequences * most_steps * most_inputs];
  float kernel[most_inputs * 4 * most_units], recurrent[4 * most_units * most_units], bias[6 * most_units];
  float h[most_sequences * most_units], c[most_sequences * most_units], mask[most_sequences * most_steps];
  float y[most_sequences * most_steps * most_units], states[most_sequences * most_steps * most_units];
  float dh[most_sequences * most_units], dc[most_sequences * most_units];
  float block[most_sequences * (5 * most_steps + 2) * most_units], scratch[6 * most_units];
};

/// What the kernels are told beside shapes; gradients of weights are their first step.
template <class T>
struct RecurrentCase {
  Recurrent d;
  Hyper hyper{};
  int rows = 1;
  RecurrentInput<T> in;
  RecurrentWeights<T> w;
  RecurrentOutput<T> out;
  RecurrentSinks<GradientSink<T, FixedRule<Rule::sgd>>> sinks;
};

enum class Cell { simple, lstm, gru };

template <class T>
void run_cell(Cell cell, const RecurrentCase<T>& k, RecurrentArrays& all) {
  const auto of = [](float* numbers) { return reinterpret_cast<T*>(numbers); };
  T *const dx = k.d.input_gradient ? of(all.dx) : nullptr, *dh = of(all.dh), *dc = of(all.dc);
  T *const block = of(all.block), *states = of(all.states);
  switch (cell) {
    case Cell::simple:
      portable::simple_rnn_forward(k.d, k.rows, k.in, k.w, k.out, states, of(all.scratch));
      return portable::simple_rnn_backward(k.d, k.hyper, k.rows, k.out, k.in, states, k.w, dx, dh, block,
                                           k.sinks);
    case Cell::lstm:
      portable::lstm_forward(k.d, k.rows, k.in, k.w, k.out, block, of(all.scratch));
      return portable::lstm_backward(k.d, k.hyper, k.rows, k.out, k.in, block, k.w, dx, dh, dc, block,
                                     k.sinks);
    case Cell::gru:
      portable::gru_forward(k.d, k.rows, k.in, k.w, k.out, block, states, of(all.scratch));
      return portable::gru_backward(k.d, k.hyper, k.rows, k.out, k.in, block, states, k.w, dx, dh, block,
                                    k.sinks);
  }
}

/// A sample's results and gradients follow from the numbers drawn; results are taken for gradients of
/// results.
template <class T>
std::uint32_t run_recurrents(Cell cell) {
  static RecurrentArrays all;
  constexpr std::size_t numbers = sizeof all / sizeof(float);
  const std::span<float> flat(reinterpret_cast<float*>(&all), numbers);
  Draws draws(23);
  Hash hash;
  for (int trial = 0; trial < 16; ++trial) {
    for (float& x : flat) x = static_cast<float>(draws.between(-0x7fffff, 0x7fffff)) * 0x1p-24f;
    for (float& x : all.mask) x = draws.between(0, 3) == 0 ? 0.0f : 1.0f;
    RecurrentCase<T> k;
    k.hyper.rate = 0.375f;
    k.rows = draws.between(1, most_sequences);
    k.d = {.in = draws.between(1, most_inputs),
           .units = draws.between(1, most_units),
           .steps = draws.between(1, most_steps),
           .bias = draws.between(0, 1),
           .sequences = draws.between(0, 1),
           .backwards = draws.between(0, 1),
           .reset_after = draws.between(0, 1),
           .input_gradient = draws.between(0, 1),
           .trainable = 1};
    const auto of = [](float* n) { return reinterpret_cast<T*>(n); };
    k.in = {of(all.x), draws.between(0, 1) == 0 ? nullptr : of(all.h), of(all.c),
            draws.between(0, 1) == 0 ? nullptr : of(all.mask)};
    k.w = {of(all.kernel), of(all.recurrent), of(all.bias)};
    k.out = {of(all.y), nullptr, nullptr};
    k.sinks = {{{}, nullptr, of(all.kernel)}, {{}, nullptr, of(all.recurrent)}, {{}, nullptr, of(all.bias)}};
    run_cell<T>(cell, k, all);
    hash.take(flat);
  }
  return hash.value();
}

}  // namespace float_kernels
