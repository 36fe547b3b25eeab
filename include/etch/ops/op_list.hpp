// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/activation.hpp>
#include <etch/ops/activity_regularization.hpp>
#include <etch/ops/add.hpp>
#include <etch/ops/affine.hpp>
#include <etch/ops/arg_max.hpp>
#include <etch/ops/batch_normalization.hpp>
#include <etch/ops/binary.hpp>
#include <etch/ops/concatenate.hpp>
#include <etch/ops/convolution.hpp>
#include <etch/ops/dense.hpp>
#include <etch/ops/dropout.hpp>
#include <etch/ops/embedding.hpp>
#include <etch/ops/fake_quantize.hpp>
#include <etch/ops/gather.hpp>
#include <etch/ops/gru.hpp>
#include <etch/ops/int16_functions.hpp>
#include <etch/ops/int32_binary.hpp>
#include <etch/ops/int8_lstm.hpp>
#include <etch/ops/int8_norm.hpp>
#include <etch/ops/int8_softmax.hpp>
#include <etch/ops/int8_svdf.hpp>
#include <etch/ops/int8_table.hpp>
#include <etch/ops/int_cast.hpp>
#include <etch/ops/learned_scale.hpp>
#include <etch/ops/loss.hpp>
#include <etch/ops/lstm.hpp>
#include <etch/ops/masking.hpp>
#include <etch/ops/mat_mul.hpp>
#include <etch/ops/mfcc.hpp>
#include <etch/ops/noise.hpp>
#include <etch/ops/normalize.hpp>
#include <etch/ops/pad.hpp>
#include <etch/ops/parametric_activation.hpp>
#include <etch/ops/penalty.hpp>
#include <etch/ops/permute.hpp>
#include <etch/ops/pool.hpp>
#include <etch/ops/prelu.hpp>
#include <etch/ops/primitive.hpp>
#include <etch/ops/quantize.hpp>
#include <etch/ops/quantized_binary.hpp>
#include <etch/ops/quantized_convolution.hpp>
#include <etch/ops/quantized_depthwise_convolution.hpp>
#include <etch/ops/quantized_int4_convolution.hpp>
#include <etch/ops/quantized_mat_mul.hpp>
#include <etch/ops/quantized_offset_convolution.hpp>
#include <etch/ops/quantized_pool.hpp>
#include <etch/ops/quantized_prelu.hpp>
#include <etch/ops/reduce.hpp>
#include <etch/ops/requantize.hpp>
#include <etch/ops/resample.hpp>
#include <etch/ops/resize.hpp>
#include <etch/ops/resize_to.hpp>
#include <etch/ops/reverse.hpp>
#include <etch/ops/select.hpp>
#include <etch/ops/signal_filter_bank.hpp>
#include <etch/ops/signal_frame.hpp>
#include <etch/ops/signal_noise.hpp>
#include <etch/ops/signal_spectrum.hpp>
#include <etch/ops/simple_rnn.hpp>
#include <etch/ops/slice.hpp>
#include <etch/ops/slide.hpp>
#include <etch/ops/softmax.hpp>
#include <etch/ops/svdf.hpp>
#include <etch/ops/tile.hpp>
#include <etch/ops/unary.hpp>
#include <etch/ops/unit_norm.hpp>
#include <etch/ops/update.hpp>
#include <etch/ops/variable.hpp>

namespace etch {

template <class... Ops>
struct OpPack {
  static constexpr int size = sizeof...(Ops);
};

/// Every op. Adding one is a line here, its header and its kernel.
// One op a line, so that two additions merge.
// clang-format off
using OpList = OpPack<
    ops::Dense,
    ops::BatchNormalization,
    ops::Activation,
    ops::Dropout,
    ops::Add,
    ops::Convolution,
    ops::TransposedConvolution,
    ops::Concatenate,
    ops::ParametricActivation,
    ops::PReLU,
    ops::Softmax,
    ops::Normalize,
    ops::Affine,
    ops::Noise,
    ops::LearnedScale,
    ops::ActivityRegularization,
    ops::MatMul,
    ops::Pool,
    ops::Pad,
    ops::Resize,
    ops::Resample,
    ops::Permute,
    ops::Binary,
    ops::UnitNorm,
    ops::Embedding,
    ops::QuantizedConvolution,
    ops::QuantizedDepthwiseConvolution,
    ops::QuantizedBinary,
    ops::QuantizedPool,
    ops::Int8Table,
    ops::Int8Softmax,
    ops::Int8Lstm,
    ops::Int8Svdf,
    ops::Svdf,
    ops::Requantize,
    ops::Quantize,
    ops::Dequantize,
    ops::Slice,
    ops::SimpleRNN,
    ops::LSTM,
    ops::GRU,
    ops::ComputeMask,
    ops::ApplyMask,
    ops::Reverse,
    ops::Slide,
    ops::Primitive,
    ops::Loss,
    ops::TotalLoss,
    ops::Penalty,
    ops::GradientNorm,
    ops::Update,
    ops::FakeQuantize,
    ops::Int16Table,
    ops::Int16Gate,
    ops::Int16Softmax,
    ops::Unary,
    ops::Reduce,
    ops::ArgMax,
    ops::Gather,
    ops::Tile,
    ops::Select,
    ops::Recall,
    ops::Assign,
    ops::QuantizedOffsetConvolution,
    ops::QuantizedPReLU,
    ops::Int32Binary,
    ops::IntCast,
    ops::SignalWindow,
    ops::SignalFftAutoScale,
    ops::SignalRfft,
    ops::SignalEnergy,
    ops::SignalFilterBank,
    ops::SignalFilterBankSquareRoot,
    ops::SignalFilterBankSpectralSubtraction,
    ops::SignalPcan,
    ops::SignalFilterBankLog,
    ops::Mfcc,
    ops::QuantizedMatMul,
    ops::Int8UnitNorm,
    ops::Int8LogSoftmax,
    ops::Int16Rsqrt,
    ops::ResizeTo,
    ops::QuantizedInt4Convolution>;
// clang-format on

namespace detail {
template <class Op, class... Ops>
constexpr int index_in(OpPack<Ops...>) {
  constexpr bool same[] = {__is_same(Op, Ops)...};
  for (int i = 0; i < static_cast<int>(sizeof...(Ops)); ++i)
    if (same[i]) return i;
  return -1;
}
template <int I, class First, class... Rest>
constexpr auto op_at(OpPack<First, Rest...>) {
  if constexpr (I == 0)
    return First{};
  else
    return op_at<I - 1>(OpPack<Rest...>{});
}
template <class F, class... Ops>
constexpr auto visit(int op, F&& f, OpPack<Ops...>) {
  using Result = decltype(f(ops::Dense{}));
  if constexpr (__is_same(Result, void)) {
    int i = 0;
    (void)((op == i++ ? (f(Ops{}), true) : false) || ...);
  } else {
    Result result{};
    int i = 0;
    (void)((op == i++ ? (result = f(Ops{}), true) : false) || ...);
    return result;
  }
}
}  // namespace detail

/// The number of an op in the list: what `Step::op` holds.
template <class Op>
inline constexpr int op_code = detail::index_in<Op>(OpList{});

/// A step of an op, as far as that says: its shapes and operands are the caller's.
template <class Op>
constexpr Step make_step(const typename Op::Attributes& attributes = {}) {
  Step step{};
  step.op = static_cast<std::int16_t>(op_code<Op>);
  step.attributes = pack(attributes);
  return step;
}

template <int Code>
using OpAt = decltype(detail::op_at<Code>(OpList{}));

/// Calls `f` with the op of a number known at run time (or to a pass).
template <class F>
constexpr auto visit_op(int op, F&& f) {
  return detail::visit(op, static_cast<F&&>(f), OpList{});
}

/// What the Builder makes steps of an op by.
template <class Op>
inline constexpr StepRule op_rule{op_code<Op>, &Op::fault, &Op::operands, &Op::scratch};

/// The same of an op whose number is known only at run time. \param op one of the list.
constexpr StepRule rule_of(int op) {
  return visit_op(op, [](auto o) { return op_rule<decltype(o)>; });
}
/// Why a step of the forward pass cannot run, as a sentence, or null: see `StepRule`.
template <class G>
constexpr const char* step_fault(const G& g, const Step& step) {
  return step_fault(rule_of(step.op), g, step);
}

constexpr GradientRule gradient_rule(const Step& step) {
  return visit_op(step.op, [&](auto op) { return decltype(op)::gradient(step); });
}
constexpr bool reads_input(const Step& step) {
  return visit_op(step.op, [&](auto op) { return decltype(op)::reads_input(step); });
}
constexpr int overwrites(const Step& step, int output) {
  return visit_op(step.op, [&](auto op) { return decltype(op)::overwrites(step, output); });
}
constexpr Overlap overlap_of(const Step& step) {
  return visit_op(step.op, [&](auto op) { return decltype(op)::overlap(step); });
}
constexpr Part part_of(const Step& step, int k) {
  return visit_op(step.op, [&](auto op) { return decltype(op)::part(step, k); });
}
constexpr Value scratch_of(const Step& step) {
  return visit_op(step.op, [&](auto op) { return decltype(op)::scratch(step); });
}
/// What a step's kernel scribbles on for the cores that take these sets of kernels. As `scratch_of(step)`,
/// which is for all of them, but for the elements.
constexpr Value scratch_of(const Step& step, kernels::KernelSets sets) {
  return visit_op(step.op, [&](auto op) {
    if constexpr (requires { decltype(op)::scratch(step, sets); })
      return decltype(op)::scratch(step, sets);
    else
      return decltype(op)::scratch(step);
  });
}
constexpr bool is_identity(const Step& step) {
  return visit_op(step.op, [&](auto op) { return decltype(op)::identity(step); });
}
constexpr bool fuse_activation(Step& step, ActivationKind kind) {
  return visit_op(step.op, [&](auto op) { return decltype(op)::fuse_activation(step.attributes, kind); });
}
constexpr bool fuse_input_activation(Step& step, ActivationKind kind) {
  return visit_op(step.op,
                  [&](auto op) { return decltype(op)::fuse_input_activation(step.attributes, kind); });
}
constexpr long long macs_of(const Step& step) {
  return step.repeat * visit_op(step.op, [&](auto op) { return decltype(op)::macs(step); });
}

}  // namespace etch
