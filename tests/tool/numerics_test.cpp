// SPDX-License-Identifier: BSL-1.0
// The tool on a model whose products and sums are rounded once.
#include <etch/etch.hpp>
#include <tests/tool/run_etch.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <fstream>
#include <iterator>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;

constexpr auto separate = sequential(Input{6}, Dense{4}, ReLU{}, Dense{3});
constexpr auto fused = with_numerics(Numerics::fused, separate);

template <const auto& Declared>
std::string saved(const TemporaryFolder& folder) {
  using Model = Trainer<Declared, Adam, MeanSquaredError, hana::tuple<>, 2>;
  static typename Model::Storage storage;
  Model model(storage, {}, {}, 1);
  const std::string path = (folder / "model.safetensors").string();
  model.save(path.c_str());
  return path;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("inspect and compile name numerics that are not the default", "[numerics]") {
  const TemporaryFolder folder;
  const auto inspected = [&](const std::string& path) { return run_etch({"inspect", path}); };
  const auto compiled = [&](const std::string& path) {
    CHECK(run_etch({"compile", path, "--board", "m4", "-o", folder.path().string(), "--name", "net"}).code ==
          0);
    return text_of(folder / "net.cpp");
  };
  const std::string fused_path = saved<fused>(folder);
  CHECK_THAT(inspected(fused_path).out, Contains("numerics: fused\n"));
  CHECK_THAT(compiled(fused_path), Contains("Numerics::fused"));
  const std::string separate_path = saved<separate>(folder);
  CHECK(inspected(separate_path).code == 0);
  CHECK_THAT(inspected(separate_path).out, !Contains("numerics"));
  CHECK_THAT(compiled(separate_path), !Contains("Numerics"));
}

}  // namespace
