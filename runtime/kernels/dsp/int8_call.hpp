// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_multiply_one.hpp>
#include <runtime/kernels/dsp/int8_sums.hpp>
#include <runtime/kernels/portable/int8_convolution.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// The filters of one call, and how their scales may be applied.
template <class Scale>
struct Int8Call : Int8Filters<Scale> {
  bool fast;   ///< every scale passes `rounds_twice`
  bool fours;  ///< and filters have their own: `multiply_four` will do
};

template <class Scale>
[[gnu::noinline]] inline Int8Call<Scale> int8_call(const Int8Convolution& d, const std::int8_t* w,
                                                   const std::int32_t* bias, const Scale* scale,
                                                   const Int8Io& io) {
  bool fast = true;
  for (const Scale *s = scale, *const end = s + (d.per_channel ? d.filters : 1); s != end; ++s)
    fast = fast && rounds_twice(*s);
  return {{w, bias, scale, static_cast<int>(static_cast<unsigned>(d.row) / 4), d.filters, d.filters,
           d.per_channel, io},
          fast,
          fast && d.per_channel != 0};
}

template <class Scale>
[[gnu::noinline]] inline void multiply_single(const Int8Call<Scale>& f, const std::int32_t* x,
                                              std::int8_t* y) {
  if (f.fast)
    multiply_one(f, x, y);
  else
    multiply_plain(f, 0, x, y);
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
