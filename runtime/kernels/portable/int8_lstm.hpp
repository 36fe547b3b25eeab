// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int16_functions.hpp>
#include <runtime/kernels/portable/int8_convolution.hpp>

namespace etch::kernels {

/// Long short-term memory of int8 with a state of int16, as TensorFlow Lite Micro computes it: gates in
/// Keras's order i, f, c, o, whose sums have scale 2^-12 and whose results 2^-15. A call goes on from the
/// states that the one before left. Rows of weights are filled up with zeros to `row_in` and `row_units`
/// bytes; the zero points of the input and of the result are folded into the biases.
struct Int8Lstm {
  int in = 1, units = 1, steps = 1;
  int row_in = 4, row_units = 4;
  constexpr bool operator==(const Int8Lstm&) const = default;
};

struct Int8LstmNumbers {
  Int8Scale input[4], recurrent[4];  ///< of each gate's sums
  Int8Scale keep, add, output;       ///< f * c, i * g, o * tanh(c)
  std::int32_t output_zero_point = 0;
  std::int32_t cell_clip = 0;                        ///< 0: none
  std::int32_t tanh_multiplier = 3, tanh_shift = 0;  ///< brings c to steps of the table
};

struct Int8LstmWeights {
  const std::int8_t *input = nullptr, *recurrent = nullptr;       ///< [4 units][row]
  const std::int32_t *bias = nullptr, *recurrent_bias = nullptr;  ///< [4 units]
  const std::uint16_t* sigmoid = nullptr;                         ///< [256], as `int16_sigmoid` reads it
};

/// What goes from call to call, [units] each, and begins as zeros.
struct Int8LstmState {
  std::int8_t* hidden = nullptr;  ///< the last result, as its difference to the zero point, modulo 256
  std::int16_t* cell = nullptr;
};

/// Elements of int16 that the kernel scribbles on: the gates.
constexpr int int8_lstm_scratch(const Int8Lstm& d) { return 4 * d.units; }

constexpr std::int16_t to_int16(std::int32_t x) {
  return static_cast<std::int16_t>(x < -32768 ? -32768 : x > 32767 ? 32767 : x);
}

/// \param gates `int8_lstm_scratch` elements.
[[gnu::always_inline]] inline void int8_lstm(const Int8Lstm& d, const std::int8_t* x,
                                             const Int8LstmWeights& w, const Int8LstmNumbers& n,
                                             Int8LstmState state, std::int8_t* y, std::int16_t* gates) {
  const int u = d.units;
  // The gates of a time are known before its result is written, so the first result lends its memory.
  const std::int8_t* before = y;
  for (int j = 0; j < u; ++j) y[j] = static_cast<std::int8_t>(state.hidden[j] + n.output_zero_point);
  for (int t = 0; t < d.steps; ++t, x += d.in, y += u) {
    for (int k = 0; k < 4 * u; ++k) {
      std::int32_t sum = w.bias[k], past = w.recurrent_bias[k];
      for (int i = 0; i < d.in; ++i) sum += w.input[k * d.row_in + i] * x[i];
      for (int j = 0; j < u; ++j) past += w.recurrent[k * d.row_units + j] * before[j];
      const Int8Scale &s = n.input[k / u], &r = n.recurrent[k / u];
      const std::int32_t gate = to_int16(to_int16(requantize(sum, s.multiplier, s.shift)) +
                                         to_int16(requantize(past, r.multiplier, r.shift)));
      gates[k] = k / u == 2 ? int16_tanh(3 * gate, w.sigmoid) : int16_sigmoid(3 * gate, w.sigmoid);
    }
    for (int j = 0; j < u; ++j) {
      const std::int16_t kept =
          to_int16(requantize(gates[u + j] * state.cell[j], n.keep.multiplier, n.keep.shift));
      const std::int16_t added =
          to_int16(requantize(gates[j] * gates[2 * u + j], n.add.multiplier, n.add.shift));
      std::int32_t c = to_int16(kept + added);
      if (n.cell_clip > 0) c = c < -n.cell_clip ? -n.cell_clip : c > n.cell_clip ? n.cell_clip : c;
      state.cell[j] = static_cast<std::int16_t>(c);
      const std::int32_t half = n.tanh_shift > 0 ? 1 << (n.tanh_shift - 1) : 0;
      const std::int32_t raised = (c * n.tanh_multiplier + half) >> n.tanh_shift;
      const std::int32_t h = int16_tanh(raised, w.sigmoid) * gates[3 * u + j];
      y[j] = requantize_to_int8(h, n.output, {0, n.output_zero_point, -128, 127});
    }
    before = y;
  }
  for (int j = 0; j < u; ++j) state.hidden[j] = static_cast<std::int8_t>(before[j] - n.output_zero_point);
}

}  // namespace etch::kernels
