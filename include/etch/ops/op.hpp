// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/graph.hpp>
#include <runtime/kernels/portable/update.hpp>

namespace etch {

/// What an op's way back needs. An op is a struct with
///   name, Attributes, Description      plain data; Description is what its kernels are specialised on
///   gradient(step)                     a GradientRule
///   saved(step, k)                     the k-th value that training keeps for the way back
///   scratch(step)                      elements a sample that the backward kernel may scribble on
///   overwrites(step, output)           which operand an output may share memory with, or -1
///   macs(step)                         multiply-accumulates of one sample
///   describe(graph, step)              the Description
///   run<T>(description, call, operands)  calls the kernel
///
/// Operands of a step, by phase (x inputs, w parameters, y result, s saved):
///   forward    x... w... | y
///   training   x... w... | y s...
///   backward   dy, x... (if needs_input), y (if needs_output), s..., w..., two a parameter | dx..., scratch
/// where the two are the optimizer's slots when the update is fused, else the gradient and nothing.
struct GradientRule {
  bool needs_input = false;
  bool needs_output = false;
  int saved = 0;
  bool passes = false;            ///< the gradient of every input is dy itself: no step at all
  bool trains_as_forward = true;  ///< training runs the forward kernel
  bool stops = false;             ///< no gradient goes to the inputs
};

/// Positions of a backward step's operands, so that ops do not count by hand.
struct BackwardLayout {
  int x = 1, y = 0, saved = 0, weights = 0, slots = 0, dx = 0, scratch = 0;
};

constexpr BackwardLayout backward_layout(const GradientRule& rule, int inputs, int parameters) {
  BackwardLayout at;
  at.y = at.x + (rule.needs_input ? inputs : 0);
  at.saved = at.y + (rule.needs_output ? 1 : 0);
  at.weights = at.saved + rule.saved;
  at.slots = at.weights + parameters;
  at.dx = at.slots + 2 * parameters;
  at.scratch = at.dx + inputs;
  return at;
}

/// Typed access to the operands of a running step.
template <class T>
struct Operands {
  void* const* pointer;
  T* operator[](int i) const { return static_cast<T*>(pointer[i]); }

  /// Where the gradient of parameter `k` goes.
  kernels::GradientSink<T> sink(kernels::Rule rule, const BackwardLayout& at, int k) const {
    T* const first = (*this)[at.slots + 2 * k];
    T* const second = (*this)[at.slots + 2 * k + 1];
    if (rule == kernels::Rule::none) return {rule, first, nullptr, nullptr, nullptr};
    return {rule, nullptr, (*this)[at.weights + k], first, second};
  }
};

/// The defaults of a rule: an op overrides what differs.
struct OpDefaults {
  static constexpr GradientRule gradient(const Step&) { return {}; }
  static constexpr Value saved(const Step&, int) { return {}; }
  static constexpr int scratch(const Step&) { return 0; }
  static constexpr int overwrites(const Step&, int) { return -1; }
  static constexpr long long macs(const Step&) { return 0; }
};

}  // namespace etch
