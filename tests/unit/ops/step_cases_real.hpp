// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "step_cases_numbers.hpp"
#include "step_cases_training.hpp"

namespace etch::test {

template <>
struct StepCases<ops::Dense> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::Dense::Attributes;
    return {{pack(A{5, 1}), {3}, {5}, 2}, {pack(A{2, 0, ActivationKind::softmax}), {4, 3}, {4, 2}, 1}};
  }
};

template <>
struct StepCases<ops::Slice> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::Slice::Attributes;
    return {{pack(A{{{1, 1, 1, 4}, {0, 0, 0, 2}}, 1}), {8}, {4}},
            {pack(A{{{1, 1, 2, 3}, {0, 0, -4, 1}}, 5}), {2, 4}, {2, 3}, 0, ElementType::i8},
            {pack(A{{{1, 1, 1, 3}, {0, 0, 0, 1}}, 0}), {4}, {3}, 0, ElementType::i16},
            {pack(A{{{1, 1, 2, 2}, {0, 0, 3, 1}}, 1}), {2, 3}, {2, 2}, 0, ElementType::i32}};
  }
};

template <>
struct StepCases<ops::Mfcc> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    return {{pack(kernels::Mfcc{6, 4, 8, 3, 2, 16, 0, 8, 0.5f}), {14}, {3, 2}},
            {pack(kernels::Mfcc{1, 1, 4, 1, 1, 100, 5, 45, 1}), {2}, {2, 1}}};
  }
};

template <>
struct StepCases<ops::Concatenate> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::Concatenate::Attributes;
    return {{pack(A{0, 2, {3, 2}}), {3}, {5}},
            {pack(A{1, 3, {1, 2, 3}}), {2, 1, 2}, {2, 6, 2}, 0, ElementType::i16},
            {pack(A{0, 2, {1, 2}}), {1, 3}, {3, 3}, 0, ElementType::i8},
            {pack(A{0, 2, {4, 1}}), {4}, {5}, 0, ElementType::i32}};
  }
};

struct RecurrentCases : StepCaseDefaults {
  static constexpr bool masked(const StepCase& c) {
    return unpack<ops::RecurrentAttributes>(c.attributes).masked != 0;
  }
};

template <>
struct StepCases<ops::LSTM> : RecurrentCases {
  static constexpr std::vector<StepCase> all() {
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
struct StepCases<ops::Pool> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using enum kernels::PoolKind;
    return {{pack(kernels::Pool{max, 4, 5, 2, 2, 2, 2, 3, 2, 2}), {4, 5, 2}, {2, 2, 2}},
            {pack(kernels::Pool{average, 3, 3, 1, 2, 2, 2, 2, 2, 2, 1, 1}), {3, 3, 1}, {2, 2, 1}},
            {pack(kernels::Pool{max, 1, 6, 9, 1, 3, 1, 2, 1, 2}), {6, 9}, {3, 9}, 0, ElementType::i8},
            {pack(kernels::Pool{max, 2, 3, 2, 1, 2, 2, 2, 1, 1}), {2, 3, 2}, {1, 2, 2}, 0, ElementType::i16}};
  }
};

template <>
struct StepCases<ops::BatchNormalization> : StepCaseDefaults {
  using A = ops::BatchNormalization::Attributes;
  static constexpr int statistics(const StepCase& c) {
    return unpack<A>(c.attributes).frozen ? c.weights : 2;
  }
  static constexpr bool masked(const StepCase& c) { return unpack<A>(c.attributes).masked != 0; }
  static constexpr std::vector<StepCase> all() {
    return {{pack(A{}), {2, 3}, {2, 3}, 4},
            {pack(A{0.9f, 1e-3f, 0, 1, 1}), {5}, {5}, 3},
            {pack(A{0.9f, 1e-3f, 1, 1, 0, 1}), {4, 3}, {4, 3}, 4}};
  }
};

template <>
struct StepCases<ops::Activation> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::Activation::Attributes;
    return {{pack(A{ActivationKind::gelu}), {7}, {7}},
            {pack(A{ActivationKind::log_softmax}), {2, 3}, {2, 3}}};
  }
};

template <>
struct StepCases<ops::Dropout> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{pack(ops::Dropout::Attributes{0.5f, 3}), {5}, {5}}};
  }
};

template <>
struct StepCases<ops::Add> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() { return {{pack(ops::Add::Attributes{}), {2, 3}, {2, 3}}}; }
};

template <>
struct StepCases<ops::Convolution> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::ConvolutionAttributes;
    return {{pack(A{2, 3, 1, 2, 2, 1, 1, 1}), {4, 5, 2}, {4, 3, 3}, 2},
            {pack(A{.kernel_width = 2, .left = 1, .groups = 2, .use_bias = 0}), {5, 4}, {5, 6}, 1},
            {pack(A{3, 3, 1, 1, 1, 1, 1, 1, 4, 1, ActivationKind::relu}), {3, 3, 4}, {3, 3, 4}, 2}};
  }
};

template <>
struct StepCases<ops::TransposedConvolution> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::ConvolutionAttributes;
    return {{pack(A{2, 2, 2, 2}), {2, 3, 3}, {4, 6, 2}, 2},
            {pack(A{.kernel_width = 3, .stride_width = 2, .left = 1, .use_bias = 0}), {3, 2}, {6, 1}, 1}};
  }
};

template <>
struct StepCases<ops::ParametricActivation> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using enum kernels::ParametricFunction;
    return {{pack(kernels::ParametricActivation{relu, 0.1f, 6, 0.5f}), {6}, {6}},
            {pack(kernels::ParametricActivation{elu, 0.3f}), {2, 2}, {2, 2}}};
  }
};

template <>
struct StepCases<ops::PReLU> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::PReLU::Attributes;
    return {{pack(A{{0, 3, 1}, 6}), {4, 2, 3}, {4, 2, 3}, 1}, {pack(A{{0}, 1}), {5}, {5}, 1}};
  }
};

template <>
struct StepCases<ops::Softmax> : StepCaseDefaults {
  static constexpr bool masked(const StepCase& c) { return unpack<kernels::Softmax>(c.attributes).masked; }
  static constexpr std::vector<StepCase> all() {
    return {{pack(kernels::Softmax{2, 3, 2}), {2, 3, 2}, {2, 3, 2}},
            {pack(kernels::Softmax{6, 3, 1, 0, 1, 3, 1}), {2, 3, 3}, {2, 3, 3}}};
  }
};

template <>
struct StepCases<ops::Normalize> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using enum kernels::NormalizeKind;
    using A = ops::Normalize::Attributes;
    return {{pack(A{standard, 2, 3, 4, 2}), {2, 3, 4}, {2, 3, 4}, 2},
            {pack(A{rms, 3, 1, 4, 1, 0, 1}), {3, 4}, {3, 4}, 1}};
  }
};

template <>
struct StepCases<ops::Affine> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::Affine::Attributes;
    return {{pack(A{0, 0, 1, {2}, {1}}), {5}, {5}}, {pack(A{4, 1, 2, {2, 3}, {1, -1}}), {3, 4}, {3, 4}}};
  }
};

template <>
struct StepCases<ops::Noise> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using enum kernels::NoiseKind;
    return {{pack(ops::Noise::Attributes{spatial_dropout, 0.5f, 1}), {3, 2}, {3, 2}},
            {pack(ops::Noise::Attributes{alpha_dropout, 0.5f, 1}), {3}, {3}}};
  }
};

template <>
struct StepCases<ops::LearnedScale> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{pack(ops::LearnedScale::Attributes{}), {4}, {4}, 1}};
  }
};

template <>
struct StepCases<ops::ActivityRegularization> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{pack(ops::ActivityRegularization::Attributes{0.1f, 0.2f}), {4}, {4}}};
  }
};

template <>
struct StepCases<ops::MatMul> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    return {{pack(kernels::MatMul{2, 3, 4, 5}), {2, 3, 5}, {2, 3, 4}},
            {pack(kernels::MatMul{1, 2, 3, 4, 1, 1, 0.5f}), {4, 2}, {2, 3}},
            {pack(kernels::MatMul{2, 2, 3, 1}), {2, 2, 1}, {2, 2, 3}, 1}};
  }
};

template <>
struct StepCases<ops::Pad> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    return {{pack(kernels::Pad{2, 3, 2, 4, 6, 1, 2}), {2, 3, 2}, {4, 6, 2}},
            {pack(kernels::Pad{4, 5, 1, 2, 2, -1, -2}), {4, 5, 1}, {2, 2, 1}, 0, ElementType::i8},
            {pack(kernels::Pad{1, 3, 2, 1, 5, 0, 1}), {3, 2}, {5, 2}, 1, ElementType::i16},
            {pack(kernels::Pad{4, 1, 1, 7, 1, 2, 0}), {4}, {7}, 1, ElementType::i32}};
  }
};

template <>
struct StepCases<ops::Resize> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using enum kernels::ResizeKind;
    return {{pack(kernels::Resize{bilinear, 2, 3, 2, 2, 3}), {2, 3, 2}, {4, 9, 2}},
            {pack(kernels::Resize{nearest, 1, 1, 3, 4, 1}), {3}, {4, 3}, 0, ElementType::i8},
            {pack(kernels::Resize{nearest, 2, 1, 2, 2, 3}), {2, 1, 2}, {4, 3, 2}, 0, ElementType::i16}};
  }
};

template <>
struct StepCases<ops::ResizeTo> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using enum kernels::ResizeKind;
    return {{pack(kernels::ResizeTo{bilinear, 3, 2, 2, 2, 5}), {3, 2, 2}, {2, 5, 2}},
            {pack(kernels::ResizeTo{bilinear, 1, 4, 1, 1, 1}), {1, 4, 1}, {1, 1, 1}},
            {pack(kernels::ResizeTo{nearest, 3, 2, 2, 4, 3}), {3, 2, 2}, {4, 3, 2}},
            {pack(kernels::ResizeTo{nearest, 4, 1, 2, 3, 2}), {4, 1, 2}, {3, 2, 2}, 0, ElementType::i8},
            {pack(kernels::ResizeTo{nearest, 1, 5, 1, 2, 2}), {1, 5, 1}, {2, 2, 1}, 0, ElementType::i16}};
  }
};

template <>
struct StepCases<ops::Permute> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using A = ops::Permute::Attributes;
    return {{pack(A{{1, 2, 3, 4}, {0, 3, 1, 2}}), {2, 3, 4}, {4, 2, 3}},
            {pack(A{{1, 1, 2, 3}, {0, 1, 3, 2}}), {2, 3}, {3, 2}, 0, ElementType::i16},
            {pack(A{{1, 2, 1, 3}, {0, 2, 3, 1}}), {2, 1, 3}, {1, 3, 2}, 0, ElementType::i8}};
  }
};

template <>
struct StepCases<ops::Binary> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    using enum kernels::BinaryKind;
    return {
        {pack(kernels::broadcast(multiply, 1, {1, 2, 3, 4}, {1, 2, 1, 4}, {1, 1, 3, 4})),
         {2, 1, 4},
         {2, 3, 4}},
        {pack(kernels::broadcast(average, 3, {1, 1, 1, 5}, {1, 1, 1, 5}, {1, 1, 1, 5})), {5}, {5}},
        {pack(kernels::broadcast(divide, 1, {1, 1, 2, 3}, {1, 1, 2, 3}, {1, 1, 1, 3})), {2, 3}, {2, 3}, 1},
        {pack(kernels::broadcast(squared_difference, 1, {1, 1, 2, 3}, {1, 1, 2, 1}, {1, 1, 2, 3})),
         {2, 1},
         {2, 3}},
        {pack(kernels::broadcast(less_equal, 1, {1, 1, 2, 3}, {1, 1, 2, 3}, {1, 1, 2, 3})), {2, 3}, {2, 3}},
        {pack(kernels::broadcast(maximum, 1, {1, 1, 2, 3}, {1, 1, 2, 3}, {1, 1, 1, 1})),
         {2, 3},
         {2, 3},
         1,
         ElementType::i8},
        {pack(kernels::broadcast(minimum, 1, {1, 1, 2, 3}, {1, 1, 2, 3}, {1, 1, 2, 1})),
         {2, 3},
         {2, 3},
         0,
         ElementType::i16}};
  }
};

template <>
struct StepCases<ops::UnitNorm> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    return {{pack(kernels::UnitNorm{2, 3, 2}), {2, 3, 2}, {2, 3, 2}}};
  }
};

template <>
struct StepCases<ops::Embedding> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    return {{pack(ops::Embedding::Attributes{5, 3}), {4}, {4, 3}, 1}};
  }
};

template <>
struct StepCases<ops::SimpleRNN> : RecurrentCases {
  static constexpr std::vector<StepCase> all() {
    using A = ops::RecurrentAttributes;
    return {{pack(A{.units = 3, .return_sequences = 1, .go_backwards = 1}), {4, 2}, {4, 3}, 3},
            {pack(A{.units = 2, .return_state = 1, .initial_state = 1, .masked = 1}), {3, 2}, {2}, 3}};
  }
};

template <>
struct StepCases<ops::GRU> : RecurrentCases {
  static constexpr std::vector<StepCase> all() {
    using A = ops::RecurrentAttributes;
    return {{pack(A{.units = 3, .reset_after = 1}), {4, 2}, {3}, 3},
            {pack(A{.units = 2,
                    .use_bias = 0,
                    .return_sequences = 1,
                    .return_state = 1,
                    .initial_state = 1,
                    .stateful = 1}),
             {3, 2},
             {3, 2},
             2}};
  }
};

template <>
struct StepCases<ops::ComputeMask> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{pack(ops::ComputeMask::Attributes{}), {4, 3}, {4}}};
  }
};

template <>
struct StepCases<ops::ApplyMask> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr bool masked(const StepCase&) { return true; }
  static constexpr std::vector<StepCase> all() {
    return {{pack(ops::ApplyMask::Attributes{}), {4, 3}, {4, 3}}};
  }
};

template <>
struct StepCases<ops::Reverse> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{pack(ops::Reverse::Attributes{}), {4, 3}, {4, 3}}};
  }
};

template <>
struct StepCases<ops::Slide> : StepCaseDefaults {
  static constexpr std::vector<StepCase> all() {
    return {{pack(ops::Slide::Attributes{}), {1, 2}, {4, 2}},
            {pack(ops::Slide::Attributes{1}), {1, 3}, {3, 3}}};
  }
};

/// A user's op: each result is the sum of its inputs and weights.
template <class T>
void sum_of_all(const Words&, const PrimitiveForward<T>& with) {
  T sum = 0;
  for (const T x : with.x) sum += x;
  for (const T w : with.weights) sum += w;
  for (T& y : with.y) y = sum;
}
template <class T>
void gradient_of_sum(const Words&, const PrimitiveBackward<T>& with) {
  T sum = 0;
  for (const T dy : with.dy) sum += dy;
  for (T& dx : with.dx) dx = sum;
  for (T& dw : with.dweights) dw = sum;
}
inline constexpr PrimitiveOp sum_op{"Sum", sum_of_all<float>, gradient_of_sum<float>, sum_of_all<double>,
                                    gradient_of_sum<double>};

template <>
struct StepCases<ops::Primitive> : StepCaseDefaults {
  static constexpr bool any_attributes = true;
  static constexpr std::vector<StepCase> all() {
    return {{.in = {3}, .out = {2}, .weights = 1, .primitive = &sum_op},
            {.in = {3}, .out = {4}, .primitive = &sum_op}};
  }
};

}  // namespace etch::test
