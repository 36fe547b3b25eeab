// SPDX-License-Identifier: BSL-1.0
// Fine-tuning with fake quantization, and that its int8 model gives what it trained for.
#include <codegen/formats/tflite/import.hpp>
#include <codegen/formats/tflite/write_model.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/quantize/fine_tuned.hpp>
#include <codegen/quantize/narrow_weights.hpp>
#include <codegen/quantize/quantize.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/etch.hpp>
#include <etch/passes/fake_quantization.hpp>
#include <runtime/kernels/portable/quantize.hpp>
#include <tests/unit/error_of.hpp>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

namespace fake_quantization_test {

using namespace etch;
using Catch::Matchers::Contains;

inline constexpr auto network = sequential(Input{2}, Dense{16}, BatchNormalization{}, ReLU{},
                                           Dense{.units = 32, .activation = relu}, Dense{3});
inline constexpr auto tuned = fake_quantized<network>();
inline constexpr auto coarse =
    fake_quantized<network>({.weight_bits = 2, .activation_bits = 4, .momentum = 0.9f});
inline constexpr auto of_four_bits = fake_quantized<network>({.weight_bits = 4});

// Weights come first and keep their order; the input, the two hidden results and the output have ranges.
static_assert(graph<tuned>.parameters.count == graph<network>.parameters.count + 4);
static_assert(graph<tuned>.parameters[0] == graph<network>.parameters[0]);
static_assert(graph<tuned>.steps.count == graph<network>.steps.count + 3 + 4);

constexpr int batch = 32;

/// Points in three rings around the origin.
struct Points {
  std::vector<float> x;
  std::vector<std::int32_t> ring;
  explicit Points(int count, unsigned seed) {
    std::mt19937 engine(seed);
    while (static_cast<int>(ring.size()) < count) {
      const float a = static_cast<float>(engine() % 2001) / 1000 - 1,
                  b = static_cast<float>(engine() % 2001) / 1000 - 1;
      x.insert(x.end(), {a, b});
      const float r = a * a + b * b;
      ring.push_back(r < 0.3f ? 0 : r < 0.7f ? 1 : 2);
    }
  }
};

using Net = Interpreter<float>;
TrainingOptions options() {
  TrainingOptions o{.rule = kernels::Rule::adam};
  o.losses[0] = {LossKind::sparse_categorical_crossentropy, 1};
  return o;
}

void train(Net& net, int steps, float rate) {
  for (int step = 0; step < steps; ++step) {
    const Points p(batch, static_cast<unsigned>(step) + 10);
    const float* const x = p.x.data();
    const auto number = static_cast<std::uint32_t>(step);
    net.train({&x, 1}, p.ring.data(), {batch, 1, number, Adam{.learning_rate = rate}.at(number)});
  }
}
/// Training's forward pass alone: ranges follow the data.
void calibrate(Net& net) {
  for (int step = 0; step < 30; ++step) {
    const Points p(batch, static_cast<unsigned>(step) + 10);
    const float* const x = p.x.data();
    net.forward({&x, 1}, p.ring.data(), {batch, 1, 0, {}});
  }
}

double accuracy(Net& net) {
  const Points p(20 * batch, 7);
  int right = 0;
  for (int i = 0; i < 20; ++i) {
    const float* const x = p.x.data() + 2 * batch * i;
    const auto y = net.predict({&x, 1}, batch);
    for (int r = 0; r < batch; ++r) {
      const auto row = y.subspan(static_cast<std::size_t>(3 * r), 3);
      right += std::max_element(row.begin(), row.end()) - row.begin() ==
               p.ring[static_cast<std::size_t>(batch * i + r)];
    }
  }
  return right / (20.0 * batch);
}

Net trained() {
  Net net(training_declaration<network>, batch, options());
  net.initialize(5);
  train(net, 2500, 0.005f);
  return net;
}
template <const auto& Tuned>
Net with_weights_of(Net& from) {
  Net net(training_declaration<Tuned>, batch, options());
  net.initialize(5);
  for (int p = 0; p < from.parameters(); ++p) std::ranges::copy(from.parameter(p), net.parameter(p).begin());
  return net;
}

TEST_CASE("fine-tuning recovers what two-bit weights lose", "[quantize]") {
  Net real = trained();
  Net net = with_weights_of<coarse>(real);
  calibrate(net);
  const double whole = accuracy(real), before = accuracy(net);
  train(net, 2500, 0.005f);
  const double after = accuracy(net);
  INFO("real " << whole << ", rounded " << before << ", fine-tuned " << after);
  CHECK(whole > 0.85);
  CHECK(before < whole - 0.1);
  CHECK(after > before + 0.1);
  CHECK(after > whole - 0.12);
}

std::vector<host::DeclaredWeight> weights_of(Net& net) {
  std::vector<host::DeclaredWeight> weights;
  for (int p = 0; p < net.parameters(); ++p) weights.push_back({"weight", std::as_bytes(net.parameter(p))});
  return weights;
}
std::unique_ptr<Graph<declaration_capacity>> declared_graph() {
  return std::make_unique<Graph<declaration_capacity>>(shrink<declaration_capacity>(graph<network>));
}

/// How far the results of an int8 model are from those of the net that was trained with its rounding.
struct Distance {
  int exact = 0, right = 0;
  float most = 0;  ///< steps of the output
};
Distance distance_of(const host::ImportedModel& int8, Net& net, const Points& samples) {
  const auto quantization = [&](int value) {
    return int8.values[static_cast<std::size_t>(value)].quantization;
  };
  const host::Quantization in = quantization(int8.graph->inputs[0]),
                           out = quantization(int8.graph->outputs[0]);
  const float* const x = samples.x.data();
  const auto expected = net.predict({&x, 1}, batch);
  host::ModelSession session(int8);
  Distance distance;
  for (int r = 0; r < batch; ++r) {
    std::int8_t stored[2];
    kernels::quantize(2, x + 2 * r, in.scale, in.zero_point, stored);
    session.run(std::as_bytes(std::span(stored)));
    const auto* const y = reinterpret_cast<const std::int8_t*>(session.output().data());
    for (int k = 0; k < 3; ++k) {
      const float got = out.scale * static_cast<float>(y[k] - out.zero_point);
      const float apart = std::abs(got - expected[static_cast<std::size_t>(3 * r + k)]) / out.scale;
      distance.most = std::max(distance.most, apart);
      distance.exact += apart < 0.01f ? 1 : 0;
    }
    distance.right += std::max_element(y, y + 3) - y == samples.ring[static_cast<std::size_t>(r)] ? 1 : 0;
  }
  return distance;
}

TEST_CASE("the int8 model of a fine-tuned one gives its results within a step", "[quantize]") {
  Net real = trained();
  Net net = with_weights_of<tuned>(real);
  train(net, 100, 0.001f);
  const std::vector<host::DeclaredWeight> weights = weights_of(net);
  const auto declared = declared_graph();
  const host::ImportedModel fine = host::import_fine_tuned(*declared, weights, "rings");
  CHECK(std::ranges::count_if(fine.values, [](const auto& v) { return v.range.has_value(); }) == 4);
  const Points samples(batch, 3);
  const host::ImportedModel int8 = host::quantize(fine, samples.x);
  // As a .tflite file, which is refused where it is read again as other steps or bytes.
  CHECK(host::import_tflite(host::write_tflite(int8), "rings").parameters.size() == int8.parameters.size());

  const Distance distance = distance_of(int8, net, samples);
  CHECK(distance.most <= 1.01f);
  CHECK(distance.exact > 3 * batch * 8 / 10);
  CHECK_THAT(error_of([&] { host::import_fine_tuned(*declared, std::span(weights).first(4), "rings"); }),
             Contains("was not fine-tuned"));
}

TEST_CASE("a model that was trained for weights of 4 bits ships with the steps that it learned", "[int4]") {
  Net real = trained();
  Net net = with_weights_of<of_four_bits>(real);
  train(net, 1000, 0.002f);
  const auto declared = declared_graph();
  const host::ImportedModel fine = host::import_fine_tuned(*declared, weights_of(net), "rings", 4);
  const Points samples(batch, 3);
  host::NarrowReport report;
  const host::ImportedModel made = host::narrow_weights(host::quantize(fine, samples.x), {}, {}, &report);
  CHECK(std::ranges::all_of(report.layers, &host::NarrowedLayer::narrow));
  const host::ImportedModel int4 = host::prepare(made);
  CHECK(std::ranges::count_if(int4.graph->steps, [](const Step& step) {
          return step.op == op_code<ops::QuantizedInt4Convolution>;
        }) == 3);
  const Distance distance = distance_of(int4, net, samples);
  INFO("at most " << distance.most << " steps apart, " << distance.exact << " the same, " << distance.right
                  << " right");
  CHECK(distance.most <= 2.01f);  // biases round to the large steps of the weights
  CHECK(distance.exact > 3 * batch * 8 / 10);
  CHECK(distance.right > batch * 8 / 10);
  CHECK(accuracy(net) > accuracy(real) - 0.05);
}

TEST_CASE("fake quantization rounds to a grid that holds 0, and its gradient stops outside", "[quantize]") {
  const auto grid = kernels::fake_quantize_grid<float>(-1.0f, 2.0f, 2);  // -1, 0, 1, 2
  CHECK(grid.scale == 1.0f);
  const float x[]{-3, -1.2f, -0.4f, 0.6f, 1.4f, 2.4f, 2.6f}, dy[]{1, 2, 3, 4, 5, 6, 7};
  float y[7], dx[7];
  kernels::fake_quantize(7, x, grid, y);
  const std::vector<float> rounded{-1, -1, 0, 1, 1, 2, 2}, slopes{0, 2, 3, 4, 5, 6, 0};
  CHECK(std::vector<float>(y, y + 7) == rounded);
  kernels::fake_quantize_backward(7, x, grid, dy, dx);
  CHECK(std::vector<float>(dx, dx + 7) == slopes);

  const float w[]{0.5f, -8, -0.1f, 3, 0.2f, 0};  // [3][2], three bits: -3 to 3
  float q[6];
  kernels::fake_quantize_weights(3, 2, 3, w, q);
  const std::vector<float> weights{0.5f, -8, -0.5f / 3, 8.0f / 3, 0.5f / 3, 0};
  for (std::size_t i = 0; i < 6; ++i) CHECK(q[i] == Approx(weights[i]));

  float range[]{0, 0};
  kernels::follow_range(2, w, 0.9f, range);
  CHECK((range[0] == -8.0f && range[1] == 0.5f));
  kernels::follow_range(1, w, 0.9f, range);
  CHECK(range[0] == Approx(-7.15f));
  // What has no finite width moves none.
  const float before[]{range[0], range[1]};
  constexpr float infinity = std::numeric_limits<float>::infinity(), most = std::numeric_limits<float>::max();
  for (float wrong : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), -most}) {
    const float numbers[]{wrong, 1, most};
    kernels::follow_range(3, numbers, 0.9f, range);
    CHECK((range[0] == before[0] && range[1] == before[1]));
  }
}

TEST_CASE("the ordinary trainer trains a fake-quantized model", "[quantize]") {
  auto model = compile<tuned>(Adam{.learning_rate = 0.01f}, FromLogits<SparseCategoricalCrossentropy>{},
                              hana::make_tuple(Accuracy{}), etch::batch<32>);
  const Points p(1024, 1);
  const History history = model.fit(Dataset{Samples{p.x}, Labels{p.ring}}, {.epochs = 40, .silent = true});
  CHECK(history.epochs.size() == 40);
  CHECK(model.evaluate(Dataset{Samples{p.x}, Labels{p.ring}}).metric[0] > 0.8f);
}

TEST_CASE("a summary shows what is rounded behind the layers it belongs to", "[fake_quantization]") {
  const std::string text = summary_text<tuned>({.width = 100, .utf8 = false});
  CHECK_THAT(text, Contains("Model: \"fake_quantized\""));
  std::size_t at = 0;
  for (const char* row : {"input_layer (", "fake_quantize (FakeQuantize)", "dense (", "re_lu (",
                          "fake_quantize_1 (FakeQuantize)", "dense_1 (", "fake_quantize_2 (", "dense_2 (",
                          "fake_quantize_3 ("}) {
    const std::size_t found = text.find(row, at);
    INFO(row << " in\n" << text);
    REQUIRE(found != std::string::npos);
    at = found;
  }
  CHECK_THAT(text, !Contains("Connected to"));  // a chain stays one
  CHECK(std::string(parameter_name<tuned>(0)) == "dense/kernel");
  CHECK(std::string(parameter_name<tuned>(graph<network>.parameters.count + 3)) == "fake_quantize_3/range");
}

/// Two branches that read one rounded value, and a function whose range is known.
inline constexpr auto branches = functional([](Builder& g) {
  const Tensor x = Dense{.units = 4, .activation = sigmoid}(g.input({4}));
  return Add{}(Dense{4}(x), x);
});
inline constexpr auto tuned_branches = fake_quantized<branches>();

TEST_CASE("layers are connected to what they read rounded", "[fake_quantization]") {
  const std::string text = summary_text<tuned_branches>({.width = 120, .utf8 = false});
  INFO(text);
  CHECK_THAT(text, Contains("fake_quantize_1[0][0]") && Contains("fake_quantize_2[0][0]"));
  const auto& n = notes<tuned_branches>;
  for (int r = 0; r < n.rows.count; ++r)
    if (n.name(r) == "fake_quantize_1") CHECK(n.rows[r].parameters == 0);
}

}  // namespace fake_quantization_test
