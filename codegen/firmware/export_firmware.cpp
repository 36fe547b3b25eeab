// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/export_firmware.hpp>
#include <codegen/firmware/reserved_names.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/sha256.hpp>

#include <cmath>
#include <cstring>

namespace etch::host {

namespace {

/// The declaration, and that it is still the one that was exported.
std::string definition_of(const ExportOptions& options) {
  const std::string model = options.model.empty() ? options.name : options.model;
  const std::string part = options.stream ? "stream" : "deploy";
  return "#include \"" + options.header + "\"\n\n#include <etch/model/program/" + part +
         ".hpp>\n\nusing Model = etch::" + (options.stream ? "Stream" : "") + "Deployment<" + model +
         ">;\n\nstatic_assert(Model::layout == @NAME@_LAYOUT,\n              \"the declaration in " +
         options.header + " changed since the weights were exported: export them again\");\n";
}

void check_weights(std::span<const std::byte> weights, const ExportOptions& options) {
  for (std::size_t at = 0; at + 4 <= weights.size(); at += 4) {
    float value = 0;
    std::memcpy(&value, weights.data() + at, 4);
    if (!std::isfinite(value))
      throw Error("the weights of " + options.name +
                  " hold a value that is no finite number: the model did not train, so nothing was exported");
  }
}

}  // namespace

void check_weight_bytes(std::size_t found, std::size_t expected, const ExportOptions& options) {
  if (found == expected) return;
  throw Error("the weights of " + options.name + " are " + std::to_string(expected) + " bytes, but " +
              std::to_string(found) + " were given to export_firmware: pass the weights() of its trainer");
}

void write_firmware(FirmwareModel model, std::span<const std::byte> weights, const ExportOptions& options) {
  check_model_name(options.name);
  if (options.header.empty())
    throw Error(
        "export_firmware: no header was named, so that the generated source cannot see the declaration");
  check_weight_bytes(weights.size(), static_cast<std::size_t>(model.weight_bytes), options);
  check_weights(weights, options);
  model.origin = " from the declaration in " + options.header +
                 (options.stream ? " by export_stream" : " by export_firmware") +
                 ", weights with the SHA-256 " +
                 sha256_hex({reinterpret_cast<const std::uint8_t*>(weights.data()), weights.size()}) +
                 ". Export again instead of changing this";
  model.definition = definition_of(options);
  model.blob = options.blob;
  model.version = options.version;
  write_firmware_files(model, weights, options.folder, options.name);
}

}  // namespace etch::host
