// SPDX-License-Identifier: BSL-1.0
// Models of RTNeural, read from its own files and run one time step a call, against the outputs that are
// published with them.
#include <codegen/formats/model_formats.hpp>
#include <runtime/host/data/csv.hpp>
#include <tests/golden/tflite_material.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>

namespace {

using namespace etch;
namespace fs = std::filesystem;
using golden::models_folder;

std::vector<float> series(const fs::path& path) { return host::load_csv(path, {.header = false}).values; }

struct Published {
  const char *model, *data;
  double most;        ///< what RTNeural's own tests allow
  int transient = 0;  ///< results that windows before the series have a part in
  int delay = 0;      ///< of the stream, in results, against Keras, which looks ahead
};

/// What a model gives for each time step of a series.
std::vector<float> streamed(const host::ImportedModel& model, const std::vector<float>& x) {
  host::ModelSession session(model);
  const std::size_t in = session.input_bytes(0) / sizeof(float);
  REQUIRE(x.size() % in == 0);
  std::vector<float> y;
  for (std::size_t at = 0; at < x.size(); at += in) {
    session.run(std::as_bytes(std::span(x).subspan(at, in)));
    const auto bytes = session.output();
    std::vector<float> step(bytes.size() / sizeof(float));
    std::memcpy(step.data(), bytes.data(), bytes.size());
    y.insert(y.end(), step.begin(), step.end());
  }
  return y;
}

TEST_CASE("models of RTNeural stream to their published outputs", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  // Of conv2d, a stream gives what Keras gives 13 frames later, and its first frame has windows that begin
  // before the series; the last two look beyond its end. RTNeural's own test leaves out the same ones.
  for (const Published& p : {Published{"dense", "dense", 2e-4},
                             {"conv", "conv", 1e-6},
                             {"gru", "gru", 5e-6},
                             {"lstm", "lstm", 1e-6},
                             {"conv2d", "conv2d", 1e-6, 1, 13}}) {
    INFO(p.model);
    const auto model = host::read_model(models / "rtneural" / "models" / (std::string(p.model) + ".json"));
    const fs::path data = models / "rtneural" / "test_data";
    const auto x = series(data / (std::string(p.data) + "_x_python.csv"));
    const auto expected = series(data / (std::string(p.data) + "_y_python.csv"));
    const auto y = streamed(model, x);
    const std::size_t width = host::ModelSession(model).output_bytes(0) / sizeof(float);
    const std::size_t first = width * static_cast<std::size_t>(p.transient),
                      later = width * static_cast<std::size_t>(p.delay);
    double worst = 0;
    std::size_t compared = 0;
    for (std::size_t i = first; i < expected.size() && i + later < y.size(); ++i, ++compared)
      worst = std::max(worst, std::abs(static_cast<double>(y[i + later]) - static_cast<double>(expected[i])));
    std::cout << "rtneural " << p.model << ": " << compared << " of " << expected.size()
              << " published numbers, worst error " << worst << '\n';
    CHECK(compared + 3 * width >= expected.size());
    CHECK(worst <= p.most);
  }
}

TEST_CASE("RTNeural's model without a published output runs, and a reset is a fresh start", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto model = host::read_model(models / "rtneural" / "models" / "full_model.json");
  host::ModelSession session(model);
  CHECK(session.state_bytes() == 4 * (4 * 8 + 8));  // a window of dilation 2, and the state of the GRU
  const auto x = series(models / "rtneural" / "test_data" / "gru_x_python.csv");
  const auto once = streamed(model, x);
  CHECK(std::ranges::all_of(once, [](float v) { return std::isfinite(v); }));
  for (int fresh = 0; fresh < 2; ++fresh) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      session.run(std::as_bytes(std::span(x).subspan(i, 1)));
      float y = 0;
      std::memcpy(&y, session.output().data(), sizeof y);
      CHECK(y == once[i]);
    }
    session.reset();
  }
}

}  // namespace
