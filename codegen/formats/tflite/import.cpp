// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/import.hpp>
#include <codegen/formats/tflite/operator_names.hpp>
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/formats/tflite/real_numbers.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace etch::host::tflite {

namespace {

/// Sets of types, as bits.
enum Types : unsigned {
  f32 = 1,
  i8 = 2,
  u8 = 4,
  bytes = i8 | u8,
  i16 = 8,
  i32 = 16,
  quantized = bytes | i16,
  every = f32 | quantized,
  all = every | i32
};

/// An operator, what imports it, and in which types it is read.
struct OperatorImport {
  OperatorKind kind;
  ImportFunction import;
  unsigned types;
};

constexpr OperatorImport imports[]{
    {OperatorKind::conv_2d, import_convolution, every},
    {OperatorKind::depthwise_conv_2d, import_convolution, every},
    {OperatorKind::fully_connected, import_fully_connected, every},
    {OperatorKind::average_pool_2d, import_pool, every},
    {OperatorKind::max_pool_2d, import_pool, every},
    {OperatorKind::mean, import_mean, every},
    {OperatorKind::pad, import_pad, every},
    {OperatorKind::pad_v2, import_pad, every},
    {OperatorKind::add, import_binary, all},
    {OperatorKind::sub, import_binary, all},
    {OperatorKind::mul, import_binary, all},
    {OperatorKind::custom, import_custom, 0},
    {OperatorKind::logistic, import_function, every},
    {OperatorKind::tanh, import_function, every},
    {OperatorKind::relu, import_function, every},
    {OperatorKind::relu6, import_function, every},
    {OperatorKind::leaky_relu, import_function, every},
    {OperatorKind::hard_swish, import_function, f32 | bytes},
    {OperatorKind::softmax, import_softmax, every},
    {OperatorKind::quantize, import_quantize, quantized},
    {OperatorKind::dequantize, import_dequantize, every},
    {OperatorKind::reshape, import_reshape, all},
    {OperatorKind::squeeze, import_reshape, all},
    {OperatorKind::expand_dims, import_reshape, all},
    {OperatorKind::transpose, import_transpose, every},
    {OperatorKind::concatenation, import_concatenation, every},
    {OperatorKind::split, import_split, all},
    {OperatorKind::strided_slice, import_strided_slice, all},
    {OperatorKind::slice, import_slice, all},
    {OperatorKind::shape, import_shape, all},
    {OperatorKind::pack, import_pack, all},
    {OperatorKind::resize_nearest_neighbor, import_resize, every},
    {OperatorKind::resize_bilinear, import_resize, every},
    {OperatorKind::unidirectional_sequence_lstm, import_lstm, f32 | bytes},
    {OperatorKind::svdf, import_svdf, f32 | bytes},
    {OperatorKind::div, import_binary, f32 | bytes | i32},
    {OperatorKind::squared_difference, import_binary, every},
    {OperatorKind::maximum, import_binary, all},
    {OperatorKind::minimum, import_binary, all},
    {OperatorKind::pow, import_binary, f32},
    {OperatorKind::batch_matmul, import_batch_matmul, every},
    {OperatorKind::abs, import_number, every},
    {OperatorKind::neg, import_number, f32},
    {OperatorKind::exp, import_number, f32 | bytes},
    {OperatorKind::log, import_number, f32 | bytes},
    {OperatorKind::sqrt, import_number, f32 | bytes},
    {OperatorKind::rsqrt, import_number, every},
    {OperatorKind::square, import_number, f32},
    {OperatorKind::ceil, import_number, f32},
    {OperatorKind::floor, import_number, f32},
    {OperatorKind::round, import_number, f32},
    {OperatorKind::sin, import_number, f32},
    {OperatorKind::cos, import_number, f32},
    {OperatorKind::elu, import_number, f32 | bytes},
    {OperatorKind::gelu, import_number, f32},
    {OperatorKind::log_softmax, import_log_softmax, f32 | i8},
    {OperatorKind::prelu, import_prelu, every},
    {OperatorKind::arg_max, import_arg_max, every},
    {OperatorKind::arg_min, import_arg_max, every},
    {OperatorKind::cast, import_cast, u8 | i32},
    {OperatorKind::sum, import_reduce, every},
    {OperatorKind::reduce_max, import_reduce, every},
    {OperatorKind::reduce_min, import_reduce, every},
    {OperatorKind::reduce_prod, import_reduce, f32},
    {OperatorKind::split_v, import_split_v, all},
    {OperatorKind::unpack, import_unpack, every},
    {OperatorKind::tile, import_tile, every},
    {OperatorKind::gather, import_gather, every},
    {OperatorKind::mirror_pad, import_mirror_pad, every},
    {OperatorKind::transpose_conv, import_transposed_convolution, every},
    {OperatorKind::l2_normalization, import_l2_normalization, f32 | i8},
    {OperatorKind::call_once, import_call_once, every},
    {OperatorKind::var_handle, import_var_handle, every},
    {OperatorKind::read_variable, import_read_variable, every},
    {OperatorKind::assign_variable, import_assign_variable, every},
    {OperatorKind::densify, import_densify, f32 | i8},
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

std::string tflite_types(const std::string& name) {
  const std::string op = name.substr(0, name.find(' '));
  if (std::string custom = tflite::custom_type(op); !custom.empty()) return custom;
  unsigned types = tflite::every;  // of what `merge_dilations` takes away
  for (const tflite::OperatorImport& entry : tflite::imports)
    if (tflite::operator_name(static_cast<int>(entry.kind)) == op) types = entry.types;
  std::string text;
  const char* const names[]{"float32", "int8", "uint8", "int16", "int32"};
  for (unsigned i = 0; i < std::size(names); ++i)
    if ((types >> i & 1U) != 0) text += (text.empty() ? "" : " ") + std::string(names[i]);
  return text;
}

ImportedModel import_tflite(std::span<const std::byte> file, const std::string& name) {
  return tflite::Context(tflite::read_file(file, name), name).import();
}

ImportedModel import_declared_tflite(std::span<const std::byte> file, const std::string& name) {
  tflite::File real = tflite::read_file(file, name);
  const auto made_real = tflite::make_real(real);
  if (!made_real) return import_tflite(file, name);
  try {
    ImportedModel model = tflite::Context(std::move(real), name).import();
    model.widened = *made_real;
    return model;
  } catch (const Error&) {
    return import_tflite(file, name);  // an operator that is read of whole numbers alone
  }
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
