// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/averages.hpp>
#include <codegen/int8/unfit.hpp>

#include <algorithm>

namespace etch::host::int8 {

namespace {

void require_averaged(std::int64_t count, int most) {
  if (count > most) throw Unfit(Unfit::Kind::average, count, most);
}

/// What windows sum, brought to a result by a scale.
QuantizedStep scaled(const kernels::Pool& pool, ElementType type, const Quantization& from,
                     const Quantization& to, Bounds bounds, const kernels::Int8Scale& scale) {
  require_averaged(pool.taps(), type == ElementType::i16 ? kernels::most_scaled<std::int16_t>
                                                         : kernels::most_scaled<std::int8_t>);
  const kernels::Int8Io io{from.zero_point, to.zero_point, bounds.lowest, bounds.highest};
  return {op_code<ops::QuantizedPool>, pack(pool), type, {constant_of_words(io), constant_of_words(scale)}};
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
  const auto scale = mean_scale(from, to, pool.taps());
  if (!scale || scale->shift > 22) throw Unfit(Unfit::Kind::scales);
  return scaled(pool, type, from, to, bounds, *scale);
}

QuantizedStep mean_rounded_once(const kernels::Pool& pool, ElementType type, const Quantization& from,
                                const Quantization& to, Bounds bounds) {
  const double real = static_cast<double>(from.scale) / static_cast<double>(to.scale) / pool.taps();
  return scaled(pool, type, from, to, bounds, multiplier(real, 22, Rounding::once));
}

QuantizedStep sum(const kernels::Pool& pool, ElementType type, const Quantization& from,
                  const Quantization& to, Bounds bounds) {
  return scaled(pool, type, from, to, bounds,
                multiplier(static_cast<double>(from.scale) / static_cast<double>(to.scale), 22));
}

}  // namespace etch::host::int8
