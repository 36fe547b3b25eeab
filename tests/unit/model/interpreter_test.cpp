// SPDX-License-Identifier: BSL-1.0
// Compiled code and the interpreter run one graph, one plan and one set of kernels: every bit must agree.
#include <algorithm>
#include <catch2/catch.hpp>
#include <codegen/testing/interpreter.hpp>
#include <cstring>
#include <etch/model/training/trainer.hpp>
#include <memory>
#include <random>
#include <vector>

#include <tests/unit/agreement.hpp>

namespace {

using namespace etch;

using agreement::agree;
using agreement::noise;
using agreement::same_bits;

inline constexpr auto article = sequential(Input{4, 5}, Flatten{}, Dense{24}, BatchNormalization{}, ReLU{},
                                           Dense{17}, BatchNormalization{}, ReLU{}, Dense{10}, Softmax{});

inline constexpr auto skips = functional([](Builder& g) {
  Tensor x = g.input({9});
  const Tensor first = Dense{9, ActivationKind::tanh}(x);
  x = Add{}(x, first);
  x = Concatenate{}(x, Dropout{0.3f}(first), Dense{5, sigmoid, false}(x));
  return Dense{3}(x);
});

inline constexpr auto twins = functional([](Builder& g) {
  Dense shared{8, relu};
  BatchNormalization norm{0.9f, 1e-3f, true, false};
  const Tensor a = norm(shared(g.input({6}))), b = norm(shared(g.input({6})));
  return Dense{1, sigmoid}(Concatenate{}(a, Reshape{{8}}(b)));
});

inline constexpr auto many_axes =
    sequential(Input{3, 2, 5}, Dense{.units = 7, .activation = relu, .allow_axes = true},
               BatchNormalization{}, Flatten{}, Dense{4, softmax});

/// More than 64 steps when trained: lowered to a table.
inline constexpr auto deep = functional([](Builder& g) {
  Tensor x = g.input({6});
  for (int i = 0; i < 16; ++i) x = Add{}(x, Dense{6, ActivationKind::tanh}(BatchNormalization{}(x)));
  return Dense{4}(x);
});

TEST_CASE("compiled training equals the interpreter: the article's network", "[interpreter]") {
  agree<article, Adam, SparseCategoricalCrossentropy>();
}
TEST_CASE("compiled training equals the interpreter: skips, dropout, concatenation", "[interpreter]") {
  agree<skips, SGD, MeanSquaredError>();
}
TEST_CASE("compiled training equals the interpreter: shared layers, two inputs", "[interpreter]") {
  agree<twins, SGDNesterov, BinaryCrossentropy>();
}
TEST_CASE("compiled training equals the interpreter: wrapped optimizers, an accumulator that begins above 0",
          "[interpreter]") {
  agree<skips, Adagrad, MeanSquaredError>();
  agree<twins, GradientAccumulation<ExponentialMovingAverage<ClipByGlobalNorm<Nadam>>, 2>,
        BinaryCrossentropy>();
}
TEST_CASE("compiled training equals the interpreter: many axes", "[interpreter]") {
  agree<many_axes, SGDMomentum, CategoricalCrossentropy>();
}
TEST_CASE("compiled training equals the interpreter: a program in table form", "[interpreter]") {
  using Code = Trainer<deep, RMSprop, FromLogits<SparseCategoricalCrossentropy>, hana::tuple<>, 6>::Code;
  static_assert(Code::graph.steps.count > detail::longest_direct_program);
  agree<deep, RMSprop, FromLogits<SparseCategoricalCrossentropy>>(10);
}

// --- Random graphs, made at run time
// -------------------------------------------------------------------------------

class RandomGraph {
 public:
  explicit RandomGraph(unsigned seed) : engine_(seed), builder_(std::make_unique<Builder>()) {
    Builder& g = *builder_;
    const int inputs = between(1, 2);
    for (int k = 0; k < inputs; ++k) tensors_.push_back(g.input({between(2, 9)}));
    const int layers = between(3, 14);
    for (int i = 0; i < layers; ++i) tensors_.push_back(layer());
    Tensor last = tensors_.back();
    // Every input takes part, so that a graph has no dead entry.
    for (int k = 0; k < inputs; ++k) last = Concatenate{}(last, tensors_[static_cast<std::size_t>(k)]);
    g.output(Dense{4, between(0, 1) ? softmax : linear}(last));
    g.finish(__LINE__);
  }
  const auto& graph() const { return builder_->graph; }

 private:
  int between(int low, int high) {
    return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1));
  }
  Tensor any() {
    return tensors_[tensors_.size() - 1 - engine_() % std::min<std::size_t>(tensors_.size(), 4)];
  }
  ActivationKind kind() { return static_cast<ActivationKind>(between(0, 4)); }

  Tensor layer() {
    const Tensor x = any();
    switch (between(0, 7)) {
      case 0:
        return BatchNormalization{0.9f, 1e-3f, between(0, 1) == 1, between(0, 1) == 1}(x);
      case 1:
        return activate(x, kind());
      case 2:
        return Dropout{0.25f}(x);
      case 3:
        return Concatenate{}(x, any());
      case 4:
        return Add{}(x, Dense{x.shape.last(), kind()}(any()), x);
      case 5:
        return shared(x);
      case 6:
        return Flatten{}(Reshape{{1, -1}}(x));
      default:
        return Dense{between(1, 9), kind(), between(0, 3) > 0}(x);
    }
  }
  /// One set of weights, called three times.
  Tensor shared(const Tensor& x) {
    Dense dense{x.shape.last(), kind()};
    const Tensor first = dense(x);
    return Add{}(dense(first), dense(x));
  }

  std::mt19937 engine_;
  std::unique_ptr<Builder> builder_;
  std::vector<Tensor> tensors_;
};

constexpr int random_graphs = 50;
constexpr int random_batch = 4;

TEST_CASE("random graphs: fused training equals whole gradients and updates bit for bit", "[interpreter]") {
  constexpr kernels::Rule rules[] = {kernels::Rule::sgd, kernels::Rule::momentum, kernels::Rule::nesterov,
                                     kernels::Rule::adam, kernels::Rule::rmsprop};
  for (unsigned seed = 0; seed < random_graphs; ++seed) {
    const RandomGraph random(seed);
    INFO("seed " << seed);
    REQUIRE_FALSE(random.graph().fault);
    TrainingOptions options{.losses = {LossSpec{static_cast<LossKind>(seed % 5)}}, .rule = rules[seed % 5]};
    if (options.losses[0].kind == LossKind::binary_crossentropy) options.losses[0].logits = 1;
    auto fused = std::make_unique<Interpreter<float>>(random.graph(), random_batch, options);
    options.fuse = false;
    auto whole = std::make_unique<Interpreter<float>>(random.graph(), random_batch, options);
    fused->initialize(seed);
    whole->initialize(seed);
    std::vector<float> x[2];
    const float* inputs[2]{};
    for (int k = 0; k < random.graph().inputs.count; ++k) {
      for (int i = 0; i < random_batch * 9; ++i) x[k].push_back(noise(i, static_cast<int>(seed) + 100 * k));
      inputs[k] = x[k].data();
    }
    std::int32_t classes[random_batch] = {0, 3, 1, 2};
    float targets[4 * random_batch];
    for (int i = 0; i < 4 * random_batch; ++i) targets[i] = i % 4 == i / 4 ? 1.0f : 0.0f;
    const bool sparse = options.losses[0].kind == LossKind::sparse_categorical_crossentropy;
    const void* labels = sparse ? static_cast<const void*>(classes) : targets;
    for (std::uint32_t step = 0; step < 5; ++step) {
      const kernels::Call call{random_batch - static_cast<int>(step % 2), seed, step, Adam{0.01f}.at(step)};
      const float a = fused->train(inputs, labels, call), b = whole->train(inputs, labels, call);
      REQUIRE(same_bits(&a, &b, sizeof a));
      REQUIRE(a == a);
      REQUIRE(same_bits(fused->weights().data(), whole->weights().data(), fused->weights().size_bytes()));
      REQUIRE(same_bits(fused->optimizer_state().data(), whole->optimizer_state().data(),
                        fused->optimizer_state().size_bytes()));
    }
    const auto before = std::vector<float>(fused->weights().begin(), fused->weights().end());
    const auto p = fused->predict(inputs, random_batch);
    const std::vector<float> kept(p.begin(), p.end());
    const auto q = whole->predict(inputs, random_batch);
    REQUIRE(same_bits(kept.data(), q.data(), kept.size() * sizeof(float)));
    REQUIRE(same_bits(before.data(), fused->weights().data(), fused->weights().size_bytes()));
  }
}

/// What the planner must keep: a value's bytes are its own from the step that writes it to the last that
/// reads it, but for an operand that the step declared it may overwrite. Written anew here, without the
/// planner's buffers.
template <Sizes S>
void check_plan(const Program<S>& program) {
  const auto& g = program.graph;
  std::vector<int> first(static_cast<std::size_t>(g.values.count), -1), last = first;
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  for (int s = 0; s < g.steps.count; ++s)
    for (int k = 0; k < g.steps[s].inputs + g.steps[s].outputs; ++k) {
      const int v = g.operands[g.steps[s].first + k];
      if (v < 0 || g.values[v].role != Role::temporary) continue;
      if (first[at(v)] < 0) {
        // Written before it is read; a step back also writes weight gradients, which stand among its
        // operands.
        const bool gradient = g.steps[s].phase == Phase::backward && !g.values[v].per_row;
        REQUIRE((k >= g.steps[s].inputs || gradient));
        first[at(v)] = s;
      }
      last[at(v)] = s;
    }
  for (int k = 0; k < g.outputs.count; ++k)
    if (g.values[g.outputs[k]].role == Role::temporary) last[at(g.outputs[k])] = g.steps.count;
  const auto bytes = [&](int v) {
    return g.values[v].elements * (g.values[v].per_row ? program.options.batch : 1) *
           bytes_of(program.options.dtype);
  };
  const auto declared = [&](int late,
                            int early) {  // `late` is written over `early` at the step where that dies
    if (first[at(late)] != last[at(early)]) return false;
    const Step& step = g.steps[first[at(late)]];
    for (int k = 0; k < step.outputs; ++k)
      if (g.result(step, k) == late) {
        const int over = overwrites(step, k);
        return over >= 0 && g.operand(step, over) == early;
      }
    return false;
  };
  for (int a = 0; a < g.values.count; ++a)
    for (int b = a + 1; b < g.values.count; ++b) {
      if (first[at(a)] < 0 || first[at(b)] < 0) continue;
      if (last[at(a)] < first[at(b)] || last[at(b)] < first[at(a)]) continue;
      const int x = program.plan.offset[a], y = program.plan.offset[b];
      const bool apart = x + bytes(a) <= y || y + bytes(b) <= x;
      INFO("values " << a << " and " << b);
      REQUIRE((apart || ((declared(a, b) || declared(b, a)) && x == y)));
    }
  for (int v = 0; v < g.values.count; ++v)
    if (first[at(v)] >= 0) REQUIRE(program.plan.offset[v] + bytes(v) <= program.plan.arena_bytes);
  REQUIRE(program.plan.arena_bytes >= program.plan.lower_bound);
}

TEST_CASE("random graphs: no two values that live at the same time overlap", "[interpreter]") {
  for (unsigned seed = 0; seed < random_graphs; ++seed) {
    const RandomGraph random(seed);
    INFO("seed " << seed);
    const TrainingOptions options{.losses = {LossSpec{static_cast<LossKind>(seed % 5)}},
                                  .rule = kernels::Rule::adam,
                                  .fuse = seed % 2 == 0};
    const Interpreter<float> made(random.graph(), random_batch, options);
    check_plan(made.training_program());
    check_plan(made.prediction_program());
  }
}

}  // namespace
