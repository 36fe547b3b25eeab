// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/import_context.hpp>

#include <nlohmann/json.hpp>

namespace etch::host::rtneural {

using Json = nlohmann::json;

/// One layer of a file, read with care: what is missing, or of another kind, is refused by name.
class LayerJson {
 public:
  LayerJson(const ImportContext& context, const Json& layer) : context_(context), layer_(layer) {}

  bool has(const char* key) const { return layer_.contains(key); }
  std::string text(const char* key) const;
  /// A number, or the last of a list of them, from 1 to `most`.
  int count(const char* key, int most) const;
  float real(const char* key) const;
  /// The extents of the result without the batch; those that are open are 0.
  std::vector<int> shape() const;
  std::size_t weights() const { return list("weights").size(); }
  /// An array of weights, which has to be of this shape.
  ConstantArray weight(std::size_t i, const Shape& shape) const;
  /// A list of lists of weights, as long as it is: [[a, b, ...]].
  std::vector<float> row(std::size_t i) const;

  [[noreturn]] void refuse(const std::string& why) const { context_.refuse(why); }
  void require(bool holds, const std::string& why) const {
    if (!holds) refuse(why);
  }

 private:
  const Json& member(const char* key) const;
  const Json& list(const char* key) const;
  const Json& weight_json(std::size_t i) const;
  void append(const Json& json, std::span<const int> extents, std::size_t i, std::vector<float>& to) const;

  const ImportContext& context_;
  const Json& layer_;
};

/// The extents of a list such as [null, 100, 1], without the first; open ones are 0. Nothing where that is no
/// such list.
std::optional<std::vector<int>> extents_of(const Json& json);

}  // namespace etch::host::rtneural
