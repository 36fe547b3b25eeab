// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/vector/convolution_samples.hpp>
#include <runtime/kernels/vector/convolution_windows.hpp>
#include <runtime/kernels/vector/depthwise_convolution.hpp>
#include <runtime/kernels/vector/dropout.hpp>
#include <runtime/kernels/vector/gru.hpp>
#include <runtime/kernels/vector/lstm.hpp>
#include <runtime/kernels/vector/pooling.hpp>
#include <runtime/kernels/vector/simple_rnn.hpp>

/// What targets with wide vectors have beside the portable kernels.
namespace etch::kernels::inline ETCH_TARGET {

using vector::convolve_bias;
using vector::convolve_depthwise;
using vector::convolve_groups;
using vector::convolve_weight_lines;
using vector::convolve_weights;
using vector::dense_backward;
using vector::dense_backward_share;
using vector::dense_forward;
using vector::dense_forward_link;
using vector::dense_forward_links;
using vector::dropout;
using vector::gru_backward;
using vector::gru_forward;
using vector::lstm_backward;
using vector::lstm_forward;
using vector::pool_backward;
using vector::pool_forward;
using vector::simple_rnn_backward;
using vector::simple_rnn_forward;

}  // namespace etch::kernels::inline ETCH_TARGET
