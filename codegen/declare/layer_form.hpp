// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/declare/layer_text.hpp>

#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace etch::host::declare {

/// A layer as it is written, and the same layer to be called: what is written is thereby known to make the
/// step that it is written for.
struct LayerForm {
  struct Member {
    std::string name, text;
    bool is_default = false;  ///< as the layer has it anyway: not written
    bool first = false;     ///< one of the layer's first: with no others they are written without their names
    bool last = false;      ///< stands behind `name` in the layer
    const char* type = "";  ///< of a number, which a loop may run over
  };
  using Call = std::function<Tensor(std::span<const Tensor> inputs, const char* name)>;

  std::string type;
  std::vector<Member> members;
  std::function<Call()> make;  ///< a new layer object, with no weights yet
  int repeat = 1;              ///< more: within TimeDistributed
  bool pads = false;           ///< the step's own padding is a layer before it, so that attributes differ
  bool takes_name = true;

  /// The expression. \param name of the layer; "" where it gets its name by itself.
  std::string text(const std::string& name) const;
};

/// How numbers are declared that loops may run over; "": no number.
template <class T>
inline constexpr const char* type_of_number = "";
template <>
inline constexpr const char* type_of_number<int> = "int";
template <>
inline constexpr const char* type_of_number<float> = "float";
template <>
inline constexpr const char* type_of_number<Pair> = "Pair";

/// Fills a layer and the text of its members. Members are set in the order in which the layer has them.
template <class Layer>
class FormOf {
 public:
  explicit FormOf(std::string type) { form_.type = std::move(type); }

  /// One of the layer's first members: those before it are set too.
  template <class T>
  FormOf& first(const char* name, T Layer::*member, const std::type_identity_t<T>& value) {
    set(name, member, value);
    form_.members.back().first = true;
    return *this;
  }
  template <class T>
  FormOf& set(const char* name, T Layer::*member, const std::type_identity_t<T>& value, bool last = false) {
    std::string text = text_of(value);
    const bool is_default = text == text_of(layer_.*member);
    if (!is_default) layer_.*member = value;
    form_.members.push_back({name, std::move(text), is_default, false, last, type_of_number<T>});
    return *this;
  }
  FormOf& pads() {
    form_.pads = true;
    return *this;
  }

  LayerForm one_input() {
    return made([](Layer& layer, std::span<const Tensor> x) { return layer(x[0]); });
  }
  LayerForm two_inputs() {
    return made([](Layer& layer, std::span<const Tensor> x) { return layer(x[0], x[1]); });
  }
  /// A call of as many inputs as it is given, two to eight.
  LayerForm many_inputs() {
    return made([](Layer& layer, std::span<const Tensor> x) {
      Tensor y;
      const auto call = [&]<std::size_t... I>(std::index_sequence<I...>) {
        if (x.size() == sizeof...(I)) y = layer(x[I]...);
      };
      [&]<std::size_t... More>(std::index_sequence<More...>) {
        (call(std::make_index_sequence<More + 2>()), ...);
      }
      (std::make_index_sequence<7>());
      return y;
    });
  }

 private:
  template <class F>
  LayerForm made(F f) {
    form_.make = [layer = layer_, f]() -> LayerForm::Call {
      return [layer, f](std::span<const Tensor> x, const char* name) mutable {
        if (name) layer.name = name;
        return f(layer, x);
      };
    };
    return std::move(form_);
  }

  LayerForm form_;
  Layer layer_{};
};

}  // namespace etch::host::declare
