// SPDX-License-Identifier: BSL-1.0
// Of ops that move, compare and reduce numbers, and of functions of one.
#pragma once
#include "step_cases.hpp"

namespace etch::test {

template <>
struct StepCases<ops::Unary> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using enum kernels::UnaryKind;
    using A = ops::Unary::Attributes;
    return {{pack(A{sin}), {2, 3}, {2, 3}}, {pack(A{erf}), {5}, {5}}, {pack(A{floor}), {5}, {5}}};
  }
};

template <>
struct StepCases<ops::Reduce> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using enum kernels::ReduceKind;
    return {{pack(kernels::Reduce{mean, {1, 2, 3, 4}, 0b0101}), {2, 3, 4}, {2, 4}},
            {pack(kernels::Reduce{sum, {1, 1, 2, 3}, 0b1000}), {2, 3}, {2}},
            {pack(kernels::Reduce{product, {1, 1, 4, 3}, 0b0100}), {4, 3}, {3}},
            {pack(kernels::Reduce{maximum, {2, 3, 2, 2}, 0b1010}), {2, 3, 2, 2}, {2, 2}},
            {pack(kernels::Reduce{maximum, {1, 2, 3, 2}, 0b1110}), {2, 3, 2}, {1}, 0, ElementType::i8},
            {pack(kernels::Reduce{minimum, {1, 1, 3, 2}, 0b0100}), {3, 2}, {2}, 0, ElementType::i16}};
  }
};

template <>
struct StepCases<ops::ArgMax> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    return {{pack(kernels::ArgMax{2, 3, 2}), {2, 3, 2}, {2, 2}},
            {pack(kernels::ArgMax{1, 7, 1, 1, 1}), {7}, {1}, 0, ElementType::i8},
            {pack(kernels::ArgMax{3, 2, 1, 0, 1}), {3, 2}, {3}, 0, ElementType::i16}};
  }
};

template <>
struct StepCases<ops::Gather> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    return {{pack(kernels::Gather{2, 3, 2, 4}), {2, 3, 2}, {2, 4, 2}},
            {pack(kernels::Gather{1, 4, 2, 3}),
             {4, 2},
             {3, 2},
             1,
             ElementType::i8,
             ElementType::real,
             {{0, {3, 0, 3}}}},
            {pack(kernels::Gather{2, 2, 1, 1}),
             {2, 2},
             {2, 1},
             1,
             ElementType::i16,
             ElementType::real,
             {{0, {1}}}}};
  }
};

template <>
struct StepCases<ops::Tile> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    return {{pack(kernels::Tile{2, 3, 2}), {2, 3}, {2, 6}},
            {pack(kernels::Tile{1, 4, 3}), {2, 2}, {6, 2}, 0, ElementType::i8},
            {pack(kernels::Tile{4, 1, 2}), {4}, {4, 2}, 0, ElementType::i16}};
  }
};

template <>
struct StepCases<ops::Select> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    return {{pack(kernels::Select{6, 6}), {2, 3}, {2, 3}},
            {pack(kernels::Select{4, 1, 1}), {4}, {4}, 1},
            {pack(kernels::Select{4, 4, 1}), {4}, {4}, 1, ElementType::real, ElementType::i8},
            {pack(kernels::Select{4, 4}), {4}, {4}, 0, ElementType::real, ElementType::i16}};
  }
};

template <>
struct StepCases<ops::Recall> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::Recall::Attributes;
    return {{pack(A{}), {5}, {2, 2}, 1},
            {pack(A{1}), {5}, {4}, 1, ElementType::i8},
            {pack(A{}), {4}, {3}, 1, ElementType::i16}};
  }
};

template <>
struct StepCases<ops::Assign> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    using A = ops::Assign::Attributes;
    return {{pack(A{}), {2, 2}, {2, 2}},
            {pack(A{}), {4}, {4}, 0, ElementType::i8},
            {pack(A{}), {3}, {3}, 0, ElementType::i16}};
  }
};

}  // namespace etch::test
