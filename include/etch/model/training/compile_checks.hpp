// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/compiled_outputs.hpp>
#include <etch/model/training/training_code.hpp>

#include <concepts>
#include <cstdint>
#include <type_traits>

// What `compile` looks at before it makes a model, so that a wrong argument is one sentence.
namespace etch::detail {

template <class T>
constexpr bool can_read(const T& declared) {
  [[maybe_unused]] const T copy = declared;
  return true;
}
/// Whether the compiler knows a declaration's value, and not only where it is.
template <const auto& Declared>
inline constexpr bool is_constant = requires {
  typename std::bool_constant<can_read(Declared)>;
};

template <class T>
concept IsOptimizer = requires(const T& optimizer) {
  T::rule;
  T::name;
  optimizer.at(std::uint32_t{0});
};
template <class T>
concept IsLoss = requires(const T& loss) {
  T::kind;
  T::from_logits;
  loss.parameters();
};
template <class T>
concept IsMetric = requires(T& metric, const MetricBatch& batch) {
  T::name;
  metric.reset();
  metric.update(batch);
  metric.result();
};

template <class T>
inline constexpr bool is_one_loss = IsLoss<T>;
template <detail::FixedText Name, class Loss, class... Weight>
inline constexpr bool is_one_loss<NamedOutput<Name, Loss, Weight...>> = IsLoss<Loss>;
template <class T>
inline constexpr bool are_losses = is_one_loss<T>;
template <class... T>
inline constexpr bool are_losses<hana::tuple<T...>> = (is_one_loss<T> && ...);

/// A metric, or in a tuple for several outputs also a tuple of metrics or those of a named output.
template <class T>
inline constexpr bool are_metrics = IsMetric<T>;
template <class... T>
inline constexpr bool are_metrics<hana::tuple<T...>> = (are_metrics<T> && ...);
template <detail::FixedText Name, class... T>
inline constexpr bool are_metrics<NamedOutput<Name, T...>> = (are_metrics<T> && ...);

/// Whether the numbers of a function may lie outside of 0 to 1, whatever goes in. `exponential` makes
/// probabilities of their logarithms.
constexpr bool gives_no_probabilities(ActivationKind kind) {
  switch (kind) {
    case ActivationKind::softmax:
    case ActivationKind::sigmoid:
    case ActivationKind::hard_sigmoid:
    case ActivationKind::hard_sigmoid_keras2:
    case ActivationKind::exponential:
      return false;
    default:
      return true;
  }
}

/// Whether what makes an output cannot make probabilities: a function that does not, or the sums of a layer
/// without one. Of a layer that merges, moves or limits numbers, or the user's own, nothing is known.
template <Sizes S>
constexpr bool makes_no_probabilities(const Graph<S>& g, int output) {
  for (const Step& step : g.steps)
    for (int k = 0; k < step.outputs; ++k) {
      if (g.operands.item[step.first + step.inputs + k] != output) continue;
      if (step.op == op_code<ops::Activation>) return gives_no_probabilities(plain_activation(step));
      return step.op == op_code<ops::Dense> || step.op == op_code<ops::Convolution>;
    }
  return false;
}

template <const auto& Declared, class Losses>
constexpr bool lacks_probabilities() {
  bool lacks = false;
  for_each_output<output_count<Declared>>([&](auto k) {
    using Loss = typename LossOfOutput<Declared, Losses, decltype(k)::value>::Loss;
    if (takes_logits(Loss::kind) && !Loss::from_logits)
      lacks = lacks || makes_no_probabilities(training_declaration<Declared>,
                                              training_declaration<Declared>.outputs.item[k]);
  });
  return lacks;
}

/// Whether a training step needs more than a plan in ints can count: of weights or what the optimizer keeps
/// of them, or of the results of a batch, which are kept for the backward pass. The bound leaves room for
/// gradients and for what a plan wastes.
template <Sizes S>
constexpr bool needs_too_much(const Graph<S>& g, const TrainingOptions& options, int batch) {
  constexpr std::int64_t most = 1'500'000'000;
  std::int64_t weights = 0, results = 0;
  for (const Value& v : g.values) {
    const std::int64_t bytes = std::int64_t{4} * v.elements * (v.per_row ? batch : 1);
    (v.role == Role::parameter || v.role == Role::statistic ? weights : results) += bytes;
  }
  for (const Step& step : g.steps)  // which overwrite what they read
    if (step.op == op_code<ops::Activation> || step.op == op_code<ops::BatchNormalization>)
      results -= std::int64_t{4} * step.out.size() * step.repeat * batch;
  return weights * (slots_of(options) > 1 ? slots_of(options) : 1) > most || results > most;
}

/// What is compiled where a mistake was reported, so that it is the only one.
inline constexpr auto right_network = sequential(Input{1}, etch::Dense{1});

template <const auto& Declared, class Optimizer, class Losses, class Metrics, int Batch>
constexpr OutputMistake mistake_of_constant() {
  static_assert(sizeof(training_declaration<Declared>) > 0);  // as below
  if constexpr (!IsOptimizer<Optimizer>) {
    return OutputMistake::no_optimizer;
  } else if constexpr (!are_losses<Losses>) {
    return OutputMistake::not_a_loss;
  } else if constexpr (!is_tuple<Metrics>) {
    return OutputMistake::metrics_not_in_a_tuple;
  } else if constexpr (!are_metrics<Metrics>) {
    return OutputMistake::not_a_metric;
  } else {
    constexpr OutputMistake of_losses = mistake_in_losses<Declared, Losses>();
    constexpr OutputMistake of_metrics = mistake_in_metrics<Declared, Metrics>();
    if constexpr (of_losses != OutputMistake::none)
      return of_losses;
    else if constexpr (of_metrics != OutputMistake::none)
      return of_metrics;
    else if constexpr (lacks_probabilities<Declared, Losses>())
      return OutputMistake::not_probabilities;
    else
      return needs_too_much(training_declaration<Declared>, optimizer_options<Optimizer>(), Batch)
                 ? OutputMistake::memory
                 : OutputMistake::none;
  }
}

template <const auto& Declared, class Optimizer, class Losses, class Metrics, int Batch>
constexpr OutputMistake mistake_in_arguments() {
  // g++ 12 traces no declaration behind its first error: what is compiled instead comes before.
  static_assert(sizeof(training_declaration<right_network>) > 0);
  if constexpr (is_constant<Declared>)
    return mistake_of_constant<Declared, Optimizer, Losses, Metrics, Batch>();
  else
    return OutputMistake::not_constexpr;
}

}  // namespace etch::detail
