// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare/short_scales.hpp>

#include <algorithm>
#include <cstring>

namespace etch::host {

namespace {

using Attributes = ops::QuantizedConvolution::Attributes;

bool may_be_short(const DraftStep& step) {
  if (!step.is<ops::QuantizedConvolution>() && !step.is<ops::QuantizedDepthwiseConvolution>()) return false;
  const auto attributes = unpack<Attributes>(step.step.attributes);
  return attributes.wide == 0 && attributes.short_scales == 0;
}

ConstantArray short_of(const ConstantArray& scales) {
  std::vector<std::int8_t> bytes;
  for (const kernels::Int8Scale& scale : scales.numbers<kernels::Int8Scale>()) {
    const kernels::Int8ShortScale brief(scale);
    std::int8_t of[sizeof brief];
    std::memcpy(of, &brief, sizeof brief);
    bytes.insert(bytes.end(), std::begin(of), std::end(of));
  }
  return constant_of(bytes, ElementType::i8);
}

}  // namespace

void ShortScales::shorten(DraftStep& step) {
  auto attributes = unpack<Attributes>(step.step.attributes);
  const int before = step.parameters[2];
  if (!done_.contains(before)) {
    model_.replace(step, 2, short_of(model_.parameter(step, 2)));
    done_[before] = step.parameters[2];
  }
  step.parameters[2] = done_[before];
  attributes.short_scales = 1;
  step.step.attributes = pack(attributes);
}

bool want_short_scales(kernels::KernelSets sets) {
  using enum kernels::KernelSet;
  const auto has = [&](kernels::KernelSet set) { return sets.has(static_cast<int>(set)); };
  return (has(dsp) || has(dsp_small)) && !has(mve) && !has(mve_small) && !has(lanes);
}

void shorten_scales(ModelDraft& model) {
  const auto has_own_scales = [](const DraftStep& step) {
    return may_be_short(step) && unpack<Attributes>(step.step.attributes).per_channel != 0;
  };
  if (std::ranges::none_of(model.steps, has_own_scales)) return;
  ShortScales scales(model);
  for (DraftStep& step : model.steps)
    if (may_be_short(step)) scales.shorten(step);
}

}  // namespace etch::host
