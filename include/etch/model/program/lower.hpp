// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/program.hpp>
#include <etch/model/program/shared_step.hpp>
#include <etch/model/program/step_hook.hpp>

#include <runtime/kernels/fused/fused_float.hpp>
#include <type_traits>
#include <utility>

namespace etch::detail::inline ETCH_TARGET {

/// The element type of a program's kernels.
template <const auto& P>
using ElementOf =
    std::conditional_t<P.options.dtype == DType::f64, double, kernels::FloatOf<P.graph.numerics>>;

/// Whether a program's kernels run one sample at a time, and may know it: a trainer that does so has no
/// others.
template <const auto& P>
inline constexpr bool has_one_sample = P.options.batch == 1 && P.options.state_rows <= 1;

/// What the operands of a step's kernel are: those of a backward step that trains weights have its rule.
template <class Op, class T, Phase phase, kernels::Rule rule>
using OperandsOf = std::conditional_t<Op::trains && phase == Phase::backward,
                                      TrainingOperands<T, kernels::FixedRule<rule>>, Operands<T>>;

/// Calls the kernel of a description. \tparam Given its `OperandsOf`
template <class Op, class T, class Given>
[[gnu::always_inline]] inline void run_kernel(const typename Op::Description& description,
                                              const kernels::Call& call, void* const* operands) {
  if constexpr (std::is_same_v<Given, Operands<T>>)
    Op::template run<T>(description, call, {operands});
  else
    Op::template run_backward<T>(description, call, Given{{operands}});
}

/// One kernel instance for each distinct description and rule, whichever model and step it serves.
template <class Op, typename Op::Description D, class T, class Given, bool OneSample>
void kernel(const kernels::Call& call, void* const* operands) {
  static constexpr typename Op::Description description = D;
  if (OneSample && call.rows != 1) __builtin_unreachable();
  run_kernel<Op, T, Given>(description, call, operands);
}
/// The same, never a part of what calls it.
template <class Op, typename Op::Description D, class T, class Given>
[[gnu::noinline]] void kernel_apart(const kernels::Call& call, void* const* operands) {
  static constexpr typename Op::Description description = D;
  run_kernel<Op, T, Given>(description, call, operands);
}

using KernelFunction = void (*)(const kernels::Call&, void* const*);

inline void nothing_to_do(const kernels::Call&, void* const*) {}

template <const auto& P, int I>
struct StepOf {
  static constexpr const Step& step = P.graph.steps.item[I];
  using Op = OpAt<P.graph.steps.item[I].op>;
  static constexpr auto description = Op::describe(P.graph, P.graph.steps.item[I]);
  using Given = OperandsOf<Op, ElementOf<P>, P.graph.steps.item[I].phase, P.graph.steps.item[I].rule>;
  static constexpr bool idle = copies_nothing(P, P.graph.steps.item[I]);
  static constexpr bool one_sample = has_one_sample<P> && step.repeat == 1;
  static constexpr KernelFunction kernel_or_nothing() {
    if constexpr (idle)
      return nothing_to_do;
    else if constexpr (has_vector_kernels<P>)
      return kernel_apart<Op, description, ElementOf<P>, Given>;
    else
      return kernel<Op, description, ElementOf<P>, Given, one_sample>;
  }
  static constexpr KernelFunction function = kernel_or_nothing();
  static constexpr int operands = step.inputs + step.outputs;
};

template <const auto& P, int I, int K>
[[gnu::always_inline]] inline void* operand(const Regions& regions) {
  constexpr int value = P.graph.operands.item[P.graph.steps.item[I].first + K];
  if constexpr (value < 0)
    return nullptr;
  else
    return locate(P.graph.values.item[value].role, P.plan.offset[value], regions);
}

/// Direct form: a step calls its kernel, with constant offsets.
template <const auto& P, int I, int... K>
[[gnu::always_inline]] inline void run_specialized(const kernels::Call& call, const Regions& regions,
                                                   std::integer_sequence<int, K...>) {
  void* operands[sizeof...(K)];
  if constexpr (tabled_operands<P>)
    locate_all(placed_operands<P, I>.data(), sizeof...(K), regions, operands);
  else
    ((operands[K] = operand<P, I, K>(regions)), ...);
  constexpr int repeat = StepOf<P, I>::step.repeat;
  constexpr KernelFunction function = StepOf<P, I>::function;
  constexpr StepHook hook = step_hook<P, I>();
  hook.begin();
  if constexpr (repeat == 1)
    function(call, operands);
  else
    function(repeated(call, repeat), operands);
  hook.end(operands);
}

template <const auto& P, int I, class Call>
[[gnu::always_inline]] inline void run_step(const Call& call, const Regions& regions) {
  using Op = typename StepOf<P, I>::Op;
  if constexpr (std::is_empty_v<StepHook> && StepOf<P, I>::idle)
    return;
  else if constexpr (shares_code<Op>(StepOf<P, I>::description))
    run_shared<Op, common_numbers<Op, P>, ElementOf<P>>(shared_step<Op, P, I>, regions,
                                                        rows_of<StepOf<P, I>::step.repeat>(call));
  else
    run_specialized<P, I>(as_call(call), regions, std::make_integer_sequence<int, StepOf<P, I>::operands>{});
}

template <const auto& P, int First, int... I, class Call>
inline void run_direct(const Call& call, const Regions& regions, std::integer_sequence<int, I...>) {
  (run_step<P, First + I>(call, regions), ...);
}

/// Table form, for programs of many steps: one row a step, one shared loop.
struct TableOperand {
  Role role = Role::temporary;
  int offset = -1;
};
struct TableRow {
  KernelFunction function = nullptr;
  int first = 0, count = 0;
  std::int16_t repeat = 1;
  [[no_unique_address]] StepHook hook{};
};

template <const auto& P>
constexpr auto make_operand_table() {
  List<TableOperand, P.graph.operands.count> table;
  for (int i = 0; i < P.graph.operands.count; ++i) {
    const int value = P.graph.operands.item[i];
    table.push(value < 0 ? TableOperand{}
                         : TableOperand{P.graph.values.item[value].role, P.plan.offset[value]});
  }
  return table;
}

template <const auto& P, class Indices>
struct Table;
template <const auto& P, int... I>
struct Table<P, std::integer_sequence<int, I...>> {
  static constexpr auto operands = make_operand_table<P>();
  static constexpr int most_operands = [] {
    int most = 0;
    for (const Step& step : P.graph.steps)
      if (step.inputs + step.outputs > most) most = step.inputs + step.outputs;
    return most;
  }();
  static constexpr TableRow rows[] = {{StepOf<P, I>::function, StepOf<P, I>::step.first,
                                       StepOf<P, I>::operands, StepOf<P, I>::step.repeat,
                                       step_hook<P, I>()}...};
};

/// \param MostOperands of any row: what the stack holds of them.
template <int MostOperands>
void run_table(const TableRow* row, const TableRow* end, const TableOperand* operands,
               const kernels::Call& call, const Regions& regions) {
  for (; row != end; ++row) {
    void* pointer[MostOperands];
    for (int k = 0; k < row->count; ++k) {
      const TableOperand& at = operands[row->first + k];
      pointer[k] = at.offset < 0 ? nullptr : locate(at.role, at.offset, regions);
    }
    row->hook.begin();
    row->function(repeated(call, row->repeat), pointer);
    row->hook.end(pointer);
  }
}

inline constexpr int longest_direct_program = 64;

}  // namespace etch::detail::inline ETCH_TARGET

namespace etch::inline ETCH_TARGET {

/// Runs the steps [First, Last) of a program.
/// \param call a `kernels::Call`, or OneSample.
template <const auto& P, int First, int Last, class Call = kernels::Call>
inline void run_steps(const Call& call, const Regions& regions) {
  if constexpr (P.graph.steps.count <= detail::longest_direct_program) {
    detail::run_direct<P, First>(call, regions, std::make_integer_sequence<int, Last - First>{});
  } else {
    using Table = detail::Table<P, std::make_integer_sequence<int, P.graph.steps.count>>;
    detail::run_table<Table::most_operands>(Table::rows + First, Table::rows + Last, Table::operands.item,
                                            detail::as_call(call), regions);
  }
}

/// Runs one step of a program, whichever that is.
template <const auto& P>
inline void run_one_step(int step, const kernels::Call& call, const Regions& regions) {
  if constexpr (P.graph.steps.count <= detail::longest_direct_program) {
    [&]<int... I>(std::integer_sequence<int, I...>) {
      static_cast<void>(((I == step && (detail::run_step<P, I>(call, regions), true)) || ...));
    }
    (std::make_integer_sequence<int, P.graph.steps.count>{});
  } else {
    using Table = detail::Table<P, std::make_integer_sequence<int, P.graph.steps.count>>;
    detail::run_table<Table::most_operands>(Table::rows + step, Table::rows + step + 1, Table::operands.item,
                                            call, regions);
  }
}

}  // namespace etch::inline ETCH_TARGET
