// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/message.hpp>
#include <etch/model/declare/model_notes.hpp>

#include <array>
#include <iterator>
#include <span>
#include <string_view>

// Layers and weights of a compiled model, looked at while a program runs. Nothing here allocates.
namespace etch {

/// A weight in place: an array of floats with its full name, such as `dense_1/kernel`.
struct WeightView {
  std::string_view name;
  Shape shape;
  bool trainable = true;
  std::span<float> values;

  float* data() const { return values.data(); }
  std::size_t size() const { return values.size(); }
  float* begin() const { return values.data(); }
  float* end() const { return values.data() + values.size(); }
  float& operator[](std::size_t i) const { return values[i]; }
};

namespace detail {

/// What the program knows of a weight.
struct WeightRow {
  std::string_view name;
  Shape shape;
  bool trainable = true;
  int offset = 0;  ///< bytes into the block of weights
};

}  // namespace detail

/// Weights one after the other, in place.
class WeightList {
 public:
  WeightList() = default;
  WeightList(std::span<const detail::WeightRow> rows, std::byte* block) : rows_(rows), block_(block) {}

  std::size_t size() const { return rows_.size(); }
  WeightView operator[](std::size_t i) const {
    if (i >= size())
      detail::fail_with("a weight of that number is not there", ": number ", i, " of ", size());
    const detail::WeightRow& row = rows_[i];
    return {row.name,
            row.shape,
            row.trainable,
            {reinterpret_cast<float*>(block_ + row.offset), static_cast<std::size_t>(row.shape.size())}};
  }

  class Iterator {
   public:
    Iterator(const WeightList& list, std::size_t at) : list_(&list), at_(at) {}
    WeightView operator*() const { return (*list_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const WeightList* list_;
    std::size_t at_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

  /// Copies arrays of floats to the weights, one each. All counts are looked at before the first is written.
  template <class Arrays>
  void set(const Arrays& arrays) const {
    if (std::size(arrays) != size())
      detail::fail_with("set_weights takes one array for each weight", ": there are ", std::size(arrays),
                        " arrays and ", size(), " weights");
    std::size_t k = 0;
    for (const auto& array : arrays) {
      const WeightView weight = (*this)[k];
      if (std::size(array) != weight.size())
        detail::fail_with("set_weights takes as many numbers as a weight has", ": array ", k, " has ",
                          std::size(array), ", and '", weight.name, "' has ", weight.size());
      ++k;
    }
    k = 0;
    for (const auto& array : arrays) {
      float* to = (*this)[k++].data();
      for (const float x : array) *to++ = x;
    }
  }

 private:
  std::span<const detail::WeightRow> rows_;
  std::byte* block_ = nullptr;
};

/// A layer of a compiled model.
struct LayerView {
  std::string_view name;
  std::string_view kind;  ///< "Dense"
  Shape input_shape, output_shape;
  bool trainable = true;  ///< false where it has weights and all of them are frozen
  WeightList weights;

  /// Copies arrays of floats to the weights, one each.
  template <class Arrays>
  void set_weights(const Arrays& arrays) const {
    weights.set(arrays);
  }
};

namespace detail {

struct LayerRow {
  std::string_view name, kind;
  Shape in, out;
  bool trainable = true;
  int first_weight = 0, weights = 0;
};

template <const auto& Declared, class Code>
inline constexpr auto weight_rows = [] {
  constexpr auto& parameters = graph<Declared>.parameters;
  std::array<WeightRow, static_cast<std::size_t>(parameters.count)> rows{};
  for (int p = 0; p < parameters.count; ++p)
    rows[static_cast<std::size_t>(p)] = {parameter_name<Declared>(p), parameters.item[p].shape,
                                         parameters.item[p].trainable, Code::program.plan.offset[p]};
  return rows;
}();

/// Whether a row of the notes is a later call of a layer that stands above.
template <const auto& Declared>
constexpr bool is_repeated(int row) {
  const auto& rows = notes<Declared>.rows;
  for (int i = 0; i < row; ++i)
    if (rows.item[i].path == rows.item[row].path) return true;
  return false;
}

template <const auto& Declared>
inline constexpr auto layer_rows = [] {
  constexpr auto& all = notes<Declared>.rows;
  constexpr int count = [] {
    int n = 0;
    for (int i = 0; i < all.count; ++i) n += is_repeated<Declared>(i) ? 0 : 1;
    return n;
  }();
  std::array<LayerRow, static_cast<std::size_t>(count)> rows{};
  std::size_t n = 0;
  for (int i = 0; i < all.count; ++i) {
    if (is_repeated<Declared>(i)) continue;
    const NoteRow& note = all.item[i];
    LayerRow& row = rows[n++];
    row = {notes<Declared>.name(i), note.kind, note.in, note.out, note.trainable};
    const auto& parameters = graph<Declared>.parameters;
    for (int p = 0; note.layer >= 0 && p < parameters.count; ++p)
      if (parameters.item[p].layer == note.layer && row.weights++ == 0) row.first_weight = p;
  }
  return rows;
}();

template <const auto& Declared, class Code>
WeightList all_weights(std::byte* block) {
  return {weight_rows<Declared, Code>, block};
}

template <const auto& Declared, class Code>
auto all_layers(std::byte* block) {
  std::array<LayerView, layer_rows<Declared>.size()> layers;
  const std::span<const WeightRow> weights = weight_rows<Declared, Code>;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerRow& row = layer_rows<Declared>[i];
    layers[i] = {
        row.name,
        row.kind,
        row.in,
        row.out,
        row.trainable,
        {weights.subspan(static_cast<std::size_t>(row.first_weight), static_cast<std::size_t>(row.weights)),
         block}};
  }
  return layers;
}

}  // namespace detail
}  // namespace etch
