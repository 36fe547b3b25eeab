// SPDX-License-Identifier: BSL-1.0
// In which types each operator of ONNX is read: what `etch ops` says of it holds for a small file of each,
// which is imported and run here, and no file says more.
#include <codegen/formats/onnx/file.hpp>
#include <codegen/formats/onnx/import.hpp>
#include <codegen/model/model_session.hpp>
#include <tests/formats/onnx/small_models.hpp>

#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <set>

namespace onnx_operators_test {

using namespace etch;
using namespace etch::test;

/// Runs a model once. Throws `Error` where it cannot be read.
host::onnx::OnnxModel read_and_run(const SmallOnnx& small) {
  host::onnx::OnnxModel model = host::import_onnx(small.bytes, "small.onnx");
  host::ModelSession session(model.model);
  std::vector<std::vector<std::byte>> inputs;
  for (int k = 0; k < session.inputs(); ++k) {
    inputs.emplace_back(session.input_bytes(k));
    const DataType type = model.inputs[static_cast<std::size_t>(k)].type;
    const bool whole = type == DataType::uint8 || type == DataType::int8;
    for (std::size_t i = 0; i < inputs.back().size() / (whole ? 1 : 4); ++i) {
      const float number = static_cast<float>(i % 3);  // also a place, and a truth
      if (whole)
        inputs.back()[i] = static_cast<std::byte>(i * 37);
      else
        std::memcpy(&inputs.back()[4 * i], &number, 4);
    }
  }
  session.run(std::vector<std::span<const std::byte>>(inputs.begin(), inputs.end()));
  CHECK(session.output_bytes(0) > 0);
  return model;
}

TEST_CASE("what ops says of ONNX's operators and types holds, for a file of each in each", "[ops]") {
  if (*host::onnx::missing_library()) {
    WARN("skipped: this build is without libonnx");
    return;
  }
  std::map<std::string, std::set<std::string>> types;
  for (const SmallOnnx& small : small_onnx_models()) {
    INFO(small.domain << " " << small.op << " in " << host::onnx::name_of(small.type));
    const host::onnx::OnnxModel model = read_and_run(small);
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

}  // namespace onnx_operators_test
