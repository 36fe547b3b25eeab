// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/step_rule.hpp>
#include <runtime/kernels/portable/activation_kind.hpp>

/// What the rules of several ops ask of attribute words.
namespace etch::ops {

constexpr bool is_flag(int word) { return word == 0 || word == 1; }
/// Whether a word is one of an enum's numbers, the last of which is `last`.
template <class Enum>
constexpr bool is_up_to(Enum word, Enum last) {
  return static_cast<std::int32_t>(word) >= 0 &&
         static_cast<std::int32_t>(word) <= static_cast<std::int32_t>(last);
}
/// One of the functions that there are.
constexpr bool is_kind(ActivationKind kind) {
  return is_up_to(kind, static_cast<ActivationKind>(activation_kinds - 1));
}
/// One of those that a kernel applies to each element by itself.
constexpr bool is_elementwise_kind(ActivationKind kind) { return is_kind(kind) && is_elementwise(kind); }
/// Numbers that a step moves without computing.
constexpr bool is_movable(ElementType type) {
  return type == ElementType::real || type == ElementType::i8 || type == ElementType::i16;
}
constexpr bool is_small_whole(ElementType type) {
  return type == ElementType::i8 || type == ElementType::i16;
}

/// Why a step that is of a whole batch cannot run, or null.
constexpr const char* whole_batch_fault(const Step& step) {
  return step.repeat == 1 ? nullptr : "a loss or an update is of a whole batch, not of parts of samples";
}

/// The operands of a step that gives a number for each of its input.
constexpr StepOperands element_by_element(const StepEnds& ends) {
  StepOperands o;
  o.input(ends.x.elements);
  o.result(ends.x.elements);
  return o;
}

/// Windows along one axis: `out` of them, `stride` apart, of `kernel` taps that lie `dilation` apart, the
/// first beginning `before` its input.
struct WindowWalk {
  std::int64_t out = 1, kernel = 1, stride = 1, dilation = 1, before = 0;

  /// Whether the places that kernels compute for it, and sums of two of them, fit an int.
  constexpr bool fits() const {
    const std::int64_t before_or_after = before < 0 ? -before : before;
    return out >= 1 && kernel >= 1 && stride >= 1 && dilation >= 1 && stride <= most_elements &&
           dilation <= most_elements && before_or_after <= most_elements &&
           (out - 1) * stride <= most_elements && (kernel - 1) * dilation <= most_elements;
  }
  /// Whether none begins behind an input of `in`.
  constexpr bool begins_within(std::int64_t in) const { return (out - 1) * stride - before < in; }
};

inline constexpr const char* wrong_windows =
    "the kernel, strides, dilation or padding of a step are out of range";

}  // namespace etch::ops
