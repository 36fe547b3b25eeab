// SPDX-License-Identifier: BSL-1.0
// Quantized models on watched memory: random ones of every op that only imported models have, one of 16x8,
// and MLPerf Tiny's.
#include <codegen/formats/etch/import.hpp>
#include <codegen/model/model_program.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/quantize/narrow_weights.hpp>
#include <codegen/quantize/quantize.hpp>
#include <etch/model/declare/declare.hpp>
#include <etch/model/training/initialize.hpp>
#include <tests/formats/tflite/signal_model.hpp>
#include <tests/formats/tflite/small_models.hpp>
#include <tests/golden/tflite_material.hpp>
#include <tests/memory/check_memory.hpp>
#include <tests/memory/watch.hpp>
#include <tests/unit/random_branches.hpp>

namespace {

using namespace etch;
using test::Int8Models;

/// Watches a model's prediction: inputs and results with the caller, then within the arena.
void check(const char* what, const host::ImportedModel& model, int beyond = 10) {
  constexpr Sizes room = Interpreter<float>::room;
  REQUIRE(model.graph->parameters.count <= room.parameters);
  const auto graph = std::make_unique<Graph<room>>(shrink<room>(*model.graph));
  std::vector<std::vector<std::byte>> inputs;
  memory_check::Feed feed;
  Int8Models random(11);
  for (int k = 0; k < graph->inputs.count; ++k) {
    const Value& input = graph->values[graph->inputs[k]];
    inputs.push_back(
        random.sample(static_cast<std::size_t>(input.elements * bytes_of(input.type, DType::f32))));
    feed.inputs.push_back(inputs.back().data());
  }
  for (const bool inside : {false, true}) {
    INFO(what << (inside ? ", inputs and results in the arena" : ""));
    const PlanOptions options{.inputs_in_arena = inside, .tries = 256, .each_part = true, .beam = 64};
    const auto program =
        std::make_unique<Program<inferred_sizes(room)>>(make_program(infer(*graph), options, !inside));
    std::vector<std::byte> weights(static_cast<std::size_t>(program->plan.weight_bytes));
    for (int p = 0; p < graph->parameters.count; ++p)
      std::ranges::copy(model.parameters[static_cast<std::size_t>(p)],
                        weights.begin() + program->plan.offset[p]);
    CHECK(memory_check::check_program(*program, weights, {.rows = 1}, feed, beyond) == "");
  }
}

}  // namespace

void watch_imported_ops() {
  Int8Models m(1);
  Tensor x = m.pad(m.input({9, 8, 3}));
  x = m.convolution(x, 10, 3, 2, true);
  x = m.depthwise(m.depthwise(x, 1, 3, 1, true), 2, 3, 2, true);
  x = m.sum(m.convolution(x, 20, 1, 1, false), x);
  x = m.pool(m.resample(m.pool(m.table(x), true)), false);
  check("windows", m.model({m.requantize(m.softmax(m.dense(x, 5), true)), m.softmax(m.dense(x, 7))}));

  Int8Models recurrent(2);
  x = recurrent.lstm(recurrent.input({4, 6}), 5);
  x = recurrent.svdf(Int8Models::as(x, {20}), 7, 3);
  check("recurrent", recurrent.model({x}));

  Int8Models real(3);
  x = real.quantize(real.dequantize(real.input({12})));
  check("real numbers", real.model({real.real_svdf(real.dequantize(real.dense(x, 30)), 4, 3)}));

  for (const test::SmallModel& small : test::small_models()) {
    test::TfliteWriter small_writer;
    const auto imported = host::import_tflite(small.write(small_writer), small.name);
    check(small.name.c_str(), imported, 100);  // of one operator
  }
  Int8Models choice(4);
  const Tensor given = choice.dequantize(choice.input({6}));
  x = choice.select(given, choice.dequantize(choice.input({6})), given);
  check("choice", choice.model({x}));

  Int8Models narrow(5);
  x = narrow.convolution(narrow.input({6, 5, 3}), 9, 3, 1, true);
  const auto four_bits = host::prepare(host::narrow_weights(narrow.model({narrow.dense(x, 8)}), {}));
  check("weights of 4 bits", four_bits);

  test::TfliteWriter writer;
  check("signals", host::import_tflite(test::SignalModel(writer).file(), "signals"));
}

TEST_CASE("random quantized models touch what is planned", "[memory]") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    Int8Models m(seed);
    Tensor x = m.convolution(m.input({m.between(4, 9), m.between(4, 9), m.between(1, 5)}), m.between(2, 9),
                             m.between(1, 3), m.between(1, 2), true);
    for (int i = 0; i < 5; ++i) {
      const int kernel = m.between(1, 3), stride = m.between(1, 2);
      if (m.one_in(3))
        x = m.sum(m.convolution(x, x.shape.last(), kernel, 1, true), x);
      else if (m.one_in(3))
        x = m.pool(x, m.one_in(2));
      else if (m.one_in(2))
        x = m.depthwise(x, m.one_in(4) ? 2 : 1, kernel, stride, true);
      else
        x = m.convolution(x, m.between(1, 12), kernel, stride, true);
    }
    INFO("seed " << seed);
    check("random", m.model({m.softmax(m.dense(x, 4))}), 25);  // of models this small, a value is a fifth
  }
}

struct Copies {
  long long steps = 0, left_out = 0;      ///< that join or split
  long long bytes = 0, bytes_of_all = 0;  ///< of the arena, and where every copy is made
};

void count_copies(const host::ImportedModel& model, Copies& copies) {
  const auto program = host::program_of(model, false, true, kernels::board_sets);
  for (const Step& step : program->graph.steps) {
    copies.steps += step.op == op_code<ops::Concatenate> || step.op == op_code<ops::Slice>;
    copies.left_out += etch::detail::copies_nothing(*program, step);
  }
  const auto buffers = etch::detail::make_buffers(program->graph, program->options, {});
  const int all = etch::detail::arrange(buffers, program->options, program->graph.steps.count).bytes;
  CHECK(program->plan.arena_bytes <= all);
  copies.bytes += program->plan.arena_bytes;
  copies.bytes_of_all += all;
}

TEST_CASE("random quantized models that branch, split and join touch what is planned", "[memory]") {
  Copies copies;
  for (unsigned seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    const auto model = test::RandomBranches(seed).model(4 + static_cast<int>(seed % 20));
    REQUIRE_FALSE(model.graph->fault);
    check("random", model, 25);  // many small values between few large ones
    count_copies(model, copies);
  }
  CHECK(copies.left_out > copies.steps / 5);
  CHECK(copies.bytes < copies.bytes_of_all);
  WARN("steps that join or split: " << copies.steps << ", with nothing to copy: " << copies.left_out
                                    << "; arenas: " << copies.bytes << " bytes, " << copies.bytes_of_all
                                    << " with every copy");
}

/// Convolutions of every kind, with results that reach into their inputs.
Tensor wide_model(Builder& g) {
  Tensor x = Conv2D{.filters = 6, .kernel_size = 3, .padding = Padding::same}(g.input({9, 8, 3}));
  x = Conv2D{.filters = 6, .kernel_size = 1}(x);
  x = DepthwiseConv2D{.kernel_size = 3, .padding = Padding::same}(x);
  x = DepthwiseConv2D{.kernel_size = 3, .strides = 2, .padding = Padding::same, .depth_multiplier = 2}(x);
  x = Add{}(MaxPooling2D{.pool_size = 1}(x), Conv2D{.filters = 12, .kernel_size = 1}(x));
  x = Concatenate{}(AveragePooling2D{.pool_size = 2}(x), MaxPooling2D{.pool_size = 2}(x));
  x = Activation{ActivationKind::tanh}(Activation{ActivationKind::silu}(ZeroPadding2D{.padding = 1}(x)));
  return Softmax{}(Dense{5}(GlobalAveragePooling2D{}(x)));
}

TEST_CASE("a 16x8 model touches what is planned", "[memory]") {
  const auto g = std::make_unique<Builder>();
  trace_at_run_time(functional(wide_model), *g);
  REQUIRE_FALSE(g->graph.fault);
  std::vector<std::vector<float>> numbers;
  std::vector<host::DeclaredWeight> weights;
  for (int p = 0; p < g->graph.parameters.count; ++p) {
    const Parameter& parameter = g->graph.parameters[p];
    initialize(parameter, p, 3,
               numbers.emplace_back(static_cast<std::size_t>(parameter.shape.size())).data());
  }
  for (const auto& w : numbers) weights.push_back({"weight", std::as_bytes(std::span(w))});
  std::vector<float> samples(std::size_t{9} * 8 * 3 * 2);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(i * 37 % 101) / 50 - 1;
  host::QuantizeOptions options;
  options.activations = ElementType::i16;
  options.calibration = host::Calibration::min_max;
  const auto model = host::quantize(host::import_declared(g->graph, weights, "wide"), samples, options);
  for (const Step& step : model.graph->steps)
    CHECK(model.graph->values[model.graph->result(step)].type == ElementType::i16);
  check("16x8", host::prepare(model));
}

TEST_CASE("MLPerf Tiny's models touch what is planned", "[memory]") {
  const auto models = golden::models_folder();
  if (models.empty()) return;
  for (const golden::Benchmark& b : golden::benchmarks)
    check(b.name, host::prepare(host::import_tflite(models / "mlperf_tiny" / b.file)));
}
