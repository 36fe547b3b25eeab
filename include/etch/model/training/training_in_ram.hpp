// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/report.hpp>
#include <etch/model/declare/model_notes.hpp>
#include <etch/model/training/training_as_it_is.hpp>
#include <etch/passes/fit_training.hpp>

namespace etch::detail {

/// Never true, but only known to be false when it is instantiated. \tparam Layer the one whose result is the
/// largest where a step needs most.
template <Sentence Layer, Found Given, Expected Least, Line L>
inline constexpr bool training_fits = false;

#if defined(__clang__)
/// clang prints arguments, but no text that is made while compiling: the kind of the layer and its row in the
/// summary stand for its name.
template <int = 0>
constexpr void training_does_not_fit(const char* sentence, int given, int least, const char* kind, int row,
                                     int line) {
  (void)given, (void)least, (void)line, (void)kind, (void)row;
  fail(sentence);
}
#endif

template <Sizes S>
constexpr bool makes(const Graph<S>& g, const Step& step, int value) {
  for (int k = 0; k < step.outputs; ++k)
    if (g.result(step, k) == value) return true;
  return false;
}

/// The row of the layer call that makes a value, or the one before it that has a row, or -1.
template <const auto& Declared, Sizes S>
constexpr int row_of_value(const Graph<S>& g, int value) {
  const auto& n = notes<Declared>;
  const auto row_of = [&](int v) {
    for (int r = 0; r < n.rows.count; ++r)
      if (n.rows.item[r].value + g.parameters.count == v) return r;
    return -1;
  };
  while (value >= 0) {
    if (const int row = row_of(value); row >= 0) return row;
    int s = g.steps.count - 1;
    while (s >= 0 && !makes(g, g.steps.item[s], value)) --s;
    if (s < 0) return -1;
    if (const int row = row_of(g.result(g.steps.item[s])); row >= 0) return row;
    value = g.operand(g.steps.item[s], 0);
  }
  return -1;
}

/// What stands in the message where no layer does.
inline constexpr std::string_view of_prediction = "prediction", of_no_layer = "no single layer";

template <const auto& Declared, int Row, bool Predicts>
constexpr auto layer_name() {
  constexpr std::string_view name = [] {
    if constexpr (Row < 0)
      return Predicts ? of_prediction : of_no_layer;
    else
      return notes<Declared>.name(Row);
  }();
  Sentence<name.size() + 1> s;
  for (std::size_t i = 0; i < name.size(); ++i) s.text[i] = name[i];
  return s;
}

/// Stops the build with the least RAM that works, and what decides it.
template <class InRam, const auto& Declared>
constexpr auto report_least() {
  using AsItIs = typename InRam::AsItIs;
  constexpr LeastArena least =
      least_arena(InRam::training, InRam::planning, InRam::floor, AsItIs::memory_as_it_is.arena);
  constexpr int bytes = AsItIs::memory_as_it_is.total() - AsItIs::memory_as_it_is.arena + least.bytes;
  constexpr RamLimit ram = AsItIs::declared.ram;
  constexpr bool predicts = least.bytes == InRam::floor;
  constexpr int row = predicts ? -1 : row_of_value<Declared>(InRam::training.graph, least.largest);
#if defined(__clang__)
  constexpr const char* kind = row >= 0   ? notes<Declared>.rows.item[row < 0 ? 0 : row].kind
                               : predicts ? of_prediction.data()
                                          : of_no_layer.data();
  constexpr bool stopped =
      (training_does_not_fit("fit_in: this training needs more RAM: the number of bytes it is given, and "
                             "the least that works; the result of the layer shown decides",
                             ram.bytes, bytes, kind, row, ram.line),
       true);
  (void)stopped;
#else
  static_assert(
      training_fits<layer_name<Declared, row, predicts>(), Found{ram.bytes}, Expected{bytes}, Line{ram.line}>,
      "fit_in: this training needs more RAM: the number of bytes it is given, and the least that "
      "works; the result of the layer shown decides");
#endif
  return 1;
}

/// A training step of a declared model, planned for the RAM that the declaration names.
template <const auto& Declared, TrainingOptions Options, int BatchSize>
struct TrainingInRam {
  using AsItIs = TrainingAsItIs<Declared, Options, BatchSize>;
  static constexpr PlanOptions planning{.batch = BatchSize};
  static constexpr auto training = shrink_training<AsItIs::whole.sizes()>(AsItIs::differentiated);
  /// Prediction takes the same arena.
  static constexpr int floor = AsItIs::inference.plan.arena_bytes;

  // A call, whose result compilers keep: g++ evaluates a lambda's body twice where a template has it.
  static constexpr auto fitted =
      fit_above(training, planning, floor, AsItIs::arena_limit, AsItIs::declared.ram);
  static constexpr Fault wrong_schedule{
      "fit_in: this schedule is of another training, or takes more RAM than it is given: the bytes given, "
      "and "
      "those of the arena by it, 0 where a step of it cannot run; declaration, batch, optimizer and loss "
      "have "
      "to be those that `etch fit-in` was told, and without a schedule the compiler looks for one",
      AsItIs::declared.ram.bytes, fitted.plan.arena_bytes, AsItIs::declared.ram.line};
  static constexpr int updates = fitted.found ? fitted.training.update_step : AsItIs::updates;
  static constexpr auto whole = [] {
    if constexpr (fitted.found) {
      return shrink<fitted.training.graph.sizes()>(fitted.training.graph);
    } else if constexpr (AsItIs::declared.ram.schedule != nullptr) {
      static_assert(sizeof(decltype(report<wrong_schedule>())) > 0);
      return AsItIs::whole;
    } else {
      static_assert(sizeof(decltype(report_least<TrainingInRam, Declared>())) > 0);
      return AsItIs::whole;
    }
  }();
  static constexpr auto plain = [] {
    if constexpr (fitted.found) {
      Program<whole.room> program{whole, shrink_plan<whole.room>(fitted.plan, whole.values.count), planning};
      for (int k = 0; k < whole.inputs.count; ++k) program.plan.offset[whole.inputs.item[k]] = k;
      return program;
    } else {
      return AsItIs::plain;
    }
  }();
};

}  // namespace etch::detail
