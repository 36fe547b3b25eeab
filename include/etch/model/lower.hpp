// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program.hpp>
#include <etch/model/step_hook.hpp>

#include <array>
#include <cstdint>
#include <utility>

namespace etch {

namespace detail {

template <DType Type>
struct ElementOf {
  using type = float;
};
template <>
struct ElementOf<DType::f64> {
  using type = double;
};

/// Whether operands are found by numbers in a table. Else they are constants in the code of each step, which
/// vector registers would gather in stack for each step.
#if defined(__ARM_FEATURE_MVE)
inline constexpr bool tabled_operands = true;
#else
inline constexpr bool tabled_operands = false;
#endif

/// With vector registers, kernels are never part of what calls them: the stack of all of them would add up.
#if defined(__ARM_FEATURE_MVE)
#define ETCH_KERNEL [[gnu::noinline]]
#else
#define ETCH_KERNEL
#endif

/// One kernel instance for each distinct description, whichever model and step it serves.
template <class Op, typename Op::Description D, DType Type>
ETCH_KERNEL void kernel(const kernels::Call& call, void* const* operands) {
  static constexpr typename Op::Description description = D;
  Op::template run<typename ElementOf<Type>::type>(description, call, {operands});
}
#undef ETCH_KERNEL

using KernelFunction = void (*)(const kernels::Call&, void* const*);

template <const auto& P, int I>
struct StepOf {
  static constexpr const Step& step = P.graph.steps.item[I];
  using Op = OpAt<P.graph.steps.item[I].op>;
  static constexpr auto description = Op::describe(P.graph, P.graph.steps.item[I]);
  static constexpr KernelFunction function = kernel<Op, description, P.options.dtype>;
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

/// A value's region and offset in one word; none for an operand that a step leaves out.
struct PlacedOperand {
  static constexpr std::uint32_t none = ~0U;
  std::uint32_t word = none;
  constexpr PlacedOperand() = default;
  constexpr PlacedOperand(Role role, int offset)
      : word(static_cast<std::uint32_t>(role) << 28 | static_cast<std::uint32_t>(offset)) {}
  constexpr Role role() const { return static_cast<Role>(word >> 28); }
  constexpr int offset() const { return static_cast<int>(word & 0xFFFFFFF); }
};

template <const auto& P, int I>
struct OperandsOf {
  static constexpr auto make() {
    std::array<PlacedOperand, StepOf<P, I>::operands> placed;
    for (int k = 0; k < StepOf<P, I>::operands; ++k) {
      const int value = P.graph.operands.item[P.graph.steps.item[I].first + k];
      if (value >= 0)
        placed[static_cast<unsigned>(k)] = {P.graph.values.item[value].role, P.plan.offset[value]};
    }
    return placed;
  }
  static constexpr auto placed = make();
};

[[gnu::noinline]] inline void locate_all(const PlacedOperand* at, int count, const Regions& regions,
                                         void** to) {
  for (; count > 0; --count, ++at)
    *to++ = at->word == PlacedOperand::none ? nullptr : locate(at->role(), at->offset(), regions);
}

/// Direct form: a step calls its kernel, with constant offsets.
template <const auto& P, int I, int... K>
[[gnu::always_inline]] inline void run_step(const kernels::Call& call, const Regions& regions,
                                            std::integer_sequence<int, K...>) {
  void* operands[sizeof...(K)];
  if constexpr (tabled_operands) {
    locate_all(OperandsOf<P, I>::placed.data(), sizeof...(K), regions, operands);
  } else {
    ((operands[K] = operand<P, I, K>(regions)), ...);
  }
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

template <const auto& P, int First, int... I>
inline void run_direct(const kernels::Call& call, const Regions& regions, std::integer_sequence<int, I...>) {
  (run_step<P, First + I>(call, regions, std::make_integer_sequence<int, StepOf<P, First + I>::operands>{}),
   ...);
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
  static constexpr TableRow rows[] = {{StepOf<P, I>::function, StepOf<P, I>::step.first,
                                       StepOf<P, I>::operands, StepOf<P, I>::step.repeat,
                                       step_hook<P, I>()}...};
};

inline void run_table(const TableRow* row, const TableRow* end, const TableOperand* operands,
                      const kernels::Call& call, const Regions& regions) {
  for (; row != end; ++row) {
    void* pointer[detail::max_operands];
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

}  // namespace detail

/// Runs the steps [First, Last) of a program.
template <const auto& P, int First, int Last>
inline void run_steps(const kernels::Call& call, const Regions& regions) {
  if constexpr (P.graph.steps.count <= detail::longest_direct_program) {
    detail::run_direct<P, First>(call, regions, std::make_integer_sequence<int, Last - First>{});
  } else {
    using Table = detail::Table<P, std::make_integer_sequence<int, P.graph.steps.count>>;
    detail::run_table(Table::rows + First, Table::rows + Last, Table::operands.item, call, regions);
  }
}

}  // namespace etch
