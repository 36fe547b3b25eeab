// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare/pack_int4.hpp>
#include <codegen/prepare/short_scales.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace etch::host {

namespace {

ConstantArray packed(const kernels::Int8Convolution& c, const ConstantArray& rows) {
  const std::vector<std::int8_t> weights = rows.numbers<std::int8_t>();
  std::vector<std::int8_t> bytes;
  bytes.reserve(static_cast<std::size_t>(int4_bytes(c)));
  const auto weight = [&](int f, int tap) {
    return f < c.filters ? weights[static_cast<std::size_t>(f) * static_cast<std::size_t>(c.row) +
                                   static_cast<std::size_t>(tap)]
                         : 0;
  };
  for (int group = 0; group < kernels::int4_groups(c.filters); ++group)
    for (int first = 0; first < c.row; first += 4)
      for (const int tap : {first, first + 2, first + 1, first + 3}) {
        unsigned four = 0;
        for (int k = 0; k < kernels::int4_group; ++k)
          four |= (static_cast<unsigned>(weight(group * kernels::int4_group + k, tap)) & 15U) << (4 * k);
        four ^= kernels::int4_offsets;
        bytes.push_back(static_cast<std::int8_t>(four & 255U));
        bytes.push_back(static_cast<std::int8_t>(four >> 8));
      }
  return constant_of(bytes, ElementType::i8, {kernels::int4_groups(c.filters), kernels::int4_group_bytes(c)});
}

}  // namespace

bool fits_int4(const ConstantArray& weights) {
  return std::ranges::all_of(weights.numbers<std::int8_t>(), [](int w) { return w >= -8 && w <= 7; });
}

std::int64_t int4_bytes(const kernels::Int8Convolution& c) {
  return std::int64_t{kernels::int4_groups(c.filters)} * kernels::int4_group_bytes(c);
}

void pack_int4(ModelDraft& model) {
  std::map<std::pair<int, int>, int> done;  // of weights that several steps share, by what their rows are
  ShortScales scales(model);
  for (DraftStep& step : model.steps) {
    if (!step.is<ops::QuantizedConvolution>()) continue;
    const auto attributes = unpack<ops::QuantizedConvolution::Attributes>(step.step.attributes);
    const kernels::Int8Convolution c = ops::QuantizedConvolution::convolution(step.step);
    const ConstantArray& rows = model.parameter(step, 0);
    if (attributes.paired || std::cmp_greater_equal(int4_bytes(c), rows.bytes.size()) || !fits_int4(rows))
      continue;
    const auto before = std::pair(step.parameters[0], c.row);
    if (!done.contains(before)) {
      model.replace(step, 0, packed(c, rows));
      done[before] = step.parameters[0];
    }
    step.parameters[0] = done[before];
    step.step.op = op_code<ops::QuantizedInt4Convolution>;
    scales.shorten(step);
  }
}

}  // namespace etch::host
