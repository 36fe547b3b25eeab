// SPDX-License-Identifier: BSL-1.0
// The order of steps that needs least memory, held against all orders there are.
#include <catch2/catch.hpp>
#include <codegen/model/model_program.hpp>
#include <codegen/model/model_session.hpp>
#include <etch/layers/layers.hpp>
#include <tests/unit/random_branches.hpp>

#include <algorithm>

namespace {

using namespace etch;

constexpr Sizes room{128, 512, 96, 1024, 16};
using SmallGraph = Graph<inferred_sizes(room)>;
constexpr PlanOptions options{.tries = 64, .each_part = true};

std::unique_ptr<SmallGraph> prediction_of(const Graph<declaration_capacity>& graph) {
  auto g = std::make_unique<SmallGraph>(infer(shrink<room>(graph)));
  etch::detail::settle_ends(*g, options, true);
  return g;
}

/// The least arena of all orders, by trying them.
class AllOrders {
 public:
  explicit AllOrders(const SmallGraph& g)
      : g_(g),
        ordered_(std::make_unique<SmallGraph>(g)),
        done_(static_cast<std::size_t>(g.steps.count)),
        before_(done_.size()) {
    for (int s = 0; s < g.steps.count; ++s)
      for (int k = 0; k < g.steps[s].inputs; ++k)
        for (int t = 0; t < g.steps.count; ++t)
          for (int y = 0; y < g.steps[t].outputs; ++y)
            if (g.result(g.steps[t], y) == g.operand(g.steps[s], k)) before_[at(s)].push_back(t);
    go_on(0);
  }
  int least = INT_MAX, count = 0;

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  void go_on(int length) {
    if (length == g_.steps.count) {
      ++count;
      least = std::min(least, plan(*ordered_, options).arena_bytes);
      return;
    }
    for (int s = 0; s < g_.steps.count; ++s) {
      const auto ran = [&](int t) { return bool{done_[at(t)]}; };
      if (ran(s) || !std::ranges::all_of(before_[at(s)], ran)) continue;
      done_[at(s)] = true;
      ordered_->steps[length] = g_.steps[s];
      go_on(length + 1);
      done_[at(s)] = false;
    }
  }

  const SmallGraph& g_;
  std::unique_ptr<SmallGraph> ordered_;
  std::vector<bool> done_;
  std::vector<std::vector<int>> before_;
};

/// Bytes of a model as it is given, and in the order that is found.
struct Found {
  int given = 0, ordered = 0;
};
Found found(const SmallGraph& g) {
  auto other = std::make_unique<SmallGraph>(g);
  const int given = plan(g, options).arena_bytes;
  if (!order_steps(*other, options, etch::detail::Beam::most)) return {given, given};
  return {given, plan(*other, options).arena_bytes};
}

template <class Declare>
std::unique_ptr<SmallGraph> declared(const Declare& declare) {
  const auto g = std::make_unique<Builder>();
  g->output(declare(*g));
  g->finish(0);
  REQUIRE_FALSE(g->graph.fault);
  return prediction_of(g->graph);
}

TEST_CASE("branches run one after the other") {
  const auto g = declared([](Builder& b) {
    const Tensor x = b.input({8});
    const Tensor left = Dense{64}(x), right = Dense{64}(x);
    return Dense{2}(Add{}(Dense{2}(left), Dense{2}(right)));
  });
  const Found bytes = found(*g);
  CHECK(bytes.given == (64 + 64 + 2) * 4);
  CHECK(bytes.ordered == (2 + 64 + 2) * 4);
  const AllOrders all(*g);
  CHECK(all.count == 6);
  CHECK(all.least == bytes.ordered);
}

TEST_CASE("the branch that leaves little runs first") {
  const auto g = declared([](Builder& b) {
    const Tensor x = b.input({8});
    const Tensor much = Dense{40}(Dense{48}(x)), little = Dense{2}(Dense{64}(x));
    return Dense{2}(Multiply{}(Dense{2}(much), little));
  });
  const Found bytes = found(*g);
  CHECK(bytes.given == (40 + 64 + 2) * 4);
  CHECK(bytes.ordered == (48 + 40) * 4);  // the large one is used up before the other begins
  const auto kept = declared([](Builder& b) {
    const Tensor x = b.input({8});
    const Tensor much = Dense{40}(Dense{48}(x)), little = Dense{2}(Dense{64}(x));
    return Dense{2}(Concatenate{}(much, little));
  });
  const Found joined = found(*kept);
  CHECK(joined.given == (40 + 64 + 2) * 4);
  CHECK(joined.ordered == (2 + 48 + 40) * 4);
  CHECK(AllOrders(*kept).least == joined.ordered);
  CHECK(AllOrders(*g).least == bytes.ordered);
}

TEST_CASE("a value that several read is used up before the next is made") {
  const auto g = declared([](Builder& b) {
    const Tensor x = b.input({4});
    Tensor large[3];
    for (Tensor& y : large) y = Dense{100}(x);
    Tensor sum = Dense{4}(x);
    for (const Tensor& y : large) sum = Add{}(sum, Dense{4}(y));
    return Dense{2}(sum);
  });
  const Found bytes = found(*g);
  CHECK(bytes.given == (300 + 4 + 4) * 4);
  CHECK(bytes.ordered == (100 + 4 + 4) * 4);
}

TEST_CASE("random graphs of few steps: no order needs less") {
  int several = 0, improved = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const auto model = test::RandomBranches(seed).model(1 + static_cast<int>(seed % 4));
    const auto g = prediction_of(*model.graph);
    if (g->steps.count > 8) continue;
    INFO("seed " << seed);
    const Found bytes = found(*g);
    const AllOrders all(*g);
    CHECK(bytes.ordered == all.least);
    several += all.count > 1;
    improved += bytes.ordered < bytes.given;
  }
  CHECK(several > 50);
  CHECK(improved > 20);
}

TEST_CASE("random graphs: never a larger arena, and the same results") {
  long long given = 0, ordered = 0, bound = 0;
  for (unsigned seed = 0; seed < 24; ++seed) {
    INFO("seed " << seed);
    const auto model = test::RandomBranches(seed).model(4 + static_cast<int>(seed % 20));
    for (const bool inside : {false, true}) {
      const PlanOptions all{.inputs_in_arena = inside, .tries = 256, .each_part = true};
      const auto program = host::program_of(model, inside, true, kernels::board_sets);
      const auto as_given =
          std::make_unique<host::ImportedProgram>(make_program(infer(*model.graph), all, !inside));
      CHECK(program->plan.arena_bytes <= as_given->plan.arena_bytes);
      given += as_given->plan.arena_bytes;
      ordered += program->plan.arena_bytes;
      bound += program->plan.lower_bound;
    }
    host::ModelSession session(model), as_given(model, false);
    std::vector<std::vector<std::byte>> samples;
    test::Int8Models random(seed);
    for (int k = 0; k < session.inputs(); ++k) samples.push_back(random.sample(session.input_bytes(k)));
    const std::vector<std::span<const std::byte>> inputs(samples.begin(), samples.end());
    session.run(inputs);
    as_given.run(inputs);
    for (int k = 0; k < session.outputs(); ++k)
      CHECK(std::ranges::equal(session.output(k), as_given.output(k)));
  }
  CHECK(ordered * 20 < given * 19);
  WARN("24 random models that branch, inputs and results outside of the arena and within: "
       << given << " bytes as given, " << ordered << " in the order that is found (lower bound " << bound
       << ")");
}

/// As detectors are exported: boxes are found in maps of several sizes once all of these are there.
TEST_CASE("a detector looks at each map before it makes the next, and puts boxes where they go") {
  test::Int8Models m(9);
  std::vector<Tensor> maps{m.convolution(m.input({32, 32, 3}), 24, 3, 1, true)};
  for (int i = 0; i < 3; ++i) maps.push_back(m.convolution(maps.back(), 24 << i, 3, 2, true));
  std::vector<Tensor> boxes;
  for (const Tensor& map : maps) {
    const Tensor found = m.convolution(map, 4, 3, 1, true);
    boxes.push_back(test::Int8Models::as(found, {found.shape.size() / 4, 4}));
  }
  const auto model = m.model({m.table(m.concatenate(boxes, 0))});
  const auto program = host::program_of(model, false, true, kernels::board_sets);
  const auto as_given = std::make_unique<host::ImportedProgram>(
      make_program(infer(*model.graph), PlanOptions{.tries = 256, .each_part = true}, true));
  const auto idle = [](const host::ImportedProgram& p) {
    return std::ranges::count_if(p.graph.steps,
                                 [&](const Step& step) { return etch::detail::copies_nothing(p, step); });
  };
  CHECK(idle(*program) == 1);
  CHECK(program->plan.arena_bytes < as_given->plan.arena_bytes);
  WARN("a detector of " << maps.size() << " maps: " << as_given->plan.arena_bytes << " bytes as given, "
                        << program->plan.arena_bytes << " ordered");
}

TEST_CASE("steps with states keep their order") {
  test::Int8Models m(4);
  const Tensor x = m.dense(m.input({12}), 8);
  std::vector<Tensor> wide;
  for (int i = 0; i < 4; ++i) wide.push_back(m.dense(x, 60));
  std::vector<Tensor> ends;
  for (const Tensor& y : wide) ends.push_back(m.svdf(y, 5, 3));
  std::ranges::reverse(ends);
  const auto model = m.model({m.concatenate(ends, 0)});
  const auto program = host::program_of(model, false, true, kernels::board_sets);
  std::vector<int> states;
  for (const Step& step : program->graph.steps)
    if (step.op == op_code<ops::Int8Svdf>) states.push_back(program->graph.operand(step, 1));
  CHECK(states.size() == 4);
  CHECK(std::ranges::is_sorted(states));
  const auto as_given = std::make_unique<host::ImportedProgram>(
      make_program(infer(*model.graph), PlanOptions{.tries = 256, .each_part = true}, true));
  CHECK(as_given->plan.arena_bytes >= 4 * 60);
  CHECK(program->plan.arena_bytes < 2 * 60);
}

}  // namespace
