// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/interpreter.hpp>
#include <etch/model/training/initialize.hpp>
#include <etch/passes/differentiate.hpp>
#include <etch/passes/infer.hpp>
#include <etch/train/optimizers.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <span>
#include <vector>

namespace etch {

/// The labels of a batch: of each output in order, then, where samples have weights, those of each output.
struct LabelPointers {
  std::array<const void*, std::size_t{2} * max_trained_outputs> pointer{};
  LabelPointers(std::nullptr_t = nullptr) {}
  LabelPointers(const void* only) : pointer{only} {}
  LabelPointers(std::span<const void* const> all) { std::copy(all.begin(), all.end(), pointer.begin()); }
  /// An array of pointers would else pass for one pointer.
  template <class T, std::size_t N>
  LabelPointers(T* const (&all)[N]) {
    std::copy(std::begin(all), std::end(all), pointer.begin());
  }
};

/// A network at run time: predicts and trains any graph that is a value, with the kernels that compiled code
/// uses. \tparam T float, or double for gradient checks.
template <class T = float>
class Interpreter {
 public:
  static constexpr Sizes room = Sizes{256, 1024, 512, 3072, 16};
  using TrainingProgram = Program<detail::training_sizes(room)>;
  using PredictionProgram = Program<inferred_sizes(room)>;

  /// \param declared a traced graph.
  template <Sizes S>
  Interpreter(const Graph<S>& declared, int batch, const TrainingOptions& options)
      : batch_(batch),
        options_(options),
        prediction_(std::make_unique<PredictionProgram>()),
        training_(std::make_unique<TrainingProgram>()) {
    auto graph = std::make_unique<Graph<room>>(shrink<room>(declared));
    const PlanOptions plan_options{batch, 8, sizeof(T) == 8 ? DType::f64 : DType::f32};
    *prediction_ = make_program(infer(*graph), plan_options, false);
    differentiated_ =
        std::make_unique<TrainingGraph<detail::training_sizes(room)>>(differentiate(*graph, options));
    *training_ = make_program(differentiated_->graph, plan_options, false);
    weights_.resize(words(training_->plan.weight_bytes));
    optimizer_.resize(words(training_->plan.optimizer_bytes));
    gradients_.resize(words(training_->plan.gradient_bytes));
    states_.resize(words(training_->plan.state_bytes));
    arena_.resize(words(std::max(training_->plan.arena_bytes, prediction_->plan.arena_bytes)));
  }

  void initialize(std::uint32_t seed) {
    std::fill(optimizer_.begin(), optimizer_.end(), T(0));
    initialize_weights<detail::training_sizes(room), T>(training_->graph, training_->plan, seed,
                                                        bytes(weights_));
  }
  /// The same with what this optimizer's arrays begin with, where that is not zero.
  template <class Optimizer>
  void initialize(std::uint32_t seed, const Optimizer& optimizer) {
    initialize(seed);
    for (int p = 0; p < parameters(); ++p)
      for (int k = 0; differentiated_->slots_of[p] >= 0 && k < kernels::slots_of(options_.rule); ++k)
        std::fill_n(at(optimizer_, training_->plan.offset[differentiated_->slots_of[p] + k]), size_of(p),
                    T(detail::initial_slot(optimizer, k)));
  }

  /// Lets stateful layers begin anew.
  void reset_states() { std::fill(states_.begin(), states_.end(), T(0)); }

  /// Results of `rows` samples; one pointer an input.
  std::span<const T> predict(std::span<const T* const> inputs, int rows) {
    interpret<T>(*prediction_, 0, prediction_->graph.steps.count, {.rows = rows}, regions(inputs, nullptr));
    return result(*prediction_, prediction_->graph.outputs[0], inputs, rows);
  }
  /// Output `k` of the last `predict`.
  std::span<const T> output(int k, std::span<const T* const> inputs, int rows) {
    return result(*prediction_, prediction_->graph.outputs[k], inputs, rows);
  }

  /// Forward, loss, backward and (fused or last) updates. Returns the sum of the rows' losses.
  T train(std::span<const T* const> inputs, LabelPointers labels, const kernels::Call& call) {
    const T result = forward(inputs, labels, call);
    interpret<T>(*training_, differentiated_->backward_step, training_->graph.steps.count, call,
                 regions(inputs, labels));
    return result;
  }
  /// Forward and loss only, in training mode.
  T forward(std::span<const T* const> inputs, LabelPointers labels, const kernels::Call& call) {
    interpret<T>(*training_, 0, differentiated_->backward_step, call, regions(inputs, labels));
    return loss();
  }
  /// Forward, loss and gradients, without the updates. Options need `fuse` off.
  T backward(std::span<const T* const> inputs, LabelPointers labels, const kernels::Call& call) {
    const T result = forward(inputs, labels, call);  // before the backward pass reuses its memory
    interpret<T>(*training_, differentiated_->backward_step, differentiated_->update_step, call,
                 regions(inputs, labels));
    return result;
  }

  /// The gradient of parameter `p` after `backward`.
  std::span<T> gradient(int p) {
    const int value = differentiated_->gradient_of[p];
    return {at(gradients_, training_->plan.offset[value]), size_of(p)};
  }
  std::span<T> parameter(int p) { return {at(weights_, training_->plan.offset[p]), size_of(p)}; }
  int parameters() const { return training_->graph.parameters.count; }
  bool trainable(int p) const { return differentiated_->gradient_of[p] >= 0; }
  std::span<T> weights() { return weights_; }
  std::span<T> optimizer_state() { return optimizer_; }
  const PredictionProgram& prediction_program() const { return *prediction_; }
  const TrainingProgram& training_program() const { return *training_; }

 private:
  static std::size_t words(int bytes) { return static_cast<std::size_t>(bytes) / sizeof(T) + 1; }
  static std::byte* bytes(std::vector<T>& v) { return reinterpret_cast<std::byte*>(v.data()); }
  static T* at(std::vector<T>& v, int offset) { return reinterpret_cast<T*>(bytes(v) + offset); }
  std::size_t size_of(int p) const {
    return static_cast<std::size_t>(training_->graph.parameters[p].shape.size());
  }
  T loss() { return *at(arena_, training_->plan.offset[differentiated_->loss_value]); }

  Regions regions(std::span<const T* const> inputs, const LabelPointers& labels) {
    for (std::size_t k = 0; k < inputs.size() && k < input_.size(); ++k) input_[k] = inputs[k];
    return {bytes(weights_), bytes(optimizer_), bytes(gradients_),     bytes(arena_),
            input_.data(),   nullptr,           labels.pointer.data(), bytes(states_)};
  }
  template <class P>
  std::span<const T> result(const P& program, int value, std::span<const T* const> inputs, int rows) {
    const auto count =
        static_cast<std::size_t>(rows) * static_cast<std::size_t>(program.graph.values[value].elements);
    if (program.graph.values[value].role == Role::input)
      return {inputs[static_cast<std::size_t>(program.plan.offset[value])], count};
    return {at(arena_, program.plan.offset[value]), count};
  }

  int batch_;
  TrainingOptions options_;
  std::unique_ptr<PredictionProgram> prediction_;
  std::unique_ptr<TrainingProgram> training_;
  std::unique_ptr<TrainingGraph<detail::training_sizes(room)>> differentiated_;
  std::vector<T> weights_, optimizer_, gradients_, arena_, states_;
  std::array<const void*, 16> input_{};
};

#ifdef ETCH_INTERPRETER_APART
// Every kernel of every op: a program of many files compiles them once, in one that instantiates these.
extern template void interpret_step<float>(const Graph<Interpreter<float>::PredictionProgram::room>&,
                                           const Step&, const kernels::Call&, void* const*);
extern template void interpret<float>(const Interpreter<float>::PredictionProgram&, int, int,
                                      const kernels::Call&, const Regions&);
extern template void interpret<float>(const Interpreter<float>::TrainingProgram&, int, int,
                                      const kernels::Call&, const Regions&);
extern template void interpret<double>(const Interpreter<double>::PredictionProgram&, int, int,
                                       const kernels::Call&, const Regions&);
extern template void interpret<double>(const Interpreter<double>::TrainingProgram&, int, int,
                                       const kernels::Call&, const Regions&);
#endif

}  // namespace etch
