// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/keras/layers.hpp>
#include <etch/layers/padding.hpp>
#include <etch/layers/window.hpp>
#include <nlohmann/json_fwd.hpp>
#include <runtime/kernels/portable/activation_kind.hpp>

#include <memory>
#include <set>

namespace etch {

/// The attributes of one Keras layer. Each is asked for by name, with Keras's default; `finish` refuses what
/// was not asked for, so that nothing of a configuration is silently ignored.
class KerasConfig {
 public:
  using Json = nlohmann::json;

  KerasConfig(const std::string& class_name, const std::string& text, const KerasSource& source);

  const std::string& class_name() const { return class_name_; }
  const KerasSource& source() const { return source_; }

  /// True if the attribute is there and not null.
  bool has(const char* key) const;
  int integer(const char* key);
  int integer(const char* key, int fallback);
  float number(const char* key, float fallback);
  bool boolean(const char* key, bool fallback);
  std::string text(const char* key, const std::string& fallback);
  /// One number for both, or a list of two.
  Pair pair(const char* key, Pair fallback);
  /// One number, or a list of one, as 1-D layers have it.
  int single(const char* key, int fallback);
  /// One number, two, or two pairs.
  Sides sides(const char* key, Sides fallback);
  /// A list of whole numbers.
  std::vector<int> integers(const char* key);
  /// The same, or one number.
  std::vector<int> integers_or_one(const char* key, int fallback);
  /// Numbers of a list, however nested, or one.
  std::vector<float> numbers_or_one(const char* key, float fallback);
  ActivationKind activation(const char* key, ActivationKind fallback);
  Padding padding(Padding fallback = valid);
  /// True for data_format channels_first.
  bool channels_first();
  /// The class and configuration of a wrapped layer.
  std::pair<std::string, std::string> layer(const char* key);

  /// \throws Error if an attribute was neither asked for nor is one that only naming or training reads.
  void finish() const;

  /// Throws an Error that names the layer. \param advice what to do
  [[noreturn]] void fail(const std::string& what, const std::string& advice) const;

 private:
  /// The attribute, or null where it is absent.
  const Json& find(const char* key);
  int integer_of(const Json& value, const char* key) const;
  [[noreturn]] void wrong_type(const char* key, const char* wanted) const;

  std::string class_name_;
  KerasSource source_;
  std::shared_ptr<const Json> json_;
  std::set<std::string> asked_;
};

}  // namespace etch
