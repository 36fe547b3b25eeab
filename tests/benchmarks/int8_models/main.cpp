// SPDX-License-Identifier: BSL-1.0
// Published models of int8 and their float forms, one sample a call, with the kernels of several compilations
// in one program: int8_models FOLDER (that of MLPerf Tiny's models) [options of Google Benchmark].
#include "kernels.hpp"

#include "tests/benchmarks/machine.hpp"
#include "tests/benchmarks/model_in_memory.hpp"

#include <benchmark/benchmark.h>
#include <runtime/host/error.hpp>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

extern const int8_models::Kernels portable_kernels, sse2_kernels, avx2_kernels, avx512_kernels,
    native_kernels;

namespace {

using namespace etch;
using int8_models::Kernels;

/// A model with inputs of some pattern.
class Model : public etch::benchmarks::ModelInMemory {
 public:
  explicit Model(const std::filesystem::path& file) : ModelInMemory(file) {
    const auto& g = program().graph;
    for (int k = 0; k < g.inputs.count; ++k) {
      const Value& v = g.values[g.inputs[k]];
      auto& memory = inputs()[static_cast<std::size_t>(k)];
      for (int i = 0; i < v.elements; ++i) {
        const float number = static_cast<float>((i * 37 + i / 11) % 255 - 127);
        if (v.type == ElementType::real)
          std::memcpy(&memory[static_cast<std::size_t>(i) * 4], &number, sizeof number);
        else
          memory[static_cast<std::size_t>(i)] = static_cast<std::byte>(static_cast<int>(number));
      }
    }
  }
  void run(const Kernels& kernels) { kernels.run(program(), program().graph.steps.count, regions()); }
};

void predict(benchmark::State& state, const std::shared_ptr<Model>& model, const Kernels& kernels) {
  for (auto _ : state) {
    model->run(kernels);
    benchmark::DoNotOptimize(model->output().data());
  }
  state.counters["GMAC/s"] = benchmark::Counter(static_cast<double>(model->macs()) * 1e-9,
                                                benchmark::Counter::kIsIterationInvariantRate);
}

void peak(benchmark::State& state, const Kernels& kernels) {
  long long macs = 0;
  for (auto _ : state) macs += kernels.peak(10'000);
  state.counters["GMAC/s"] =
      benchmark::Counter(static_cast<double>(macs) * 1e-9, benchmark::Counter::kIsRate);
}

/// One model with each of the compilations, which must agree; false if they do not.
bool measure(const std::string& name, const std::filesystem::path& file,
             const std::vector<const Kernels*>& all) {
  const auto model = std::make_shared<Model>(file);
  std::vector<std::byte> expected;
  for (const Kernels* kernels : all) {
    model->run(*kernels);
    if (expected.empty()) expected = model->output();
    if (model->output() != expected) return false;
    benchmark::RegisterBenchmark((name + "/" + kernels->name).c_str(), predict, model, *kernels)
        ->Unit(benchmark::kMicrosecond);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) try {
  benchmark::Initialize(&argc, argv);
  etch::benchmarks::say_machine("int8");
  if (argc < 2) throw Error("int8_models FOLDER: that of MLPerf Tiny's models");
  const std::filesystem::path models = argv[1];
  std::vector<const Kernels*> all{&portable_kernels, &sse2_kernels};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) all.push_back(&avx2_kernels);
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    all.push_back(&avx512_kernels);
  all.push_back(&native_kernels);
  for (const Kernels* kernels : all)
    if (kernels->peak(1) > 0)
      benchmark::RegisterBenchmark((std::string("peak/") + kernels->name).c_str(), peak, *kernels)
          ->Unit(benchmark::kMicrosecond);
  const struct {
    const char *name, *int8, *real;
  } files[]{{"ic", "ic/pretrainedResnet_quant.tflite", "ic/pretrainedResnet.tflite"},
            {"kws", "kws/kws_ref_model.tflite", "kws/kws_ref_model_float32.tflite"},
            {"vww", "vww/vww_96_int8.tflite", "vww/vww_96_float.tflite"},
            {"ad", "ad/ad01_int8.tflite", "ad/ad01_fp32.tflite"}};
  for (const auto& f : files)
    if (!measure(std::string(f.name) + "_int8", models / f.int8, all) ||
        !measure(std::string(f.name) + "_float", models / f.real, {&native_kernels}))
      throw Error(std::string(f.name) + ": kernels of two compilations differ");
  benchmark::RunSpecifiedBenchmarks();
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
