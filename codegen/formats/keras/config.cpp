// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/keras/config.hpp>
#include <nlohmann/json.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/quoted.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace etch {
namespace {

using host::in_quotes;

/// Attributes that say nothing about the numbers of a prediction: names, types, input shapes that the graph
/// knows anyway, and what only training from scratch reads.
constexpr std::array<std::string_view, 19> silent{
    "name",        "trainable",   "dtype",       "batch_input_shape",
    "batch_shape", "input_shape", "input_dim",   "input_length",
    "seed",        "sparse",      "unroll",      "implementation",
    "autocast",    "use_cudnn",   "input_dtype", "renorm_momentum",
    "query_shape", "key_shape",   "value_shape"};
constexpr std::array<std::string_view, 3> silent_endings{"_initializer", "_regularizer", "_constraint"};

bool is_silent(std::string_view key) {
  return std::find(silent.begin(), silent.end(), key) != silent.end() ||
         std::any_of(silent_endings.begin(), silent_endings.end(),
                     [&](std::string_view ending) { return key.ends_with(ending); });
}

/// A name for each kind, and the other spellings that Keras has had.
ActivationKind find_activation(const std::string& name, int version, bool& found) {
  found = true;
  if (name == "swish") return ActivationKind::silu;
  if (name == "hard_swish") return ActivationKind::hard_silu;
  if (name == "hard_sigmoid" && version < 3) return ActivationKind::hard_sigmoid_keras2;
  for (int i = 0; i < activation_kinds; ++i) {
    const auto kind = static_cast<ActivationKind>(i);
    const bool own = kind == ActivationKind::hard_sigmoid_keras2 || kind == ActivationKind::gelu_tanh;
    if (!own && name == name_of(kind)) return kind;
  }
  found = false;
  return linear;
}

}  // namespace

KerasConfig::KerasConfig(const std::string& class_name, const std::string& text, const KerasSource& source)
    : class_name_(class_name), source_(source) {
  json_ = std::make_shared<const Json>(Json::parse(text, nullptr, false));
  if (!json_->is_object()) fail("its configuration is no JSON object", "save the model again");
}

void KerasConfig::fail(const std::string& what, const std::string& advice) const {
  throw Error("layer " + in_quotes(source_.name) + " (" + class_name_ + "): " + what + "; " + advice);
}

void KerasConfig::wrong_type(const char* key, const char* wanted) const {
  fail(std::string("its ") + key + " is not " + wanted, "save the model again with its own Keras version");
}

bool KerasConfig::has(const char* key) const {
  const auto entry = json_->find(key);
  return entry != json_->end() && !entry->is_null();
}

const KerasConfig::Json& KerasConfig::find(const char* key) {
  static const Json absent;
  asked_.insert(key);
  const auto entry = json_->find(key);
  return entry == json_->end() ? absent : *entry;
}

int KerasConfig::integer_of(const Json& value, const char* key) const {
  constexpr int most = 1 << 30;  // what a layer adds up stays an int
  if (!value.is_number_integer() || value > most || value < -most) wrong_type(key, "a whole number");
  return value.get<int>();
}

int KerasConfig::integer(const char* key) {
  const Json& value = find(key);
  if (value.is_null()) fail(std::string("it has no ") + key, "save the model again");
  return integer_of(value, key);
}

int KerasConfig::integer(const char* key, int fallback) {
  const Json& value = find(key);
  return value.is_null() ? fallback : integer_of(value, key);
}

float KerasConfig::number(const char* key, float fallback) {
  const Json& value = find(key);
  if (value.is_null()) return fallback;
  if (!value.is_number()) wrong_type(key, "a number");
  return value.get<float>();
}

bool KerasConfig::boolean(const char* key, bool fallback) {
  const Json& value = find(key);
  if (value.is_null()) return fallback;
  if (value == 0 || value == 1) return value == 1;  // as Python takes them
  if (!value.is_boolean()) wrong_type(key, "true or false");
  return value.get<bool>();
}

std::string KerasConfig::text(const char* key, const std::string& fallback) {
  const Json& value = find(key);
  if (value.is_null()) return fallback;
  if (!value.is_string()) wrong_type(key, "a text");
  return value.get<std::string>();
}

Pair KerasConfig::pair(const char* key, Pair fallback) {
  const Json& value = find(key);
  if (value.is_null()) return fallback;
  if (!value.is_array()) return integer_of(value, key);
  if (value.size() != 2) wrong_type(key, "one number or two");
  return {integer_of(value[0], key), integer_of(value[1], key)};
}

int KerasConfig::single(const char* key, int fallback) {
  const Json& value = find(key);
  if (value.is_null()) return fallback;
  if (!value.is_array()) return integer_of(value, key);
  if (value.size() != 1) wrong_type(key, "one number");
  return integer_of(value[0], key);
}

Sides KerasConfig::sides(const char* key, Sides fallback) {
  const Json& value = find(key);
  if (value.is_null()) return fallback;
  if (!value.is_array()) return {integer_of(value, key)};
  if (value.size() != 2) wrong_type(key, "one number, two, or two pairs");
  const auto side = [&](const Json& part) -> Pair {
    if (!part.is_array()) return integer_of(part, key);
    if (part.size() != 2) wrong_type(key, "one number, two, or two pairs");
    return {integer_of(part[0], key), integer_of(part[1], key)};
  };
  return {side(value[0]), side(value[1])};
}

std::vector<int> KerasConfig::integers(const char* key) {
  const Json& value = find(key);
  if (!value.is_array()) wrong_type(key, "a list of whole numbers");
  std::vector<int> numbers;
  for (const Json& part : value) numbers.push_back(integer_of(part, key));
  return numbers;
}

std::vector<int> KerasConfig::integers_or_one(const char* key, int fallback) {
  const Json& value = find(key);
  if (value.is_array()) return integers(key);
  return {value.is_null() ? fallback : integer_of(value, key)};
}

std::vector<float> KerasConfig::numbers_or_one(const char* key, float fallback) {
  const Json& value = find(key);
  if (value.is_null()) return {fallback};
  std::vector<float> numbers;
  const Json flat = value.flatten();  // {"": value} where it is no list
  for (const Json& part : flat) {
    if (!part.is_number()) wrong_type(key, "a number or a list of numbers");
    numbers.push_back(part.get<float>());
  }
  return numbers;
}

ActivationKind KerasConfig::activation(const char* key, ActivationKind fallback) {
  const std::string name = text(key, "");
  if (name.empty()) return has(key) ? linear : fallback;
  bool found = false;
  const ActivationKind kind = find_activation(name, source_.version, found);
  if (!found)
    fail("its " + std::string(key) + " " + in_quotes(name) + " is not known", "use one that Etch has");
  return kind;
}

Padding KerasConfig::padding(Padding fallback) {
  const std::string name = text("padding", "");
  if (name.empty()) return fallback;
  if (name == "valid") return valid;
  if (name == "same") return same;
  if (name == "causal") return causal;
  fail("its padding " + in_quotes(name) + " is not known", "use valid, same or causal");
}

bool KerasConfig::channels_first() {
  const std::string format = text("data_format", "channels_last");
  if (format != "channels_last" && format != "channels_first") {
    fail("its data_format " + in_quotes(format) + " is not known", "use channels_last");
  }
  return format == "channels_first";
}

std::pair<std::string, std::string> KerasConfig::layer(const char* key) {
  const Json& value = find(key);
  if (!value.is_object()) wrong_type(key, "a layer");
  const auto name = value.find("class_name"), config = value.find("config");
  if (name == value.end() || !name->is_string() || config == value.end()) wrong_type(key, "a layer");
  return {name->get<std::string>(), config->dump()};
}

void KerasConfig::finish() const {
  for (const auto& [key, value] : json_->items()) {
    const bool off = value.is_null() || value == false;
    if (off || asked_.contains(key) || is_silent(key)) continue;
    fail("its attribute " + in_quotes(key) + " is not known", "build the model without it");
  }
}

}  // namespace etch
