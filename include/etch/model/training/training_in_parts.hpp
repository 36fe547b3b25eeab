// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/training_as_it_is.hpp>
#include <etch/passes/fit_training.hpp>
#include <etch/passes/parts.hpp>

namespace etch::detail {

/// Parts of a batch that run as they are.
struct PlainParts {
  int rows = 0;  ///< of each; 0: none fit
  std::int64_t work = any_work;
  int arena = 0;  ///< of those that a schedule says, where they do not fit
};

/// A training step of a declared model whose batch runs in parts: within the RAM that the declaration names.
template <const auto& Declared, TrainingOptions Options, int BatchSize>
struct TrainingInParts {
  using AsItIs = TrainingAsItIs<Declared, Options, BatchSize>;
  static constexpr auto differentiated = differentiate(AsItIs::declared, in_parts(Options));
  static constexpr auto training = shrink_training<differentiated.graph.sizes()>(differentiated);
  static constexpr int whole_batch_step = step_of_whole_batch(training);
  static constexpr bool divides = whole_batch_step < 0;
  static constexpr int gradient_bytes = bytes_of_parts(training.graph, PlanOptions{});
  static constexpr int arena_limit = AsItIs::arena_limit - gradient_bytes;

  static constexpr bool says_rows(const RamLimit& ram) {
    return ram.schedule != nullptr && ram.schedule[0].samples > 0 && ram.schedule[0].samples < BatchSize;
  }
  /// Rows of parts of which steps run again.
  static constexpr int rows_again(const RamLimit& ram) {
    return says_rows(ram) ? ram.schedule[0].samples : 1;
  }

  /// The largest parts that fit as they are, or those that a schedule says.
  static constexpr PlainParts plain(const RamLimit& ram) {
    if (!divides || (ram.schedule != nullptr && !says_rows(ram))) return {};
    const auto& evaluation = AsItIs::inference.graph;
    if (ram.schedule == nullptr) {
      const int rows = rows_of_parts(training.graph, evaluation, BatchSize, arena_limit);
      if (rows == 0) return {};
      return {rows, work_of_parts(parts_of(BatchSize, rows), gradient_bytes)};
    }
    if (ram.scheduled > 1) return {};
    const int rows = ram.schedule[0].samples, arena = arena_of_parts(training.graph, evaluation, rows);
    return {arena > arena_limit ? 0 : rows, any_work, arena};
  }

  /// Parts of which steps run again: single samples, or as a schedule says. Not looked for where `most_work`
  /// for the whole batch is less than parts cost anyway.
  template <bool Wanted>
  static constexpr auto again(const RamLimit& ram, std::int64_t most_work) {
    FittedGraph<fitted_sizes(training.graph.room)> none;
    if (!Wanted || !divides || BatchSize == 1 || (ram.schedule != nullptr && !says_rows(ram))) return none;
    const int rows = rows_again(ram);
    const std::int64_t work =
        most_work == any_work ? most_work : work_left_for_parts(most_work, BatchSize, rows, gradient_bytes);
    if (work < 0) return none;
    RamLimit rest = ram;
    if (rest.schedule != nullptr) ++rest.schedule, --rest.scheduled;
    const PlanOptions o{.batch = rows};
    return fit_above(training, o, plan_of_evaluation(o), arena_limit, rest, work);
  }

 private:
  static constexpr int plan_of_evaluation(const PlanOptions& o) {
    return etch::plan(AsItIs::inference.graph, o).arena_bytes;
  }
};

/// What a batch of one sample has instead, and a training whose passes the user runs one by one.
struct NoParts {
  static constexpr bool divides = false;
  static constexpr PlainParts plain(const RamLimit&) { return {}; }
  template <bool Wanted>
  static constexpr auto again(const RamLimit&, std::int64_t) {
    return FittedGraph<Sizes{0, 1, 1, 0, 0}>{};
  }
  static constexpr int rows_again(const RamLimit&) { return 1; }
};

/// Which way a training takes to keep within its RAM.
enum class RamWay : std::uint8_t { none, again, parts, parts_again };

/// What a training that was fitted has room for.
template <const auto& Fitted>
inline constexpr Sizes fitted_room = Fitted.training.graph.sizes();

/// A training that was fitted as a program.
template <const auto& Fitted>
constexpr auto fitted_program(const PlanOptions& o) {
  Program<fitted_room<Fitted>> program{
      shrink<fitted_room<Fitted>>(Fitted.training.graph),
      shrink_plan<fitted_room<Fitted>>(Fitted.plan, Fitted.training.graph.values.count), o};
  for (int k = 0; k < program.graph.inputs.count; ++k) program.plan.offset[program.graph.inputs.item[k]] = k;
  return program;
}

}  // namespace etch::detail
