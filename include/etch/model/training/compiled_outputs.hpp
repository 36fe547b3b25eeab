// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/model_notes.hpp>
#include <etch/train/outputs.hpp>

namespace etch::detail {

template <const auto& Declared>
inline constexpr int output_count = training_declaration<Declared>.outputs.count;

/// The name of an output: that of the layer whose result it is. Two outputs of one layer have one name.
template <const auto& Declared>
constexpr std::string_view output_name(int k) {
  const auto& g = graph<Declared>;
  int found = -1;
  for (int row = 0; row < notes<Declared>.rows.count; ++row)
    if (notes<Declared>.rows.item[row].value + g.parameters.count == g.outputs.item[k]) found = row;
  return found < 0 ? std::string_view("output") : notes<Declared>.name(found);
}
template <const auto& Declared>
constexpr bool has_output(std::string_view name) {
  for (int k = 0; k < output_count<Declared>; ++k)
    if (output_name<Declared>(k) == name) return true;
  return false;
}

template <class T>
inline constexpr bool is_named_output = false;
template <FixedText Name, class... Parts>
inline constexpr bool is_named_output<NamedOutput<Name, Parts...>> = true;
template <class T>
inline constexpr bool is_tuple = hana::is_a<hana::tuple_tag, T>;

/// What is wrong with the losses or metrics that `compile` was given.
enum class OutputMistake {
  none,
  not_constexpr,
  no_optimizer,
  not_a_loss,
  metrics_not_in_a_tuple,
  not_a_metric,
  some_unnamed,
  unknown_name,
  count,
  no_loss,
  not_probabilities,
  memory
};

/// Which element of a tuple given to `compile` is meant for output K; -1 where none is.
template <const auto& Declared, int K, class... E>
constexpr int element_for(const hana::tuple<E...>*) {
  if constexpr ((is_named_output<E> || ...)) {
    int found = -1, i = 0;
    const auto look = [&](bool named) {
      if (named && found < 0) found = i;
      ++i;
    };
    (look(E::name == output_name<Declared>(K)), ...);
    return found;
  } else {
    return K < static_cast<int>(sizeof...(E)) ? K : -1;
  }
}
template <const auto& Declared, class... E>
constexpr OutputMistake mistake_in(const hana::tuple<E...>*) {
  if constexpr (!(is_named_output<E> || ...))
    return sizeof...(E) == 0 || static_cast<int>(sizeof...(E)) == output_count<Declared>
               ? OutputMistake::none
               : OutputMistake::count;
  else if constexpr (!(is_named_output<E> && ...))
    return OutputMistake::some_unnamed;
  else
    return (has_output<Declared>(E::name) && ...) ? OutputMistake::none : OutputMistake::unknown_name;
}
template <const auto& Declared, class Losses>
constexpr bool every_output_has_a_loss() {
  return []<int... K>(std::integer_sequence<int, K...>) {
    return ((element_for<Declared, K>(static_cast<const Losses*>(nullptr)) >= 0) && ...);
  }
  (std::make_integer_sequence<int, output_count<Declared>>{});
}
template <const auto& Declared, class Losses>
constexpr OutputMistake mistake_in_losses() {
  if constexpr (!is_tuple<Losses>) {
    return OutputMistake::none;
  } else {
    constexpr OutputMistake mistake = mistake_in<Declared>(static_cast<const Losses*>(nullptr));
    if constexpr (mistake == OutputMistake::none)
      return every_output_has_a_loss<Declared, Losses>() ? mistake : OutputMistake::no_loss;
    else
      return mistake;
  }
}

/// Says what is wrong, in one sentence. \return whether all is right.
template <OutputMistake Mistake>
constexpr bool report_outputs() {
  static_assert(Mistake != OutputMistake::not_constexpr,
                "compile: the network is no constant: declare it as inline constexpr auto network = ...");
  static_assert(Mistake != OutputMistake::no_optimizer,
                "compile: the first argument is an optimizer, such as Adam{.learning_rate = 1e-3f}");
  static_assert(
      Mistake != OutputMistake::not_a_loss,
      "compile: the second argument is a loss, such as MeanSquaredError{}, or a hana::make_tuple of one "
      "for each output");
  static_assert(
      Mistake != OutputMistake::metrics_not_in_a_tuple,
      "compile: metrics stand in hana::make_tuple(...), behind the loss and before batch<N>; none is "
      "hana::make_tuple()");
  static_assert(Mistake != OutputMistake::not_a_metric,
                "compile: not all that stands among the metrics is one: they are Accuracy{}, "
                "MeanSquaredErrorMetric{} and the like");
  static_assert(Mistake != OutputMistake::some_unnamed,
                "compile: name all outputs, as output<\"name\">(...), or none");
  static_assert(
      Mistake != OutputMistake::unknown_name,
      "compile: the model has no output of that name; an output has the name of the layer that makes "
      "it");
  static_assert(Mistake != OutputMistake::count,
                "compile: a tuple has one element for each output, in their order, or names them: "
                "output<\"name\">(...)");
  static_assert(Mistake != OutputMistake::no_loss, "compile: each output needs a loss");
  static_assert(
      Mistake != OutputMistake::not_probabilities,
      "compile: this cross-entropy takes probabilities, and its output is linear or another function "
      "that is no probability: end it with softmax or sigmoid, or take FromLogits<...> where it is linear");
  static_assert(
      Mistake != OutputMistake::memory,
      "compile: a training step of this model needs more than 1,500,000,000 bytes of weights, of "
      "optimizer state or of results: take smaller layers, a smaller batch<N>, or an optimizer with fewer "
      "arrays");
  return Mistake == OutputMistake::none;
}

/// The loss of output K, its numbers and its weight, in what `compile` was given: one loss, a tuple in the
/// order of the outputs, or named ones.
template <const auto& Declared, class Losses, int K>
struct LossOfOutput {
  static constexpr int element = element_for<Declared, K>(static_cast<const Losses*>(nullptr));
  static constexpr const auto& of(const Losses& losses) {
    const auto& e = hana::at_c<element>(losses);
    if constexpr (is_named_output<std::remove_cvref_t<decltype(e)>>)
      return hana::front(e.parts);
    else
      return e;
  }
  static constexpr float weight(const Losses& losses) {
    const auto& e = hana::at_c<element>(losses);
    if constexpr (!is_named_output<std::remove_cvref_t<decltype(e)>>)
      return 1;
    else if constexpr (decltype(hana::length(e.parts))::value == 2)
      return hana::back(e.parts).value;
    else
      return 1;
  }
  using Loss = std::remove_cvref_t<decltype(of(std::declval<const Losses&>()))>;
};
template <const auto& Declared, class Losses, int K>
requires(!is_tuple<Losses> && !is_named_output<Losses>) struct LossOfOutput<Declared, Losses, K> {
  static constexpr const Losses& of(const Losses& loss) { return loss; }
  static constexpr float weight(const Losses&) { return 1; }
  using Loss = Losses;
};

/// Calls `f` with each output's number as a constant.
template <int Count, class F>
constexpr void for_each_output(F&& f) {
  [&]<int... K>(std::integer_sequence<int, K...>) { (f(std::integral_constant<int, K>{}), ...); }
  (std::make_integer_sequence<int, Count>{});
}

/// Whether metrics are given as one list, those of the only output.
template <const auto& Declared, class Metrics>
inline constexpr bool flat_metrics = false;
template <const auto& Declared, class... M>
inline constexpr bool flat_metrics<Declared, hana::tuple<M...>> =
    output_count<Declared> == 1 && !(is_named_output<M> || ...) && !(is_tuple<M> || ...);

template <const auto& Declared, class Metrics>
constexpr OutputMistake mistake_in_metrics() {
  if constexpr (flat_metrics<Declared, Metrics>)
    return OutputMistake::none;
  else
    return mistake_in<Declared>(static_cast<const Metrics*>(nullptr));
}

/// Calls `f` with each metric of output K: the element for it may be one metric, a tuple, or named.
template <const auto& Declared, int K, class Metrics, class F>
constexpr void for_each_metric_of(Metrics& metrics, F&& f) {
  using M = std::remove_const_t<Metrics>;
  if constexpr (flat_metrics<Declared, M>) {
    hana::for_each(metrics, f);
  } else {
    constexpr int element = element_for<Declared, K>(static_cast<const M*>(nullptr));
    if constexpr (element >= 0) {
      auto& e = hana::at_c<element>(metrics);
      using E = std::remove_cvref_t<decltype(e)>;
      if constexpr (is_named_output<E>)
        hana::for_each(e.parts, f);
      else if constexpr (is_tuple<E>)
        hana::for_each(e, f);
      else
        f(e);
    }
  }
}

}  // namespace etch::detail
