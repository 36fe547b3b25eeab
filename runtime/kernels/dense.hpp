// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/dense.hpp>
#if defined(__AVX2__) && !defined(ETCH_PORTABLE_KERNELS)
#include <runtime/kernels/vector/dense.hpp>
#endif

namespace etch::kernels {

/// The dense kernel of this target: same bits as the portable one, whichever it is.
template <class T>
[[gnu::always_inline]] inline void dense_forward(const DenseForward& d, int rows, const T* x, const T* w,
                                                 const T* b, T* y) {
#if defined(__AVX2__) && !defined(ETCH_PORTABLE_KERNELS)
  if constexpr (sizeof(T) == 4) return vector::dense_forward(d, rows, x, w, b, y);
#endif
  dense_forward_portable(d, rows, x, w, b, y);
}

template <class T>
[[gnu::always_inline]] inline void dense_backward(const DenseBackward& d, const Hyper& h, int rows,
                                                  const T* dy, const T* x, const T* w, T* dx, T* held,
                                                  const GradientSink<T>& kernel,
                                                  const GradientSink<T>& bias) {
#if defined(__AVX2__) && !defined(ETCH_PORTABLE_KERNELS)
  if constexpr (sizeof(T) == 4)
    if (vector::dense_backward_fits(d))
      return vector::dense_backward(d, h, rows, dy, x, w, dx, held, kernel, bias);
#endif
  dense_backward_portable(d, h, rows, dy, x, w, dx, held, kernel, bias);
}

}  // namespace etch::kernels
