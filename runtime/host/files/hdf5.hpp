// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <runtime/host/files/child_process.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etch::host {

/// Numbers of an HDF5 file as floats, in C order.
struct Hdf5Array {
  std::vector<std::uint64_t> shape;  ///< empty: one number
  std::string type;                  ///< in the file: "float32", "int64", ...
  std::vector<float> numbers;        ///< none where the type is none of numbers
};

/// A group or data set of an HDF5 file.
struct Hdf5Object {
  std::map<std::string, std::vector<std::string>> texts;  ///< its attributes of text, or of lists of texts
  std::optional<Hdf5Array> array;

  /// An attribute, with those of its parts that were too long for one: "names0", "names1", ...
  std::vector<std::string> text(std::string_view attribute) const;
};

/// The objects of an HDF5 file by their path, such as "layers/dense/vars/0"; "" is the file itself.
using Hdf5Tree = std::map<std::string, Hdf5Object>;

/// Whether these are the first bytes of an HDF5 file.
bool is_hdf5(std::span<const std::byte> file);

/// Reads a file with the HDF5 library. It is no library to give a stranger's file to: call this in a child
/// process (`run_in_child`). What trains but does not predict is left out: the optimizer's state, metrics.
/// Links that leave the file, and numbers that lie outside of it, are not followed. Throws `Error`; `name`
/// stands for the file in messages.
Hdf5Tree read_hdf5(std::span<const std::byte> file, const std::string& name);

/// Gives a tree to a pipe, and makes it again from there. The bytes may be anything: what no tree gives is an
/// `Error`.
void give_tree(const Hdf5Tree& tree, const GiveBytes& give);
Hdf5Tree tree_of(std::span<const std::byte> bytes, const std::string& name);

}  // namespace etch::host
