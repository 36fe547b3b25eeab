// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/averages.hpp>
#include <codegen/int8/unfit.hpp>

#include <algorithm>

namespace etch::host::int8 {

namespace {

void require_averaged(std::int64_t count, int most) {
  if (count > most) throw Unfit(Unfit::Kind::average, count, most);
}

}  // namespace

QuantizedStep average(const kernels::Pool& pool, ElementType type, const Quantization& of, Bounds bounds,
                      bool halves_up) {
  const std::int64_t inside =
      std::int64_t{std::min(pool.pool_height, pool.height)} * std::min(pool.pool_width, pool.width);
  require_averaged(inside, halves_up                  ? kernels::most_scaled<std::int8_t>
                           : type == ElementType::i16 ? kernels::most_averaged<std::int16_t>
                                                      : kernels::most_averaged<std::int8_t>);
  const kernels::Int8Io io{of.zero_point, of.zero_point, bounds.lowest, bounds.highest};
  return {op_code<ops::QuantizedPool>,
          pack(ops::QuantizedPool::Attributes{pool, halves_up ? 1 : 0}),
          type,
          {constant_of_words(io)}};
}

QuantizedStep mean(const kernels::Pool& pool, ElementType type, const Quantization& from,
                   const Quantization& to, Bounds bounds) {
  require_averaged(pool.taps(), type == ElementType::i16 ? kernels::most_scaled<std::int16_t>
                                                         : kernels::most_scaled<std::int8_t>);
  const auto scale = mean_scale(from, to, pool.taps());
  if (!scale || scale->shift > 0) throw Unfit(Unfit::Kind::scales);
  const kernels::Int8Io io{from.zero_point, to.zero_point, bounds.lowest, bounds.highest};
  return {op_code<ops::QuantizedPool>, pack(pool), type, {constant_of_words(io), constant_of_words(*scale)}};
}

}  // namespace etch::host::int8
