// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/program.hpp>
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
/// uses, which the desktop library holds. \tparam T float, or double for gradient checks.
template <class T = float>
class Interpreter {
 public:
  static constexpr Sizes room = Sizes{256, 1024, 512, 3072, 16};
  using TrainingProgram = Program<detail::training_sizes(room)>;
  using PredictionProgram = Program<inferred_sizes(room)>;

  /// \param declared a traced graph.
  template <Sizes S>
  Interpreter(const Graph<S>& declared, int batch, const TrainingOptions& options)
      : Interpreter(std::make_unique<const Graph<room>>(shrink<room>(declared)), batch, options) {}

  void initialize(std::uint32_t seed);
  /// The same with what this optimizer's arrays begin with, where that is not zero.
  template <class Optimizer>
  void initialize(std::uint32_t seed, const Optimizer& optimizer) {
    initialize(seed);
    for (int p = 0; p < parameters(); ++p)
      for (int k = 0; differentiated_->slots_of[p] >= 0 && k < kernels::slots_of(options_.rule); ++k)
        std::fill_n(at(optimizer_, training_->plan.offset[differentiated_->slots_of[p] + k]), trained_size(p),
                    T(detail::initial_slot(optimizer, k)));
  }

  /// Lets stateful layers begin anew.
  void reset_states() { std::fill(states_.begin(), states_.end(), T(0)); }

  /// Results of `rows` samples; one pointer an input.
  std::span<const T> predict(std::span<const T* const> inputs, int rows);
  /// Output `k` of the last `predict`.
  std::span<const T> output(int k, std::span<const T* const> inputs, int rows);

  /// Forward, loss, backward and (fused or last) updates. Returns the sum of the rows' losses.
  T train(std::span<const T* const> inputs, LabelPointers labels, const kernels::Call& call);
  /// Forward and loss only, in training mode.
  T forward(std::span<const T* const> inputs, LabelPointers labels, const kernels::Call& call);
  /// Forward, loss and gradients, without the updates. Options need `fuse` off.
  T backward(std::span<const T* const> inputs, LabelPointers labels, const kernels::Call& call);

  /// The gradient of parameter `p`, of its channels that train, after `backward`.
  std::span<T> gradient(int p) {
    const int value = differentiated_->gradient_of[p];
    return {at(gradients_, training_->plan.offset[value]), trained_size(p)};
  }
  std::span<T> parameter(int p) { return {at(weights_, training_->plan.offset[p]), size_of(p)}; }
  int parameters() const { return training_->graph.parameters.count; }
  bool trainable(int p) const { return differentiated_->gradient_of[p] >= 0; }
  std::span<T> weights() { return weights_; }
  std::span<T> optimizer_state() { return optimizer_; }
  const PredictionProgram& prediction_program() const { return *prediction_; }
  const TrainingProgram& training_program() const { return *training_; }

 private:
  Interpreter(std::unique_ptr<const Graph<room>> graph, int batch, const TrainingOptions& options);

  static std::byte* bytes(std::vector<T>& v) { return reinterpret_cast<std::byte*>(v.data()); }
  static T* at(std::vector<T>& v, int offset) { return reinterpret_cast<T*>(bytes(v) + offset); }
  std::size_t size_of(int p) const {
    return static_cast<std::size_t>(training_->graph.parameters[p].shape.size());
  }
  std::size_t trained_size(int p) const {
    return static_cast<std::size_t>(trained_shape(training_->graph.parameters[p]).size());
  }
  T loss() { return *at(arena_, training_->plan.offset[differentiated_->loss_value]); }
  void run_training(int first, int last, std::span<const T* const> inputs, const LabelPointers& labels,
                    const kernels::Call& call);
  Regions regions(std::span<const T* const> inputs, const LabelPointers& labels);

  TrainingOptions options_;
  std::unique_ptr<PredictionProgram> prediction_;
  std::unique_ptr<TrainingProgram> training_;
  std::unique_ptr<TrainingGraph<detail::training_sizes(room)>> differentiated_;
  std::vector<T> weights_, optimizer_, gradients_, arena_, states_;
  std::array<const void*, 16> input_{};
};

extern template class Interpreter<float>;
extern template class Interpreter<double>;

}  // namespace etch
