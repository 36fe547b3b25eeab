// SPDX-License-Identifier: BSL-1.0
// Small published files, each for a kind of operator, against what TensorFlow Lite Micro's reference kernels
// give (bytes), or against the formula.
#include <codegen/prepare/prepare.hpp>
#include <tests/golden/tflite_material.hpp>

#include <algorithm>

namespace {

using namespace etch;
using namespace etch::golden;
namespace fs = std::filesystem;

fs::path cases_folder() {
  const fs::path models = models_folder();
  return models.empty() ? models : models.parent_path() / "cases";
}

/// Runs one sample after the other, and compares what comes out.
void check_bytes(const fs::path& file, const fs::path& inputs, const fs::path& outputs) {
  INFO(file.string());
  const auto imported = host::import_tflite(file);
  for (const host::ImportedModel& model :
       {host::prepare(imported), host::prepare(imported, {kernels::KernelSet::dsp})}) {
    host::ModelSession session(model);
    const auto in = bytes_of_file(inputs), out = bytes_of_file(outputs);
    const std::size_t step = session.input_bytes(0), result = session.output_bytes(0);
    REQUIRE(in.size() / step == out.size() / result);
    for (int start = 0; start < 2; ++start) {
      for (std::size_t i = 0; i < in.size() / step; ++i) {
        session.run(std::span(in).subspan(i * step, step));
        INFO("sample " << i << ", start " << start);
        CHECK(std::ranges::equal(session.output(), std::span(out).subspan(i * result, result)));
      }
      session.reset();
    }
    // A reset in the middle is a fresh start.
    session.run(std::span(in).first(step));
    session.reset();
    session.run(std::span(in).first(step));
    CHECK(std::ranges::equal(session.output(), std::span(out).first(result)));
  }
}

TEST_CASE("files of operators give the bytes of TensorFlow Lite Micro", "[golden]") {
  const fs::path cases = cases_folder();
  if (cases.empty()) return;
  check_bytes(cases / "micro-wake-word-mo__vad.tflite", cases / "vad.20frames.in.bin",
              cases / "vad.20frames.tflm_state_kept.out.bin");
  check_bytes(cases / "sn_leaky_relu0.tflite", cases / "sn_leaky_relu0.in0", cases / "sn_leaky_relu0.out0");
}

/// Runs a file of two inputs, of which the second has no file of its own.
void check_two(const fs::path& file, std::span<const std::byte> first, std::span<const std::byte> second,
               std::span<const std::byte> expected) {
  const auto model = host::import_tflite(file);
  host::ModelSession session(model);
  const std::span<const std::byte> inputs[]{first, second};
  session.run(inputs);
  CHECK(std::ranges::equal(session.output(), expected));
}

TEST_CASE("MAXIMUM of what was given and the result is the result", "[golden]") {
  const fs::path cases = cases_folder();
  if (cases.empty()) return;
  const auto in = bytes_of_file(cases / "max.inp0"), out = bytes_of_file(cases / "max.out0");
  check_two(cases / "max.tflite", in, out, out);
  check_two(cases / "max.tflite", out, in, out);
}

TEST_CASE("PACK joins what it was given along the second axis", "[golden]") {
  const fs::path cases = cases_folder();
  if (cases.empty()) return;
  const auto in = bytes_of_file(cases / "pack.inp0"), out = bytes_of_file(cases / "pack.out0");
  const std::size_t part = in.size() / 2;
  std::vector<std::byte> other;
  for (const std::size_t at : {part, 3 * part})
    other.insert(other.end(), out.begin() + static_cast<std::ptrdiff_t>(at),
                 out.begin() + static_cast<std::ptrdiff_t>(at + part));
  check_two(cases / "pack.tflite", in, other, out);
}

TEST_CASE("weights of float16 behind DEQUANTIZE import as floats", "[golden]") {
  const fs::path cases = cases_folder();
  if (cases.empty()) return;
  const auto model = host::import_tflite(cases / "face_detection_front_float16.tflite");
  host::ModelSession session(host::prepare(model));
  CHECK(session.input_bytes(0) == std::size_t{4 * 128 * 128 * 3});
  CHECK(session.outputs() == 2);
}

}  // namespace
