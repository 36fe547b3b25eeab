// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "step_cases.hpp"

/// Cases of the ops that training puts behind a model.
namespace etch::test {

template <>
struct StepCases<ops::Loss> : StepCaseDefaults {
  static constexpr bool whole_batch = true;
  static constexpr std::vector<StepCase> all() {
    using enum LossKind;
    using A = ops::Loss::Attributes;
    return {{pack(A{sparse_categorical_crossentropy, 1, 0, 0, 1}), {4, 3}, {4, 3}},
            {pack(A{mean_squared_error}), {5}, {5}},
            {pack(A{dice}), {2, 3}, {2, 3}}};
  }
};

template <>
struct StepCases<ops::TotalLoss> : StepCaseDefaults {
  static constexpr bool whole_batch = true;
  static constexpr std::vector<StepCase> all() { return {{pack(ops::TotalLoss::Attributes{2}), {1}, {1}}}; }
};

template <>
struct StepCases<ops::Penalty> : StepCaseDefaults {
  static constexpr bool whole_batch = true;
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{pack(ops::Penalty::Attributes{0.1f, 0.2f}), {3, 2}, {1}}};
  }
};

template <>
struct StepCases<ops::GradientNorm> : StepCaseDefaults {
  static constexpr bool whole_batch = true;
  static constexpr std::vector<StepCase> all() {
    return {{pack(ops::GradientNorm::Attributes{{0.1f, 0.2f}, 0}), {3, 2}, {2}}};
  }
};

template <>
struct StepCases<ops::Update> : StepCaseDefaults {
  static constexpr bool whole_batch = true;
  static constexpr std::vector<StepCase> all() {
    ops::Update::Attributes a{
        kernels::Rule::adam, kernels::Clip::norm, {0.1f, 0}, {ConstraintKind::max_norm, 2}, 1, 3, 2};
    return {{pack(a), {3, 2}, {3, 2}}};
  }
};

}  // namespace etch::test
