// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <codegen/firmware/export_firmware.hpp>
#include <runtime/host/error.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

namespace {

namespace fs = std::filesystem;
using etch::host::ExportOptions;

inline constexpr auto tiny = etch::sequential(etch::Input{3}, etch::Dense{2});
using Tiny = etch::Deployment<tiny>;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::byte> weights_of(float value) {
  std::vector<std::byte> weights(Tiny::source.weight_bytes);
  for (std::size_t at = 0; at < weights.size(); at += 4) std::memcpy(&weights[at], &value, 4);
  return weights;
}

std::string error_of(std::span<const std::byte> weights, const ExportOptions& options) {
  try {
    etch::host::export_firmware<tiny>(weights, options);
  } catch (const etch::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("An exported model is five files with the bits of its weights") {
  const TemporaryFolder folder;
  etch::host::export_firmware<tiny>(
      weights_of(1.5f),
      {.folder = folder / "new", .name = "net", .header = "net_model.hpp", .model = "tiny"});
  const std::string header = text_of(folder / "new/net.h");
  CHECK(header.find("#define NET_INPUT_ELEMENTS 3\n") != std::string::npos);
  CHECK(header.find("#define NET_OUTPUT_ELEMENTS 2\n") != std::string::npos);
  CHECK(header.find("#define NET_ARENA_BYTES 8\n") !=
        std::string::npos);  // a lone layer needs none, C an array of one
  CHECK(header.find("int net_predict(net_context* context, const float* in, float* out);") !=
        std::string::npos);
  CHECK(header.find('@') == std::string::npos);
  CHECK(text_of(folder / "new/net.cpp").find("etch::Deployment<tiny>") != std::string::npos);
  CHECK(text_of(folder / "new/net_weights.c").find("0x3fc00000, 0x3fc00000,") != std::string::npos);
  CHECK(text_of(folder / "new/net_weights.S").find(".incbin \"net_weights.bin\"") != std::string::npos);
  CHECK(fs::file_size(folder / "new/net_weights.bin") == static_cast<std::uintmax_t>(Tiny::weight_bytes));
}

TEST_CASE("Exporting refuses what would not work, and writes nothing") {
  const TemporaryFolder folder;
  const fs::path target = folder / "target";
  const ExportOptions good{.folder = target, .name = "net", .header = "net_model.hpp", .model = "tiny"};
  const auto weights = weights_of(1);
  CHECK(error_of(std::span(weights).first(8), good).find("8 were given to export_firmware") !=
        std::string::npos);
  CHECK(error_of(weights_of(std::numeric_limits<float>::quiet_NaN()), good).find("no finite number") !=
        std::string::npos);
  ExportOptions wrong = good;
  wrong.name = "my-net";
  CHECK(error_of(weights, wrong).find("\"my-net\" is no C identifier") != std::string::npos);
  wrong = good;
  wrong.header = "";
  CHECK(error_of(weights, wrong).find("no header") != std::string::npos);
  CHECK_FALSE(fs::exists(target));

  std::ofstream(target) << "a file where the folder should be";
  CHECK(error_of(weights, good).find(target.string()) != std::string::npos);
}
