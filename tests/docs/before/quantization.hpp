// SPDX-License-Identifier: BSL-1.0
// What docs/quantization.md's code takes for granted: a trained model, and samples.
#include <codegen/firmware/emit_model.hpp>
#include <codegen/prepare/prepare.hpp>
#include <etch/passes/fake_quantization.hpp>
inline constexpr auto network = sequential(Input{4}, Dense{8, relu}, Dense{3, softmax});
inline auto trainer = compile<network>(Adam{}, SparseCategoricalCrossentropy{});
extern const std::vector<std::span<const float>> samples;
