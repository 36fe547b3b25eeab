// SPDX-License-Identifier: BSL-1.0
// etch prove of three models of the examples: of floats with maximum pooling, of an LSTM, and of int8.
#include <codegen/firmware/board.hpp>
#include <codegen/firmware/needed_headers.hpp>
#include <codegen/formats/etch/import.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/prove/certificate_text.hpp>
#include <codegen/quantize/quantize.hpp>
#include <etch/model/declare/model_notes.hpp>
#include <examples/autoencoder/autoencoder_model.hpp>
#include <examples/cnn_mnist/cnn_mnist_model.hpp>
#include <examples/gesture_lstm/gesture_model.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <random>
#include <sstream>

namespace {

using namespace etch;

/// The model with weights that are drawn.
template <const auto& Declared>
host::ImportedModel drawn(const std::string& name) {
  std::mt19937 engine(3);
  std::vector<std::vector<float>> weights;
  std::vector<host::DeclaredWeight> list;
  for (int p = 0; p < graph<Declared>.parameters.count; ++p) {
    auto& numbers =
        weights.emplace_back(static_cast<std::size_t>(graph<Declared>.parameters[p].shape.size()));
    for (float& w : numbers) w = static_cast<float>(engine() % 1000) / 2000 - 0.25f;
    list.push_back({notes<Declared>.parameter(p), std::as_bytes(std::span(numbers))});
  }
  const auto declared =
      std::make_unique<Graph<declaration_capacity>>(shrink<declaration_capacity>(graph<Declared>));
  return host::import_declared(*declared, list, name);
}

/// Which claims are how far proven, as "data proven, ..."; the certificate itself is printed.
std::string verdicts(const host::ImportedModel& model) {
  const TemporaryFolder folder;
  const std::string board = "m4";
  const kernels::KernelSets sets = host::kernels_of(board);
  const host::ImportedModel shipped = host::prepare(model, sets);
  const auto certificate = host::prove(
      shipped, *host::program_of(shipped, false, true, sets),
      {folder / "proof", host::find_headers(std::filesystem::read_symlink("/proc/self/exe")), board});
  std::ostringstream text;
  host::print_certificate(certificate, text);
  UNSCOPED_INFO(text.str());
  std::string all;
  for (const host::Claim& claim : certificate.claims)
    all += claim.id + " " + host::verdict_text(claim.verdict) + "\n";
  return all;
}

}  // namespace

TEST_CASE("an autoencoder of floats with maximum pooling is proven", "[.][prove_long]") {
  CHECK(verdicts(drawn<autoencoder>("autoencoder")) ==
        "data proven\nmemory proven\noverflow proven\ninstructions proven but for\naddresses proven but "
        "for\nstack "
        "proven\n");
}

TEST_CASE("an LSTM of floats is proven", "[.][prove_long]") {
  CHECK(verdicts(drawn<gestures>("gestures")) ==
        "data proven\nmemory proven\noverflow proven\ninstructions proven\naddresses proven\nstack proven\n");
}

TEST_CASE("a convolutional network in int8 with maximum pooling is proven", "[.][prove_long]") {
  std::mt19937 engine(5);
  std::vector<float> samples(8 * 28 * 28);
  for (float& x : samples) x = static_cast<float>(engine() % 256) / 255;
  CHECK(verdicts(host::quantize(drawn<cnn_mnist::cnn>("cnn"), samples)) ==
        "data proven\nmemory proven\noverflow proven\ninstructions proven\naddresses proven\nstack proven\n");
}
