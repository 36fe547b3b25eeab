// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/compiled_outputs.hpp>
#include <etch/model/training/data_checks.hpp>
#include <etch/model/training/results.hpp>

#include <array>

namespace etch::detail {

/// Texts one after another, first counted and then written.
struct TextCounter {
  int at = 0;
  constexpr void put(std::string_view text) { at += static_cast<int>(text.size()); }
};

/// Whether a metric is a number that training reports. One with `reported` false is only read afterwards.
template <class Metric>
constexpr bool is_reported() {
  if constexpr (requires { Metric::reported; })
    return Metric::reported;
  else
    return true;
}

/// Writes the names of all that a model reports, each with "val_" before it, and calls
/// `add(kind, index, first character)`. Keras's names: `loss`; of several outputs also `digit_loss`, and
/// `digit_accuracy` instead of `accuracy`. \return how many metrics there are.
template <const auto& Declared, class Metrics, class Text, class Add>
constexpr int write_result_names(Text& text, const Add& add) {
  constexpr int outputs = output_count<Declared>;
  int metrics = 0;
  const auto entry = [&](ResultName::Kind kind, int index, int k, std::string_view name) {
    add(kind, index, text.at);
    text.put("val_");
    if constexpr (outputs > 1)
      if (k >= 0) {
        text.put(output_name<Declared>(k));
        text.put("_");
      }
    text.put(name);
  };
  if constexpr (outputs > 1) entry(ResultName::loss, 0, -1, "loss");  // what a narrow terminal shows
  Metrics all{};
  for_each_output<outputs>([&](auto k) {
    for_each_metric_of<Declared, k>(all, [&](const auto& metric) {
      using Metric = std::remove_cvref_t<decltype(metric)>;
      const int index = metrics++;
      if constexpr (is_reported<Metric>()) entry(ResultName::metric, index, k, Metric::name);
    });
    if constexpr (outputs > 1) entry(ResultName::output_loss, k, k, "loss");
  });
  if constexpr (outputs == 1) entry(ResultName::loss, 0, -1, "loss");
  return metrics;
}

template <const auto& Declared, class Metrics>
struct ResultNames {
  static constexpr std::array<int, 3> sizes = [] {  // characters, numbers, metrics
    std::array<int, 3> n{};
    TextCounter text;
    n[2] = write_result_names<Declared, Metrics>(text, [&](ResultName::Kind, int, int) { ++n[1]; });
    n[0] = text.at;
    return n;
  }();
  static_assert(sizes[2] <= max_metrics, "a model takes at most 8 metrics");

  struct Table {
    ResultName name[sizes[1]]{};
    int begin[sizes[1] + 1]{};
    char text[sizes[0]]{};
  };
  static constexpr Table table = [] {
    Table to;
    int n = 0;
    TextWriter text{to.text};
    write_result_names<Declared, Metrics>(text, [&](ResultName::Kind kind, int index, int at) {
      to.name[n] = {kind, index, nullptr};
      to.begin[n++] = at;
    });
    to.begin[n] = text.at;
    return to;
  }();
  /// An array for each name, spelled out: g++ 12 warns where it takes the length of any other constant text.
  template <std::size_t I, class Indices>
  struct Text;
  template <std::size_t I, std::size_t... C>
  struct Text<I, std::index_sequence<C...>> {
    static constexpr char characters[] = {table.text[as_size(table.begin[I]) + C]..., '\0'};
  };
  template <std::size_t I>
  static constexpr const char* text =
      Text<I, std::make_index_sequence<as_size(table.begin[I + 1] - table.begin[I])>>::characters;
  static constexpr auto all = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<ResultName, sizeof...(I)>{
        ResultName{table.name[I].kind, table.name[I].index, text<I>}...};
  }
  (std::make_index_sequence<as_size(sizes[1])>{});
};

}  // namespace etch::detail
