// SPDX-License-Identifier: BSL-1.0
// Models that are taken apart and written again: what they share, and what is refused.
#include <codegen/formats/etch/import.hpp>
#include <codegen/model/model_draft.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/quantize/quantize.hpp>
#include <etch/layers/layers.hpp>
#include <etch/passes/fake_quantization.hpp>
#include <tests/unit/error_of.hpp>

#include <catch2/catch.hpp>

namespace {

using namespace etch;
using Catch::Matchers::Contains;
using Declared = Graph<declaration_capacity>;

/// Weights of one number each: their own.
host::ImportedModel model_of(const Declared& graph) {
  std::vector<std::vector<float>> numbers;
  std::vector<host::DeclaredWeight> weights;
  for (int p = 0; p < graph.parameters.count; ++p)
    numbers.emplace_back(graph.parameters[p].shape.size(), 0.25f * static_cast<float>(p + 1));
  for (const auto& n : numbers) weights.push_back({"weight", std::as_bytes(std::span(n))});
  return host::import_declared(graph, weights, "net");
}

template <class Define>
std::unique_ptr<Declared> traced(const Define& define) {
  const auto g = std::make_unique<Builder>();
  g->output(define(*g));
  g->finish(0);
  REQUIRE_FALSE(g->graph.fault);
  return std::make_unique<Declared>(g->graph);
}

std::vector<std::byte> result_of(const host::ImportedModel& model) {
  host::ModelSession session(model);
  std::vector<float> x(session.input_bytes(0) / sizeof(float));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 5) - 2;
  session.run(std::as_bytes(std::span(x)));
  return {session.output().begin(), session.output().end()};
}

TEST_CASE("weights that steps share are kept once, however short they are", "[draft]") {
  const auto model = model_of(*traced([](Builder& g) {
    Dense layer{3, ActivationKind::tanh};
    return Dense{3}(layer(layer(layer(g.input({3})))));
  }));
  REQUIRE(model.parameters.size() == 4);
  const auto written = host::ModelDraft(model).model();
  CHECK(written.parameters == model.parameters);
  CHECK(written.graph->parameters.count == 4);
  CHECK(result_of(written) == result_of(model));

  SECTION("until a pass changes them for one of the steps") {
    host::ModelDraft draft(model);
    host::ConstantArray bias = draft.parameter(draft.steps[1], 1);
    bias.bytes = host::constant_of(std::vector<float>{1, 2, 3}, ElementType::real).bytes;
    draft.replace(draft.steps[1], 1, bias);
    const auto changed = draft.model();
    CHECK(changed.parameters.size() == 5);
    const auto& g = *changed.graph;
    const auto parameters = [&](int s) {
      return std::pair(g.operand(g.steps[s], 1), g.operand(g.steps[s], 2));
    };
    CHECK(parameters(0) == std::pair(0, 1));
    CHECK(parameters(1) == std::pair(0, 2));
    CHECK(parameters(2) == std::pair(0, 1));
    CHECK(result_of(changed) != result_of(model));
  }
}

TEST_CASE("long weights of equal numbers are kept once, of steps that share nothing", "[draft]") {
  const auto graph = traced([](Builder& g) {
    return Dense{.units = 16, .use_bias = false}(Dense{.units = 16, .use_bias = false}(g.input({16})));
  });
  auto model = model_of(*graph);
  CHECK(host::ModelDraft(model).model().parameters.size() == 2);
  model.parameters[1] = model.parameters[0];
  const auto written = host::ModelDraft(model).model();
  CHECK(written.parameters.size() == 1);
  CHECK(result_of(written) == result_of(model));
}

TEST_CASE("recurrent steps that stay real share their weights once quantized", "[draft][quantize]") {
  const auto model = model_of(*traced([](Builder& g) {
    GRU layer{.units = 3, .return_sequences = true};
    return layer(layer(g.input({4, 3})));
  }));
  std::vector<float> samples(5 * 12);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(i % 7) - 3;
  const auto quantized = host::quantize(model, samples);
  CHECK(quantized.parameters == model.parameters);
  CHECK(result_of(quantized) == result_of(model));
}

TEST_CASE("steps that break their op's rule are not written", "[draft]") {
  const auto model = model_of(*traced([](Builder& g) { return Dense{2}(Dense{3}(g.input({4}))); }));
  const auto error_with = [&](auto&& change) {
    host::ModelDraft draft(model);
    change(draft);
    return error_of([&] { draft.model(); });
  };
  CHECK(error_with([](auto&) {}).empty());
  CHECK_THAT(error_with([](auto& draft) { draft.steps[0].step.out = {5}; }), Contains("'net': "));
  CHECK_THAT(error_with([](auto& draft) {
               draft.replace(draft.steps[0], 1, {{2}, ElementType::real, {}});
             }),
             Contains("'net': an operand of a step has another number of elements"));
  CHECK(error_with([](auto& draft) { draft.steps.erase(draft.steps.begin()); }) ==
        "'net': a step reads what nothing before it makes");
  CHECK(error_with([](auto& draft) { draft.steps[1].inputs.clear(); }) == "'net': a step has no input");
  CHECK(error_with([](auto& draft) { draft.steps[1].inputs = {-1}; }) ==
        "'net': a step leaves out an operand");
}

TEST_CASE("models whose steps make weights are neither prepared nor quantized", "[draft]") {
  const auto declared = traced([](Builder& g) { return Dense{2}(g.input({4})); });
  const auto rounded = std::make_unique<Declared>(fake_quantize(*declared));
  REQUIRE_FALSE(rounded->fault);
  const auto model = model_of(*rounded);
  const std::string sentence = "'net' has steps that make weights, which only its own program can run";
  CHECK(error_of([&] { host::prepare(model); }) == sentence);
  const std::vector<float> samples{1, 2, 3, 4};
  CHECK(error_of([&] { host::quantize(model, samples); }) == sentence);
}

}  // namespace
