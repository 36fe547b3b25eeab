// SPDX-License-Identifier: BSL-1.0
// Training of some weights of a layer, its bias above all: they step as where all weights are trained, the
// others keep their bits, and nothing is kept or computed for these.
#include <catch2/catch.hpp>
#include <codegen/testing/check_gradient.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/etch.hpp>
#include <tests/unit/passes/partial_training.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace etch;

inline constexpr auto images = sequential(
    Input{6, 6, 2}, Conv2D{.filters = 5, .kernel_size = 3, .activation = relu}, LayerNormalization{},
    DepthwiseConv2D{.kernel_size = 2}, Conv2DTranspose{.filters = 3, .kernel_size = 2, .activation = sigmoid},
    Conv2D{.filters = 4, .kernel_size = 1}, Flatten{}, Dense{7, relu}, Dense{6}, Dense{3}, Softmax{});
inline constexpr auto sequences =
    sequential(Input{5, 3}, LSTM{.units = 4, .return_sequences = true},
               GRU{.units = 9, .return_sequences = true}, SimpleRNN{3}, Dense{3}, Softmax{});

/// How many weights moved, all of them those that `moves` says, to what they are where everything trains.
template <class Part, class Whole, class Moves>
int moved(const Part& part, const Whole& whole, int inputs, const TrainingOptions& options,
          const Moves& moves) {
  Interpreter<float> some = trainer_of(part, options), all = trainer_of(whole, options),
                     before = trainer_of(whole, options);
  train_once(some, inputs);
  train_once(all, inputs);
  int count = 0;
  for (int p = 0; p < some.parameters(); ++p) {
    const bool trains = moves(all.training_program().graph.parameters[p]);
    CHECK(std::ranges::equal(some.parameter(p), trains ? all.parameter(p) : before.parameter(p)));
    CHECK(std::ranges::equal(some.parameter(p), before.parameter(p)) != trains);
    count += trains;
  }
  return count;
}

bool is_vector(const Parameter& p) { return p.shape.rank == 1; }

TEST_CASE("biases alone step as among all weights, and no other weight moves") {
  for (const bool fuse : {true, false})
    for (const kernels::Rule rule : {kernels::Rule::sgd, kernels::Rule::momentum, kernels::Rule::adam}) {
      const TrainingOptions options{
          .losses = {{{LossKind::sparse_categorical_crossentropy}}}, .rule = rule, .fuse = fuse};
      CAPTURE(fuse, rule);
      const auto vectors_without_gamma = [](const Parameter& p) {
        return is_vector(p) && p.initializer == Initializer::zeros;
      };
      CHECK(moved(train_only(biases, images), images, 72, options, vectors_without_gamma) == 8);
      const auto of_sequences = [](const Parameter& p) { return p.role_name == (p.layer < 3 ? 2 : 1); };
      CHECK(moved(train_only(biases, sequences), sequences, 15, options, of_sequences) == 4);
      // All but the biases, and one kernel by its full name.
      const auto kernels_alone = train_only(parameters_named("kernel", "recurrent_kernel"), sequences);
      CHECK(moved(kernels_alone, sequences, 15, options,
                  [&](const Parameter& p) { return !of_sequences(p); }) == 7);
      const auto one = train_only(parameters_named("dense_1/kernel"), images);
      CHECK(moved(one, images, 72, options,
                  [](const Parameter& p) { return p.shape.rank == 2 && p.shape[0] == 7; }) == 1);
    }
}

TEST_CASE("biases alone have the gradients that differences of the loss have") {
  CHECK(check_gradient(train_only(biases, images)) < 1e-5);
  CHECK(check_gradient(train_only(biases, sequences)) < 1e-5);
  CHECK(check_gradient(train_only(parameters_named("recurrent_kernel", "gamma"),
                                  sequential(Input{4, 3}, LSTM{.units = 3, .return_sequences = true},
                                             LayerNormalization{}, GRU{2}))) < 1e-5);
  // Beta beside moving averages, with and without gamma.
  CHECK(check_gradient(train_only(biases, sequential(Input{4, 18}, Conv1D{.filters = 20, .kernel_size = 1},
                                                     BatchNormalization{}, Flatten{}, Dense{2}))) < 1e-5);
  CHECK(check_gradient(train_only(parameters_named("gamma"),
                                  sequential(Input{5}, Dense{6}, BatchNormalization{}, Dense{2}))) < 1e-5);
}

inline constexpr auto biases_alone = train_only(biases, images);
template <const auto& Declared>
using CodeOf = typename Trainer<Declared, Adam, SparseCategoricalCrossentropy, hana::tuple<>, 4>::Code;

static_assert(numbers<biases_alone>().trainable == 5 + 5 + 5 + 3 + 4 + 7 + 6 + 3);
static_assert(CodeOf<biases_alone>::memory.optimizer < CodeOf<images>::memory.optimizer / 16);
static_assert(CodeOf<biases_alone>::memory.arena < CodeOf<images>::memory.arena);
static_assert(CodeOf<biases_alone>::memory.gradients == 0);

/// A linear layer's input is what its kernel's gradient alone reads.
inline constexpr auto plain_layers = sequential(
    Input{8, 8, 4}, Conv2D{.filters = 16, .kernel_size = 3}, Conv2D{.filters = 16, .kernel_size = 3},
    Conv2D{.filters = 16, .kernel_size = 3}, Flatten{}, Dense{3}, Softmax{});
inline constexpr auto plain_biases = train_only(biases, plain_layers);
static_assert(CodeOf<plain_biases>::memory.arena <= 4 * 4 * 16 * (36 + 16) + 64);
static_assert(CodeOf<plain_layers>::memory.arena >= 4 * 4 * 16 * (36 + 16 + 16));

TEST_CASE("weights that are to train are there, and not frozen") {
  const Fault missing = fault_of(train_only(parameters_named("bias", "dense_7/kernel"), images));
  CHECK(std::string(missing.sentence).starts_with("no weight that trains has one of the names given"));
  CHECK(missing.found == 2);
  for (const char* const name : {"ernel", "", "dense_1/", "/kernel", "ense_1/kernel", "1/kernel", "dense_1"})
    CHECK(fault_of(train_only(parameters_named(name), images)));
  CHECK_FALSE(fault_of(train_only(parameters_named("dense_1/kernel", "kernel"), images)));
  const auto without = sequential(Input{3}, Dense{.units = 2, .use_bias = false});
  CHECK(std::string(fault_of(train_only(biases, without)).sentence).ends_with("has none that trains"));
  CHECK(fault_of(train_only(biases, sequential(Input{3}, frozen(Dense{2})))));
}

TEST_CASE("parts of parts train what all of them train") {
  const auto g = std::make_unique<Builder>();
  trace_at_run_time(train_only(last_layers(2), train_only(biases, images)), *g);
  REQUIRE_FALSE(g->graph.fault);
  std::string trained;
  for (const Parameter& p : g->graph.parameters) trained += p.trainable ? '1' : '0';
  CHECK(trained == "0000000000000101");
}

}  // namespace
