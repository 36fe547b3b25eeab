// SPDX-License-Identifier: BSL-1.0
// The examples' models on watched memory.
#include <catch2/catch.hpp>
#include <examples/autoencoder/autoencoder_model.hpp>
#include <examples/cnn_mnist/cnn_mnist_model.hpp>
#include <examples/gesture_lstm/gesture_model.hpp>
#include <examples/mnist/mnist_model.hpp>
#include <examples/residual_cifar/residual_cifar_model.hpp>
#include <examples/siamese/siamese_model.hpp>
#include <examples/sizes/models.hpp>
#include <examples/three_ways/article.hpp>
#include <examples/transfer/transfer_model.hpp>
#include <examples/two_outputs/two_outputs_model.hpp>
#include <tests/memory/check_memory.hpp>

namespace {

using namespace etch;

template <class Declared>
void check(const char* what, const Declared& declared, const MemoryRun& run) {
  INFO(what);
  CHECK(check_memory([&](Builder& g) { trace_at_run_time(declared, g); }, run) == "");
}

const MemoryRun classes{.losses = {{LossKind::sparse_categorical_crossentropy}}};

TEST_CASE("the examples' models touch what is planned", "[memory]") {
  check("mnist", mnist, classes);
  check("autoencoder", autoencoder, {.losses = {{LossKind::binary_crossentropy}}});
  check("its encoder", encoder, {});
  check("three_ways", article::by_function, {.losses = classes.losses, .batch = 32});
  check("sizes: gate", gate, {.losses = {{LossKind::binary_crossentropy}}});
  check("sizes: digits", digits, classes);
  check("sizes: residual", residual, classes);
  check("cnn_mnist", cnn_mnist::cnn, classes);
  check("residual_cifar", residual_cifar::resnet, classes);
  check("gesture_lstm", gestures, classes);
  CHECK(check_stream_memory([](Builder& g) { trace_at_run_time(gestures, g); }) == "");
  check("siamese", siamese, {});
  check("transfer", whole, classes);
  check("transfer: features frozen", new_head, classes);
  check("two_outputs", reader, {.losses = {{LossKind::sparse_categorical_crossentropy}, {LossKind::huber}}});
}

}  // namespace
