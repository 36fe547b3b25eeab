// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "step_cases.hpp"

namespace etch::test {

template <>
struct StepCases<ops::Dense> {
  static constexpr bool any_attributes = false;
  static std::vector<StepCase> all() {
    using A = ops::Dense::Attributes;
    return {{pack(A{5, 1}), {3}, {5}, 2}, {pack(A{2, 0, ActivationKind::softmax}), {4, 3}, {4, 2}, 1}};
  }
};

template <>
struct StepCases<ops::Slice> {
  static constexpr bool any_attributes = false;
  static std::vector<StepCase> all() {
    using A = ops::Slice::Attributes;
    return {{pack(A{{{1, 1, 1, 4}, {0, 0, 0, 2}}, 1}), {8}, {4}},
            {pack(A{{{1, 1, 2, 3}, {0, 0, -4, 1}}, 5}), {2, 4}, {2, 3}, 0, ElementType::i8}};
  }
};

template <>
struct StepCases<ops::Concatenate> {
  static constexpr bool any_attributes = false;
  static std::vector<StepCase> all() {
    using A = ops::Concatenate::Attributes;
    return {{pack(A{0, 2, {3, 2}}), {3}, {5}},
            {pack(A{1, 3, {1, 2, 3}}), {2, 1, 2}, {2, 6, 2}, 0, ElementType::i16}};
  }
};

template <>
struct StepCases<ops::LSTM> {
  static constexpr bool any_attributes = false;
  static std::vector<StepCase> all() {
    using A = ops::RecurrentAttributes;
    return {{pack(A{.units = 3}), {4, 2}, {3}, 3},
            {pack(A{.units = 2, .return_sequences = 1, .return_state = 1, .initial_state = 1, .masked = 1}),
             {3, 2},
             {3, 2},
             3},
            {pack(A{.units = 2, .use_bias = 0, .return_state = 1, .initial_state = 1, .stateful = 1}),
             {3, 2},
             {2},
             2}};
  }
};

template <>
struct StepCases<ops::Pool> {
  static constexpr bool any_attributes = false;
  static std::vector<StepCase> all() {
    using enum kernels::PoolKind;
    return {{pack(kernels::Pool{max, 4, 5, 2, 2, 2, 2, 3, 2, 2}), {4, 5, 2}, {2, 2, 2}},
            {pack(kernels::Pool{average, 3, 3, 1, 2, 2, 2, 2, 2, 2, 1, 1}), {3, 3, 1}, {2, 2, 1}},
            {pack(kernels::Pool{max, 1, 6, 9, 1, 3, 1, 2, 1, 2}), {6, 9}, {3, 9}, 0, ElementType::i8}};
  }
};

}  // namespace etch::test
