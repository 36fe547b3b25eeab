// SPDX-License-Identifier: BSL-1.0
// In which types each operator of ONNX is read: what `etch ops` says of it holds for a small file of each,
// which is imported and run here, and no file says more.
#include <codegen/formats/onnx/file.hpp>
#include <codegen/formats/onnx/import.hpp>
#include <codegen/model/model_session.hpp>
#include <tests/formats/onnx/small_models.hpp>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

namespace onnx_operators_test {

using namespace etch;
using namespace etch::test;

using host::onnx::EndOrder;

std::size_t u(std::int64_t i) { return static_cast<std::size_t>(i); }

/// By place in memory, which number of ONNX's order of axes lies there.
std::vector<std::size_t> places_of(const EndOrder& end) {
  std::vector<std::size_t> places{0};
  for (const int axis : end.order) {
    std::size_t stride = 1;
    for (std::size_t a = u(axis) + 1; a < end.dims.size(); ++a) stride *= u(end.dims[a]);
    std::vector<std::size_t> more;
    for (const std::size_t place : places)
      for (std::int64_t i = 0; i < end.dims[u(axis)]; ++i) more.push_back(place + u(i) * stride);
    places = std::move(more);
  }
  return places;
}

/// Quarters from -1.5 to 1.5; of whole numbers and truths 0, 1 and 2, which are also places.
float number_at(std::size_t i, DataType type) {
  return type == DataType::float32 ? static_cast<float>(i * 7 % 13) / 4 - 1.5f : static_cast<float>(i % 3);
}

std::vector<std::byte> input_of(const EndOrder& end, std::size_t bytes) {
  std::vector<std::byte> input(bytes);
  if (end.type == DataType::uint8 || end.type == DataType::int8) {
    for (std::size_t i = 0; i < bytes; ++i) input[i] = static_cast<std::byte>(i * 37);
    return input;
  }
  const std::vector<std::size_t> places = places_of(end);
  REQUIRE(places.size() * sizeof(float) == bytes);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const float number = number_at(places[i], end.type);
    std::memcpy(&input[i * sizeof number], &number, sizeof number);
  }
  return input;
}

/// What a model gives first, in ONNX's order where it is real. Throws `Error` where it cannot be read.
struct Ran {
  host::onnx::OnnxModel model;
  std::vector<float> result;
};
Ran read_and_run(const SmallOnnx& small) {
  Ran ran{host::import_onnx(small.bytes, "small.onnx"), {}};
  host::ModelSession session(ran.model.model);
  std::vector<std::vector<std::byte>> inputs;
  for (int k = 0; k < session.inputs(); ++k)
    inputs.push_back(input_of(ran.model.inputs[u(k)], session.input_bytes(k)));
  session.run(std::vector<std::span<const std::byte>>(inputs.begin(), inputs.end()));
  CHECK(session.output_bytes(0) > 0);
  const std::vector<std::size_t> places = places_of(ran.model.outputs[0]);
  if (places.size() * sizeof(float) != session.output_bytes(0)) return ran;
  ran.result.resize(places.size());
  const auto numbers = host::numbers_in<float>(session.output());
  for (std::size_t i = 0; i < places.size(); ++i) ran.result[places[i]] = numbers[i];
  return ran;
}

TEST_CASE("what ops says of ONNX's operators and types holds, for a file of each in each", "[ops]") {
  if (*host::onnx::missing_library()) {
    WARN("skipped: this build is without libonnx");
    return;
  }
  std::map<std::string, std::set<std::string>> types;
  for (const SmallOnnx& small : small_onnx_models()) {
    INFO(small.domain << " " << small.op << " in " << host::onnx::name_of(small.type));
    const host::onnx::OnnxModel model = read_and_run(small).model;
    const bool whole = small.type == DataType::int8 || small.type == DataType::uint8;
    if (whole && has_real_steps(model.model)) continue;
    types[(small.domain.empty() ? "" : small.domain + ".") + small.op].insert(
        host::onnx::name_of(small.type));
  }
  std::string told, measured;
  for (const std::string& name : host::onnx_operators()) {
    const std::string op = name.substr(0, name.find(' '));
    told += op + ": " + host::onnx_types(name) + "\n";
    measured += op + ":";
    for (const char* type : {"float32", "int8", "uint8", "bool", "int32"})
      if (types[op].contains(type)) measured += std::string(" ") + type;
    measured += "\n";
  }
  CHECK(told == measured);
}

TEST_CASE("what becomes whole numbers gives what floats do, as far as their steps go", "[ops]") {
  if (*host::onnx::missing_library()) return;
  const std::vector<SmallOnnx> real = small_onnx_models(DataType::float32);
  int compared = 0;
  for (const DataType type : {DataType::int8, DataType::uint8}) {
    const std::vector<SmallOnnx> stored = small_onnx_models(type);
    for (std::size_t k = 0; k < real.size(); ++k) {
      INFO(real[k].domain << " " << real[k].op << " in " << host::onnx::name_of(type));
      REQUIRE(stored[k].op == real[k].op);
      const Ran a = read_and_run(real[k]), b = read_and_run(stored[k]);
      if (stored[k].type != type || has_real_steps(b.model.model)) continue;
      REQUIRE(a.result.size() == b.result.size());
      // Results lie from -4 on in steps of 1/32; weights are rounded to steps of 1/64, for up to 18 inputs.
      const bool weighed = real[k].op == "Conv" || real[k].op == "Gemm" || real[k].op == "MatMul";
      for (std::size_t i = 0; i < a.result.size(); ++i) {
        if (std::isnan(a.result[i])) continue;
        const float held = std::clamp(a.result[i], -4.0f, 127.0f / 32);
        CHECK(std::fabs(b.result[i] - held) <= (weighed ? 0.25f : 1.01f / 32));
        ++compared;
      }
    }
  }
  CHECK(compared > 1000);
}

}  // namespace onnx_operators_test
