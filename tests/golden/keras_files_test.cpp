// SPDX-License-Identifier: BSL-1.0
// Files that others saved with Keras: each imports or is refused, and models that were published in two
// formats give the same.
#include <codegen/formats/keras/import.hpp>
#include <codegen/formats/model_formats.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/keras/keras_weights.hpp>
#include <tests/golden/tflite_material.hpp>
#include <tests/unit/error_of.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace {

using namespace etch;
using namespace etch::golden;
namespace fs = std::filesystem;

/// The folder of test models, or an empty path, having said so.
fs::path keras_folder() {
  const std::string missing = host::missing_keras_library();
  if (missing.empty()) return models_folder();
  WARN("skipped: this build is without " << missing);
  return {};
}

/// Numbers from -1 to 1 that repeat after long.
std::vector<float> sample(std::size_t elements, unsigned seed) {
  std::vector<float> numbers(elements);
  std::uint32_t state = seed * 2654435761U + 12345;
  for (float& x : numbers) {
    state = state * 1664525U + 1013904223U;
    x = static_cast<float>(state >> 8) / static_cast<float>(1 << 23) - 1;
  }
  return numbers;
}

std::vector<float> result(host::ModelSession& session, const std::vector<float>& numbers) {
  session.run(std::as_bytes(std::span(numbers)));
  const auto bytes = session.output();
  std::vector<float> results(bytes.size() / sizeof(float));
  std::memcpy(results.data(), bytes.data(), bytes.size());
  return results;
}

/// The largest difference of what two models give, as a part of the largest number where that is above 1.
double difference(const host::ImportedModel& a, const host::ImportedModel& b) {
  host::ModelSession first(a), second(b);
  double worst = 0;
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const auto x = sample(first.input_bytes(0) / sizeof(float), seed);
    const std::vector<float> y = result(first, x), z = result(second, x);
    REQUIRE(y.size() == z.size());
    double largest = 1;
    for (const float number : z) largest = std::max(largest, std::abs(static_cast<double>(number)));
    for (std::size_t i = 0; i < y.size(); ++i)
      worst = std::max(worst, std::abs(static_cast<double>(y[i]) - static_cast<double>(z[i])) / largest);
  }
  return worst;
}

host::KerasFile read(const fs::path& path) {
  const auto bytes = host::read_file(path);
  return host::read_keras_file(std::as_bytes(std::span(bytes)), path.string());
}

/// The arrays of one file in the place of another's: both have the layers of one architecture.
void take_weights(host::KerasFile& into, const host::KerasFile& from) {
  const auto to = host::keras_weights(into), given = host::keras_weights(from);
  REQUIRE(to.size() == given.size());
  for (std::size_t k = 0; k < to.size(); ++k)
    for (std::size_t w = 0; w < to[k].weights.size(); ++w) {
      auto& array = const_cast<host::Hdf5Array&>(*to[k].weights[w].array);  // of `into`, which is not const
      REQUIRE(array.shape == given[k].weights[w].array->shape);
      array.numbers = given[k].weights[w].array->numbers;
    }
}

TEST_CASE("every file of Keras in the material imports, or says why not", "[golden][keras]") {
  const fs::path models = keras_folder();
  if (models.empty()) return;
  int files = 0, refused = 0;
  for (const auto& entry : fs::recursive_directory_iterator(models)) {
    const std::string ending = entry.path().extension().string();
    if (ending != ".h5" && ending != ".keras") continue;
    INFO(entry.path().string());
    ++files;
    const std::string sentence = error_of([&] {
      const host::ImportedModel model = host::read_model(entry.path());
      host::ModelSession session(model);
      CHECK(session.outputs() >= 1);
    });
    if (sentence.empty()) continue;
    ++refused;
    CHECK(entry.path().filename() == "pre_pr22362_nested_container.keras");
    CHECK(sentence.find("is of the class 'NestedDenseModel', whose code is Python's") != sentence.npos);
  }
  CHECK(refused == 1);
  WARN(files << " files of Keras, " << refused << " refused");
}

TEST_CASE("models that were published in two formats give the same", "[golden][keras]") {
  const fs::path models = keras_folder();
  if (models.empty()) return;
  for (const auto& [keras, tflite] :
       {std::pair{"keras/kws_chandler.h5", "keras/kws_chandler.tflite"},
        {"mlperf_tiny/vww/vww_96.h5", "mlperf_tiny/vww/vww_96_float.tflite"},
        {"mlperf_tiny/ic/pretrainedResnet.h5", "mlperf_tiny/ic/pretrainedResnet.tflite"}}) {
    const double d = difference(host::read_model(models / keras), host::read_model(models / tflite));
    WARN(keras << " and " << tflite << ": " << d);
    CHECK(d <= 1e-5);
  }
}

TEST_CASE("MLPerf's autoencoder is its TensorFlow Lite file but for the biases that this lost",
          "[golden][keras]") {
  // The converter dropped the biases of layers before a batch normalization: without them the two agree.
  const fs::path models = keras_folder();
  if (models.empty()) return;
  host::KerasFile file = read(models / "mlperf_tiny/ad/ad01.h5");
  const host::ImportedModel lite = host::read_model(models / "mlperf_tiny/ad/ad01_fp32.tflite");
  CHECK(difference(host::import_keras(file), lite) > 1e-3);
  const auto layers = host::keras_weights(file);
  for (std::size_t k = 0; k + 1 < layers.size(); ++k)
    if (layers[k].class_name == "Dense" && layers[k + 1].class_name == "BatchNormalization")
      std::ranges::fill(const_cast<host::Hdf5Array&>(*layers[k].weights[1].array).numbers, 0.0f);
  const double d = difference(host::import_keras(file), lite);
  WARN("ad01.h5 without those biases, and ad01_fp32.tflite: " << d);
  CHECK(d <= 1e-5);
}

TEST_CASE("a model gives the same from .keras and .h5", "[golden][keras]") {
  // The published pairs are two trainings of one architecture: the second file gets the weights of the first.
  const fs::path models = keras_folder();
  if (models.empty()) return;
  for (const std::string name : {"kws_chandler", "mnist_moonflower"}) {
    const host::KerasFile whole = read(models / "keras" / (name + ".h5"));
    host::KerasFile archive = read(models / "keras" / (name + ".keras"));
    CHECK(difference(host::import_keras(archive), host::import_keras(whole)) > 1e-3);
    take_weights(archive, whole);
    CHECK(difference(host::import_keras(archive), host::import_keras(whole)) == 0);
  }
}

}  // namespace
