// SPDX-License-Identifier: BSL-1.0
// The list of ops, walked once: each has cases of all its types, gives the same bits compiled and
// interpreted, goes through a model's file unchanged or is refused there, and takes the same memory by the
// tool as by the compiler, however often its model is written. Beside it stand damage (step_rules_test.cpp),
// gradients (case_gradient_test.cpp), and kernels of each target (coverage_test.cpp).
#include <catch2/catch.hpp>
#include <codegen/formats/etch/graph_reader.hpp>
#include <codegen/model/model_draft.hpp>
#include <codegen/model/model_program.hpp>
#include <codegen/model/run_program.hpp>
#include <etch/model/declare/graph_text.hpp>
#include <etch/model/program/lower.hpp>
#include <etch/passes/infer.hpp>
#include <runtime/host/error.hpp>

#include "op_facts.hpp"
#include "step_arrays.hpp"
#include "step_cases_quantized.hpp"
#include "step_cases_real.hpp"

namespace {

using namespace etch;
using namespace etch::test;

template <class Op>
void check_types() {
  INFO(Op::name);
  std::vector<StepTypes> cases;
  for (const StepCase& c : StepCases<Op>::all()) cases.push_back(types_of(operands_of(op_code<Op>, c)));
  for (const StepTypes& types : types_of<Op>()) {
    INFO("of types " << static_cast<int>(types.x) << " and " << static_cast<int>(types.y));
    CHECK(std::ranges::find(cases, types) != cases.end());
  }
}

TEST_CASE("every op has a case of each type that it accepts", "[registry]") {
  []<class... Ops>(OpPack<Ops...>) { (check_types<Ops>(), ...); }(OpList{});
}

template <class Op>
void check_whole_numbers() {
  INFO(Op::name);
  CHECK(Op::whole_numbers == std::ranges::all_of(StepCases<Op>::all(), is_whole<Op>));
}

TEST_CASE("an op is of whole numbers where no case of it has a real operand", "[registry]") {
  []<class... Ops>(OpPack<Ops...>) { (check_whole_numbers<Ops>(), ...); }(OpList{});
}

constexpr int most_operands = StepOperands::capacity;
using CaseGraph = Graph<Sizes{most_operands, most_operands + 1, 1, most_operands + 1, most_operands}>;

/// A graph of the first case of an op.
template <class Op, Numerics numerics>
constexpr CaseGraph first_graph = [] {
  CaseGraph g;
  g.numerics = numerics;
  put_step(g, op_code<Op>, StepCases<Op>::all()[0]);
  return g;
}();

/// A description that is a constant, as lowered code has it, against one that is made now.
template <class Op, Numerics numerics>
void check_compiled() {
  INFO(Op::name << ", " << numerics_text(numerics));
  static constexpr const CaseGraph& g = first_graph<Op, numerics>;
  static constexpr const Step& step = g.steps.item[0];
  using T = kernels::FloatOf<numerics>;
  using Given = etch::detail::OperandsOf<Op, T, step.phase, step.rule>;
  const StepCase c = StepCases<Op>::all()[0];
  const auto compiled = results_of(g, step, c, 0x5a, [](const kernels::Call& call, void* const* operands) {
    etch::detail::kernel<Op, Op::describe(g, step), T, Given, false>(call, operands);
  });
  const auto interpreted = results_of(g, step, c, 0x5a, [](const kernels::Call& call, void* const* operands) {
    host::run_step(g, step, call, operands);
  });
  CHECK(compiled == interpreted);
}

TEST_CASE("every op gives the same bits compiled and interpreted", "[registry]") {
  []<class... Ops>(OpPack<Ops...>) { (check_compiled<Ops, Numerics::separate>(), ...); }(OpList{});
}

TEST_CASE("every op gives the same bits compiled and interpreted where it is fused", "[registry]") {
  []<class... Ops>(OpPack<Ops...>) { (check_compiled<Ops, Numerics::fused>(), ...); }(OpList{});
}

using Declared = Graph<declaration_capacity>;

/// Whether a graph's text gives the graph again; false where there is no text, or it is refused.
bool goes_through_file(const Declared& g) {
  const std::string text = graph_text(g);
  if (text.empty()) return false;
  try {
    return *host::read_graph_text(text, "step") == g;
  } catch (const Error& error) {
    CHECK_THAT(error.what(), Catch::StartsWith("'step': "));
    return false;
  }
}

template <class Op>
void check_file() {
  INFO(Op::name);
  for (const StepCase& c : StepCases<Op>::all()) {
    const auto g = std::make_unique<Declared>();
    put_step(*g, op_code<Op>, c);
    const bool has_input = g->steps[0].inputs > g->steps[0].parameters;
    CHECK(goes_through_file(*g) == (is_in_files<Op>() && is_real<Op>(c) && has_input));
  }
}

TEST_CASE("every op of predictions of real numbers goes through a file, and no other", "[registry]") {
  []<class... Ops>(OpPack<Ops...>) { (check_file<Ops>(), ...); }(OpList{});
}

/// A model of a case's step, as an importer gives it. Its weights differ: equal ones would become one.
template <class Op>
host::ImportedModel model_of(const StepCase& c) {
  host::ImportedModel model;
  model.name = "step";
  model.graph = std::make_unique<Declared>();
  put_step(*model.graph, op_code<Op>, c);
  for (int p = 0; p < model.graph->parameters.count; ++p)
    model.parameters.emplace_back(host::bytes_of_sample(model.graph->values[p]), static_cast<std::byte>(p));
  model.source = {0};
  return model;
}

std::string memory_of(const auto& program) {
  return std::to_string(program.plan.arena_bytes) + " bytes (no plan can need less than " +
         std::to_string(program.plan.lower_bound) + "), " + std::to_string(program.plan.state_bytes) +
         " of states, operands: " + std::to_string(program.graph.operands.count);
}

/// The program that `Deployment` has: folding changes nothing of a single step.
template <class Op>
std::string compiled_memory(const StepCase& c) {
  CaseGraph g;
  put_step(g, op_code<Op>, c);
  return memory_of(make_program(infer(g), prediction_plan, true));
}

/// Whether predictions have such a step: the others stand behind the loss.
template <class Op>
constexpr bool predicts = !StepCases<Op>::whole_batch;

template <class Op>
void check_memory() {
  INFO(Op::name);
  for (const StepCase& c : StepCases<Op>::all())
    if (predicts<Op>) CHECK(memory_of(*host::program_of(model_of<Op>(c))) == compiled_memory<Op>(c));
}

TEST_CASE("every op takes the same memory by the tool and by the compiler", "[registry]") {
  []<class... Ops>(OpPack<Ops...>) { (check_memory<Ops>(), ...); }(OpList{});
}

/// Values may change their numbers the first time: inputs come before states.
template <class Op>
void check_written() {
  INFO(Op::name);
  for (const StepCase& c : StepCases<Op>::all()) {
    const host::ImportedModel model = model_of<Op>(c);
    const host::ModelDraft draft(model);
    if (!predicts<Op> || draft.steps[0].inputs.empty()) continue;
    const host::ImportedModel once = draft.model(), again = host::ModelDraft(once).model();
    CHECK(*once.graph == *again.graph);
    CHECK(once.parameters == model.parameters);
    CHECK(once.graph->values.count == model.graph->values.count);
    Step step = once.graph->steps[0];
    step.first = model.graph->steps[0].first;
    CHECK(step == model.graph->steps[0]);
    CHECK(memory_of(*host::program_of(once)) == compiled_memory<Op>(c));
  }
}

TEST_CASE("every op's steps are written again as they are", "[registry]") {
  []<class... Ops>(OpPack<Ops...>) { (check_written<Ops>(), ...); }(OpList{});
}

}  // namespace
