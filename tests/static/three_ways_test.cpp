// SPDX-License-Identifier: BSL-1.0
// Compiles = passes: every test here is a static_assert.
#include "examples/three_ways/article.hpp"

#include <array>
#include <etch/model/declare/compiled_graph.hpp>
#include <etch/model/program/deploy.hpp>
#include <etch/model/training/training_code.hpp>

namespace {

using namespace etch;

using article::Block, article::by_adding, article::by_function, article::by_sequence, article::by_subclass;

/// Blocks nest: a block of blocks is the same graph.
struct Hidden {
  std::array<Block, 2> block{Block{Dense{128}}, Block{Dense{128}}};
  constexpr Tensor operator()(Tensor x) {
    for (Block& b : block) x = b(x);
    return x;
  }
};
struct Nested {
  Hidden hidden{};
  Dense logits{10, softmax};
  constexpr Tensor operator()(Tensor x) { return logits(hidden(Flatten{}(x))); }
};
inline constexpr auto by_nesting = subclassed<Nested>({28, 28});

/// A user's block stands in a list of layers as any layer does.
inline constexpr auto list_of_blocks =
    sequential(Input{28, 28}, Flatten{}, Block{Dense{128}}, Block{Dense{128}}, Dense{10}, Softmax{});

static_assert(graph<by_sequence> == graph<by_adding>);
static_assert(graph<by_sequence> == graph<by_function>);
static_assert(graph<by_sequence> == graph<by_subclass>);
static_assert(graph<by_sequence> == graph<by_nesting>);
static_assert(graph<by_sequence> == graph<list_of_blocks>);
static_assert(training_declaration<by_sequence> == training_declaration<by_function>);
static_assert(training_declaration<by_sequence> == training_declaration<by_subclass>);
static_assert(prediction_graph<by_sequence> == prediction_graph<by_subclass>);

constexpr ModelNumbers article = numbers<by_sequence>();
static_assert(article.total == 119306 && article.trainable == 118794 && article.non_trainable == 512);
static_assert(numbers<by_subclass>().total == article.total && numbers<by_function>().macs == article.macs);
static_assert(article.macs == 784 * 128 + 128 * 128 + 128 * 10 + 2 * 128);  // the last two: normalization

// Equality means something: one other number anywhere is another graph.
inline constexpr auto wider = sequential(Input{28, 28}, Flatten{}, Dense{128}, BatchNormalization{}, ReLU{},
                                         Dense{129}, BatchNormalization{}, ReLU{}, Dense{10}, Softmax{});
inline constexpr auto softer =
    sequential(Input{28, 28}, Flatten{}, Dense{128}, BatchNormalization{0.9f}, ReLU{}, Dense{128},
               BatchNormalization{}, ReLU{}, Dense{10}, Softmax{});
static_assert(!(graph<by_sequence> == graph<wider>));
static_assert(!(graph<by_sequence> == graph<softer>));

// Memory

constexpr bool within_three_percent(int bytes, int lower_bound) {
  return bytes >= lower_bound && 100LL * bytes <= 103LL * lower_bound;
}

using CrossEntropy = SparseCategoricalCrossentropy;
constexpr TrainingMemory memory = training_memory<by_function, Adam, CrossEntropy, 32>;
static_assert(memory.weights == 4 * 119306 && memory.optimizer == 2 * 4 * 118794 && memory.gradients == 0);
static_assert(memory.input == 4 * 784 * 32 && memory.labels == 4 * 32);
static_assert(memory.total() == memory.weights + memory.gradients + memory.optimizer + memory.arena +
                                    memory.input + memory.labels);
static_assert(within_three_percent(memory.arena, memory.arena_lower_bound));
static_assert(training_memory<by_function, SGD, CrossEntropy, 32>.optimizer == 0);
static_assert(training_memory<by_function, SGDMomentum, CrossEntropy, 32>.optimizer == 4 * 118794);
static_assert(training_memory<by_function, Adam, CrossEntropy, 8>.arena < memory.arena);
// A budget, as a user writes it.
static_assert(memory.total() <= 1600 * 1024, "the trainer must fit its board");

using Shipped = Deployment<by_function>;
static_assert(within_three_percent(Shipped::arena_bytes, Shipped::arena_lower_bound));
static_assert(Shipped::arena_bytes == 2 * 128 * 4);
static_assert(Shipped::graph_.steps.count == 3, "normalization is folded and activations are fused");
static_assert(Shipped::weight_bytes == 4 * (784 * 128 + 128 + 128 * 128 + 128 + 128 * 10 + 10) + 0 * 8);

/// Gradients that are kept cost their bytes, on a line of their own.
constexpr TrainingMemory unfused =
    detail::TrainingCode<by_function, training_options<Adam, CrossEntropy, false>, 32>::memory;
static_assert(unfused.gradients == 4 * 118794);
static_assert(unfused.weights == memory.weights && unfused.optimizer == memory.optimizer);

/// A U-Net of Dense layers: 13 levels down, 13 up with skips, 40 layer calls.
inline constexpr auto unet = functional([](Builder& g) {
  constexpr int levels = 13;
  Tensor skip[levels]{};
  Tensor x = g.input({256});
  for (int i = 0; i < levels; ++i) {
    x = Dense{256 - 16 * i, relu}(x);
    skip[i] = x;
  }
  x = Dense{32, relu}(x);
  for (int i = levels - 1; i >= 0; --i) x = Dense{256 - 16 * i, relu}(Concatenate{}(x, skip[i]));
  return Dense{10, softmax}(x);
});
static_assert(prediction_graph<unet>.steps.count == 13 + 1 + 2 * 13 + 1);
using ShippedUnet = Deployment<unet>;
static_assert(within_three_percent(ShippedUnet::arena_bytes, ShippedUnet::arena_lower_bound));
constexpr TrainingMemory unet_memory = training_memory<unet, Adam, CrossEntropy, 32>;
static_assert(within_three_percent(unet_memory.arena, unet_memory.arena_lower_bound));

// Sharing

inline constexpr auto twin = functional([](Builder& g) {
  Dense shared{16, relu};
  const Tensor a = shared(g.input({8})), b = shared(g.input({8}));
  return Dense{1}(Add{}(a, b));
});
static_assert(numbers<twin>().total == (8 * 16 + 16) + (16 + 1), "a layer called twice counts once");
static_assert(graph<twin>.inputs.count == 2 && graph<twin>.outputs.count == 1);

inline constexpr auto encoder = sequential(Input{8}, Dense{16, relu}, Dense{4});
inline constexpr auto siamese = functional([](Builder& g) {
  auto encode = encoder;  // one object, called twice: one set of weights
  const Tensor a = encode(g.input({8})), b = encode(g.input({8}));
  return Dense{1, sigmoid}(Concatenate{}(a, b));
});
static_assert(numbers<siamese>().total == numbers<encoder>().total + 9);

inline constexpr auto two_copies = functional([](Builder& g) {
  auto first = encoder;
  auto second = encoder;  // another object: weights of its own
  const Tensor a = first(g.input({8})), b = second(g.input({8}));
  return Dense{1, sigmoid}(Concatenate{}(a, b));
});
static_assert(numbers<two_copies>().total == 2 * numbers<encoder>().total + 9);

struct Encoder {
  Dense wide{16, relu};
  Dense narrow{4};
  constexpr Tensor operator()(Tensor x) { return narrow(wide(x)); }
};
inline constexpr auto encoder_struct = subclassed<Encoder>({8});
inline constexpr auto siamese_struct = functional([](Builder& g) {
  auto encode = encoder_struct;
  const Tensor a = encode(g.input({8})), b = encode(g.input({8}));
  return Dense{1, sigmoid}(Concatenate{}(a, b));
});
static_assert(graph<encoder> == graph<encoder_struct> && graph<siamese> == graph<siamese_struct>);

// Several outputs, skips, training

inline constexpr auto two_heads = functional([](Builder& g) {
  const Tensor x = Dense{12, relu}(g.input({6}));
  return outputs(Dense{3, softmax}(x), Dense{1, sigmoid}(x));
});
static_assert(graph<two_heads>.outputs.count == 2);
static_assert(graph<two_heads>.output_shapes[0] == Shape{3} && graph<two_heads>.output_shapes[1] == Shape{1});
static_assert(Deployment<two_heads>::outputs == 2 && Deployment<two_heads>::inputs == 1);

inline constexpr auto residual = functional([](Builder& g) {
  Tensor x = g.input({8});
  for (int i = 0; i < 3; ++i) x = Add{}(x, Dense{8, relu}(x));
  return x;
});
static_assert(graph<residual>.steps.count == 9 && numbers<residual>().total == 3 * (64 + 8));

/// `training` is visible to a user's layer.
struct NoisyWhileTraining {
  Dropout dropout{0.25f};
  constexpr Tensor operator()(Tensor x) { return x.training() ? dropout(x) : x; }
};
inline constexpr auto noisy = sequential(Input{4}, Dense{4}, NoisyWhileTraining{}, Dense{2});
static_assert(graph<noisy>.steps.count == 2 && training_declaration<noisy>.steps.count == 3);

inline constexpr auto dropped = sequential(Input{4}, Dense{4}, Dropout{0.5f}, Activation{linear}, Dense{2});
inline constexpr auto plain = sequential(Input{4}, Dense{4}, Dense{2});
static_assert(prediction_graph<dropped>.steps.count == prediction_graph<plain>.steps.count);

// Flatten and Reshape are no steps; one extent may be left open.
inline constexpr auto reshaped = sequential(Input{4, 6}, Reshape{{3, -1}}, Flatten{}, Reshape{{2, 2, 6}});
static_assert(graph<reshaped>.steps.count == 0 && graph<reshaped>.output_shapes[0] == Shape{2, 2, 6});

}  // namespace
