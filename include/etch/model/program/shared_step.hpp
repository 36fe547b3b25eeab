// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/program.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <runtime/kernels/target.hpp>
#include <type_traits>
#include <utility>

namespace etch {

/// A call for one sample, where that is known while compiling.
struct OneSample {};

}  // namespace etch

// Steps as data: operands that are found by numbers in a table, and kernels that serve all steps of an op.
namespace etch::detail::inline ETCH_TARGET {

/// Whether the kernels of a program use vector registers of their own: those of whole numbers may.
/// The stack of such kernels would add up in what they are inlined into, and their callers gather addresses
/// in vector registers by way of the stack.
template <const auto& P>
inline constexpr bool has_vector_kernels = [] {
  if constexpr (kernels::integer_vectors)
    for (const Value& value : P.graph.values)
      if (value.type == ElementType::i8 || value.type == ElementType::i16) return true;
  return false;
}();

/// Whether operands are found by numbers in a table. Else they are constants in the code of each step.
template <const auto& P>
inline constexpr bool tabled_operands = kernels::size_mode || has_vector_kernels<P>;

/// Whether the step runs the kernel that its op's steps share: in the size mode, where nobody looks at single
/// steps.
template <class Op>
constexpr bool shares_code(const typename Op::Description& d) {
  return kernels::size_mode && !kernels::calls_hooks && Op::shares_code(d);
}

constexpr const kernels::Call& as_call(const kernels::Call& call) { return call; }
inline constexpr kernels::Call one_sample{.rows = 1};
constexpr const kernels::Call& as_call(OneSample) { return one_sample; }

template <int repeat>
constexpr int rows_of(const kernels::Call& call) {
  return call.rows * repeat;
}
template <int repeat>
constexpr std::integral_constant<int, repeat> rows_of(OneSample) {
  return {};
}

/// A value's place in one word: which pointer of `Regions`, whether that is a list of pointers, and how many
/// bytes on. None for an operand that a step leaves out.
struct PlacedOperand {
  static constexpr std::uint32_t none = ~0U, list = 8;
  std::uint32_t word = none;
  constexpr PlacedOperand() = default;
  constexpr PlacedOperand(Role role, int offset)
      : word(pointer_of(role) << 28 |
             static_cast<std::uint32_t>(offset) * (pointer_of(role) < list ? 1U : sizeof(void*))) {}

  static constexpr std::uint32_t pointer_of(Role role) {
    switch (role) {
      case Role::parameter:
      case Role::statistic:
        return offsetof(Regions, weights) / sizeof(void*);
      case Role::optimizer:
        return offsetof(Regions, optimizer) / sizeof(void*);
      case Role::gradient:
        return offsetof(Regions, gradients) / sizeof(void*);
      case Role::state:
        return offsetof(Regions, states) / sizeof(void*);
      case Role::temporary:
        return offsetof(Regions, arena) / sizeof(void*);
      case Role::input:
        return list + offsetof(Regions, inputs) / sizeof(void*);
      case Role::output:
        return list + offsetof(Regions, outputs) / sizeof(void*);
      case Role::label:
        return list + offsetof(Regions, labels) / sizeof(void*);
    }
    return 0;
  }
};
static_assert(sizeof(Regions) == PlacedOperand::list * sizeof(void*));

template <const auto& P, int I>
constexpr auto place_operands() {
  constexpr const Step& step = P.graph.steps.item[I];
  std::array<PlacedOperand, step.inputs + step.outputs> placed;
  int first = step.first;
  for (PlacedOperand& at : placed) {
    const int value = P.graph.operands.item[first++];
    if (value >= 0) at = {P.graph.values.item[value].role, P.plan.offset[value]};
  }
  return placed;
}
template <const auto& P, int I>
inline constexpr auto placed_operands = place_operands<P, I>();

/// `locate`, by a table.
[[gnu::noinline]] inline void locate_all(const PlacedOperand* at, int count, const Regions& regions,
                                         void** to) {
  const auto pointer_at = [](const void* place) __attribute__((always_inline)) {
    std::byte* pointer = nullptr;
    std::memcpy(&pointer, place, sizeof pointer);
    return pointer;
  };
  const std::byte* const pointers = reinterpret_cast<const std::byte*>(&regions);
  for (; count > 0; --count) {
    const std::uint32_t word = at++->word, pointer = word >> 28;
    std::byte* place = nullptr;
    if (word != PlacedOperand::none) {
      place = pointer_at(pointers + pointer % PlacedOperand::list * sizeof(void*)) + word % (1U << 28);
      if (pointer >= PlacedOperand::list) place = pointer_at(place);
    }
    *to++ = place;
  }
}

/// What the descriptions of an op have in common that share a kernel: constants in its code. Numbers that
/// differ are data of each step.
template <int Numbers>
struct Common {
  std::array<int, Numbers> value{};  ///< or where it stands among those that differ
  std::array<bool, Numbers> differs{};
  int varying = 0;
  int lowest = 0, highest = 0;  ///< of what differs
};

template <class Op>
constexpr auto numbers_of(const typename Op::Description& d) {
  return std::bit_cast<std::array<int, sizeof(d) / sizeof(int)>>(d);
}

template <class Op, const auto& P, class F>
constexpr void for_each_shared(F&& f) {
  for (const Step& step : P.graph.steps) {
    if (step.op != op_code<Op>) continue;
    const auto description = Op::describe(P.graph, step);
    if (shares_code<Op>(description)) f(numbers_of<Op>(description));
  }
}

template <class Op, const auto& P>
constexpr auto find_common() {
  Common<sizeof(typename Op::Description) / sizeof(int)> common;
  bool first = true;
  for_each_shared<Op, P>([&](const auto& numbers) {
    for (unsigned i = 0; i < numbers.size(); ++i) {
      if (first) common.value[i] = numbers[i];
      common.differs[i] = common.differs[i] || numbers[i] != common.value[i];
    }
    first = false;
  });
  for_each_shared<Op, P>([&](const auto& numbers) {
    for (unsigned i = 0; i < numbers.size(); ++i) {
      if (!common.differs[i]) continue;
      common.lowest = numbers[i] < common.lowest ? numbers[i] : common.lowest;
      common.highest = numbers[i] > common.highest ? numbers[i] : common.highest;
    }
  });
  for (unsigned i = 0; i < common.differs.size(); ++i)
    if (common.differs[i]) common.value[i] = common.varying++;
  return common;
}
template <class Op, const auto& P>
inline constexpr auto common_numbers = find_common<Op, P>();

/// The narrowest type of numbers from `lowest` to `highest`.
template <int lowest, int highest>
using NumberWithin =
    std::conditional_t<lowest >= 0 && highest <= UINT8_MAX, std::uint8_t,
                       std::conditional_t<lowest >= INT16_MIN && highest <= INT16_MAX, std::int16_t, int>>;

/// A step whose kernel is shared.
template <int Operands, int Numbers, class Number>
struct SharedStep {
  std::array<PlacedOperand, Operands> operands;
  std::array<Number, Numbers> numbers;
};

template <class Op, const auto& P, int I>
constexpr auto make_shared_step() {
  constexpr auto& common = common_numbers<Op, P>;
  constexpr auto numbers = numbers_of<Op>(Op::describe(P.graph, P.graph.steps.item[I]));
  constexpr auto placed = placed_operands<P, I>;
  using Number = NumberWithin<common.lowest, common.highest>;
  SharedStep<static_cast<int>(placed.size()), common.varying, Number> step{placed, {}};
  unsigned next = 0;
  for (unsigned i = 0; i < numbers.size(); ++i)
    if (common.differs[i]) step.numbers[next++] = static_cast<Number>(numbers[i]);
  return step;
}
template <class Op, const auto& P, int I>
inline constexpr auto shared_step = make_shared_step<Op, P, I>();

template <auto Common, unsigned I, class Number>
[[gnu::always_inline]] inline int number_of(const Number* varying) {
  if constexpr (Common.differs[I])
    return varying[Common.value[I]];
  else
    return Common.value[I];
}

template <class Description, auto Common, class Number, unsigned... I>
[[gnu::always_inline]] inline Description description_of(const Number* varying,
                                                         std::integer_sequence<unsigned, I...>) {
  return std::bit_cast<Description>(std::array<int, sizeof...(I)>{number_of<Common, I>(varying)...});
}

/// \tparam T the element type. \tparam Rows int, or a constant.
template <class Op, auto Common, class T, int Operands, int Numbers, class Number, class Rows>
[[gnu::noinline]] void run_shared(const SharedStep<Operands, Numbers, Number>& step, const Regions& regions,
                                  Rows rows) {
  void* operands[Operands];
  locate_all(step.operands.data(), Operands, regions, operands);
  auto description = description_of<typename Op::Description, Common>(
      step.numbers.data(), std::make_integer_sequence<unsigned, Common.value.size()>{});
  if (!Op::shares_code(description)) __builtin_unreachable();
  Op::template run<T>(description, {.rows = rows}, {operands});
}

}  // namespace etch::detail::inline ETCH_TARGET
