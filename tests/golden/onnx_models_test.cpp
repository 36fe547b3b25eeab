// SPDX-License-Identifier: BSL-1.0
// Published models of ONNX: floats with their golden outputs, and quantized ones beside onnxruntime.
#include <codegen/formats/tflite/import.hpp>
#include <etch/ops/op_list.hpp>
#include <tests/golden/onnx_cases.hpp>
#include <tests/golden/tflite_material.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace {

using namespace etch;
using namespace etch::golden;
namespace fs = std::filesystem;
using host::onnx::Array;
using host::onnx::DataType;
using host::onnx::OnnxModel;

/// The folder of published files, or an empty path, having said so.
fs::path material() {
  const fs::path models = models_folder();
  return models.empty() ? models : models.parent_path();
}

OnnxModel model_of(const fs::path& path) { return host::import_onnx(bytes_of_file(path), path.string()); }

std::vector<float> numbers_of_file(const fs::path& path) {
  return host::numbers_in<float>(bytes_of_file(path));
}

/// What a model of one input and one output gives for numbers in the order of ONNX.
std::vector<double> result(host::ModelSession& session, const OnnxModel& model, std::span<const float> x) {
  const std::vector<double> wide(x.begin(), x.end());
  session.run(input_bytes(model.inputs[0], host::onnx::array_of(wide, model.inputs[0].dims)));
  return output_numbers(model.outputs[0], session.output());
}

TEST_CASE("published models of ONNX give their golden outputs", "[golden][onnx]") {
  const fs::path folder = material();
  if (folder.empty()) return;
  for (const char* name : {"mnist8", "libonnx/tests/model/mnist_8"}) {
    const OnnxOutcome outcome = run_onnx_case(folder / "models/onnx" / name);
    INFO(name);
    CHECK(outcome.refused == "");
    CHECK(outcome.wrong == "");
    CHECK(outcome.moves == 0);
  }
  for (const char* name : {"AndreyGermanov/mnist.onnx", "deepC/asl_model.onnx", "deepC/mnist.onnx"})
    CHECK(model_of(folder / "models/onnx" / name).moves == 0);
}

struct QuantizedModel {
  const char *name, *inputs;
  double step;  ///< of the numbers that the last QuantizeLinear before the softmax gives
};
constexpr QuantizedModel quantized[]{{"mlperf_kws_qdq", "mlperf_kws_qdq", 0.171437},
                                     {"mlperf_ic_qdq", "mlperf_ic_qdq", 0.168634},
                                     {"micro_kws_m_qdq", "micro_kws_m", 0.0410717},
                                     {"micro_kws_m_qoperator", "micro_kws_m", 0.0410717}};

int real_steps(const host::ImportedModel& model) {
  int count = 0;
  for (int i = 0; i < model.graph->steps.count; ++i) {
    const Step& step = model.graph->steps[i];
    const bool end = step.op == op_code<ops::Quantize> || step.op == op_code<ops::Dequantize> ||
                     step.op == op_code<ops::Softmax>;
    count += !end && model.graph->values[model.graph->result(step)].type == ElementType::real;
  }
  return count;
}

/// The published outputs are those of a softmax. One step of the numbers before it moves a probability by no
/// more than the step; numbers of the last layer that are one step off are what rounding in another way
/// gives.
TEST_CASE("quantized models of ONNX are whole numbers, and beside onnxruntime's", "[golden][onnx]") {
  const fs::path folder = material();
  if (folder.empty()) return;
  for (const QuantizedModel& q : quantized) {
    const OnnxModel model = model_of(folder / "onnx_quantized" / (std::string(q.name) + ".onnx"));
    CHECK(real_steps(model.model) == 0);
    CHECK(model.moves == 0);
    host::ModelSession session(model.model);
    const auto x = numbers_of_file(folder / "onnx_quantized" / (std::string(q.inputs) + ".in.bin")),
               y = numbers_of_file(folder / "onnx_quantized" / (std::string(q.name) + ".ort.out.bin"));
    const std::size_t in = x.size() / 16, out = y.size() / 16;
    int within_one = 0, same_class = 0;
    double worst = 0;
    for (std::size_t k = 0; k < 16; ++k) {
      const auto got = result(session, model, std::span(x).subspan(k * in, in));
      const auto wanted = std::span(y).subspan(k * out, out);
      double off = 0;
      for (std::size_t i = 0; i < out; ++i)
        off = std::max(off, std::fabs(got[i] - static_cast<double>(wanted[i])));
      within_one += off <= q.step;
      worst = std::max(worst, off / q.step);
      same_class +=
          std::ranges::max_element(got) - got.begin() == std::ranges::max_element(wanted) - wanted.begin();
    }
    WARN(q.name << ": off by at most " << worst << " steps, " << same_class << " of 16 in the same class");
    CHECK(within_one >= 14);
    CHECK(worst <= 2);
    CHECK(same_class == 16);
  }
}

TEST_CASE("the quantized keyword spotter of ONNX is as right as it was published to be", "[golden][onnx]") {
  const fs::path folder = material();
  if (folder.empty()) return;
  const OnnxModel model = model_of(folder / "onnx_quantized/mlperf_kws_qdq.onnx");
  const auto tflite = host::import_tflite(folder / "models/mlperf_tiny/kws/kws_ref_model.tflite");
  const host::Quantization q = tflite.values[static_cast<std::size_t>(tflite.graph->inputs[0])].quantization;
  const auto stored = bytes_of_file(folder / "models/mlperf_tiny/kws/kws_test1000_i8.bin");
  std::ifstream labels(folder / "models/mlperf_tiny/kws/kws_test1000_labels.csv");
  host::ModelSession session(model.model);
  int right = 0, seen = 0;
  std::vector<float> x(490);
  std::string line;
  std::getline(labels, line);  // index,label,word
  for (; std::getline(labels, line) && seen < 1000; ++seen) {
    for (std::size_t i = 0; i < x.size(); ++i)
      x[i] = q.scale *
             static_cast<float>(static_cast<std::int8_t>(stored[static_cast<std::size_t>(seen) * 490 + i]) -
                                q.zero_point);
    const auto y = result(session, model, x);
    right += std::ranges::max_element(y) - y.begin() == std::stol(line.substr(line.find(',') + 1));
  }
  REQUIRE(seen == 1000);
  WARN("mlperf_kws_qdq: " << right << " of 1,000 test inputs right");
  CHECK(std::abs(right - 903) <= 3);
}

TEST_CASE("the quantized image classifier of ONNX is as right as it was published to be", "[golden][onnx]") {
  const fs::path folder = material();
  if (folder.empty()) return;
  const OnnxModel model = model_of(folder / "onnx_quantized/mlperf_ic_qdq.onnx");
  const auto images = bytes_of_file(folder / "data/cifar10/cifar10_test_first1000.bin");
  constexpr std::size_t pixels = 1024, record = 1 + 3 * pixels;
  REQUIRE(images.size() == 1000 * record);
  host::ModelSession session(model.model);
  int right = 0;
  std::vector<float> x(3 * pixels);  // [32, 32, 3], of planes
  for (std::size_t k = 0; k < 1000; ++k) {
    for (std::size_t i = 0; i < x.size(); ++i)
      x[i] = std::to_integer<std::uint8_t>(images[k * record + 1 + i % 3 * pixels + i / 3]);
    const auto y = result(session, model, x);
    right += std::ranges::max_element(y) - y.begin() == std::to_integer<int>(images[k * record]);
  }
  WARN("mlperf_ic_qdq: " << right << " of 1,000 test images right");
  CHECK(std::abs(right - 878) <= 3);
}

}  // namespace
