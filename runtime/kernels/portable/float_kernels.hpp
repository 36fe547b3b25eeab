// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/depthwise_convolution.hpp>
#include <runtime/kernels/portable/dropout.hpp>
#include <runtime/kernels/portable/gru.hpp>
#include <runtime/kernels/portable/lstm.hpp>
#include <runtime/kernels/portable/pooling.hpp>
#include <runtime/kernels/portable/simple_rnn.hpp>

/// What every target has.
namespace etch::kernels::inline ETCH_TARGET {

using portable::convolve_bias;
using portable::convolve_depthwise;
using portable::convolve_groups;
using portable::convolve_weight_lines;
using portable::convolve_weights;
using portable::dense_backward;
using portable::dense_backward_share;
using portable::dense_forward;
using portable::dense_forward_link;
using portable::dense_forward_links;
using portable::dropout;
using portable::gru_backward;
using portable::gru_forward;
using portable::lstm_backward;
using portable::lstm_forward;
using portable::pool_backward;
using portable::pool_forward;
using portable::simple_rnn_backward;
using portable::simple_rnn_forward;

}  // namespace etch::kernels::inline ETCH_TARGET
