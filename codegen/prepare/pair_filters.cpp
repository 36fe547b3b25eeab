// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare/pair_filters.hpp>
#include <runtime/kernels/dsp/int8_scratch.hpp>

#include <cstdlib>
#include <map>
#include <optional>

namespace etch::host {

namespace {

using Bytes = std::vector<std::int8_t>;

/// Two rows as one of numbers of 16 bits; nothing where one of them, or the sum of the second, has no room.
std::optional<Bytes> pair_of(const kernels::Int8Convolution& c, const std::int8_t* first,
                             const std::int8_t* second) {
  Bytes pair(2 * static_cast<std::size_t>(c.row));
  int size = 0;
  for (int tap = 0; tap < c.row; ++tap) {
    const int high = second[tap] - (first[tap] < 0 ? 1 : 0);
    if (high < INT8_MIN) return std::nullopt;
    const auto at = static_cast<std::size_t>(kernels::int8_pair_at(c, 0, tap));
    pair[at] = first[tap];
    pair[at + 1] = static_cast<std::int8_t>(high);
    size += std::abs(second[tap]);
  }
  if (size > kernels::most_second_weights) return std::nullopt;
  return pair;
}

std::optional<Bytes> pairs_of(const kernels::Int8Convolution& c, Bytes weights) {
  if (weights.size() != static_cast<std::size_t>(c.filters) * static_cast<std::size_t>(c.row))
    return std::nullopt;
  for (int f = 0; f + 1 < c.filters; f += 2) {
    std::int8_t* const rows = weights.data() + static_cast<std::ptrdiff_t>(f) * c.row;
    const auto pair = pair_of(c, rows, rows + c.row);
    if (!pair) return std::nullopt;
    std::copy(pair->begin(), pair->end(), rows);
  }
  return weights;
}

}  // namespace

bool want_pairs(kernels::KernelSets sets) {
  return sets.has(static_cast<int>(kernels::KernelSet::dsp)) &&
         !sets.has(static_cast<int>(kernels::KernelSet::mve));
}

void pair_filters(ModelDraft& model) {
  std::map<std::pair<int, int>, int> done;  // of weights that several steps share, by what their rows are
  for (DraftStep& step : model.steps) {
    if (!step.is<ops::QuantizedConvolution>()) continue;
    auto attributes = unpack<ops::QuantizedConvolution::Attributes>(step.step.attributes);
    const kernels::Int8Convolution c = ops::QuantizedConvolution::convolution(step.step);
    if (attributes.wide || attributes.paired || c.filters < 2) continue;
    if (kernels::dsp::of_eight(c) && c.y.out * c.x.out > 1) continue;
    const auto before = std::pair(step.parameters[0], c.row);
    if (!done.contains(before)) {
      const auto paired = pairs_of(c, model.parameter(step, 0).numbers<std::int8_t>());
      if (!paired) continue;
      const ConstantArray& rows = model.parameter(step, 0);
      model.replace(step, 0, constant_of(*paired, rows.type, rows.shape));
      done[before] = step.parameters[0];
    }
    step.parameters[0] = done[before];
    attributes.paired = 1;
    step.step.attributes = pack(attributes);
  }
}

}  // namespace etch::host
