// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <boost/hana.hpp>

#include <cstddef>
#include <string_view>

namespace etch {

namespace hana = boost::hana;

namespace detail {

/// A text that is a template argument.
template <std::size_t N>
struct FixedText {
  char text[N]{};
  constexpr FixedText(const char (&from)[N]) {
    for (std::size_t i = 0; i < N; ++i) text[i] = from[i];
  }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

}  // namespace detail

/// How much an output's loss counts beside the others: Keras's `loss_weights`.
struct LossWeight {
  float value = 1;
};

/// What `compile` is given for the output of one name.
template <detail::FixedText Name, class... Parts>
struct NamedOutput {
  static constexpr std::string_view name = Name.view();
  hana::tuple<Parts...> parts;
};

/// The loss or the metrics of the output that the layer `Name` makes: `output<"digit">(Accuracy{})`.
template <detail::FixedText Name, class... Parts>
constexpr auto output(Parts... parts) {
  return NamedOutput<Name, Parts...>{{parts...}};
}
/// A loss and its weight: `output<"parity">(BinaryCrossentropy{}, 0.5f)`.
template <detail::FixedText Name, class Loss>
constexpr auto output(Loss loss, float weight) {
  return NamedOutput<Name, Loss, LossWeight>{{loss, LossWeight{weight}}};
}

}  // namespace etch
