// SPDX-License-Identifier: BSL-1.0
// export_sizes <model> <folder>: exports a model for firmware, with weights drawn from a seed.

#include "examples/mnist/mnist_model.hpp"
#include "examples/sizes/models.hpp"

#include <codegen/firmware/export_firmware.hpp>
#include <etch/model/training/initialize.hpp>
#include <runtime/host/error.hpp>

#include <cstdio>
#include <exception>
#include <string>
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

template <const auto& Declared>
void export_model(const char* folder, const std::string& name, const char* header) {
  host::export_firmware<Declared>(draw_weights<Declared>(),
                                  {.folder = folder, .name = name, .header = header, .model = name});
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string name = argc == 3 ? argv[1] : "";
  if (name == "gate") {
    export_model<gate>(argv[2], name, "examples/sizes/models.hpp");
  } else if (name == "digits") {
    export_model<digits>(argv[2], name, "examples/sizes/models.hpp");
  } else if (name == "mnist") {
    export_model<mnist>(argv[2], name, "examples/mnist/mnist_model.hpp");
  } else if (name == "residual") {
    export_model<residual>(argv[2], name, "examples/sizes/models.hpp");
  } else {
    throw Error("usage: export_sizes gate|digits|mnist|residual <folder>");
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
