// SPDX-License-Identifier: BSL-1.0
// export_sizes <model> <folder>: exports a model for firmware, with weights drawn from a seed.

#include "examples/sizes/models.hpp"

#include <codegen/firmware/export_firmware.hpp>
#include <etch/model/training/initialize.hpp>
#include <runtime/host/error.hpp>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace etch;

/// Initial weights, except that no statistic, scale or bias is left at 0 or 1.
template <const auto& Declared>
std::vector<std::byte> draw_weights() {
  using Shipped = Deployment<Declared>;
  std::vector<std::byte> weights(Shipped::source.weight_bytes);
  initialize_weights(graph<Declared>, Shipped::source, 3, weights.data());
  for (int p = 0; p < graph<Declared>.parameters.count; ++p) {
    const Parameter& parameter = graph<Declared>.parameters[p];
    if (parameter.shape.rank > 1) continue;
    auto* values = reinterpret_cast<float*>(weights.data() + Shipped::source.offset[p]);
    for (int i = 0; i < parameter.shape.size(); ++i)
      values[i] =
          0.5f + random::uniform({11, 0}, 0, static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(i));
  }
  return weights;
}

/// Whether it is the model asked for, which then is exported.
template <const auto& Declared>
bool export_model(std::string_view asked, const char* model, const char* folder) {
  if (asked != model) return false;
  host::export_firmware<Declared>(
      draw_weights<Declared>(),
      {.folder = folder, .name = model, .header = "examples/sizes/models.hpp", .model = model});
  return true;
}

bool export_any(std::string_view name, const char* folder) {
  return export_model<gate>(name, "gate", folder) || export_model<gate_fused>(name, "gate_fused", folder) ||
         export_model<digits>(name, "digits", folder) ||
         export_model<digits_fused>(name, "digits_fused", folder) ||
         export_model<mnist>(name, "mnist", folder) ||
         export_model<mnist_fused>(name, "mnist_fused", folder) ||
         export_model<residual>(name, "residual", folder) ||
         export_model<residual_fused>(name, "residual_fused", folder);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3 || !export_any(argv[1], argv[2]))
    throw Error("usage: export_sizes gate|digits|mnist|residual[_fused] <folder>");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
