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
    {"Abs", import_function},
    {"Add", import_binary},
    {"And", import_binary},
    {"ArgMax", import_arg},
    {"ArgMin", import_arg},
    {"AveragePool", import_pool},
    {"BatchNormalization", import_batch_normalization},
    {"Cast", import_cast},
    {"Ceil", import_function},
    {"Celu", import_celu},
    {"Clip", import_clip},
    {"Concat", import_concat},
    {"Conv", import_convolution},
    {"ConvTranspose", import_transposed_convolution},
    {"Cos", import_function},
    {"DepthToSpace", import_depth_to_space},
    {"DequantizeLinear", import_dequantize},
    {"Div", import_binary},
    {"Dropout", import_dropout},
    {"Elu", import_elu},
    {"Equal", import_binary},
    {"Erf", import_function},
    {"Exp", import_activation},
    {"Expand", import_expand},
    {"Flatten", import_reshape},
    {"Floor", import_function},
    {"GRU", import_gru},
    {"Gather", import_gather},
    {"Gelu", import_gelu},
    {"Gemm", import_gemm},
    {"GlobalAveragePool", import_global_pool},
    {"GlobalMaxPool", import_global_pool},
    {"Greater", import_binary},
    {"GreaterOrEqual", import_binary},
    {"GroupNormalization", import_instance_normalization},
    {"HardSigmoid", import_hard_sigmoid},
    {"HardSwish", import_activation},
    {"Identity", import_identity},
    {"InstanceNormalization", import_instance_normalization},
    {"IsInf", import_function},
    {"IsNaN", import_function},
    {"LSTM", import_lstm},
    {"LayerNormalization", import_layer_normalization},
    {"LeakyRelu", import_leaky_relu},
    {"Less", import_binary},
    {"LessOrEqual", import_binary},
    {"Log", import_function},
    {"LogSoftmax", import_softmax},
    {"LpNormalization", import_lp_normalization},
    {"MatMul", import_mat_mul},
    {"Max", import_variadic},
    {"MaxPool", import_pool},
    {"Mean", import_variadic},
    {"Min", import_variadic},
    {"Mish", import_activation},
    {"Mul", import_binary},
    {"Neg", import_function},
    {"Not", import_function},
    {"Or", import_binary},
    {"PRelu", import_prelu},
    {"Pad", import_pad},
    {"Pow", import_binary},
    {"QLinearConv", import_qlinear_convolution},
    {"QLinearMatMul", import_qlinear_mat_mul},
    {"QuantizeLinear", import_quantize},
    {"RNN", import_rnn},
    {"Reciprocal", import_function},
    {"ReduceL1", import_reduction},
    {"ReduceL2", import_reduction},
    {"ReduceLogSum", import_reduction},
    {"ReduceLogSumExp", import_reduction},
    {"ReduceMax", import_reduction},
    {"ReduceMean", import_reduction},
    {"ReduceMin", import_reduction},
    {"ReduceProd", import_reduction},
    {"ReduceSum", import_reduction},
    {"ReduceSumSquare", import_reduction},
    {"Relu", import_activation},
    {"Reshape", import_reshape},
    {"Resize", import_resize},
    {"Round", import_function},
    {"Selu", import_selu},
    {"Shape", import_shape},
    {"Sigmoid", import_activation},
    {"Sign", import_function},
    {"Sin", import_function},
    {"Size", import_size},
    {"Slice", import_slice},
    {"Softmax", import_softmax},
    {"Softplus", import_activation},
    {"Softsign", import_activation},
    {"SpaceToDepth", import_space_to_depth},
    {"Split", import_split},
    {"Sqrt", import_function},
    {"Squeeze", import_reshape},
    {"Sub", import_binary},
    {"Sum", import_variadic},
    {"Tanh", import_activation},
    {"ThresholdedRelu", import_thresholded_relu},
    {"Tile", import_tile},
    {"Transpose", import_transpose},
    {"Unsqueeze", import_reshape},
    {"Upsample", import_resize},
    {"Where", import_where},
    {"Xor", import_binary},
    {"Gelu", import_gelu, microsoft},
    {"DequantizeLinear", import_dequantize, microsoft},
    {"QGemm", import_qlinear_gemm, microsoft},
    {"QLinearAdd", import_qlinear_binary, microsoft},
    {"QLinearAveragePool", import_qlinear_pool, microsoft},
    {"QLinearConcat", import_qlinear_concat, microsoft},
    {"QLinearGlobalAveragePool", import_qlinear_pool, microsoft},
    {"QLinearLeakyRelu", import_qlinear_function, microsoft},
    {"QLinearMul", import_qlinear_binary, microsoft},
    {"QLinearSigmoid", import_qlinear_function, microsoft},
    {"QLinearSoftmax", import_qlinear_softmax, microsoft},
    {"QuantizeLinear", import_quantize, microsoft},
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

}  // namespace etch::host
