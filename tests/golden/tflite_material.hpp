// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/import.hpp>
#include <codegen/model/model_session.hpp>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

/// Where the models and their golden bytes lie, for the tests of imported models.
namespace etch::golden {

/// The folder of test models, or an empty path, having said so.
inline std::filesystem::path models_folder() {
  if (const char* material = std::getenv("ETCH_MATERIAL")) return std::filesystem::path(material) / "models";
  WARN("skipped: ETCH_MATERIAL does not name a folder with models/mlperf_tiny and models/tflm");
  return {};
}

inline std::vector<std::byte> bytes_of_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  INFO(path.string());
  REQUIRE(in);
  const std::vector<char> text{std::istreambuf_iterator<char>(in), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// A line of `<model>_layers.txt`: op=0 tensor=22 off=0 bytes=8000 shape=1x25x5x64
struct Layer {
  std::size_t op = 0, offset = 0, bytes = 0;
};

inline std::vector<Layer> layers_of(const std::filesystem::path& text) {
  std::ifstream in(text);
  REQUIRE(in);
  std::vector<Layer> layers;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    Layer layer;
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      const std::string key = word.substr(0, equals);
      if (key == "op") layer.op = std::stoul(word.substr(equals + 1));
      if (key == "off") layer.offset = std::stoul(word.substr(equals + 1));
      if (key == "bytes") layer.bytes = std::stoul(word.substr(equals + 1));
    }
    layers.push_back(layer);
  }
  return layers;
}

struct Benchmark {
  const char *name, *file;
};
inline constexpr Benchmark benchmarks[]{{"kws", "kws/kws_ref_model.tflite"},
                                        {"vww", "vww/vww_96_int8.tflite"},
                                        {"ic", "ic/pretrainedResnet_quant.tflite"},
                                        {"ad", "ad/ad01_int8.tflite"},
                                        {"sww", "sww/str_ww_ref_model.tflite"}};

}  // namespace etch::golden
