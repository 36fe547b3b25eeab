// SPDX-License-Identifier: BSL-1.0
// No kernel of floats adds a product to anything but by the forms, which have it by the model's numerics: the
// forward and backward steps of every case of every op, every rule and every loss, on numbers that remember
// what they are.
#include "traced.hpp"
// Kernels come after what they are traced with.
#include <etch/model/program/interpreter.hpp>
#include <etch/model/program/program.hpp>
#include <etch/passes/differentiate.hpp>

#include "case_model.hpp"
#include "op_facts.hpp"
#include "step_cases_quantized.hpp"
#include "step_cases_real.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace {

using namespace etch;
using namespace etch::test;
using kernels::Traced;

constexpr Sizes room{16, 64, 24, 160, 8};
using Declared = Graph<room>;
constexpr Sizes training_room = etch::detail::training_sizes(room);
constexpr int rows = 2;

/// Memory of some bytes whose numbers are no products and between 0.1 and 0.9.
class Memory {
 public:
  explicit Memory(int bytes) : words_(static_cast<std::size_t>(bytes) / 4 + 16) {
    std::uint32_t n = 7;
    for (float& x : words_) {
      n = n * 1664525U + 1013904223U;
      x = Traced(0.1f + 0.8f * static_cast<float>(n >> 8) / static_cast<float>(1 << 24)).stored;
    }
  }
  std::byte* data() { return reinterpret_cast<std::byte*>(words_.data()); }
  /// Products that a step leaves are numbers to the next.
  void settle() {
    for (float& x : words_) x = Traced::marked(x, 0);
  }

 private:
  std::vector<float> words_;
};

/// Steps of a model that trains in which a product met a sum on its own.
std::set<std::string> joining_steps(const Declared& graph, const TrainingOptions& options) {
  using Program = etch::Program<training_room>;
  const auto training = std::make_unique<TrainingGraph<training_room>>(differentiate(graph, options));
  const auto program =
      std::make_unique<Program>(make_program(training->graph, PlanOptions{.batch = rows}, false));
  const auto& plan = program->plan;
  Memory weights(plan.weight_bytes), optimizer(plan.optimizer_bytes), gradients(plan.gradient_bytes),
      arena(plan.arena_bytes), states(plan.state_bytes);
  std::vector<Memory> inputs;
  for (const Shape& shape : graph.input_shapes) inputs.emplace_back(4 * rows * shape.size());
  std::vector<const void*> in;
  for (Memory& input : inputs) in.push_back(input.data());
  Memory numbers(4 * rows * graph.output_shapes[0].size());
  const std::vector<std::int32_t> classes(static_cast<std::size_t>(rows * graph.output_shapes[0].size()));
  const void* const labels[]{
      takes_classes(options.losses[0].kind) ? static_cast<const void*>(classes.data()) : numbers.data(),
      nullptr};
  const Regions regions{weights.data(), optimizer.data(), gradients.data(), arena.data(),
                        in.data(),      nullptr,          labels,           states.data()};
  const kernels::Call call{.rows = rows, .hyper = {0.1f, 0.9f, 0.9f, 0.99f, 1e-6f, 0.01f, 0.3f, 0.9f}};
  std::set<std::string> joining;
  for (int s = 0; s < program->graph.steps.count; ++s) {
    const Step& step = program->graph.steps[s];
    const int before = Traced::joined;
    interpret<Traced>(*program, s, s + 1, call, regions);
    if (Traced::joined != before)
      joining.insert(visit_op(step.op, [](auto op) { return std::string(decltype(op)::name); }) +
                     (step.phase == Phase::backward ? " backward" : " forward"));
    for (Memory* memory : {&weights, &optimizer, &gradients, &arena, &states}) memory->settle();
  }
  return joining;
}

template <class Define>
std::unique_ptr<Declared> traced_graph(const Define& define) {
  const auto g = std::make_unique<Builder>(true);
  g->trace_at_run_time();
  g->output(define(*g));
  g->finish(0);
  REQUIRE_FALSE(g->graph.fault);
  const Sizes needed = g->graph.sizes();
  REQUIRE((needed.parameters <= room.parameters && needed.values <= room.values &&
           needed.steps <= room.steps && needed.operands <= room.operands && needed.ends <= room.ends));
  return std::make_unique<Declared>(shrink<room>(g->graph));
}

template <class Op>
void check_cases() {
  int number = 0;
  for (const StepCase& c : StepCases<Op>::all()) {
    INFO(Op::name << ", case " << number++);
    const CaseGradient gradient = gradient_of<Op>(c);
    if (gradient != CaseGradient::checked) continue;
    CHECK(joining_steps(*traced_graph([&](Builder& g) { return result_of<Op>(g, c); }), {}) ==
          std::set<std::string>{});
  }
}

std::unique_ptr<Declared> small_network() {
  return traced_graph([](Builder& g) {
    return Dense{.units = 3, .kernel_regularizer = L1L2{0.1f, 0.1f}, .kernel_constraint = MinMaxNorm{}}(
        Dense{.units = 4, .activation = ActivationKind::tanh}(g.input({5})));
  });
}

}  // namespace

TEST_CASE("a product that meets a sum on its own is seen", "[numerics]") {
  const int before = Traced::joined;
  const Traced a = 2.0f, b = 3.0f;
  CHECK(static_cast<float>(a * b + a) == 8);
  CHECK(Traced::joined == before + 1);
  CHECK(static_cast<float>(a - (-(b * b))) == 11);
  CHECK(Traced::joined == before + 2);
  CHECK(static_cast<float>(kernels::multiply_add(a, b, a)) == 8);
  CHECK(static_cast<float>(kernels::multiply_add(a, b, a * b)) == 12);
  CHECK(Traced::joined == before + 2);
}

TEST_CASE("kernels of every op add products by the forms", "[numerics][registry]") {
  []<class... Ops>(OpPack<Ops...>) { (check_cases<Ops>(), ...); }(OpList{});
}

TEST_CASE("every rule of an optimizer adds products by the forms", "[numerics]") {
  const auto graph = small_network();
  for (int rule = 1; rule <= static_cast<int>(kernels::Rule::lion); ++rule)
    for (int clip = 0; clip <= static_cast<int>(kernels::Clip::global_norm); ++clip) {
      INFO("rule " << rule << ", clip " << clip);
      TrainingOptions options{.rule = static_cast<kernels::Rule>(rule),
                              .clip = static_cast<kernels::Clip>(clip)};
      options.average = options.accumulate = clip % 2 == 0;
      CHECK(joining_steps(*graph, options) == std::set<std::string>{});
    }
}

TEST_CASE("every loss adds products by the forms", "[numerics]") {
  const auto graph = small_network();
  for (int kind = 0; kind < static_cast<int>(LossKind::user); ++kind)
    for (const int logits : {0, 1}) {
      INFO("loss " << kind << ", logits " << logits);
      TrainingOptions options;
      options.losses[0] = {static_cast<LossKind>(kind), logits, nullptr};
      CHECK(joining_steps(*graph, options) == std::set<std::string>{});
    }
}
