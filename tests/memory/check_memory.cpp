// SPDX-License-Identifier: BSL-1.0
#include <tests/memory/check_memory.hpp>
#include <tests/memory/watch.hpp>

#include <catch2/catch.hpp>
#include <codegen/formats/etch/import.hpp>
#include <codegen/model/model_program.hpp>
#include <etch/layers/layers.hpp>
#include <etch/model/program/deploy.hpp>
#include <etch/model/training/initialize.hpp>
#include <etch/passes/fake_quantization.hpp>
#include <etch/passes/stream.hpp>
#include <etch/train/optimizers.hpp>

#include <list>
#include <memory>

namespace {

using namespace etch;
using memory_check::check_program;
using memory_check::Feed;

constexpr Sizes room = Interpreter<float>::room;

/// Numbers for inputs and labels, which the feed points to.
class Data {
 public:
  template <class G>
  Data(const G& g, const MemoryRun& run) {
    for (const Shape& shape : g.input_shapes) {
      std::vector<float> values;
      for (int i = 0; i < shape.size() * run.batch; ++i)
        values.push_back(run.whole_numbers ? i % 3 : noise(i));
      floats_.push_back(values);
      feed_.inputs.push_back(floats_.back().data());
    }
    for (int k = 0; k < g.outputs.count; ++k) add_labels(g.output_shapes[k], run, k);
    feed_.labels.resize(2 * feed_.labels.size());  // no sample has a weight
  }
  const Feed& feed() const { return feed_; }

 private:
  static float noise(int i) {
    return 2.0f * random::uniform({3, 1}, 9, 0, static_cast<std::uint32_t>(i)) - 1.0f;
  }
  void add_labels(const Shape& shape, const MemoryRun& run, int k) {
    if (takes_classes(run.losses.at(static_cast<std::size_t>(k)).kind)) {
      std::vector<std::int32_t> classes;
      for (int i = 0; i < run.batch * shape.size() / shape.last(); ++i) classes.push_back(i % shape.last());
      classes_.push_back(classes);
      feed_.labels.push_back(classes_.back().data());
    } else {
      std::vector<float> targets;
      for (int i = 0; i < run.batch * shape.size(); ++i) targets.push_back(noise(i) > 0 ? 1.0f : 0.0f);
      floats_.push_back(targets);
      feed_.labels.push_back(floats_.back().data());
    }
  }

  std::list<std::vector<float>> floats_;
  std::list<std::vector<std::int32_t>> classes_;
  Feed feed_;
};

std::unique_ptr<Graph<room>> traced(const std::function<void(Builder&)>& trace, bool training) {
  auto g = std::make_unique<Builder>(training);
  trace(*g);
  g->finish(__LINE__);
  if (g->graph.fault) fail(g->graph.fault.sentence);
  return std::make_unique<Graph<room>>(shrink<room>(g->graph));
}

template <Sizes S>
std::string check(const char* what, const Program<S>& program, const kernels::Call& call, const Feed& feed) {
  std::vector<std::byte> weights(static_cast<std::size_t>(program.plan.weight_bytes));
  initialize_weights<S, float>(program.graph, program.plan, 17, weights.data());
  const std::string problem = check_program(program, weights, call, feed);
  return problem.empty() ? "" : what + (": " + problem);
}

std::string check_prediction(const Graph<room>& graph, int batch, int rows, const Feed& feed) {
  const auto program = std::make_unique<Program<inferred_sizes(room)>>(
      make_program(infer(graph), PlanOptions{.batch = batch, .beam = 8}, true));
  return check("prediction", *program, {.rows = rows}, feed);
}

std::string check_training(const Graph<room>& graph, TrainingOptions options, const MemoryRun& run,
                           const Feed& feed) {
  std::copy(run.losses.begin(), run.losses.end(), options.losses.begin());
  const auto made =
      std::make_unique<TrainingGraph<detail::training_sizes(room)>>(differentiate(graph, options));
  const auto program = std::make_unique<Program<detail::training_sizes(room)>>(
      make_program(made->graph, PlanOptions{.batch = run.batch}, false));
  const kernels::Call call{.rows = run.batch, .seed = 5, .step = 2, .hyper = Adam{}.at(2)};
  return check(options.fuse ? "training" : "training with whole gradients", *program, call, feed);
}

/// That a model ships with the same memory by the tool, from its file, and by the compiler, as its
/// declaration; and that no operator of a file counts scratch among its results.
std::string check_shipped(const Graph<room>& graph) {
  std::vector<std::vector<float>> numbers;
  std::vector<host::DeclaredWeight> weights;
  for (const Parameter& p : graph.parameters)
    numbers.emplace_back(static_cast<std::size_t>(p.shape.size()), 0.5f);
  for (const auto& n : numbers) weights.push_back({"layer/weight", std::as_bytes(std::span(n))});
  const auto declared = std::make_unique<Graph<declaration_capacity>>(shrink<declaration_capacity>(graph));
  const host::ImportedModel model = host::import_declared(*declared, weights, "shipped");
  const auto tool = host::program_of(model);
  const auto folded = std::make_unique<decltype(fold(graph))>(fold(graph));
  const auto compiled = std::make_unique<Program<inferred_sizes(decltype(folded->graph)::room)>>(
      make_program(infer(folded->graph), prediction_plan, true));
  const auto text = [](const auto& program) {
    return std::to_string(program.plan.arena_bytes) + " bytes, " + std::to_string(program.plan.state_bytes) +
           " of states";
  };
  if (text(*tool) != text(*compiled))
    return "the tool plans " + text(*tool) + ", and the compiler " + text(*compiled);
  for (const host::SourceOperator& op : model.operators)
    for (const int result : op.results)
      if (result >= model.graph->values.count || model.values[static_cast<std::size_t>(result)].name.empty())
        return "operator " + std::to_string(op.index) + " has a result that no layer gives";
  if (tool->graph.operands.count != compiled->graph.operands.count)
    return "the tool's steps have other operands than the compiler's";
  return "";
}

}  // namespace

std::string check_memory(const std::function<void(Builder&)>& trace, const MemoryRun& run) {
  const auto prediction = traced(trace, false), training = traced(trace, true);
  if (run.fake_quantize) {
    *prediction = fake_quantize(*prediction);
    *training = fake_quantize(*training);
  }
  const Data data(*prediction, run);
  std::string problem = check_shipped(*prediction);
  if (problem.empty()) problem = check_prediction(*prediction, 1, 1, data.feed());
  if (problem.empty()) problem = check_prediction(*prediction, run.batch, run.batch - 1, data.feed());
  if (problem.empty()) problem = check_training(*training, {.rule = kernels::Rule::adam}, run, data.feed());
  if (problem.empty())
    problem = check_training(
        *training, {.rule = kernels::Rule::momentum, .fuse = false, .clip = kernels::Clip::global_norm}, run,
        data.feed());
  return problem;
}

std::string check_stream_memory(const std::function<void(Builder&)>& trace) {
  const auto whole = traced(trace, false);
  const auto streamed = std::make_unique<decltype(stream(*whole))>(stream(*whole));
  if (streamed->graph.fault) fail(streamed->graph.fault.sentence);
  const auto graph = std::make_unique<Graph<room>>(shrink<room>(streamed->graph));
  const MemoryRun run{.losses = std::vector<LossSpec>(static_cast<std::size_t>(graph->outputs.count)),
                      .batch = 1};
  const Data data(*graph, run);
  return check_prediction(*graph, 1, 1, data.feed());
}

std::vector<std::string> unwatched_ops() {
  std::vector<std::string> names;
  for (int op = 0; op < OpList::size; ++op) {
    const std::string name = visit_op(op, [](auto o) { return std::string(decltype(o)::name); });
    if (!memory_check::watched_ops().contains(name)) names.push_back(name);
  }
  return names;
}

TEST_CASE("the watch sees a value that is placed upon another, and a plan that is too large", "[memory]") {
  const auto trace = [](Builder& g) {
    const Tensor x = g.input({6});
    g.output(Add{}(Dense{6, relu}(x), Dense{6, sigmoid}(x)));
  };
  const auto graph = traced(trace, false);
  const Data data(*graph, {});
  const auto program = std::make_unique<Program<inferred_sizes(room)>>(
      make_program(infer(*graph), PlanOptions{.batch = 4}, true));
  CHECK(check("right", *program, {.rows = 4}, data.feed()) == "");
  const int first = program->graph.result(program->graph.steps[0], 0);
  const int second = program->graph.result(program->graph.steps[1], 0);
  REQUIRE(program->plan.offset[first] != program->plan.offset[second]);
  const int right = program->plan.offset[second];
  program->plan.offset[second] = program->plan.offset[first];
  CHECK(check("upon another", *program, {.rows = 4}, data.feed()) ==
        "upon another: a step reads memory that holds no value of its own");
  program->plan.offset[second] = program->plan.arena_bytes - 8;
  CHECK(check("beyond the end", *program, {.rows = 4}, data.feed()) ==
        "beyond the end: step 1 (Dense) writes outside a region");
  program->plan.offset[second] = right;
  program->plan.arena_bytes += program->plan.lower_bound / 5;
  CHECK_THAT(check("too large", *program, {.rows = 4}, data.feed()), Catch::Contains("the lower bound is"));
}
