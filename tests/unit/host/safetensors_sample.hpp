// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <runtime/host/error.hpp>
#include <runtime/host/files/safetensors.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tests/unit/error_of.hpp>
#include <tests/unit/temporary_folder.hpp>
#include <vector>

// Files in the format .safetensors, as texts and as a sample of every type, for the tests of reader and
// writer.
namespace safetensors_test {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using etch::MetadataEntry;
using etch::TensorEntry;
using etch::host::SafetensorsFile;
using etch::host::Tensor;
using Bytes = std::vector<std::byte>;

// A folder for the files of one test.
struct Folder : TemporaryFolder {
  auto count() const { return std::distance(fs::directory_iterator(path()), fs::directory_iterator()); }
};

inline Bytes to_bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

inline std::string to_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline void store(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

inline std::string fetch(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline std::string length_prefix(std::uint64_t length) {
  std::string prefix(8, '\0');
  std::memcpy(prefix.data(), &length, 8);
  return prefix;
}

inline std::string file_text(const std::string& header, std::size_t data_size) {
  return length_prefix(header.size()) + header + std::string(data_size, '\0');
}

// One tensor w of 2 floats, with a field replaced.
inline std::string one_tensor(const std::string& shape, const std::string& offsets,
                              const std::string& dtype = "F32") {
  return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

inline std::string two_tensors(const std::string& offsets_a, const std::string& offsets_b) {
  return R"({"a":{"dtype":"F32","shape":[2],"data_offsets":)" + offsets_a +
         R"(},"b":{"dtype":"F32","shape":[2],"data_offsets":)" + offsets_b + "}}";
}

// The sentence that refuses a file; empty if it is read.
inline std::string refusal(std::string_view text) {
  try {
    static_cast<void>(SafetensorsFile::parse(to_bytes(text), "some.safetensors"));
    return "";
  } catch (const etch::Error& error) {
    return error.what();
  }
}

// A model's worth of tensors: several types, a scalar and an empty tensor.
struct Sample {
  std::array<float, 6> kernel{1.0F, -2.0F, 0.5F, 3e-9F, 4e9F, -0.0F};
  std::array<std::int8_t, 3> quantized{-128, 0, 127};
  std::int64_t step = -123456789012345;
  std::array<int, 2> kernel_shape{2, 3};
  std::array<int, 1> quantized_shape{3};
  std::array<int, 2> empty_shape{0, 7};

  std::vector<TensorEntry> entries() const {
    return {{"hidden/0/dense/kernel", "F32", kernel_shape, std::as_bytes(std::span(kernel))},
            {"optimizer/step", "I64", {}, std::as_bytes(std::span(&step, 1))},
            {"nothing", "I32", empty_shape, {}},
            {"quantized \"\\\n\x1f \xc3\xa9", "I8", quantized_shape, std::as_bytes(std::span(quantized))}};
  }

  static std::vector<MetadataEntry> metadata() { return {{"etch.graph", "0123abcd"}, {"note", "tab\there"}}; }

  std::string text() const {
    std::string result;
    REQUIRE(etch::write_safetensors(
        [&](std::span<const std::byte> bytes) {
          result += to_text(bytes);
          return true;
        },
        entries(), metadata()));
    return result;
  }
};

inline void check_sample(const SafetensorsFile& file, const Sample& sample) {
  const auto entries = sample.entries();
  REQUIRE(file.tensors().size() == entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Tensor& tensor = file.tensors()[i];
    CHECK(tensor.name == entries[i].name);
    CHECK(tensor.dtype == entries[i].dtype);
    CHECK(std::ranges::equal(tensor.shape, entries[i].shape));
    CHECK(std::ranges::equal(file.data(tensor), entries[i].data));
    CHECK(file.find(tensor.name) == &tensor);
  }
  CHECK(file.find("absent") == nullptr);
  REQUIRE(file.metadata().size() == 3);
  CHECK(file.metadata().at("etch.graph") == "0123abcd");
  CHECK(file.metadata().at("note") == "tab\there");
  CHECK(file.metadata().at("etch.crc32").size() == 8);
}

}  // namespace safetensors_test
