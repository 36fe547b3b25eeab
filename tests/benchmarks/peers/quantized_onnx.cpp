// SPDX-License-Identifier: BSL-1.0
#include "tests/benchmarks/peers/quantized_onnx.hpp"

#include <codegen/formats/onnx/file.hpp>
#include <codegen/formats/onnx/graph_writer.hpp>
#include <codegen/formats/tflite/reader.hpp>

#include <algorithm>
#include <cstring>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <string>
#include <utility>

namespace peers {

namespace {

using namespace etch::host;
using onnx::Array;
using onnx::array_of;
using onnx::DataType;
using onnx::FileAttribute;
using onnx::integers_attribute;
using tflite::FileOperator;
using tflite::FileTensor;
using tflite::FusedActivation;
using tflite::OperatorKind;
using Whole = std::vector<std::int64_t>;

Whole dims_of(const FileTensor& tensor) { return {tensor.shape.begin(), tensor.shape.end()}; }

template <class T>
Whole whole_numbers(const FileTensor& tensor) {
  std::vector<T> numbers(tensor.data.size() / sizeof(T));
  std::memcpy(numbers.data(), tensor.data.data(), tensor.data.size());
  return {numbers.begin(), numbers.end()};
}

/// What stands before and after an axis so that there is a result for each stride, as TensorFlow's SAME.
std::pair<int, int> border(int in, int out, int stride, int taps) {
  const int all = std::max((out - 1) * stride + taps - in, 0);
  return {all / 2, all - all / 2};
}

class Writer {
 public:
  Writer(const tflite::File& file, bool unsigned_data) : in_(file), unsigned_(unsigned_data) {}

  onnx::File write() {
    out_.ir_version = 8;
    out_.opsets[""] = 13;
    const FileTensor& first = tensor(in_.inputs[0]);
    out_.inputs.push_back({"input", true, true, data_type(), dims_of(first)});
    values_.resize(in_.tensors.size());
    std::string x = node("Transpose", {dequantized("input", first)},
                         {integers_attribute("perm", {0, 3, 1, 2})});  // channels first from here on
    values_[index(in_.inputs[0])] = stored(x, first);
    for (const FileOperator& op : in_.operators) values_[index(op.outputs[0])] = result_of(op);
    const FileTensor& last = tensor(in_.outputs[0]);
    node("Identity", {values_[index(in_.outputs[0])]}, {}, "output");
    out_.outputs.push_back({"output", true, true, DataType::float32, dims_of(last)});
    return std::move(out_);
  }

 private:
  static std::size_t index(int i) { return static_cast<std::size_t>(i); }
  const FileTensor& tensor(int i) const { return in_.tensors[index(i)]; }
  DataType data_type() const { return unsigned_ ? DataType::uint8 : DataType::int8; }
  std::string name() { return "v" + std::to_string(names_++); }

  std::string node(const char* op, std::vector<std::string> inputs, std::vector<FileAttribute> attributes,
                   std::string result = "") {
    if (result.empty()) result = name();
    out_.nodes.push_back({result, op, "", 13, std::move(inputs), {result}, std::move(attributes)});
    return result;
  }
  std::string constant(Array array) {
    out_.initializers.emplace_back(name(), std::move(array));
    return out_.initializers.back().first;
  }

  std::vector<std::string> with_quantization(const std::string& x, const FileTensor& t) {
    const std::int64_t zero = t.zero_point(0) + (unsigned_ ? 128 : 0);
    return {x, constant(array_of(std::vector<double>{static_cast<double>(t.scale(0))}, {})),
            constant(array_of(Whole{zero}, {}, data_type()))};
  }
  std::string dequantized(const std::string& x, const FileTensor& t) {
    return node("DequantizeLinear", with_quantization(x, t), {});
  }
  /// As numbers of 8 bits, and from these again.
  std::string stored(const std::string& x, const FileTensor& t) {
    return dequantized(node("QuantizeLinear", with_quantization(x, t), {}), t);
  }

  /// Weights or biases with their scales, one or one an output.
  std::string weights(const FileTensor& t, const Array& numbers) {
    const int count = t.scale_count();
    std::vector<double> scales;
    for (int k = 0; k < count; ++k) scales.push_back(static_cast<double>(t.scale(k)));
    const onnx::Dims dims = count > 1 ? onnx::Dims{count} : onnx::Dims{};
    const std::string zeros = constant(array_of(Whole(index(count)), dims, numbers.type));
    return node("DequantizeLinear", {constant(numbers), constant(array_of(scales, dims)), zeros},
                {onnx::integer_attribute("axis", 0)});
  }
  std::string kernel(const FileTensor& t) {
    const Array numbers = array_of(whole_numbers<std::int8_t>(t), dims_of(t), DataType::int8);
    return weights(t, t.shape.size() == 4 ? onnx::transposed(numbers, {0, 3, 1, 2}) : numbers);
  }
  std::string biases(const FileTensor& t) {
    return weights(t, array_of(whole_numbers<std::int32_t>(t), dims_of(t), DataType::int32));
  }

  std::string convolution(const FileOperator& op) {
    const FileTensor &x = tensor(op.inputs[0]), &w = tensor(op.inputs[1]), &y = tensor(op.outputs[0]);
    const auto& o = op.options;
    Whole pads(4);
    if (o.same_padding) {
      const auto rows = border(x.shape[1], y.shape[1], o.stride_height, w.shape[1]);
      const auto columns = border(x.shape[2], y.shape[2], o.stride_width, w.shape[2]);
      pads = {rows.first, columns.first, rows.second, columns.second};
    }
    return node(
        "Conv", {value(op, 0), kernel(w), biases(tensor(op.inputs[2]))},
        {integers_attribute("kernel_shape", {w.shape[1], w.shape[2]}),
         integers_attribute("strides", {o.stride_height, o.stride_width}), integers_attribute("pads", pads)});
  }
  std::string value(const FileOperator& op, std::size_t k) const { return values_[index(op.inputs[k])]; }

  /// The same numbers in the same order: the images that are reshaped here have one place.
  std::string reshaped(const FileOperator& op) {
    const FileTensor &x = tensor(op.inputs[0]), &y = tensor(op.outputs[0]);
    if (x.shape.size() != 4 || x.shape[1] * x.shape[2] != 1) refuse(op);
    return node("Reshape", {value(op, 0), constant(array_of(dims_of(y), {std::ssize(y.shape)}))}, {});
  }

  [[noreturn]] static void refuse(const FileOperator& op) {
    throw etch::Error(op.name + " is not made ONNX of for peers_benchmark in this form");
  }

  std::string result_of(const FileOperator& op) {
    const auto& o = op.options;
    std::string y;
    if (op.kind == OperatorKind::conv_2d)
      y = convolution(op);
    else if (op.kind == OperatorKind::add)
      y = node("Add", {value(op, 0), value(op, 1)}, {});
    else if (op.kind == OperatorKind::average_pool_2d && !o.same_padding)
      y = node("AveragePool", {value(op, 0)},
               {integers_attribute("kernel_shape", {o.filter_height, o.filter_width}),
                integers_attribute("strides", {o.stride_height, o.stride_width})});
    else if (op.kind == OperatorKind::reshape)
      y = reshaped(op);
    else if (op.kind == OperatorKind::fully_connected)
      y = node("Gemm", {value(op, 0), kernel(tensor(op.inputs[1])), biases(tensor(op.inputs[2]))},
               {onnx::integer_attribute("transB", 1)});
    else if (op.kind == OperatorKind::softmax)
      y = node("Softmax", {value(op, 0)}, {onnx::integer_attribute("axis", -1)});
    else
      refuse(op);
    if (o.activation == FusedActivation::relu)
      y = node("Relu", {y}, {});
    else if (o.activation != FusedActivation::none)
      refuse(op);
    return stored(y, tensor(op.outputs[0]));
  }

  const tflite::File& in_;
  bool unsigned_;
  onnx::File out_;
  std::vector<std::string> values_;
  int names_ = 0;
};

}  // namespace

std::vector<std::byte> quantized_onnx(const std::filesystem::path& tflite, bool unsigned_data) {
  const std::vector<std::uint8_t> bytes = read_file(tflite);
  const tflite::File file = tflite::read_file(std::as_bytes(std::span(bytes)), tflite.string());
  return onnx::bytes_of(Writer(file, unsigned_data).write(), "resnet");
}

}  // namespace peers
