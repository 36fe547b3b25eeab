// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <catch2/catch.hpp>
#include <codegen/testing/interpreter.hpp>
#include <cstring>
#include <etch/model/training/trainer.hpp>
#include <vector>

/// Compiled code and the interpreter run one graph, one plan and one set of kernels: every bit must agree.
namespace agreement {

using namespace etch;

inline bool same_bits(const void* a, const void* b, std::size_t bytes) {
  return bytes == 0 || std::memcmp(a, b, bytes) == 0;  // memcmp takes no null, even for nothing
}

/// Numbers with many bits, a function of the index.
inline float noise(int i, int salt) {
  return 2.0f * random::uniform({99, 5}, static_cast<std::uint32_t>(salt), 0, static_cast<std::uint32_t>(i)) -
         1.0f;
}

/// Trains both for some steps of changing row counts and compares losses, weights, optimizer state and
/// predictions.
template <const auto& Declared, class Optimizer, class Loss, int Batch = 6>
void agree(int steps = 12) {
  using Model = Trainer<Declared, Optimizer, Loss, hana::tuple<>, Batch>;
  static typename Model::Storage storage;
  Model model(storage, Optimizer{});
  model.initialize(17);
  Interpreter<float> other(training_declaration<Declared>, Batch, training_options<Optimizer, Loss>);
  other.initialize(17, Optimizer{});
  REQUIRE(other.training_program().plan.arena_bytes == Model::Code::program.plan.arena_bytes);

  const auto& shapes = Model::Code::declared.input_shapes;
  std::vector<const float*> inputs;
  const float* at = model.input().data();
  for (int k = 0; k < shapes.count; ++k) {
    inputs.push_back(at);
    at += shapes[k].size() * Batch;
  }
  for (int step = 0; step < steps; ++step) {
    const int rows = step % 3 == 2 ? Batch - 1 : Batch;
    for (std::size_t i = 0; i < model.input().size(); ++i)
      model.input()[i] = noise(static_cast<int>(i), step);
    for (int i = 0; i < rows * Model::output_elements; ++i) {
      if constexpr (Model::Code::sparse)
        static_cast<std::int32_t*>(model.labels())[i / Model::output_elements] =
            (i * 7 + step) % Model::output_elements;
      else
        static_cast<float*>(model.labels())[i] = noise(i, 1000 + step) > 0.0f ? 1.0f : 0.0f;
    }
    const auto number = static_cast<std::uint32_t>(step);
    const float loss = model.train_on_batch(rows);
    const float sum = other.train(inputs, model.labels(), {rows, 17, number, Optimizer{}.at(number)});
    REQUIRE(loss == sum / static_cast<float>(rows));
    REQUIRE(same_bits(model.weights().data(), other.weights().data(), model.weights().size()));
    REQUIRE(same_bits(model.optimizer_state().data(), other.optimizer_state().data(),
                      model.optimizer_state().size()));
  }

  Dataset samples;
  for (int k = 0; k < shapes.count; ++k)
    samples.x[static_cast<unsigned>(k)] =
        std::span(inputs[static_cast<unsigned>(k)], static_cast<std::size_t>(shapes[k].size() * Batch));
  std::vector<float> out(static_cast<std::size_t>(Batch * Model::output_elements));
  model.predict(samples, out);
  const auto expected = other.predict(inputs, Batch);
  REQUIRE(same_bits(out.data(), expected.data(), out.size() * sizeof(float)));
}

}  // namespace agreement
