// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/array.hpp>

#include <map>
#include <optional>
#include <span>

/// A model's file as plain structs, without protobuf's.
namespace etch::host::onnx {

struct FileAttribute {
  enum class Kind { none, real, integer, text, array, reals, integers, texts, other };
  std::string name;
  Kind kind = Kind::none;
  double real = 0;
  std::int64_t integer = 0;
  std::string text;
  std::vector<double> reals;
  std::vector<std::int64_t> integers;
  Array array;
  std::string refers_to;  ///< an attribute of the local function that the node stands in
};

struct FileNode {
  std::string name, op, domain;
  int opset = 0;  ///< of its domain
  std::vector<std::string> inputs, outputs;
  std::vector<FileAttribute> attributes;

  const FileAttribute* attribute(const char* name) const {
    for (const FileAttribute& a : attributes)
      if (a.name == name) return &a;
    return nullptr;
  }
};

/// An input or a result of the model. Free extents are -1.
struct FileEnd {
  std::string name;
  bool tensor = false, has_shape = false;
  DataType type = DataType::undefined;
  Dims dims;
};

using Opsets = std::map<std::string, int>;  // by domain, "" being ONNX's own

struct FileFunction {
  std::string name, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<FileNode> nodes;
};

struct File {
  std::int64_t ir_version = 0;
  Opsets opsets;
  std::vector<FileNode> nodes;
  std::vector<std::pair<std::string, Array>> initializers;
  std::vector<FileEnd> inputs, outputs;
  std::vector<FileFunction> functions;
};

/// What this build is without, so that it reads no file; "" if nothing is missing.
const char* missing_library();

/// Reads a file. \param name of it: data that lie outside of it are looked for in its folder. Throws `Error`.
File read_file(std::span<const std::byte> bytes, const std::string& name);
/// A tensor of its own, as test data of ONNX are. Throws `Error`.
Array read_tensor(std::span<const std::byte> bytes, const std::string& name);

/// A file as it is stored. \param name of the graph. Throws `Error`.
std::vector<std::byte> bytes_of(const File& file, const std::string& name);

/// Puts the nodes of local functions in the places of those that call them. Throws `Error`.
void inline_functions(File& file, const std::string& name);

}  // namespace etch::host::onnx
