// EXPECT: this model was planned for another core: here its kernels need more scratch than it has
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/program/stored_program.hpp>

using namespace etch;

// A convolution of 1x1 by 8 bytes of weights, with 4 bytes of scratch: a pixel of 8 channels needs 8.
constexpr StoredValue values[] = {
    {8, ElementType::i8, Role::parameter, 0},       {1, ElementType::i32, Role::parameter, 8},
    {2, ElementType::i32, Role::parameter, 16},     {4, ElementType::i32, Role::parameter, 24},
    {8, ElementType::i8, Role::input, 0},           {1, ElementType::i8, Role::output, 0},
    {4, ElementType::i8, Role::temporary, 0, false}};
constexpr StoredStep steps[] = {{op_code<ops::QuantizedConvolution>,
                                 pack(ops::QuantizedConvolution::Attributes{.per_channel = 0}),
                                 {8},
                                 {1},
                                 5,
                                 4,
                                 2}};
constexpr std::int16_t operands[] = {4, 0, 1, 2, 3, 5, 6};
constexpr auto program = stored_program(values, steps, operands, {40, 4, 0});

constexpr auto predict = StoredModel<program>::predict;  // HERE
