// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/rtneural/layer_json.hpp>

#include <cmath>

namespace etch::host::rtneural {

namespace {

constexpr int most_extent = 1 << 20;

bool is_count(const Json& json, int most) { return json.is_number_integer() && json >= 1 && json <= most; }

}  // namespace

std::optional<std::vector<int>> extents_of(const Json& json) {
  if (!json.is_array() || json.size() < 2 || json.size() > 4) return {};
  std::vector<int> extents;
  for (std::size_t i = 1; i < json.size(); ++i) {
    if (!json[i].is_null() && !is_count(json[i], most_extent)) return {};
    extents.push_back(json[i].is_null() ? 0 : json[i].get<int>());
  }
  return extents;
}

const Json& LayerJson::member(const char* key) const {
  const auto found = layer_.find(key);
  if (found == layer_.end()) refuse("does not say '" + std::string(key) + "'");
  return *found;
}

const Json& LayerJson::list(const char* key) const {
  const Json& json = member(key);
  require(json.is_array(), "has a '" + std::string(key) + "' that is no list");
  return json;
}

std::string LayerJson::text(const char* key) const {
  const Json& json = member(key);
  require(json.is_string(), "has a '" + std::string(key) + "' that is no text");
  return json.get<std::string>();
}

int LayerJson::count(const char* key, int most) const {
  const Json& json = member(key);
  const Json& last = json.is_array() && !json.empty() ? json.back() : json;
  require(is_count(last, most),
          "has a '" + std::string(key) + "' that is not a whole number from 1 to " + std::to_string(most));
  return last.get<int>();
}

float LayerJson::real(const char* key) const {
  const Json& json = member(key);
  require(json.is_number() && std::isfinite(json.get<float>()),
          "has a '" + std::string(key) + "' that is no number");
  return json.get<float>();
}

std::vector<int> LayerJson::shape() const {
  const auto extents = extents_of(member("shape"));
  require(extents.has_value(), "has a 'shape' that is not that of a layer, such as [null, null, 8]");
  return *extents;
}

const Json& LayerJson::weight_json(std::size_t i) const {
  const Json& all = list("weights");
  require(i < all.size(), "has " + std::to_string(all.size()) + " arrays of weights, too few");
  return all[i];
}

void LayerJson::append(const Json& json, std::span<const int> extents, std::size_t i,
                       std::vector<float>& to) const {
  const std::string where = "has weights " + std::to_string(i) + " of another shape than its layers have";
  if (extents.empty()) {
    require(json.is_number() && std::isfinite(json.get<float>()),
            "has weights " + std::to_string(i) + " that are not numbers a float holds");
    return to.push_back(json.get<float>());
  }
  require(json.is_array() && json.size() == static_cast<std::size_t>(extents[0]), where);
  for (const Json& part : json) append(part, extents.subspan(1), i, to);
}

ConstantArray LayerJson::weight(std::size_t i, const Shape& shape) const {
  std::vector<float> numbers;
  append(weight_json(i), std::span(shape.dim).first(static_cast<std::size_t>(shape.rank)), i, numbers);
  return constant_of(numbers, ElementType::real, shape);
}

std::vector<float> LayerJson::row(std::size_t i) const {
  const Json& json = weight_json(i);
  require(json.is_array() && json.size() == 1 && json[0].is_array() && !json[0].empty() &&
              json[0].size() <= most_extent,
          "has weights " + std::to_string(i) + " that are not one row of numbers");
  std::vector<float> numbers;
  const int extents[]{1, static_cast<int>(json[0].size())};
  append(json, extents, i, numbers);
  return numbers;
}

}  // namespace etch::host::rtneural
