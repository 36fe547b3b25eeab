// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <etch/passes/int8_form.hpp>

#include <vector>

namespace etch::host::quantization {

/// The numbers of a parameter of floats.
std::vector<float> floats_of(const ImportedModel& real, int parameter);

/// Throws `Error` where a weight is NaN, or infinite and not what a Pad fills with (for a maximum after it).
void check_weights(const ImportedModel& real);
/// Whether a Pad fills with infinity.
bool pads_with_infinity(const ImportedModel& real);

const char* name_of_nonfinite(float x);  ///< "NaN", "infinity" or "minus infinity"

/// What a dense layer, a convolution or a normalization multiplies and adds.
struct FilterWeights {
  std::vector<float> weights;  ///< [taps][filters]
  std::vector<float> bias;     ///< [filters], or nothing
};

/// \param step of the form convolution, depthwise or norm.
FilterWeights filter_weights(const ImportedModel& real, const Step& step);

/// The largest weight of each filter, its sign left out.
std::vector<float> filter_reaches(const FilterWeights& of, std::size_t filters);

/// Steps of a filter's weights, before int8: a 127th of the largest. Weights that are nothing beside their
/// bias get larger ones, so that the bias fits `bias_bits`; those of a filter of zeros are free and such that
/// its bias is exact. All are floats, which files hold. \param reach of the filter. \param from, to scales of
/// the layer's input and result.
double filter_scale(float reach, float bias, float from, float to, int bias_bits);

/// What the size of a bias may need, so that sums keep within 32 bits, or 47.
constexpr int bias_bits_of(ElementType activations) { return activations == ElementType::i16 ? 40 : 29; }

}  // namespace etch::host::quantization
