// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/int8_pool.hpp>

namespace etch::ops {

/// Quantized average pooling, and with a scale the mean over a window in another quantization. Operands x i8
/// or i16 | io i32[4], scale i32[2] (if there is one) | y of its type. Max pooling is `Pool` itself.
struct Int8Pool : OpDefaults {
  static constexpr const char* name = "Int8Pool";
  using Attributes = kernels::Pool;
  struct Description {
    kernels::Pool pool;
    int scaled = 0;
    ElementType type = ElementType::i8;
  };

  static constexpr Overlap overlap(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return a.top == 0 && a.left == 0 ? Overlap{0, 0, s.out.size()} : Overlap{};
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {unpack<Attributes>(s.attributes), s.parameters == 2, moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Pool& pool = d.pool;
    const int in = pool.height * pool.width * pool.channels;
    const int out = pool.out_height * pool.out_width * pool.channels;
    as_whole(
        d.type, p, [&](auto at) __attribute__((always_inline)) {
          for (int r = 0; r < call.rows; ++r)
            kernels::int8_pool(pool, at[0] + r * in, *static_cast<const kernels::Int8Io*>(p.pointer[1]),
                               d.scaled ? static_cast<const kernels::Int8Scale*>(p.pointer[2]) : nullptr,
                               at[d.scaled ? 3 : 2] + r * out);
        });
  }
};

}  // namespace etch::ops
