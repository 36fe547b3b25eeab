// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/context.hpp>

/// One function an operator, or a group of them: it adds the steps that the operator becomes and defines its
/// results.
namespace etch::host::tflite {

void import_convolution(Context& c);
void import_fully_connected(Context& c);
void import_pool(Context& c);
void import_mean(Context& c);
void import_pad(Context& c);
void import_reduce(Context& c);
void import_mirror_pad(Context& c);
void import_resize(Context& c);
void import_transposed_convolution(Context& c);
void import_l2_normalization(Context& c);
void import_log_softmax(Context& c);

void import_binary(Context& c);
void import_batch_matmul(Context& c);
void import_number(Context& c);
void import_prelu(Context& c);
void import_arg_max(Context& c);
void import_cast(Context& c);
void import_function(Context& c);
void import_softmax(Context& c);
void import_quantize(Context& c);
void import_dequantize(Context& c);
void import_densify(Context& c);

void import_reshape(Context& c);  ///< also SQUEEZE and EXPAND_DIMS
void import_transpose(Context& c);
void import_concatenation(Context& c);
void import_split(Context& c);
void import_split_v(Context& c);
void import_unpack(Context& c);
void import_tile(Context& c);
void import_gather(Context& c);
void import_strided_slice(Context& c);
void import_slice(Context& c);
void import_shape(Context& c);
void import_pack(Context& c);

// Of int32 and uint32, without scales.
void import_word_binary(Context& c);
void import_word_concatenation(Context& c);
void import_integer_cast(Context& c);

void import_custom(Context& c);  ///< the signal operators of TensorFlow Lite Micro

void import_lstm(Context& c);
void import_svdf(Context& c);

void import_call_once(Context& c);
void import_var_handle(Context& c);
void import_read_variable(Context& c);
void import_assign_variable(Context& c);

using ImportFunction = void (*)(Context&);
/// The function of an operator; null for those that are not supported.
ImportFunction import_of(OperatorKind kind);

/// The names of the custom operators that `import_custom` knows.
std::vector<std::string> custom_operators();
/// The type of what one of them takes first; "" for others.
std::string custom_type(const std::string& name);

}  // namespace etch::host::tflite
