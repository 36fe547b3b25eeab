// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <tests/formats/tflite/small_models.hpp>

/// How small models are listed, in the types that they are said to have and in all that there are.
namespace etch::test::small {

using Bytes = std::vector<std::byte>;
using Kind = OperatorKind;
using Make = std::function<Bytes(SmallTensors&)>;
inline constexpr std::int8_t same = 0, valid = 1, none = 0, relu = 1, tanh = 4;

class Models {
 public:
  std::vector<SmallModel> all;
  std::vector<TypedModel> typed;  ///< each in all types

  void add(const std::string& name, const std::vector<ElementKind>& kinds, const Make& make) {
    const auto model = [&](ElementKind kind) {
      return SmallModel{name + " in " + host::tflite::name_of(kind), [=](TfliteWriter& w) {
                          SmallTensors t(w, kind);
                          return make(t);
                        }};
    };
    for (const ElementKind kind : kinds) all.push_back(model(kind));
    for (const ElementKind kind : {ElementKind::float32, ElementKind::int8, ElementKind::uint8,
                                   ElementKind::int16, ElementKind::int32})
      typed.push_back({model(kind), kind});
  }
};

inline const std::vector<ElementKind> both{ElementKind::float32, ElementKind::int8},
    all_kinds{ElementKind::float32, ElementKind::int8, ElementKind::int16}, int8{ElementKind::int8},
    real{ElementKind::float32};

// What is listed, by kinds of operators.
void add_numbers(Models& models);
void add_reductions(Models& models);

}  // namespace etch::test::small
