// SPDX-License-Identifier: BSL-1.0
// Each operator that is imported has a small file here, which is imported and run.
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/model/model_session.hpp>
#include <tests/formats/onnx/small_models.hpp>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

namespace {

using namespace etch;
using namespace etch::test;

TEST_CASE("every operator of ONNX that is imported has a file that runs", "[onnx]") {
  if (*host::onnx::missing_library()) {
    WARN("skipped: this build is without libonnx");
    return;
  }
  const std::vector<SmallOnnx> models = small_onnx_models();
  for (const auto& entry : host::onnx::operator_imports()) {
    INFO(entry.domain << " " << entry.op);
    CHECK(std::ranges::any_of(
        models, [&](const SmallOnnx& m) { return m.op == entry.op && m.domain == entry.domain; }));
  }
  for (const SmallOnnx& small : models) {
    INFO(small.domain << " " << small.op);
    const host::onnx::OnnxModel model = host::import_onnx(small.bytes, "small.onnx");
    host::ModelSession session(model.model);
    std::vector<std::vector<std::byte>> inputs;
    for (int k = 0; k < session.inputs(); ++k) {
      inputs.emplace_back(session.input_bytes(k));
      const bool whole = model.inputs[static_cast<std::size_t>(k)].type == host::onnx::DataType::uint8;
      for (std::size_t i = 0; i < inputs.back().size() / (whole ? 1 : 4); ++i) {
        const float number = static_cast<float>(i % 3);  // also a place, and a truth
        if (whole)
          inputs.back()[i] = static_cast<std::byte>(i * 37);
        else
          std::memcpy(&inputs.back()[4 * i], &number, 4);
      }
    }
    const std::vector<std::span<const std::byte>> spans(inputs.begin(), inputs.end());
    session.run(spans);
    CHECK(session.output_bytes(0) > 0);
  }
}

}  // namespace
