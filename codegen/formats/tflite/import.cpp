// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/import.hpp>
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
    {OperatorKind::div, import_word_binary},
    {OperatorKind::maximum, import_word_binary},
    {OperatorKind::minimum, import_word_binary},
    {OperatorKind::cast, import_integer_cast},
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
};

}  // namespace

ImportFunction import_of(OperatorKind kind) {
  const auto* const found = std::ranges::find(imports, kind, &OperatorImport::kind);
  return found == std::end(imports) ? nullptr : found->import;
}

}  // namespace etch::host::tflite

namespace etch::host {

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
