// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/run_program.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/model/training/initialize.hpp>

namespace etch {
namespace {

template <class T>
std::size_t words(int bytes) {
  return static_cast<std::size_t>(bytes) / sizeof(T) + 1;
}

template <class T>
void run(const ProgramView& program, int first, int last, const Regions& regions, const kernels::Call& call) {
  constexpr auto run_in_precision =
      sizeof(T) == sizeof(double) ? host::run_program_in_double : host::run_program;
  run_in_precision(program, first, last, regions, call);
}

// Graphs are large objects: each of these has a frame of its own, which is gone before the next one needs the
// stack.

template <Sizes S>
[[gnu::noinline]] auto inferred(const Graph<S>& graph) {
  return std::make_unique<decltype(infer(graph))>(infer(graph));
}
template <Sizes S>
[[gnu::noinline]] auto differentiated(const Graph<S>& graph, const TrainingOptions& options) {
  return std::make_unique<decltype(differentiate(graph, options))>(differentiate(graph, options));
}
template <Sizes S>
[[gnu::noinline]] auto planned(const Graph<S>& graph, const PlanOptions& options) {
  return std::make_unique<Program<S>>(make_program(graph, options, false));
}

}  // namespace

template <class T>
Interpreter<T>::Interpreter(std::unique_ptr<const Graph<room>> graph, int batch,
                            const TrainingOptions& options)
    : options_(options) {
  const PlanOptions plan{batch, 8, sizeof(T) == sizeof(double) ? DType::f64 : DType::f32};
  prediction_ = planned(*inferred(*graph), plan);
  differentiated_ = differentiated(*graph, options);
  training_ = planned(differentiated_->graph, plan);
  weights_.resize(words<T>(training_->plan.weight_bytes));
  optimizer_.resize(words<T>(training_->plan.optimizer_bytes));
  gradients_.resize(words<T>(training_->plan.gradient_bytes));
  states_.resize(words<T>(training_->plan.state_bytes));
  arena_.resize(words<T>(std::max(training_->plan.arena_bytes, prediction_->plan.arena_bytes)));
}

template <class T>
void Interpreter<T>::initialize(std::uint32_t seed) {
  std::fill(optimizer_.begin(), optimizer_.end(), T(0));
  initialize_weights<detail::training_sizes(room), T>(training_->graph, training_->plan, seed,
                                                      bytes(weights_));
}

template <class T>
std::span<const T> Interpreter<T>::predict(std::span<const T* const> inputs, int rows) {
  run<T>(*prediction_, 0, prediction_->graph.steps.count, regions(inputs, nullptr), {.rows = rows});
  return output(0, inputs, rows);
}

template <class T>
std::span<const T> Interpreter<T>::output(int k, std::span<const T* const> inputs, int rows) {
  const int v = prediction_->graph.outputs[k], offset = prediction_->plan.offset[v];
  const Value& value = prediction_->graph.values[v];
  const auto count = static_cast<std::size_t>(rows) * static_cast<std::size_t>(value.elements);
  if (value.role == Role::input) return {inputs[static_cast<std::size_t>(offset)], count};
  return {at(arena_, offset), count};
}

template <class T>
T Interpreter<T>::train(std::span<const T* const> inputs, LabelPointers labels, const kernels::Call& call) {
  const T result = forward(inputs, labels, call);  // before the backward pass reuses its memory
  run_training(differentiated_->backward_step, training_->graph.steps.count, inputs, labels, call);
  return result;
}

template <class T>
T Interpreter<T>::forward(std::span<const T* const> inputs, LabelPointers labels, const kernels::Call& call) {
  run_training(0, differentiated_->backward_step, inputs, labels, call);
  return loss();
}

template <class T>
T Interpreter<T>::backward(std::span<const T* const> inputs, LabelPointers labels,
                           const kernels::Call& call) {
  const T result = forward(inputs, labels, call);
  run_training(differentiated_->backward_step, differentiated_->update_step, inputs, labels, call);
  return result;
}

template <class T>
void Interpreter<T>::run_training(int first, int last, std::span<const T* const> inputs,
                                  const LabelPointers& labels, const kernels::Call& call) {
  run<T>(*training_, first, last, regions(inputs, labels), call);
}

template <class T>
Regions Interpreter<T>::regions(std::span<const T* const> inputs, const LabelPointers& labels) {
  for (std::size_t k = 0; k < inputs.size() && k < input_.size(); ++k) input_[k] = inputs[k];
  return {bytes(weights_), bytes(optimizer_), bytes(gradients_),     bytes(arena_),
          input_.data(),   nullptr,           labels.pointer.data(), bytes(states_)};
}

template class Interpreter<float>;
template class Interpreter<double>;

}  // namespace etch
