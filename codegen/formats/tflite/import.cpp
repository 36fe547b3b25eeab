// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/import.hpp>
#include <codegen/formats/tflite/operator_names.hpp>
#include <codegen/formats/tflite/operators.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace etch::host::tflite {

namespace {

struct OperatorImport {
  OperatorKind kind;
  ImportFunction import;
};

constexpr OperatorImport imports[]{
    {OperatorKind::conv_2d, import_convolution},
    {OperatorKind::depthwise_conv_2d, import_convolution},
    {OperatorKind::fully_connected, import_fully_connected},
    {OperatorKind::average_pool_2d, import_pool},
    {OperatorKind::max_pool_2d, import_pool},
    {OperatorKind::mean, import_mean},
    {OperatorKind::pad, import_pad},
    {OperatorKind::pad_v2, import_pad},
    {OperatorKind::add, import_binary},
    {OperatorKind::sub, import_binary},
    {OperatorKind::mul, import_binary},
    {OperatorKind::custom, import_custom},
    {OperatorKind::logistic, import_function},
    {OperatorKind::tanh, import_function},
    {OperatorKind::relu, import_function},
    {OperatorKind::relu6, import_function},
    {OperatorKind::leaky_relu, import_function},
    {OperatorKind::hard_swish, import_function},
    {OperatorKind::softmax, import_softmax},
    {OperatorKind::quantize, import_quantize},
    {OperatorKind::dequantize, import_dequantize},
    {OperatorKind::reshape, import_reshape},
    {OperatorKind::squeeze, import_reshape},
    {OperatorKind::expand_dims, import_reshape},
    {OperatorKind::transpose, import_transpose},
    {OperatorKind::concatenation, import_concatenation},
    {OperatorKind::split, import_split},
    {OperatorKind::strided_slice, import_strided_slice},
    {OperatorKind::slice, import_slice},
    {OperatorKind::shape, import_shape},
    {OperatorKind::pack, import_pack},
    {OperatorKind::resize_nearest_neighbor, import_resize},
    {OperatorKind::resize_bilinear, import_resize},
    {OperatorKind::unidirectional_sequence_lstm, import_lstm},
    {OperatorKind::svdf, import_svdf},
    {OperatorKind::div, import_binary},
    {OperatorKind::squared_difference, import_binary},
    {OperatorKind::maximum, import_binary},
    {OperatorKind::minimum, import_binary},
    {OperatorKind::pow, import_binary},
    {OperatorKind::batch_matmul, import_batch_matmul},
    {OperatorKind::abs, import_number},
    {OperatorKind::neg, import_number},
    {OperatorKind::exp, import_number},
    {OperatorKind::log, import_number},
    {OperatorKind::sqrt, import_number},
    {OperatorKind::rsqrt, import_number},
    {OperatorKind::square, import_number},
    {OperatorKind::ceil, import_number},
    {OperatorKind::floor, import_number},
    {OperatorKind::round, import_number},
    {OperatorKind::sin, import_number},
    {OperatorKind::cos, import_number},
    {OperatorKind::elu, import_number},
    {OperatorKind::gelu, import_number},
    {OperatorKind::log_softmax, import_log_softmax},
    {OperatorKind::prelu, import_prelu},
    {OperatorKind::arg_max, import_arg_max},
    {OperatorKind::arg_min, import_arg_max},
    {OperatorKind::cast, import_cast},
    {OperatorKind::sum, import_reduce},
    {OperatorKind::reduce_max, import_reduce},
    {OperatorKind::reduce_min, import_reduce},
    {OperatorKind::reduce_prod, import_reduce},
    {OperatorKind::split_v, import_split_v},
    {OperatorKind::unpack, import_unpack},
    {OperatorKind::tile, import_tile},
    {OperatorKind::gather, import_gather},
    {OperatorKind::mirror_pad, import_mirror_pad},
    {OperatorKind::transpose_conv, import_transposed_convolution},
    {OperatorKind::l2_normalization, import_l2_normalization},
    {OperatorKind::call_once, import_call_once},
    {OperatorKind::var_handle, import_var_handle},
    {OperatorKind::read_variable, import_read_variable},
    {OperatorKind::assign_variable, import_assign_variable},
    {OperatorKind::densify, import_densify},
};

}  // namespace

ImportFunction import_of(OperatorKind kind) {
  const auto* const found = std::ranges::find(imports, kind, &OperatorImport::kind);
  return found == std::end(imports) ? nullptr : found->import;
}

const char* unsupported(const FileOperator& op) {
  if (op.kind == OperatorKind::while_loop)
    return "is not supported: convert with unroll=True and a fixed batch";
  if (op.kind == OperatorKind::custom && op.name.starts_with("CUSTOM (Flex"))
    return "is not supported, it needs TensorFlow itself: convert with unroll=True and a fixed batch";
  if (op.kind == OperatorKind::space_to_batch_nd || op.kind == OperatorKind::batch_to_space_nd)
    return "is supported around a convolution of stride 1 without padding only";
  return "is not supported";
}

}  // namespace etch::host::tflite

namespace etch::host {

std::vector<std::string> tflite_operators() {
  std::vector<std::string> names = tflite::custom_operators();
  for (const tflite::OperatorImport& entry : tflite::imports)
    if (entry.kind != tflite::OperatorKind::custom)
      names.push_back(tflite::operator_name(static_cast<int>(entry.kind)));
  // `merge_dilations` takes these away before operators are imported.
  for (const auto kind : {tflite::OperatorKind::space_to_batch_nd, tflite::OperatorKind::batch_to_space_nd})
    names.push_back(tflite::operator_name(static_cast<int>(kind)) + " (around a convolution)");
  std::ranges::sort(names);
  return names;
}

ImportedModel import_tflite(std::span<const std::byte> file, const std::string& name) {
  return tflite::Context(tflite::read_file(file, name), name).import();
}

ImportedModel import_tflite(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in && bytes.empty()) throw Error("'" + path.string() + "' cannot be read");
  ImportedModel model = import_tflite(std::as_bytes(std::span(bytes)), path.string());
  model.name = path.stem().string();
  return model;
}

}  // namespace etch::host
