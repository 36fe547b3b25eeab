// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/quantize/scheme.hpp>

namespace etch::host::quantization {

/// The quantization of every root, from its range:
/// - what is always 0 gets the steps that those who read it can use best, as if it had none of its own;
/// - steps that are finer than what a step of whole numbers can make of its inputs are widened: an Add of
///   numbers that cancel, a mean, weights much larger than what becomes of them.
/// \param real as `separate_activations` gives it. \param ranges by root.
std::vector<Quantization> quantizations_of(const ImportedModel& real, const Scheme& scheme,
                                           const std::vector<Range>& ranges);

}  // namespace etch::host::quantization
