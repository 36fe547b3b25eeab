// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/report.hpp>
#include <etch/model/declare/model_notes.hpp>
#include <etch/model/training/training_in_parts.hpp>

#include <type_traits>

namespace etch::detail {

/// Never true, but only known to be false when it is instantiated. \tparam Layer the one whose result is the
/// largest where a step needs most. \tparam Whole the one that takes a whole batch, so that no part of it can
/// run before the others.
template <Sentence Layer, Found Given, Expected Least, Line L, Sentence... Whole>
inline constexpr bool training_fits = false;

#if defined(__clang__)
/// clang prints arguments, but no text that is made while compiling: the kind of the layer and its row in the
/// summary stand for its name. \param whole the row of a layer that takes a whole batch, or -1
template <int = 0>
constexpr void training_does_not_fit(const char* sentence, int given, int least, const char* kind, int row,
                                     int whole, int line) {
  (void)given, (void)least, (void)line, (void)kind, (void)row, (void)whole;
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

/// The least RAM of two ways that works, and the row of the layer that decides it.
struct LeastRam {
  int bytes = 0, row = -1;
  bool of_prediction = false;
};

/// Of the batch at once.
template <class InRam, const auto& Declared>
constexpr LeastRam least_at_once() {
  constexpr const auto& as_it_is = InRam::AsItIs::memory_as_it_is;
  const LeastArena least = least_arena(InRam::training, InRam::planning, InRam::floor, as_it_is.arena);
  const bool predicts = least.bytes == InRam::floor;
  return {as_it_is.total() - as_it_is.arena + least.bytes,
          predicts ? -1 : row_of_value<Declared>(InRam::training.graph, least.largest), predicts};
}
/// Of the batch sample by sample.
template <class InRam, const auto& Declared>
constexpr LeastRam least_in_parts() {
  using Parts = typename InRam::Parts;
  constexpr const auto& as_it_is = InRam::AsItIs::memory_as_it_is;
  constexpr const auto& evaluation = evaluation_program<Declared, 1>;
  const int floor = evaluation.plan.arena_bytes;
  const int known = arena_of_parts(Parts::training.graph, evaluation.graph, 1);
  const LeastArena least = least_arena(Parts::training, PlanOptions{.batch = 1}, floor, known);
  const bool predicts = least.bytes == floor;
  return {as_it_is.total() - as_it_is.arena + Parts::gradient_bytes + least.bytes,
          predicts ? -1 : row_of_value<Declared>(Parts::training.graph, least.largest), predicts};
}
template <class InRam, const auto& Declared>
constexpr LeastRam least_ram() {
  const LeastRam at_once = least_at_once<InRam, Declared>();
  if constexpr (InRam::may_divide)
    if (const LeastRam parts = least_in_parts<InRam, Declared>(); parts.bytes < at_once.bytes) return parts;
  return at_once;
}
/// The row of the layer that takes a whole batch, or -1 where none does.
template <class InRam, const auto& Declared>
constexpr int row_of_whole_batch() {
  if constexpr (InRam::could_divide && !InRam::may_divide) {
    using Parts = typename InRam::Parts;
    const auto& g = Parts::training.graph;
    return row_of_value<Declared>(g, g.result(g.steps.item[Parts::whole_batch_step]));
  }
  return -1;
}

/// Stops the build with the least RAM that works, and what decides it.
template <class InRam, const auto& Declared>
constexpr auto report_least() {
  constexpr LeastRam least = least_ram<InRam, Declared>();
  constexpr RamLimit ram = InRam::ram;
  constexpr int whole = row_of_whole_batch<InRam, Declared>();
#if defined(__clang__)
  constexpr const char* kind = least.row >= 0 ? notes<Declared>.rows.item[least.row < 0 ? 0 : least.row].kind
                               : least.of_prediction ? of_prediction.data()
                                                     : of_no_layer.data();
  constexpr const char* sentence =
      whole >= 0
          ? "fit_in: this training needs more RAM: the number of bytes it is given, and the least that "
            "works; the result of the layer shown first decides, and that shown last takes a whole "
            "batch, which does not run in parts therefore"
          : "fit_in: this training needs more RAM: the number of bytes it is given, and the least that "
            "works; the result of the layer shown decides";
  constexpr bool stopped =
      (training_does_not_fit(sentence, ram.bytes, least.bytes, kind, least.row, whole, ram.line), true);
  (void)stopped;
#else
  if constexpr (whole >= 0)
    static_assert(
        training_fits<layer_name<Declared, least.row, least.of_prediction>(), Found{ram.bytes},
                      Expected{least.bytes}, Line{ram.line}, layer_name<Declared, whole, false>()>,
        "fit_in: this training needs more RAM: the number of bytes it is given, and the least that "
        "works; the result of the layer shown first decides, and that shown last takes a whole batch, which "
        "does not run in parts therefore");
  else
    static_assert(training_fits<layer_name<Declared, least.row, least.of_prediction>(), Found{ram.bytes},
                                Expected{least.bytes}, Line{ram.line}>,
                  "fit_in: this training needs more RAM: the number of bytes it is given, and the least that "
                  "works; the result of the layer shown decides");
#endif
  return 1;
}

/// A training step of a declared model, planned for the RAM that the declaration names: the batch at once by
/// a schedule, or in parts where these are less work, or all that fits. A batch is not divided where a step
/// takes all of it, and where the user runs the passes one by one.
template <const auto& Declared, TrainingOptions Options, int BatchSize>
struct TrainingInRam {
  using AsItIs = TrainingAsItIs<Declared, Options, BatchSize>;
  static constexpr PlanOptions planning{.batch = BatchSize};
  static constexpr auto training = shrink_training<AsItIs::whole.sizes()>(AsItIs::differentiated);
  /// Prediction takes the same arena.
  static constexpr int floor = AsItIs::inference.plan.arena_bytes;
  static constexpr RamLimit ram = AsItIs::declared.ram;
  static constexpr bool is_scheduled = ram.schedule != nullptr;
  static constexpr int scheduled_rows = is_scheduled ? ram.schedule[0].samples : 0;

  static constexpr bool could_divide = BatchSize > 1 && Options.fuse;
  using Parts = std::conditional_t<could_divide, TrainingInParts<Declared, Options, BatchSize>, NoParts>;
  static constexpr bool may_divide = could_divide && Parts::divides;
  static constexpr auto plain_parts = Parts::plain(ram);

  // Calls, whose results compilers keep: g++ evaluates a lambda's body twice where a template has it.
  static constexpr auto fitted =
      fit_above(training, planning, scheduled_rows > 0 ? AsItIs::arena_limit + 1 : floor, AsItIs::arena_limit,
                ram, plain_parts.work);
  static constexpr auto parts_again = Parts::template again < plain_parts.rows == 0 &&
                                      plain_parts.arena == 0 > (ram, fitted.found ? fitted.work : any_work);

  static constexpr RamWay way = parts_again.found      ? RamWay::parts_again
                                : fitted.found         ? RamWay::again
                                : plain_parts.rows > 0 ? RamWay::parts
                                                       : RamWay::none;
  static constexpr int rows_at_once = way == RamWay::parts         ? plain_parts.rows
                                      : way == RamWay::parts_again ? Parts::rows_again(ram)
                                                                   : BatchSize;
  static constexpr Fault wrong_schedule{
      "fit_in: this schedule is of another training, or takes more RAM than it is given: the bytes given, "
      "and "
      "those of the arena by it, 0 where a step of it cannot run; declaration, batch, optimizer and loss "
      "have "
      "to be those that `etch fit-in` was told, and without a schedule the compiler looks for one",
      ram.bytes,
      plain_parts.arena > 0 ? plain_parts.arena
      : scheduled_rows > 0  ? parts_again.plan.arena_bytes
                            : fitted.plan.arena_bytes,
      ram.line};
  static constexpr auto plain = [] {
    if constexpr (way == RamWay::again) {
      return fitted_program<TrainingInRam::fitted>(planning);
    } else if constexpr (way == RamWay::parts) {
      return make_program(Parts::training.graph, PlanOptions{.batch = rows_at_once}, false);
    } else if constexpr (way == RamWay::parts_again) {
      return fitted_program<TrainingInRam::parts_again>(PlanOptions{.batch = rows_at_once});
    } else if constexpr (is_scheduled) {
      static_assert(sizeof(decltype(report<wrong_schedule>())) > 0);
      return AsItIs::plain;
    } else {
      static_assert(sizeof(decltype(report_least<TrainingInRam, Declared>())) > 0);
      return AsItIs::plain;
    }
  }();
  static constexpr int updates = way == RamWay::again         ? fitted.training.update_step
                                 : way == RamWay::parts       ? Parts::training.update_step
                                 : way == RamWay::parts_again ? parts_again.training.update_step
                                                              : AsItIs::updates;
};

}  // namespace etch::detail
