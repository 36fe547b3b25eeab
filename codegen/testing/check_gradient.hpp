// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/declare.hpp>
#include <etch/train/losses.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace etch {

/// A loss and a batch for `check_gradient`. What is left empty is made up from the seed.
struct GradientCheck {
  LossKind loss = LossKind::mean_squared_error;
  int logits = 0;                ///< the loss takes the model's output before softmax or sigmoid
  const LossOp* user = nullptr;  ///< a loss of the user's own
  LossParameters parameters{};   ///< the loss's numbers
  int rows = 3;                  ///< samples in the batch
  std::uint32_t seed = 11;
  double step = 1e-5;                         ///< weights move this far either way
  bool input_gradients = true;                ///< off for inputs that are whole numbers or masks
  std::vector<std::vector<double>> inputs{};  ///< one array of rows * elements an input; else from -1 to 1
  std::vector<double> targets{};              ///< rows * elements of the output; else from 0.1 to 0.9
  std::vector<std::int32_t> classes{};        ///< one a position, for the sparse loss
};

/// A check with a loss as `compile` takes it: `check_gradient(model, with_loss(Huber{.delta = 0.5f}))`.
template <class Loss>
GradientCheck with_loss(const Loss& loss, GradientCheck check = {}) {
  check.loss = Loss::kind;
  check.logits = Loss::from_logits;
  check.user = Loss::user;
  check.parameters = loss.parameters();
  return check;
}

namespace detail {

/// From -1 to 1, the same for the same arguments.
double check_noise(std::uint32_t seed, std::size_t i, int salt);

/// Of a model that this function declares.
double check_traced_gradient(const std::function<void(Builder&)>& trace, const GradientCheck& check);

}  // namespace detail

/// The largest relative error of the gradients of all weights and inputs of a model, against central finite
/// differences of its loss, both in double. Below 1e-5 for a right backward pass, of the order of 1 for a
/// wrong one; a kink (relu at 0) that a difference straddles counts as an error: choose another seed.
///
/// \param model a declared model (functional, sequential, subclassed), or the function of a functional one:
///   `check_gradient([](Builder& g) { return MyLayer{}(g.input({4, 3})); })`
/// \throws Error for a wrong declaration, and where there is neither a weight nor an input to check.
template <class Model>
double check_gradient(const Model& model, const GradientCheck& check = {}) {
  if constexpr (requires(Builder & g) { model.trace(g); })
    return detail::check_traced_gradient([&](Builder& g) { trace_at_run_time(model, g); }, check);
  else
    return check_gradient(functional(model), check);
}

}  // namespace etch
