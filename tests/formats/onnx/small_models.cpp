// SPDX-License-Identifier: BSL-1.0
#include <etch/ops/op_list.hpp>
#include <tests/formats/onnx/small_models.hpp>

#include <algorithm>

namespace etch::test {

namespace {

using host::onnx::array_of;

/// Numbers between -1 and 1 that repeat late.
std::vector<double> some(std::int64_t count) {
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < count; ++i)
    numbers.push_back(static_cast<double>((i * 29 + 7) % 41 - 20) / 20);
  return numbers;
}

/// How the numbers of files are quantized here: inputs and results from -4 on, in steps of 1/32.
struct Stored {
  DataType type;
  std::int64_t zero() const { return type == DataType::uint8 ? 128 : 0; }

  /// A scale and a zero point, `name`s and `name`z.
  OnnxWriter& quantization(OnnxWriter& w, const std::string& name, double scale) const {
    w.floats(name + "s", {scale}, {});
    return w.constant(name + "z", array_of(std::vector{zero()}, {}, type));
  }
  /// `to` is what `from` gives as whole numbers.
  void pair(OnnxWriter& w, const std::string& from, const std::string& to) const {
    quantization(w, to, 1.0 / 32);
    w.node("QuantizeLinear", {from, to + "s", to + "z"}, {to + "q"});
    w.node("DequantizeLinear", {to + "q", to + "s", to + "z"}, {to});
  }
  /// Weights have no zero point.
  static void weights(OnnxWriter& w, const std::string& name, const std::string& to) {
    w.floats(to + "s", {1.0 / 64}, {});
    w.constant(to + "z", array_of(std::vector<std::int64_t>{0}, {}, DataType::int8));
    w.node("QuantizeLinear", {name, to + "s", to + "z"}, {to + "q"});
    w.node("DequantizeLinear", {to + "q", to + "s", to + "z"}, {to});
  }
};

class Corpus {
 public:
  explicit Corpus(DataType type) : type_(type) {}
  std::vector<SmallOnnx> take() { return std::move(models_); }
  bool whole() const { return type_ != DataType::float32; }

  /// `x` [..] -> y, with more inputs that were written before. Where numbers are to be whole, real inputs,
  /// the weights `w` and the results are quantized around the operator.
  void add(const std::string& op, OnnxWriter w, std::vector<std::string> inputs,
           const OnnxAttributes& attributes = {}, const std::string& domain = "",
           std::vector<std::string> outputs = {"y"}) {
    const auto real = [&](const std::string& input) { return w.type_of(input) == DataType::float32; };
    const DataType type = std::ranges::any_of(inputs, real) ? type_ : w.type_of(inputs[0]);
    const std::vector<std::string> results = outputs;
    if (whole()) {
      quantize(w, inputs);
      for (std::string& output : outputs)
        if (!output.empty()) output += "_";
    }
    w.node(op, inputs, outputs, attributes, domain);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i] != results[i]) Stored{type_}.pair(w, outputs[i], results[i]);
    add_as_is(op, std::move(w), type, domain);
  }
  void add_as_is(const std::string& op, OnnxWriter w, DataType type, const std::string& domain = "") {
    w.output("y");
    models_.push_back({op, domain, type, w.bytes()});
  }
  void name_last(const std::string& op) { models_.back().op = op; }

 private:
  void quantize(OnnxWriter& w, std::vector<std::string>& inputs) const {
    for (std::string& input : inputs) {
      if (w.is_real_input(input))
        Stored{type_}.pair(w, input, input + "_");
      else if (input == "w")
        Stored::weights(w, input, input + "_");
      else
        continue;
      input += "_";
    }
  }

  DataType type_;
  std::vector<SmallOnnx> models_;
};

OnnxWriter image(int opset = 17) { return std::move(OnnxWriter(opset).input("x", {1, 2, 5, 4})); }
OnnxWriter matrix(int opset = 17) { return std::move(OnnxWriter(opset).input("x", {2, 6})); }

void add_functions(Corpus& c) {
  for (const char* op : {"Abs",
                         "Ceil",
                         "Cos",
                         "Erf",
                         "Exp",
                         "Floor",
                         "Log",
                         "Neg",
                         "Reciprocal",
                         "Round",
                         "Sign",
                         "Sin",
                         "Sqrt",
                         "Relu",
                         "Sigmoid",
                         "Softplus",
                         "Softsign",
                         "Tanh",
                         "Elu",
                         "Celu",
                         "Selu",
                         "LeakyRelu",
                         "ThresholdedRelu",
                         "HardSigmoid",
                         "HardSwish",
                         "Identity",
                         "Softmax",
                         "LogSoftmax"})
    c.add(op, matrix(), {"x"});
  for (const char* op : {"IsInf", "IsNaN"}) c.add(op, matrix(), {"x"});
  c.add("Mish", matrix(18), {"x"});
  c.add("Gelu", matrix(20), {"x"}, {{"approximate", "tanh"}});
  c.add("Gelu", matrix(), {"x"}, {}, "com.microsoft");
  c.add("Not", std::move(OnnxWriter().input("x", {2, 3}, DataType::boolean)), {"x"});
  c.add("Clip", std::move(matrix().floats("low", {-0.5}, {}).floats("high", {0.25}, {})),
        {"x", "low", "high"});
  c.add("PRelu", std::move(image().floats("slope", some(2), {2, 1, 1})), {"x", "slope"});
  c.add("Cast", std::move(OnnxWriter().input("x", {4}, DataType::int32)), {"x"}, {{"to", 1}});
  c.add("Cast", matrix(), {"x"}, {{"to", 1}});
  c.add("Dropout", matrix(), {"x"});
}

void add_pairs(Corpus& c) {
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mean", "Equal", "Less",
                         "LessOrEqual", "Greater", "GreaterOrEqual"}) {
    c.add(op, std::move(matrix().input("b", {6})), {"x", "b"});
    c.add(op, std::move(image().floats("b", some(2), {2, 1, 1})), {"x", "b"});
  }
  c.add("Sub", std::move(matrix().floats("b", some(6), {6})), {"b", "x"});
  for (const char* op : {"And", "Or", "Xor"})
    c.add(op,
          std::move(OnnxWriter().input("x", {2, 3}, DataType::boolean).input("b", {3}, DataType::boolean)),
          {"x", "b"});
  c.add(
      "Where",
      std::move(OnnxWriter().input("w", {3}, DataType::boolean).input("x", {2, 3}).floats("b", some(3), {3})),
      {"w", "x", "b"});
  c.add("Gemm", std::move(matrix().floats("w", some(18), {3, 6}).floats("b", some(3), {3})), {"x", "w", "b"},
        {{"transB", 1}, {"alpha", 0.5f}});
  c.add("Gemm", std::move(matrix().floats("w", some(18), {6, 3}).floats("b", some(3), {3})), {"x", "w", "b"});
  c.add("MatMul", std::move(matrix().floats("w", some(18), {6, 3})), {"x", "w"});
  c.add("MatMul", std::move(matrix().input("b", {6, 2})), {"x", "b"});
}

void add_windows(Corpus& c) {
  c.add("Conv", std::move(image().floats("w", some(54), {3, 2, 3, 3}).floats("b", some(3), {3})),
        {"x", "w", "b"}, {{"pads", {1, 0, 2, 1}}, {"strides", {2, 1}}});
  c.add("Conv", std::move(OnnxWriter().input("x", {-1, 2, 3, 4, 4}).floats("w", some(48), {3, 2, 2, 2, 2})),
        {"x", "w"});
  c.add("ConvTranspose", std::move(image().floats("w", some(54), {2, 3, 3, 3})), {"x", "w"},
        {{"strides", {2, 2}}});
  for (const char* op : {"AveragePool", "MaxPool"})
    c.add(op, image(), {"x"}, {{"kernel_shape", {2, 3}}, {"pads", {1, 1, 0, 1}}, {"ceil_mode", 1}});
  c.add("MaxPool", image(), {"x"}, {{"kernel_shape", {2, 2}}, {"dilations", {2, 2}}});
  c.add("AveragePool", image(), {"x"},
        {{"kernel_shape", {2, 2}}, {"auto_pad", "SAME_LOWER"}, {"count_include_pad", 1}});
  for (const char* op : {"GlobalAveragePool", "GlobalMaxPool"}) c.add(op, image(), {"x"});
  const auto norm = [](OnnxWriter w) {
    return std::move(w.floats("s", {1, 2}, {2})
                         .floats("b", {0, 1}, {2})
                         .floats("m", {0.5, 0}, {2})
                         .floats("v", {1, 4}, {2}));
  };
  c.add("BatchNormalization", norm(image()), {"x", "s", "b", "m", "v"});
  c.add("InstanceNormalization", norm(image()), {"x", "s", "b"});
  c.add("GroupNormalization", norm(image(18)), {"x", "s", "b"}, {{"num_groups", 2}});
  c.add("LayerNormalization", std::move(matrix().floats("s", some(6), {6}).floats("b", some(6), {6})),
        {"x", "s", "b"});
  c.add("LpNormalization", matrix(), {"x"}, {{"axis", -1}, {"p", 2}});
  c.add("Resize", std::move(image().floats("scales", {1, 1, 2, 1.5}, {4})), {"x", "", "scales"},
        {{"mode", "linear"}});
  c.add("Resize", std::move(image().integers("sizes", {1, 2, 3, 7})), {"x", "", "", "sizes"});
  c.add("Upsample", std::move(image(9).floats("scales", {1, 1, 2, 2}, {4})), {"x", "scales"});
}

void add_reductions(Corpus& c) {
  for (const char* op : {"ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
                         "ReduceMin", "ReduceProd", "ReduceSumSquare"})
    c.add(op, image(), {"x"}, {{"axes", {1, 3}}, {"keepdims", 0}});
  c.add("ReduceSum", std::move(image().integers("axes", {2})), {"x", "axes"});
  for (const char* op : {"ArgMax", "ArgMin"}) c.add(op, image(), {"x"}, {{"axis", 1}});
}

void add_moves(Corpus& c) {
  c.add("Reshape", std::move(image().integers("s", {0, -1})), {"x", "s"});
  c.add("Flatten", image(), {"x"});
  c.add("Squeeze", std::move(image().integers("a", {0})), {"x", "a"});
  c.add("Unsqueeze", std::move(image().integers("a", {1})), {"x", "a"});
  c.add("Transpose", image(), {"x"}, {{"perm", {0, 2, 3, 1}}});
  c.add("Expand", std::move(matrix().integers("s", {3, 1, 1})), {"x", "s"});
  c.add("Tile", std::move(matrix().integers("s", {2, 2})), {"x", "s"});
  c.add("DepthToSpace", std::move(OnnxWriter().input("x", {1, 8, 2, 3})), {"x"},
        {{"blocksize", 2}, {"mode", "CRD"}});
  c.add("SpaceToDepth", std::move(OnnxWriter().input("x", {1, 2, 4, 6})), {"x"}, {{"blocksize", 2}});
  c.add("Concat", std::move(image().input("b", {1, 3, 5, 4})), {"x", "b"}, {{"axis", 1}});
  c.add("Split", std::move(image().integers("s", {2, 3})), {"x", "s"}, {{"axis", 2}}, "", {"y", "z"});
  c.add("Slice",
        std::move(
            image().integers("f", {4, 1}).integers("l", {0, 3}).integers("a", {2, 3}).integers("s", {-2, 1})),
        {"x", "f", "l", "a", "s"});
  c.add("Gather", std::move(image().integers("i", {2, 0, 2})), {"x", "i"}, {{"axis", 2}});
  c.add("Gather", std::move(OnnxWriter().input("i", {3}, DataType::int64).floats("t", some(8), {4, 2})),
        {"t", "i"});
  for (const char* mode : {"constant", "reflect", "edge"})
    c.add("Pad", std::move(image().integers("p", {0, 0, 1, 2, 0, 0, 2, 1})), {"x", "p"}, {{"mode", mode}});
  // What becomes a constant, and what is computed from it.
  for (const char* op : {"Shape", "Size"}) {
    OnnxWriter w = matrix();
    w.integers("at", {-1}).node(op, {"x"}, {"n"}).node("Cast", {"n"}, {"f"}, {{"to", 1}});
    if (std::string(op) == "Shape") w.node("Gather", {"f", "at"}, {"g"});
    c.add("Mul", w, {"x", op == std::string("Shape") ? "g" : "f"});
    c.name_last(op);
  }
}

void add_recurrent(Corpus& c) {
  const auto cell = [](std::int64_t gates, std::int64_t directions) {
    OnnxWriter w;
    w.input("x", {5, 2, 3}).floats("w", some(directions * gates * 4 * 3), {directions, gates * 4, 3});
    w.floats("r", some(directions * gates * 16), {directions, gates * 4, 4});
    return std::move(w.floats("b", some(directions * gates * 8), {directions, gates * 8}));
  };
  c.add("LSTM", cell(4, 2), {"x", "w", "r", "b"}, {{"hidden_size", 4}, {"direction", "bidirectional"}});
  c.add("GRU", cell(3, 1), {"x", "w", "r", "b"}, {{"hidden_size", 4}, {"linear_before_reset", 1}}, "",
        {"", "y"});
  c.add("RNN", cell(1, 1), {"x", "w", "r", "b"}, {{"hidden_size", 4}, {"direction", "reverse"}});
}

/// What is computed from constants alone, times the input.
void add_constants(Corpus& c) {
  const auto times = [&](const std::string& op, OnnxWriter w) {
    c.add("Mul", std::move(w), {"x", "c"});
    c.name_last(op);
  };
  const host::onnx::Array numbers = array_of(some(6), {6});
  times("Constant", std::move(matrix().node("Constant", {}, {"c"}, {{"value", numbers}})));
  times("ConstantOfShape",
        std::move(matrix().integers("n", {6}).node("ConstantOfShape", {"n"}, {"c"},
                                                   {{"value", array_of(std::vector{0.5}, {1})}})));
  times("Mod", std::move(matrix()
                             .integers("a", {7, 8, 9, 10, 11, 12})
                             .integers("b", {4})
                             .node("Mod", {"a", "b"}, {"m"})
                             .node("Cast", {"m"}, {"c"}, {{"to", 1}})));
  times("Range", std::move(matrix()
                               .floats("a", {0}, {})
                               .floats("b", {3}, {})
                               .floats("d", {0.5}, {})
                               .node("Range", {"a", "b", "d"}, {"c"})));
}

OnnxWriter stored_image(const Stored& as) {
  OnnxWriter w;
  w.input("x", {1, 2, 5, 4}, as.type);
  as.quantization(w, "x", 0.02);
  as.quantization(w, "y", 0.05);
  return w;
}

host::onnx::Array stored(std::int64_t count, const Dims& dims, DataType type = DataType::int8) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < count; ++i)
    numbers.push_back((i * 29 + 7) % 127 - (type == DataType::int8 ? 63 : 0));
  return array_of(numbers, dims, type);
}

void add_quantized(Corpus& c, const Stored& as) {
  const std::string microsoft = "com.microsoft";
  const auto add = [&](const std::string& op, OnnxWriter w, const std::vector<std::string>& inputs,
                       const OnnxAttributes& attributes = {}, const std::string& domain = "") {
    c.add_as_is(op, std::move(w.node(op, inputs, {"y"}, attributes, domain)), as.type, domain);
  };
  for (const std::string& domain : {std::string(), microsoft}) {
    OnnxWriter w = matrix();
    add("QuantizeLinear", std::move(as.quantization(w, "q", 0.02)), {"x", "qs", "qz"}, {}, domain);
    OnnxWriter d;
    d.input("x", {3, 4}, as.type);
    add("DequantizeLinear", std::move(as.quantization(d, "q", 0.02)), {"x", "qs", "qz"}, {}, domain);
  }
  const auto weights = [](OnnxWriter w, std::int64_t count, const Dims& dims) {
    w.constant("w", stored(count, dims)).floats("ws", {0.01}, {});
    w.constant("wz", array_of(std::vector<std::int64_t>{0}, {}, DataType::int8));
    return w;
  };
  add("QLinearConv", weights(stored_image(as), 36, {2, 2, 3, 3}),
      {"x", "xs", "xz", "w", "ws", "wz", "ys", "yz"});
  OnnxWriter flat;
  flat.input("x", {2, 6}, as.type);
  as.quantization(flat, "x", 0.02);
  as.quantization(flat, "y", 0.05);
  add("QLinearMatMul", weights(flat, 18, {6, 3}), {"x", "xs", "xz", "w", "ws", "wz", "ys", "yz"});
  OnnxWriter gemm = weights(flat, 18, {6, 3});
  gemm.constant("b", array_of(std::vector<std::int64_t>{5, -7, 9}, {3}, DataType::int32));
  add("QGemm", gemm, {"x", "xs", "xz", "w", "ws", "wz", "b", "ys", "yz"}, {}, microsoft);
  for (const char* op : {"QLinearAdd", "QLinearMul"}) {
    OnnxWriter w = stored_image(as);
    w.input("b", {1, 2, 5, 4}, as.type);
    add(op, std::move(as.quantization(w, "b", 0.03)), {"x", "xs", "xz", "b", "bs", "bz", "ys", "yz"}, {},
        microsoft);
  }
  add("QLinearAveragePool", stored_image(as), {"x", "xs", "xz", "ys", "yz"}, {{"kernel_shape", {2, 2}}},
      microsoft);
  for (const char* op : {"QLinearGlobalAveragePool", "QLinearLeakyRelu", "QLinearSigmoid", "QLinearSoftmax"})
    add(op, stored_image(as), {"x", "xs", "xz", "ys", "yz"}, {}, microsoft);
  OnnxWriter two = stored_image(as);
  two.input("b", {1, 2, 5, 4}, as.type);
  add("QLinearConcat", std::move(as.quantization(two, "b", 0.03)),
      {"ys", "yz", "x", "xs", "xz", "b", "bs", "bz"}, {{"axis", 1}}, microsoft);
}

}  // namespace

std::vector<SmallOnnx> small_onnx_models(DataType type) {
  Corpus c(type);
  add_functions(c);
  add_pairs(c);
  add_windows(c);
  add_reductions(c);
  add_moves(c);
  add_recurrent(c);
  add_constants(c);
  if (c.whole()) add_quantized(c, {type});
  return c.take();
}

std::vector<SmallOnnx> small_onnx_models() {
  std::vector<SmallOnnx> all;
  for (const DataType type : {DataType::float32, DataType::int8, DataType::uint8})
    for (SmallOnnx& small : small_onnx_models(type)) all.push_back(std::move(small));
  return all;
}

bool has_real_steps(const host::ImportedModel& model) {
  for (int i = 0; i < model.graph->steps.count; ++i) {
    const int op = model.graph->steps[i].op;
    const bool computes_nothing =
        op == op_code<ops::Quantize> || op == op_code<ops::Dequantize> || op == op_code<ops::Permute>;
    if (!computes_nothing &&
        model.graph->values[model.graph->result(model.graph->steps[i])].type == ElementType::real)
      return true;
  }
  return false;
}

}  // namespace etch::test
