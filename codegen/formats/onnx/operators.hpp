// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/context.hpp>

/// One function an operator, or a group of them: it adds the steps that the operator becomes and defines its
/// results.
namespace etch::host::onnx {

using ImportFunction = void (*)(Context&);

/// The types of an operator's input that a file may have, as bits. In whole numbers, it stands between
/// DequantizeLinear and QuantizeLinear, or takes them itself, and no step of what becomes of it has floats.
enum Types : unsigned { f32 = 1, i8 = 2, u8 = 4, bytes = i8 | u8, every = f32 | bytes, truth = 8, i32 = 16 };

struct OperatorImport {
  const char* op;
  ImportFunction import;
  unsigned types = f32;
  const char* domain = "";
};

/// The operators that are imported.
std::span<const OperatorImport> operator_imports();
/// The function of an operator; null for those that are not supported.
ImportFunction import_of(const FileNode& node);

/// Computes a node of constants, if it is one that shapes and weights are computed by.
bool folded(Context& c);
bool is_folded(const FileNode& node);
/// The operators that are computed here where their inputs are constants.
std::vector<std::string> folded_operators();
void fold_quantize(Context& c);
void fold_dequantize(Context& c);

void import_convolution(Context& c);
void import_transposed_convolution(Context& c);
void import_gemm(Context& c);
void import_mat_mul(Context& c);
void import_batch_normalization(Context& c);
void import_instance_normalization(Context& c);
void import_layer_normalization(Context& c);
void import_lp_normalization(Context& c);

void import_pool(Context& c);
void import_global_pool(Context& c);
void import_reduction(Context& c);
void import_arg(Context& c);

void import_activation(Context& c);
void import_function(Context& c);
void import_gelu(Context& c);
void import_elu(Context& c);
void import_celu(Context& c);
void import_selu(Context& c);
void import_leaky_relu(Context& c);
void import_thresholded_relu(Context& c);
void import_hard_sigmoid(Context& c);
void import_clip(Context& c);
void import_prelu(Context& c);
void import_softmax(Context& c);

void import_binary(Context& c);
void import_variadic(Context& c);
void import_where(Context& c);

void import_identity(Context& c);
void import_dropout(Context& c);
void import_cast(Context& c);
void import_reshape(Context& c);  ///< also Flatten, Squeeze and Unsqueeze
void import_transpose(Context& c);
void import_shape(Context& c);
void import_size(Context& c);
void import_expand(Context& c);
void import_tile(Context& c);
void import_depth_to_space(Context& c);
void import_space_to_depth(Context& c);
void import_concat(Context& c);
void import_split(Context& c);
void import_slice(Context& c);
void import_gather(Context& c);
void import_pad(Context& c);
void import_resize(Context& c);

/// Steps that several operators are made of.
Live bounded(Context& c, const Live& x, float lowest, float highest);
Live joined(Context& c, std::vector<Live> parts, int axis);
Live without(Context& c, const Live& x, const std::vector<int>& axes);  ///< axes of 1
Live padded(Context& c, const Live& x, int axis, std::int64_t before, std::int64_t after,
            const ConstantArray& filling);
/// Places along an axis in any order, also again.
Live taken_along(Context& c, const Live& x, int axis, const std::vector<std::int32_t>& places);

void import_lstm(Context& c);
void import_gru(Context& c);
void import_rnn(Context& c);

void import_quantize(Context& c);
void import_dequantize(Context& c);
void import_qlinear_convolution(Context& c);
void import_qlinear_mat_mul(Context& c);
void import_qlinear_gemm(Context& c);
void import_qlinear_binary(Context& c);
void import_qlinear_pool(Context& c);
void import_qlinear_function(Context& c);
void import_qlinear_softmax(Context& c);
void import_qlinear_concat(Context& c);

}  // namespace etch::host::onnx
