// SPDX-License-Identifier: BSL-1.0
// Operators over rows: L2_NORMALIZATION and LOG_SOFTMAX.
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/norms.hpp>

namespace etch::host::tflite {

namespace {

/// The numbers of a row. TensorFlow Lite computes these of uint8 in another way.
int row_length(Context& c) {
  const FileTensor &x = c.input(0), &y = c.output();
  c.require(!x.shape.empty(), "needs an axis to normalize");
  c.require_extents(y, x.shape);
  const ElementType type = c.common_type(1);
  c.require(type != ElementType::i16 && !x.shifted && !y.shifted, "is supported in int8 and float32 only");
  return x.shape.back();
}

}  // namespace

void import_l2_normalization(Context& c) {
  const int length = row_length(c);
  const FileTensor& x = c.input(0);
  const Tensor in = c.value(0);
  if (is_int8(x)) {
    c.require(c.options().activation == FusedActivation::none,
              "has a fused activation, which is supported in float32 only");
    c.require(c.quantization(c.output()) == Quantization{1.0f / 128, 0},
              "is supported with results of scale 1/128 and zero point 0 only");
    const Tensor rows = c.value(0, {x.elements() / length, length});
    return c.define(c.add_step(int8::unit_norm(c.quantization(x), length), rows.shape, {&rows, 1}));
  }
  c.define(c.apply_fused(c.add_step(op_code<ops::UnitNorm>,
                                    pack(kernels::UnitNorm{x.elements() / length, length, 1}), in.shape,
                                    ElementType::real, {&in, 1})));
}

void import_log_softmax(Context& c) {
  const int width = row_length(c);
  const FileTensor& x = c.input(0);
  if (!is_int8(x)) return c.define(c.add_activation(c.value(0), ActivationKind::log_softmax));
  c.require(c.quantization(c.output()) == Quantization{1.0f / 16, 127},
            "is supported with results of scale 1/16 and zero point 127 only");
  const Tensor rows = c.value(0, {x.elements() / width, width});
  c.define(c.add_step(int8::log_softmax(c.quantization(x), width), rows.shape, {&rows, 1}));
}

}  // namespace etch::host::tflite
