// SPDX-License-Identifier: BSL-1.0
// Step, epoch and prediction of the article's network; data are drawn digits, so that no download is needed.
#include "examples/mnist/mnist_model.hpp"
#include "tests/benchmarks/machine.hpp"

#include <benchmark/benchmark.h>
#include <etch/etch.hpp>
#include <runtime/host/data/drawn_digits.hpp>

#include <vector>

namespace {

using namespace etch;

auto& trainer() {
  static auto model =
      compile<mnist>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<32>);
  return model;
}

void training_step(benchmark::State& state) {
  auto& model = trainer();
  for (std::size_t i = 0; i < model.input().size(); ++i)
    model.input()[i] = static_cast<float>(i % 17) / 17.0f;
  for (auto _ : state) benchmark::DoNotOptimize(model.train_on_batch(32));
}
BENCHMARK(training_step)->Name("training step, 32 samples/separate")->Unit(benchmark::kMicrosecond);

void epoch_of_60000(benchmark::State& state) {
  static const host::ImageSet digits = host::draw_digits(60'000, 1);
  const Dataset data{Samples{std::span<const std::uint8_t>(digits.images)},
                     Labels{std::span<const std::uint8_t>(digits.labels)}};
  for (auto _ : state) trainer().fit(data, {.silent = true});
}
BENCHMARK(epoch_of_60000)
    ->Name("epoch of 60,000 drawn digits/separate")
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(1);

void prediction_of_one(benchmark::State& state) {
  using Shipped = Deployment<mnist>;
  alignas(64) static std::byte weights[Shipped::weight_bytes], arena[Shipped::arena_bytes];
  fold_weights<mnist>(trainer().weights(), weights);
  static float x[784], y[10];
  const void* in[] = {x};
  void* out[] = {y};
  for (auto _ : state) {
    Shipped::predict(weights, arena, in, out);
    benchmark::DoNotOptimize(y[0]);
  }
}
BENCHMARK(prediction_of_one)
    ->Name("prediction of one image, deployed/separate")
    ->Unit(benchmark::kMicrosecond);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  etch::benchmarks::say_machine("training", etch::kernels::vector_floats);
  benchmark::RunSpecifiedBenchmarks();
}
