// SPDX-License-Identifier: BSL-1.0
// Models of int8, 16x8 and uint8 as .tflite: what is written is read again as the same steps with the same
// bytes.
#include <codegen/formats/etch/import.hpp>
#include <codegen/formats/tflite/file_writer.hpp>
#include <codegen/formats/tflite/import.hpp>
#include <codegen/formats/tflite/unsigned.hpp>
#include <codegen/formats/tflite/write_model.hpp>
#include <codegen/model/model_program.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/quantize/quantize.hpp>
#include <etch/layers/layers.hpp>
#include <etch/model/training/initialize.hpp>
#include <runtime/host/error.hpp>
#include <tests/formats/tflite/small_models.hpp>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>

namespace write_tflite_test {

using namespace etch;
using Catch::Matchers::Contains;

std::vector<float> noise(std::size_t n, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<float> x(n);
  for (float& v : x) v = static_cast<float>(engine() % 2001) / 1000 - 1;
  return x;
}

/// Images through random layers that int8 has operators for.
class RandomLayers {
 public:
  explicit RandomLayers(unsigned seed) : random_(seed), seed_(seed) {}

  host::ImportedModel model() {
    const auto g = std::make_unique<Builder>();
    g->trace_at_run_time();
    Tensor x = g->input({4 + below(5), 4 + below(5), 1 + below(4)});
    for (int i = 2 + below(5); i > 0; --i) x = layer(x);
    x = below(2) == 0 ? Flatten{}(x) : GlobalAveragePooling2D{}(x);
    if (below(2) == 0) x = Dense{4 + below(5), below(2) == 0 ? relu : ActivationKind::relu6}(x);
    x = Dense{.units = 1 + below(4), .use_bias = below(2) == 0}(x);
    g->output(below(2) == 0 ? x : Softmax{}(x));
    g->finish(0);
    if (g->graph.fault) FAIL(g->graph.fault.sentence);
    return host::import_declared(g->graph, weights_of(*g), "random");
  }

 private:
  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  ActivationKind function() {
    constexpr ActivationKind kinds[]{linear, relu, ActivationKind::relu6, sigmoid, ActivationKind::tanh};
    return kinds[below(5)];
  }
  Padding padding() { return below(2) == 0 ? same : valid; }

  Tensor layer(const Tensor& x) {
    const bool large = x.shape[0] > 3 && x.shape[1] > 3;
    switch (large ? below(9) : 8) {
      case 0:
        return MaxPooling2D{.pool_size = 2, .padding = padding()}(x);
      case 1:
        return AveragePooling2D{.pool_size = {3, 2}, .strides = {1, 2}, .padding = padding()}(x);
      case 2:
        return ZeroPadding2D{{{1, 0}, {0, 2}}}(x);
      case 3:
        return Permute{{2, 1, 3}}(x);
      case 4:
        return branch(x);
      case 5:
        return DepthwiseConv2D{.kernel_size = {3, 2},
                               .padding = padding(),
                               .depth_multiplier = 1 + below(2),
                               .activation = function()}(x);
      case 6:
        return LeakyReLU{.negative_slope = static_cast<float>(1 + below(6)) / 20}(x);
      case 7:
        return BatchNormalization{.epsilon = 1e-2f}(x);
      default:
        return Conv2D{.filters = 1 + below(6),
                      .kernel_size = 1 + below(3),
                      .strides = 1 + below(2),
                      .padding = same,
                      .activation = function()}(x);
    }
  }

  Tensor branch(const Tensor& x) {
    const Tensor y =
        Conv2D{.filters = x.shape.last(), .kernel_size = 3, .padding = same, .activation = function()}(x);
    switch (below(4)) {
      case 0:
        return Concatenate{}(x, y);
      case 1:
        return Multiply{}(x, y);
      case 2:
        return Subtract{}(x, y);
      default:
        return ReLU{}(Add{}(x, y));
    }
  }

  std::vector<host::DeclaredWeight> weights_of(const Builder& g) {
    std::vector<host::DeclaredWeight> weights;
    numbers_.reserve(static_cast<std::size_t>(g.graph.parameters.count));
    for (int p = 0; p < g.graph.parameters.count; ++p) {
      auto& w = numbers_.emplace_back(static_cast<std::size_t>(g.graph.parameters[p].shape.size()));
      initialize(g.graph.parameters[p], p, seed_, w.data());
      // Some filters are zeros, as those of pruned models.
      for (std::size_t i = 0; g.graph.parameters[p].shape.rank > 1 && i < w.size(); ++i)
        if (i % 7 == seed_ % 9) w[i] = 0;
      weights.push_back({"weight", std::as_bytes(std::span(w))});
    }
    return weights;
  }

  std::mt19937 random_;
  unsigned seed_;
  std::vector<std::vector<float>> numbers_;
};

/// The bytes that a model gives for some samples of bytes.
std::vector<std::byte> results(const host::ImportedModel& model, unsigned seed) {
  std::mt19937 engine(seed);
  host::ModelSession session(model);
  std::vector<std::vector<std::byte>> inputs;
  std::vector<std::span<const std::byte>> spans;
  for (int k = 0; k < session.inputs(); ++k) {
    const bool real = model.graph->values[model.graph->inputs[k]].type == ElementType::real;
    auto& x = inputs.emplace_back(session.input_bytes(k));
    for (std::byte& b : x) b = real ? std::byte{0x3e} : static_cast<std::byte>(engine() & 0xff);
  }
  for (const auto& x : inputs) spans.emplace_back(x);
  std::vector<std::byte> all;
  for (int i = 0; i < 3; ++i) {
    session.run(spans);
    for (int k = 0; k < session.outputs(); ++k)
      all.insert(all.end(), session.output(k).begin(), session.output(k).end());
  }
  return all;
}

void check_same(const host::ImportedModel& model) {
  const host::ImportedModel again = host::import_tflite(host::write_tflite(model), model.name);
  CHECK(results(again, 3) == results(model, 3));
  const host::ImportedModel ships = host::prepare(model), ships_again = host::prepare(again);
  CHECK(ships.graph->steps.count == ships_again.graph->steps.count);
  CHECK(host::weights_of(ships, *host::program_of(ships)) ==
        host::weights_of(ships_again, *host::program_of(ships_again)));
}

/// The same file in uint8, 128 higher.
std::vector<std::byte> in_unsigned(const std::vector<std::byte>& bytes) {
  host::tflite::File file = host::tflite::read_file(bytes, "signed");
  host::tflite::make_unsigned(file);
  return host::tflite::bytes_of(file, "unsigned");
}

/// \return whether the model as it ships could be written too
int check_random(unsigned seed, ElementType type = ElementType::i8) {
  INFO("seed " << seed);
  const host::ImportedModel real = RandomLayers(seed).model();
  const auto n = static_cast<std::size_t>(real.graph->input_shapes[0].size());
  host::QuantizeOptions options;
  options.calibration = host::Calibration::min_max;
  options.real_ends = seed % 4 == 0;
  options.tflite_functions = true;
  options.activations = type;
  const host::ImportedModel model = host::quantize(real, noise(8 * n, seed), options);
  check_same(model);
  // What was prepared has windows that are padded anyhow, and fewer channels: most of it can be written too.
  try {
    check_same(host::prepare(model));
    return 1;
  } catch (const Error& error) {
    CHECK_THAT(error.what(), Contains("'random' is not written as TensorFlow Lite: "));
    return 0;
  }
}

TEST_CASE("quantized models of random layers are written and read as they are", "[write_tflite]") {
  int prepared = 0;
  for (unsigned seed = 1; seed <= 12; ++seed) prepared += check_random(seed);
  CHECK(prepared >= 8);
}

TEST_CASE("16x8 models of random layers are written and read as they are", "[write_tflite]") {
  int prepared = 0;
  for (unsigned seed = 1; seed <= 12; ++seed) prepared += check_random(seed, ElementType::i16);
  CHECK(prepared >= 8);
}

TEST_CASE("models of uint8 are written and read as they are", "[write_tflite]") {
  int written = 0;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    const host::ImportedModel real = RandomLayers(seed).model();
    host::QuantizeOptions options;
    options.tflite_functions = true;
    options.real_ends = seed % 4 == 0;
    const auto n = static_cast<std::size_t>(real.graph->input_shapes[0].size());
    const auto bytes = in_unsigned(host::write_tflite(host::quantize(real, noise(8 * n, seed), options)));
    const host::ImportedModel model = host::import_tflite(bytes, "unsigned");
    check_same(model);
    const auto again = host::write_tflite(model);
    // With real ends nothing outside tells of uint8, and the numbers are those of int8.
    if (!options.real_ends) CHECK(host::import_tflite(again, "again").values.back().is_unsigned);
    ++written;
  }
  CHECK(written == 12);
}

TEST_CASE("many quantized models are written and read as they are", "[.][long][write_tflite]") {
  int prepared = 0;
  for (unsigned seed = 13; seed <= 2000; ++seed)
    prepared += check_random(seed, seed % 2 == 0 ? ElementType::i16 : ElementType::i8);
  CHECK(prepared > 1600);
}

std::vector<std::string> refused_in(const std::string& type) {
  std::vector<std::string> refused;
  for (const test::SmallModel& small : test::small_models()) {
    if (!small.name.ends_with(" in " + type)) continue;
    INFO(small.name);
    test::TfliteWriter writer;
    const host::ImportedModel model = host::import_tflite(small.write(writer), "small");
    try {
      check_same(model);
    } catch (const Error& error) {
      CHECK_THAT(error.what(), Contains("'small' is not written as TensorFlow Lite: "));
      refused.push_back(small.name.substr(0, small.name.rfind(" in ")));
    }
  }
  return refused;
}

TEST_CASE("each operator that is read as int8 is written, or refused by name", "[write_tflite]") {
  CHECK(refused_in("int8") ==
        std::vector<std::string>{"RESIZE_BILINEAR",
                                 "RESIZE_NEAREST_NEIGHBOR",
                                 "RESHAPE, SQUEEZE and EXPAND_DIMS",
                                 "SPLIT",
                                 "SLICE",
                                 "STRIDED_SLICE",
                                 "UNIDIRECTIONAL_SEQUENCE_LSTM",
                                 "SVDF",
                                 "ABS",
                                 "EXP",
                                 "ELU",
                                 "LOG",
                                 "RSQRT",
                                 "MAXIMUM",
                                 "MINIMUM of a constant",
                                 "SUB from a constant",
                                 "DIV",
                                 "SQUARED_DIFFERENCE",
                                 "REDUCE_MAX",
                                 "SUM",
                                 "PRELU",
                                 "BATCH_MATMUL",
                                 "TRANSPOSE_CONV",
                                 "SPLIT_V",
                                 "UNPACK and PACK",
                                 "TILE",
                                 "GATHER",
                                 "MIRROR_PAD",
                                 "SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND",
                                 "CALL_ONCE, VAR_HANDLE, READ_VARIABLE and ASSIGN_VARIABLE",
                                 "LOG_SOFTMAX",
                                 "L2_NORMALIZATION",
                                 "SUB from several constants",
                                 "BATCH_MATMUL of inputs"});
}

TEST_CASE("damaged models that are read still are written or refused", "[.][long][write_tflite]") {
  int written = 0;
  for (const test::SmallModel& small : test::small_models()) {
    if (!small.name.ends_with(" in int8")) continue;
    test::TfliteWriter undamaged;
    (void)small.write(undamaged);
    for (int at = 0; at < undamaged.extreme.count; ++at)
      for (int kind = 0; kind < test::Extreme::kinds; ++kind) {
        test::TfliteWriter writer;
        writer.extreme = {at, kind};
        try {
          const auto model = host::import_tflite(small.write(writer), "damaged");
          written += host::write_tflite(model).empty() ? 0 : 1;
        } catch (const Error&) {
          continue;  // of reading or of writing
        }
      }
  }
  CHECK(written > 100);
}

TEST_CASE("each operator that is read as int16 is written, or refused by name", "[write_tflite]") {
  CHECK(refused_in("int16") ==
        std::vector<std::string>{
            "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "ABS", "RSQRT", "MAXIMUM", "SQUARED_DIFFERENCE",
            "REDUCE_MAX", "SUM", "TRANSPOSE_CONV", "SPLIT_V", "UNPACK and PACK", "TILE", "GATHER",
            "MIRROR_PAD", "SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND",
            "CALL_ONCE, VAR_HANDLE, READ_VARIABLE and ASSIGN_VARIABLE", "BATCH_MATMUL of inputs"});
}

TEST_CASE("published models of whole numbers are written and read as they are", "[write_tflite]") {
  const char* const material = std::getenv("ETCH_MATERIAL");
  if (!material) {
    WARN("skipped: ETCH_MATERIAL does not name a folder with models/mlperf_tiny");
    return;
  }
  const std::filesystem::path models = std::filesystem::path(material) / "models" / "mlperf_tiny";
  for (const char* file : {"kws/kws_ref_model", "ad/ad01_int8", "ic/pretrainedResnet_quant",
                           "vww/vww_96_int8", "sww/str_ww_ref_model"}) {
    INFO(file);
    check_same(host::import_tflite(models / (std::string(file) + ".tflite")));
  }
  check_same(
      host::import_tflite(std::filesystem::path(material) / "cases" / "mobilenet_v1_0.25_128_quant.tflite"));
}

TEST_CASE("what no file of int8 holds is one sentence", "[write_tflite]") {
  const host::ImportedModel real = RandomLayers(2).model();
  CHECK_THROWS_WITH(
      host::write_tflite(real),
      "'random' is not written as TensorFlow Lite: it is a model of floats: quantize it by --int8 or "
      "--int16, with samples by --calibrate");
}

}  // namespace write_tflite_test
