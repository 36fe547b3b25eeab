// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/step_hook.h>
#include <etch/model/program/program.hpp>

#include <array>
#include <cstdint>
#include <runtime/kernels/target.hpp>
#include <string_view>
#include <type_traits>

// The calls around each step of compiled code: nothing at all unless they are asked for.
namespace etch::detail::inline ETCH_TARGET {

struct CalledHook {
  const etch_step* step = nullptr;
  int inputs = 0;

  void begin() const { etch_step_begins(step); }
  void end(void* const* operands) const { etch_step_ends(step, operands + inputs); }
};

template <const auto& P, int I>
struct StepRecord {
  static constexpr const Step& step = P.graph.steps.item[I];
  static constexpr int results = step.outputs - (scratch_of(step).elements > 0 ? 1 : 0);

  static constexpr auto make_bytes() {
    std::array<std::uint32_t, results> bytes{};
    for (int k = 0; k < results; ++k) {
      const int result = P.graph.result(step, k);
      if (result < 0) continue;  // a gradient that nothing asks for
      const Value& value = P.graph.values.item[result];
      bytes[static_cast<unsigned>(k)] =
          static_cast<std::uint32_t>(value.elements * bytes_of(value.type, P.options.dtype));
    }
    return bytes;
  }
  static constexpr auto bytes = make_bytes();

  /// A training program has a layer twice: `Dense`, and `Dense backward`.
  static constexpr std::string_view op = OpAt<step.op>::name, behind = " backward";
  static constexpr auto backward_name = [] {
    std::array<char, op.size() + behind.size() + 1> text{};
    std::size_t at = 0;
    for (const std::string_view part : {op, behind})
      for (const char c : part) text[at++] = c;
    return text;
  }();
  static constexpr const char* name = step.phase == Phase::backward ? backward_name.data() : op.data();
  static constexpr etch_step record{I,
                                    name,
                                    {step.in[0], step.in[1], step.in[2], step.in[3]},
                                    {step.out[0], step.out[1], step.out[2], step.out[3]},
                                    static_cast<std::uint32_t>(macs_of(step)),
                                    results,
                                    bytes.data()};
};

struct NoHook {
  [[gnu::always_inline]] void begin() const {}
  [[gnu::always_inline]] void end(void* const*) const {}
};
using StepHook = std::conditional_t<kernels::calls_hooks, CalledHook, NoHook>;

template <const auto& P, int I>
constexpr StepHook step_hook() {
  if constexpr (kernels::calls_hooks)
    return {&StepRecord<P, I>::record, P.graph.steps.item[I].inputs};
  else
    return {};
}

}  // namespace etch::detail::inline ETCH_TARGET
