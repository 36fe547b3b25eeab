// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <catch2/catch.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/etch.hpp>

#include <memory>
#include <string>
#include <vector>

// One step of models of which some weights train, for classes of three.
namespace etch {

/// A model that is declared at run time, with weights none of which is zero.
template <class Declared>
Interpreter<float> trainer_of(const Declared& declared, const TrainingOptions& options) {
  const auto g = std::make_unique<Builder>();
  trace_at_run_time(declared, *g);
  REQUIRE_FALSE(g->graph.fault);
  Interpreter<float> trainer(g->graph, 4, options);
  trainer.initialize(3);
  for (float& w : trainer.weights()) w += 0.01f;
  return trainer;
}

/// \param inputs numbers of a sample.
inline void train_once(Interpreter<float>& trainer, std::size_t inputs) {
  std::vector<float> x(4 * inputs);
  for (std::uint32_t i = 0; i < x.size(); ++i) x[i] = random::uniform({1, 2}, 0, 0, i) - 0.5f;
  const float* const input[]{x.data()};
  const std::int32_t labels[]{0, 2, 1, 2};
  kernels::Call call;
  call.rows = 4;
  call.hyper = Adam{}.at(1);
  call.hyper.clip = 0.01f;
  trainer.train(input, labels, call);
}

/// What is wrong with a declaration.
template <class Declared>
Fault fault_of(const Declared& declared) {
  const auto g = std::make_unique<Builder>();
  trace_at_run_time(declared, *g);
  return g->graph.fault;
}
template <class Declared>
std::string sentence_of(const Declared& declared) {
  const Fault fault = fault_of(declared);
  return fault ? fault.sentence : "";
}

}  // namespace etch
