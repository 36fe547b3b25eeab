// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/biases.hpp>
#include <codegen/formats/onnx/import.hpp>
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/real_values.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>

namespace etch::host::onnx {

namespace {

constexpr const char* microsoft = "com.microsoft";

constexpr OperatorImport imports[]{
    {"Abs", import_function, every},
    {"Add", import_binary, every},
    {"And", import_binary, truth},
    {"ArgMax", import_arg},
    {"ArgMin", import_arg},
    {"AveragePool", import_pool, every},
    {"BatchNormalization", import_batch_normalization},
    {"Cast", import_cast, every | i32},
    {"Ceil", import_function, every},
    {"Celu", import_celu, every},
    {"Clip", import_clip, every},
    {"Concat", import_concat, every},
    {"Conv", import_convolution, every},
    {"ConvTranspose", import_transposed_convolution},
    {"Cos", import_function, every},
    {"DepthToSpace", import_depth_to_space, every},
    {"DequantizeLinear", import_dequantize, bytes},
    {"Div", import_binary},
    {"Dropout", import_dropout, every},
    {"Elu", import_elu, every},
    {"Equal", import_binary},
    {"Erf", import_function, every},
    {"Exp", import_activation, every},
    {"Expand", import_expand, every},
    {"Flatten", import_reshape, every},
    {"Floor", import_function, every},
    {"GRU", import_gru},
    {"Gather", import_gather, every},
    {"Gelu", import_gelu, every},
    {"Gemm", import_gemm, every},
    {"GlobalAveragePool", import_global_pool, every},
    {"GlobalMaxPool", import_global_pool, every},
    {"Greater", import_binary},
    {"GreaterOrEqual", import_binary},
    {"GroupNormalization", import_instance_normalization},
    {"HardSigmoid", import_hard_sigmoid, every},
    {"HardSwish", import_activation, every},
    {"Identity", import_identity, every},
    {"InstanceNormalization", import_instance_normalization},
    {"IsInf", import_function, every},
    {"IsNaN", import_function, every},
    {"LSTM", import_lstm},
    {"LayerNormalization", import_layer_normalization},
    {"LeakyRelu", import_leaky_relu, every},
    {"Less", import_binary},
    {"LessOrEqual", import_binary},
    {"Log", import_function, every},
    {"LogSoftmax", import_softmax},
    {"LpNormalization", import_lp_normalization},
    {"MatMul", import_mat_mul, every},
    {"Max", import_variadic},
    {"MaxPool", import_pool, every},
    {"Mean", import_variadic},
    {"Min", import_variadic},
    {"Mish", import_activation, every},
    {"Mul", import_binary, every},
    {"Neg", import_function, every},
    {"Not", import_function, truth},
    {"Or", import_binary, truth},
    {"PRelu", import_prelu},
    {"Pad", import_pad, every},
    {"Pow", import_binary},
    {"QLinearConv", import_qlinear_convolution, bytes},
    {"QLinearMatMul", import_qlinear_mat_mul, bytes},
    {"QuantizeLinear", import_quantize, bytes},
    {"RNN", import_rnn},
    {"Reciprocal", import_function, every},
    {"ReduceL1", import_reduction},
    {"ReduceL2", import_reduction},
    {"ReduceLogSum", import_reduction},
    {"ReduceLogSumExp", import_reduction},
    {"ReduceMax", import_reduction},
    {"ReduceMean", import_reduction, every},
    {"ReduceMin", import_reduction},
    {"ReduceProd", import_reduction},
    {"ReduceSum", import_reduction},
    {"ReduceSumSquare", import_reduction},
    {"Relu", import_activation, every},
    {"Reshape", import_reshape, every},
    {"Resize", import_resize, every},
    {"Round", import_function, every},
    {"Selu", import_selu, every},
    {"Shape", import_shape, every},
    {"Sigmoid", import_activation, every},
    {"Sign", import_function, every},
    {"Sin", import_function, every},
    {"Size", import_size, every},
    {"Slice", import_slice, every},
    {"Softmax", import_softmax, every},
    {"Softplus", import_activation, every},
    {"Softsign", import_activation, every},
    {"SpaceToDepth", import_space_to_depth, every},
    {"Split", import_split, every},
    {"Sqrt", import_function, every},
    {"Squeeze", import_reshape, every},
    {"Sub", import_binary, every},
    {"Sum", import_variadic, every},
    {"Tanh", import_activation, every},
    {"ThresholdedRelu", import_thresholded_relu, every},
    {"Tile", import_tile, every},
    {"Transpose", import_transpose, every},
    {"Unsqueeze", import_reshape, every},
    {"Upsample", import_resize, every},
    {"Where", import_where},
    {"Xor", import_binary, truth},
    {"Gelu", import_gelu, every, microsoft},
    {"DequantizeLinear", import_dequantize, bytes, microsoft},
    {"QGemm", import_qlinear_gemm, bytes, microsoft},
    {"QLinearAdd", import_qlinear_binary, bytes, microsoft},
    {"QLinearAveragePool", import_qlinear_pool, bytes, microsoft},
    {"QLinearConcat", import_qlinear_concat, bytes, microsoft},
    {"QLinearGlobalAveragePool", import_qlinear_pool, bytes, microsoft},
    {"QLinearLeakyRelu", import_qlinear_function, bytes, microsoft},
    {"QLinearMul", import_qlinear_binary, bytes, microsoft},
    {"QLinearSigmoid", import_qlinear_function, bytes, microsoft},
    {"QLinearSoftmax", import_qlinear_softmax, bytes, microsoft},
    {"QuantizeLinear", import_quantize, bytes, microsoft},
};

}  // namespace

std::span<const OperatorImport> operator_imports() { return imports; }

ImportFunction import_of(const FileNode& node) {
  for (const OperatorImport& entry : imports)
    if (node.op == entry.op && node.domain == entry.domain) return entry.import;
  return nullptr;
}

namespace {

/// What models of PyTorch and of other exporters come in; older and newer ones mean other things.
constexpr int lowest_opset = 6, highest_opset = 22;

void check_versions(const File& file, const std::string& name) {
  const auto set = file.opsets.find("");
  const auto refuse = [&](const std::string& why) { throw Error("'" + name + "': " + why); };
  if (file.nodes.empty()) refuse("has no operators: it is no model of ONNX, or an empty one");
  if (set == file.opsets.end()) refuse("names no opset of ONNX: it is damaged, or of before ONNX 1.0");
  if (set->second < lowest_opset || set->second > highest_opset)
    refuse("is of opset " + std::to_string(set->second) +
           "; those from 6 to 22 are read: export it with opset_version=17");
}

/// Inputs of images and series, which may lie channels last: [batch, channels, ...].
std::vector<std::string> spatial_inputs(const File& file) {
  std::set<std::string> constants;
  for (const auto& [name, array] : file.initializers) constants.insert(name);
  std::vector<std::string> names;
  for (const FileEnd& end : file.inputs)
    if (!constants.contains(end.name) && end.dims.size() >= 3) names.push_back(end.name);
  return names;
}

}  // namespace

}  // namespace etch::host::onnx

namespace etch::host {

namespace {

onnx::File checked_file(std::span<const std::byte> bytes, const std::string& name) {
  onnx::File file = onnx::read_file(bytes, name);
  onnx::check_versions(file, name);
  onnx::inline_functions(file, name);
  return file;
}

onnx::OnnxModel imported(const onnx::File& file, const std::string& name, const onnx::Choices& choices) {
  using namespace onnx;
  OnnxModel best = Context(file, name, choices).import();
  // An input is put channels last where fewer numbers are moved about then: one after another, until none
  // changes anything.
  Choices tried = choices;
  for (const std::string& input : spatial_inputs(file)) {
    if (best.moves == 0) break;
    if (choices.constants.contains(input)) continue;
    tried.channels_last.insert(input);
    OnnxModel other = Context(file, name, tried).import();
    if (other.moves < best.moves)
      best = std::move(other);
    else
      tried.channels_last.erase(input);
  }
  best.model = with_biases(std::move(best.model));
  best.model.notes = notes_of(best);
  return best;
}

/// Names of a file are text of strangers, which ends up in terminals.
std::string printable(std::string text) {
  for (char& letter : text)
    if (static_cast<unsigned char>(letter) < 32 || letter == 127) letter = '?';
  return text;
}

}  // namespace

onnx::OnnxModel import_onnx(std::span<const std::byte> bytes, const std::string& name,
                            const onnx::Choices& choices) {
  try {
    return imported(checked_file(bytes, name), name, choices);
  } catch (const Error& error) {
    throw Error(printable(error.what()));
  }
}

ImportedModel import_declared_onnx(std::span<const std::byte> bytes, const std::string& name) {
  try {
    onnx::File file = checked_file(bytes, name);
    const bool made_real = onnx::make_values_real(file);
    ImportedModel model = std::move(imported(file, name, {}).model);
    for (std::size_t p = 0; made_real && p < model.parameters.size(); ++p) {
      const auto bytes_of_it = static_cast<long long>(model.parameters[p].size());
      model.widened.real_bytes += bytes_of_it;
      model.widened.stored_bytes += bytes_of_it / 4;
    }
    model.notes.clear();  // the declaration shows how its inputs lie
    return model;
  } catch (const Error&) {
    return std::move(import_onnx(bytes, name).model);
  }
}

std::vector<std::string> onnx_operators() {
  std::vector<std::string> names;
  for (const onnx::OperatorImport& entry : onnx::operator_imports())
    names.push_back((*entry.domain ? std::string(entry.domain) + "." : "") + entry.op);
  for (const std::string& name : onnx::folded_operators())
    if (std::ranges::find(names, name) == names.end()) names.push_back(name + " (of constants)");
  std::ranges::sort(names);
  return names;
}

std::string onnx_types(const std::string& name) {
  unsigned types = onnx::every;  // of constants
  for (const onnx::OperatorImport& entry : onnx::operator_imports())
    if ((*entry.domain ? std::string(entry.domain) + "." : "") + entry.op == name) types = entry.types;
  std::string text;
  const char* const names[]{"float32", "int8", "uint8", "bool", "int32"};
  for (unsigned i = 0; i < std::size(names); ++i)
    if ((types >> i & 1U) != 0) text += (text.empty() ? "" : " ") + std::string(names[i]);
  return text;
}

}  // namespace etch::host
