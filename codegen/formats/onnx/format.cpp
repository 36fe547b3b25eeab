// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/model_formats.hpp>
#include <codegen/formats/onnx/file.hpp>
#include <codegen/formats/onnx/import.hpp>

namespace etch::host {

namespace {

/// A message of protobuf has no mark of its own: a model begins with its version of ONNX's files, a small
/// number in field 1, and goes on with another field of `ModelProto`.
bool is_onnx(std::span<const std::byte> file) {
  const auto byte = [&](std::size_t i) { return std::to_integer<unsigned>(file[i]); };
  if (file.size() < 16 || byte(0) != 0x08 || byte(1) < 1 || byte(1) > 64) return false;
  const unsigned field = byte(2) >> 3, wire = byte(2) & 7;
  return field == 5
             ? wire == 0
             : (wire == 2 && ((field >= 2 && field <= 8) || field == 14 || field == 20 || field == 25));
}

}  // namespace

extern const Format onnx_format{"ONNX",
                                "onnx",
                                is_onnx,
                                [](std::span<const std::byte> file, const std::string& name) {
                                  return std::move(import_onnx(file, name).model);
                                },
                                nullptr,
                                []() -> const char* { return onnx::missing_library(); },
                                onnx_operators,
                                [](std::span<const std::byte> file, const std::string& name,
                                   const ImportOptions&) { return import_declared_onnx(file, name); },
                                onnx_types};

}  // namespace etch::host
