// SPDX-License-Identifier: BSL-1.0
// Float kernels on drawn shapes and numbers, and a hash of what they wrote: the same one on every target.
// Argument: the file of hashes.
#include <runtime/boards/common/console.h>
#include <runtime/kernels/portable/dense.hpp>
#include <runtime/kernels/portable/dense_backward.hpp>

#include <tests/firmware/float_kernels/pools.hpp>
#include <tests/firmware/float_kernels/recurrents.hpp>
#include <tests/firmware/float_kernels/windows.hpp>
#include <tests/firmware/result_file.hpp>

#include "runtime/boards/common/fail.hpp"

namespace {

using namespace etch;
using namespace etch::kernels;
using float_kernels::Draws;
using float_kernels::Hash;

constexpr int most_in = 37, most_out = 41, most_rows = 9, trials = 60;

/// A layer's arrays; what a shape does not use stays as it was drawn, and is hashed too.
struct Layer {
  float x[most_rows * most_in], w[most_in * most_out], b[most_out], dy[most_rows * most_out];
  float y[most_rows * most_out], dx[most_rows * most_in], held[most_rows];
  float a1[most_in * most_out], a2[most_in * most_out], b1[most_out], b2[most_out];

  void draw(Draws& draws, bool with_nan) {
    for (const std::span<float> numbers :
         {std::span<float>(x), std::span<float>(w), std::span<float>(b), std::span<float>(dy),
          std::span<float>(y), std::span<float>(dx), std::span<float>(a1), std::span<float>(b1)})
      draws.fill(numbers, with_nan);
    for (const std::span<float> numbers : {std::span<float>(a2), std::span<float>(b2)})
      for (float& square : numbers) {  // second moments are not negative
        square = draws.number(with_nan);
        if (square < 0) square = -square;
      }
  }
  void hash(Hash& hash) const {
    for (const std::span<const float> numbers :
         {std::span<const float>(x), std::span<const float>(w), std::span<const float>(b),
          std::span<const float>(y), std::span<const float>(dx), std::span<const float>(a1),
          std::span<const float>(a2), std::span<const float>(b1), std::span<const float>(b2)})
      hash.take(numbers);
  }
};

Layer layer, other;  // one pair for all runs, which draw them anew: it fits into a small RAM

std::uint32_t hash_of(const Layer& layer) {
  Hash hash;
  layer.hash(hash);
  return hash.value();
}

template <class T>
T* of(float* numbers) {
  return reinterpret_cast<T*>(numbers);
}

/// Forward, and backward with the rule's update in it; `dx` is `x` at times, and weights that are not `open`
/// are not trained.
template <class T, Rule rule>
[[gnu::always_inline]] inline void train(Layer& l, const DenseForward& forward, const DenseBackward& backward,
                                         const Hyper& h, int rows, bool in_place, bool open = true) {
  portable::dense_forward(forward, rows, of<T>(l.x), of<T>(l.w), of<T>(l.b), of<T>(l.y));
  using Sink = GradientSink<T, FixedRule<rule>>;
  const bool keeps = rule == Rule::none;
  portable::dense_backward(backward, h, rows, of<T>(l.dy), of<T>(l.x), of<T>(l.w),
                           of<T>(in_place ? l.x : l.dx), of<T>(l.held),
                           Sink({}, open ? of<T>(l.a1) : nullptr, keeps || !open ? nullptr : of<T>(l.w),
                                keeps ? nullptr : of<T>(l.a1), keeps ? nullptr : of<T>(l.a2)),
                           Sink({}, of<T>(l.b1), keeps ? nullptr : of<T>(l.b), keeps ? nullptr : of<T>(l.b1),
                                keeps ? nullptr : of<T>(l.b2)));
}

/// The same by code that knows that there is one row.
template <class T, Rule rule>
[[gnu::noinline]] void train_one(Layer& l, const DenseForward& forward, const DenseBackward& backward,
                                 const Hyper& h, bool in_place) {
  train<T, rule>(l, forward, backward, h, 1, in_place);
}

/// The same by code that knows the columns too.
template <class T, Rule rule, int out>
[[gnu::noinline]] void train_columns(Layer& l, DenseForward forward, DenseBackward backward, const Hyper& h,
                                     bool in_place, bool open) {
  forward.out = backward.out = out;
  train<T, rule>(l, forward, backward, h, 1, in_place, open);
}

/// The same by code that knows the rule alone: once for all numbers of columns.
template <class T, Rule rule>
[[gnu::noinline]] void train_any_columns(Layer& l, const DenseForward& forward, const DenseBackward& backward,
                                         const Hyper& h, int rows, bool in_place, bool open) {
  train<T, rule>(l, forward, backward, h, rows, in_place, open);
}

/// Layers of so few columns that a row's are all in registers, where the compiler knows how many.
template <class T, Rule rule, int out>
void run_columns(Draws& draws, Hash& hash) {
  for (int trial = 0; trial < 32; ++trial) {
    layer.draw(draws, trial % 8 == 7);
    other = layer;
    const int in = draws.between(1, most_in), bias = draws.between(0, 1), input = trial & 1;
    const ActivationKind activation = trial & 2 ? ActivationKind::relu : ActivationKind::linear;
    Hyper h{.rate = 0.375f};
    h.weight_decay = trial & 4 ? 0.125f : 0.0f;
    const bool in_place = draws.between(0, 1) == 0, open = trial % 5 > 0;
    volatile int columns = out, rows = 1;  // what the other one does not know
    const DenseForward forward{in, columns, 1, bias, activation};
    const DenseBackward backward{in, columns, 1, bias, input, 1, activation};
    train_columns<T, rule, out>(layer, forward, backward, h, in_place, open);
    train_any_columns<T, rule>(other, forward, backward, h, rows, in_place, open);
    layer.hash(hash);
    if (hash_of(other) != hash_of(layer)) fail("columns that the compiler knows have other bits");
  }
}

template <class T>
std::uint32_t run_narrow() {
  Draws draws(6);
  Hash hash;
  run_columns<T, Rule::sgd, 8>(draws, hash);
  run_columns<T, Rule::sgd, 9>(draws, hash);
  run_columns<T, Rule::sgd, 10>(draws, hash);
  run_columns<T, Rule::sgd, 11>(draws, hash);
  run_columns<T, Rule::sgd, 12>(draws, hash);
  run_columns<T, Rule::momentum, 10>(draws, hash);
  run_columns<T, Rule::none, 11>(draws, hash);
  return hash.value();
}

template <class T, Rule rule>
std::uint32_t run(std::uint32_t seed) {
  Draws draws(seed);
  Hash hash;
  for (int trial = 0; trial < trials; ++trial) {
    layer.draw(draws, trial % 8 == 0);
    const int in = draws.between(1, most_in), out = draws.between(1, most_out);
    const int rows = trial % 3 == 0 ? 1 : draws.between(1, most_rows);
    const int bias = draws.between(0, 3) > 0 ? 1 : 0, input = draws.between(0, 1);
    const ActivationKind activation =
        draws.between(0, 1) == 0 ? ActivationKind::relu : ActivationKind::linear;
    Hyper h{.rate = 0.375f};
    h.weight_decay = trial % 4 == 0 ? 0.125f : 0.0f;
    const bool in_place = draws.between(0, 1) == 0;
    const DenseForward forward{in, out, 1, bias, activation};
    const DenseBackward backward{in, out, 1, bias, input, 1, activation};
    if (rows == 1) {
      other = layer;
      train_one<T, rule>(other, forward, backward, h, in_place);
    }
    train<T, rule>(layer, forward, backward, h, rows, in_place);
    layer.hash(hash);
    if (rows == 1 && hash_of(other) != hash_of(layer)) fail("a single row has other bits");
  }
  return hash.value();
}

template <class T>
void write_hashes(ResultFile& file) {
  const std::uint32_t hashes[] = {run<T, Rule::none>(1),
                                  run<T, Rule::sgd>(2),
                                  run<T, Rule::momentum>(3),
                                  run<T, Rule::nesterov>(4),
                                  run<T, Rule::adam>(5),
                                  run_narrow<T>(),
                                  float_kernels::run_windows<T>(),
                                  float_kernels::run_pools<T>(),
                                  float_kernels::run_recurrents<T>(float_kernels::Cell::simple),
                                  float_kernels::run_recurrents<T>(float_kernels::Cell::lstm),
                                  float_kernels::run_recurrents<T>(float_kernels::Cell::gru)};
  file.put(hashes, sizeof hashes);
}

}  // namespace

extern "C" int firmware_main() {
  ResultFile file;
  write_hashes<float>(file);
  write_hashes<FusedFloat>(file);
  file.close();
  board_write("float_kernels ok\n");
  return 0;
}
